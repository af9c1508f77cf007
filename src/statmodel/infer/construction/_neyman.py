r"""Critical values by one set of toys from everywhere, weighted for each hypothesis.

.. math::

   \mu_i \sim q, \quad D_i \sim p(\cdot \mid \mu_i), \qquad
   w_i(\mu_0) = \frac{p(D_i \mid \mu_0)}{\int q(\mu)\, p(D_i \mid \mu)\, d\mu}

are, with q uniform, draws from every hypothesis at once: each toy serves all those under which it
is likely. Weights are normalised to one for each hypothesis. (With nuisance parameters: see
:mod:`._truths`.)
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._fit import provenance_of
from statmodel.infer.statistics import (
    AbstractStatistic,
    Case,
    Likelihood,
    Reference,
    Support,
    averaged,
    even_support,
)
from statmodel.infer.statistics._climb import Scalar, Vector
from statmodel.infer.statistics._lattice import nearest
from statmodel.infer.statistics._way import Nuisance
from statmodel.model import Model, Prepared

from ._curve import CriticalCurve
from ._quantiles import effective
from ._tables import Asked, Block, Table, tables, values_of
from ._truths import ENSEMBLES, Ensemble, Truths, truths

_GOLDEN = 0.6180339887498949
_FEW = 200.0
"""Effective toys under a hypothesis, below which its critical values are not to be used."""
_NO_TOY = (1 << 32) - 1
"""A number that no toy has: its key is of what all have in common."""
_UNJUDGED = 1e-3
"""A share of toys that cannot be judged."""


def neyman(  # noqa: PLR0913 (what a construction takes)
    model: Model,
    statistic: AbstractStatistic,
    *,
    key: Array,
    toys: int = 20_000,
    grid: int | Sequence[float] | Float[np.ndarray, " point"] = 81,
    span: tuple[float, float] | None = None,
    poi: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    data: Dataset | Prepared | None = None,
    ensemble: Ensemble = "profile",
) -> CriticalCurve:
    """Critical values of a test statistic, as a function of the parameter of interest.

    Args:
        model: the compiled likelihood.
        statistic: `LRS()`, `FTS("name")`, or one of your own.
        key: a typed key; toy i depends on `fold_in(key, i)` only.
        toys: how many in all.
        grid: hypotheses, or how many, even over the span.
        span: what toys and hypotheses cover; the bounds of the parameter by default.
        poi: the parameter; the measurement's first by default.
        fixed: values at which others are held; those that are free are nuisance parameters.
        data: the data set whose conditional estimates of nuisance parameters toys are drawn at;
            starting values without any.
        ensemble: "profile" for that; "predictive" for nuisance parameters drawn from their
            constraints, auxiliary observations being held.

    Returns:
        The curve; look at `ok` and `message` before any number.

    Raises:
        ValueError: the parameter has no finite bounds and no span is given, or an argument is none
            of those above.

    Example:
        >>> import jax, statmodel as sm
        >>> model, data = sm.compile({
        ...     "channels": [{"name": "SR", "samples": [
        ...         {"name": "signal", "data": [1.0], "modifiers": [
        ...             {"name": "mu", "type": "normfactor", "data": None}]}]}],
        ...     "observations": [{"name": "SR", "data": [3]}],
        ...     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": [
        ...         {"name": "mu", "bounds": [[0.0, 20.0]]}]}}],
        ...     "version": "1.0.0"})
        >>> curve = sm.neyman(model, sm.LRS(), key=jax.random.key(1), toys=2000, grid=21)
        >>> bool(curve.p_value(3.0, 0.0) == 1.0)
        True
    """
    return neyman_several(
        model,
        [statistic],
        key=key,
        toys=toys,
        grid=grid,
        span=span,
        poi=poi,
        fixed=fixed,
        data=data,
        ensemble=ensemble,
    )[0]


def neyman_several(  # noqa: PLR0913 (what a construction takes)
    model: Model,
    statistics: Sequence[AbstractStatistic],
    *,
    key: Array,
    toys: int = 20_000,
    grid: int | Sequence[float] | Float[np.ndarray, " point"] = 81,
    span: tuple[float, float] | None = None,
    poi: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    data: Dataset | Prepared | None = None,
    ensemble: Ensemble = "profile",
) -> tuple[CriticalCurve, ...]:
    """The curves of several statistics, from the same toys.

    Args:
        model: as in :func:`neyman`.
        statistics: what is calibrated.
        key: as there.
        toys: as there.
        grid: as there.
        span: as there.
        poi: as there.
        fixed: as there.
        data: as there.
        ensemble: as there.

    Raises:
        ValueError: as there.
    """
    name = poi or model.measurement.pois[0]
    low, high = _span(model, name, span)
    mu = (
        np.linspace(low, high, grid)
        if isinstance(grid, int)
        else np.unique(np.asarray(grid, float))
    )
    _check(mu, (low, high), toys, statistics, ensemble)
    asked = [
        Asked(Case.of(model, one, pois=name, fixed=fixed, span=(low, high)), one)
        for one in statistics
    ]
    case = asked[0].case
    drawn = _Drawn(even_support(model, case.interest, low, high), jnp.asarray(np.log(high - low)))
    points = mu[:, None]
    seen = None if data is None else one_data_set(model, data, "neyman")
    where = truths(case, seen, ensemble, jax.random.fold_in(key, _NO_TOY - 1), toys)
    blocks = _blocks(case, _spread(key, toys, low, high), where, seen, key)
    *found, all_together = tables(asked, blocks, points, toys, Asked(case, drawn))
    weights, unweighed = _weights(all_together)
    return tuple(
        _curve(
            one,
            mu=mu,
            values=values_of(one, table, points),
            weights=weights,
            failed=int((~np.asarray(table.reference.ok)).sum() + unweighed),
            fixed={k: float(np.asarray(v)) for k, v in (fixed or {}).items()},
            ensemble=where.words if where is not None else "",
            key=key,
        )
        for one, table in zip(asked, found, strict=True)
    )


@final
class _Drawn(AbstractStatistic):
    """What all toys together are drawn from."""

    support: Support
    log_span: Float[Array, ""]

    def reference(self, case: Case, likelihood: Likelihood) -> Reference:
        """The likelihood, averaged over the span."""
        return averaged(case, likelihood, lambda at: -self.log_span + 0.0 * at[0], self.support)

    def value(self, case: Case, reference: Reference, at: Vector, log_likelihood: Scalar) -> Scalar:
        """Minus the log of a toy's weight."""
        del case, at
        return reference.log - log_likelihood


