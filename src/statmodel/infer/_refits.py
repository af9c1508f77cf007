r"""Fits of one data set with parameters held, many at once: what re-fits for impacts are made of.

With :math:`V` the covariance at the best fit, the others follow a held parameter along

.. math:: \hat{\hat\theta}_o \approx \hat\theta_o + V_{oh} V_{hh}^{-1} (\theta_h - \hat\theta_h),

which is exact where `nll` is quadratic. There each fit begins.
"""

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float

from statmodel.data import Dataset
from statmodel.model import Model, Prepared

from ._arguments import checked_count, checked_rows
from ._batch import Work
from ._bound import one_data_set
from ._fit import several_fits
from ._results import FitResult
from .minimisers._minimise import MAX_STEPS


def refits(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    fixed: Sequence[Mapping[str, ArrayLike]],
    *,
    max_steps: int = MAX_STEPS,
    covariance: bool = False,
) -> FitResult:
    """Fit the same data again with parameters held, once for each mapping, in one program.

    Which parameters are held, and where, is data: no fit compiles anything that another has not.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.fit`, one data set.
        result: its fit, from which all begin; what is fixed there stays fixed.
        fixed: for each fit the parameters that are held, and their values.
        max_steps: most evaluations of each fit.
        covariance: whether errors and covariances are wanted.

    Returns:
        The result of all fits, along a leading axis.

    Raises:
        ValueError: with every unknown name, and every value that is no number or out of bounds.
        TypeError: `fixed` is one mapping, not a list of them.

    Example:
        >>> import statmodel as sm
        >>> model, data = sm.compile(sm.parse_spec('''
        ... channels:
        ... - name: SR
        ...   samples:
        ...   - name: background
        ...     data: [100]
        ...     modifiers:
        ...     - {name: mu, type: normfactor, data: null}
        ...     - {name: lumi, type: normsys, data: {hi: 1.1, lo: 0.9}}
        ... observations: [{name: SR, data: [100]}]
        ... measurements: [{name: m, config: {poi: mu, parameters: []}}]
        ... version: 1.0.0
        ... '''))
        >>> best = sm.fit(model, data)
        >>> found = sm.refits(model, data, best, [{"lumi": 1.0}, {"lumi": -1.0}])
        >>> [round(float(mu), 4) for mu in found.values[:, 0]]
        [0.9091, 1.1111]
    """
    if isinstance(fixed, Mapping):
        msg = "`refits(fixed=...)` takes a list of mappings from names to values, one for each fit"
        raise TypeError(msg)
    if not fixed:
        msg = "`refits(fixed=...)` holds no mapping: there is nothing to fit."
        raise ValueError(msg)
    if result.status.ndim:
        msg = "`refits(result=...)` takes the fit of one data set, not of several"
        raise ValueError(msg)
    most = checked_count(max_steps, "max_steps")
    best = np.asarray(result.values, float)
    held = np.tile(np.asarray(result.fixed), (len(fixed), 1))
    values = np.tile(best, (len(fixed), 1))
    place = {name: index for index, name in enumerate(model.space.names)}
    given = {f"fixed[{row}]": one for row, one in enumerate(fixed)}
    found = checked_rows(model.space, given, call="refits(fixed=...)")
    for row, one in enumerate(found):
        some = [place[name] for name in one]
        values[row] = _followed(result, some, np.array(list(one.values()), float))
        held[row, some] = True
    low, high = np.asarray(model.space.bounds, float).T
    start = jax.vmap(model.space.to_free)(jnp.asarray(np.clip(values, low, high)))
    typical = model.space.to_free(jnp.asarray(best))
    work = Work(one_data_set(model, data, "refits"), start, jnp.asarray(held), typical)
    return several_fits(model, work, most, covariance=covariance)


def _followed(
    result: FitResult, held: Sequence[int], at: Float[np.ndarray, " held"]
) -> Float[np.ndarray, " parameter"]:
    """All values where some are held; where the covariance is unknown the others stay."""
    best = np.asarray(result.values, float)
    matrix = np.asarray(result.covariance.matrix)
    known = np.isfinite(matrix[held, held]) & (matrix[held, held] > 0)
    values = best.copy()
    if known.any():
        some = np.asarray(held)[known]
        shift = np.linalg.solve(matrix[np.ix_(some, some)], at[known] - best[some])
        values = best + np.nan_to_num(matrix[:, some]) @ shift
    values[held] = at
    return values