def _span(model: Model, poi: str, span: tuple[float, float] | None) -> tuple[float, float]:
    if poi not in model.space.names:
        msg = f'there is no parameter "{poi}"'
        raise ValueError(msg)
    low, high = model.space.bounds[model.space.names.index(poi)]
    if span is not None:
        first, last = span
        if not low <= first < last <= high:
            msg = f"`span` must lie inside the bounds of {poi}, [{low:g}, {high:g}], got {span}"
            raise ValueError(msg)
        return float(first), float(last)
    if not np.isfinite([low, high]).all():
        msg = f"{poi} has no finite bounds: say by `span=` what toys are to cover"
        raise ValueError(msg)
    return float(low), float(high)


def _check(
    mu: Float[np.ndarray, " point"],
    ends: tuple[float, float],
    toys: int,
    statistics: Sequence[AbstractStatistic],
    ensemble: str,
) -> None:
    problems: list[str] = []
    if ensemble not in ENSEMBLES:
        problems.append(f"`ensemble` is one of {', '.join(ENSEMBLES)}, got {ensemble!r}")
    if not statistics:
        problems.append("no statistic is given")
    if mu.size < 2 or not np.isfinite(mu).all() or mu[0] < ends[0] or mu[-1] > ends[1]:  # noqa: PLR2004
        problems.append(f"`grid` must be two hypotheses or more from {ends[0]:g} to {ends[1]:g}")
    if isinstance(toys, bool) or toys < 1:
        problems.append(f"`toys` must be at least 1, got {toys}")
    if problems:
        raise ValueError("neyman: " + "; ".join(problems))


def _spread(key: Array, toys: int, low: float, high: float) -> Float[np.ndarray, " toy"]:
    """Even over the span, whatever the number of toys: further ones fall between."""
    first = float(jax.random.uniform(jax.random.fold_in(key, _NO_TOY)))
    return low + (high - low) * np.mod(first + _GOLDEN * np.arange(toys), 1.0)


def _blocks(
    case: Case,
    mu: Float[np.ndarray, " toy"],
    where: Truths | None,
    data: Prepared | None,
    key: Array,
) -> Iterator[Block]:
    """Toys at these values of the parameter of interest, nuisance parameters where they are."""
    model, interest = case.model, case.interest
    space = model.space
    values = np.tile(np.asarray(space.to_values(interest.others)), (mu.size, 1))
    values[:, interest.places[0]] = mu
    if where is not None:
        values[:, interest.nuisances] = _at(case, mu, where)
    points = dict(zip(space.names, jnp.asarray(values.T), strict=True))
    held = where is not None and where.held
    sampler = model.sampler(points, auxiliary="held" if held else "redrawn", like=data)
    sampler.check(key, mu.size, 0)
    for index in range(-(-mu.size // sampler.block)):
        numbers = slice(index * sampler.block, (index + 1) * sampler.block)
        path = None if where is None else where.of(numbers)
        yield Block(sampler.draw(key, index).data, path)


def _at(
    case: Case, mu: Float[np.ndarray, " toy"], where: Truths
) -> Float[np.ndarray, "toy nuisance"]:
    """Nuisance parameters of each toy, in the user's units."""
    interest, model, path = case.interest, case.model, where.path
    low, high = case.question.box()

    @jax.jit
    @jax.vmap
    def along(one: Scalar, own: Nuisance) -> Nuisance:
        at = interest.inside(model, one[None])
        mixed = path.lattice.between(path.at, at)
        chosen = jnp.where(jnp.asarray(where.drawn), own, mixed)
        whole = jnp.concatenate([at, nearest(chosen, low, high)])
        return model.space.to_values(interest.free(whole))[np.array(interest.nuisances)]

    return np.asarray(along(jnp.asarray(mu), jnp.asarray(where.own)))


def _weights(table: Table) -> tuple[Float[np.ndarray, "toy point"], int]:
    """Of each toy under each hypothesis, and how many toys have none."""
    log = np.asarray(table.reference.log)
    known = np.asarray(table.reference.ok) & np.isfinite(log)
    logs = np.asarray(table.log_likelihood)
    away = np.where(known[:, None], logs - np.where(known, log, 0.0)[:, None], -np.inf)
    weights = np.exp(away - away.max(axis=0))
    return weights / weights.sum(axis=0), int((~known).sum())


def _curve(
    asked: Asked,
    *,
    mu: Float[np.ndarray, " point"],
    values: Float[np.ndarray, "toy point"],
    weights: Float[np.ndarray, "toy point"],
    failed: int,
    fixed: Mapping[str, float],
    ensemble: str,
    key: Array,
) -> CriticalCurve:
    case, statistic = asked
    each = effective(weights)
    problems: list[str] = []
    if each.min() < _FEW:
        worst = mu[int(each.argmin())]
        problems.append(
            f"only {each.min():.0f} effective toys at {case.interest.names[0]} = {worst:g}: "
            f"take more toys, or a smaller span"
        )
    if failed > _UNJUDGED * len(values):
        problems.append(f"{failed} of {len(values)} toys cannot be judged and count as extreme")
    focus = case.focus
    words = jax.random.key_data(key).reshape(-1).tolist()
    return CriticalCurve(
        poi=case.interest.names[0],
        statistic=statistic,
        said=repr(statistic),
        focus="" if focus is None else focus.digest,
        mu=mu,
        values=values,
        weights=weights,
        fixed=fixed,
        ensemble=ensemble,
        failed=failed,
        ok=not problems,
        message="; ".join(problems) or f"at least {each.min():.0f} effective toys each",
        key=f"{jax.random.key_impl(key)} {' '.join(map(str, words))}",
        provenance=provenance_of(case.model, "", ""),
    )
