r"""Critical values by one set of toys from everywhere, weighted for each hypothesis.

.. math::

   \mu_i \sim q, \quad D_i \sim p(\cdot \mid \mu_i), \qquad
   w_i(\mu_0) = \frac{p(D_i \mid \mu_0)}{\int q(\mu)\, p(D_i \mid \mu)\, d\mu}

are, with q uniform, draws from every hypothesis at once: each toy serves all those under which it
is likely. Weights are normalised to one for each hypothesis.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel.infer._fit import provenance_of
from statmodel.infer.statistics import (
    AbstractStatistic,
    Case,
    Reference,
    Support,
    averaged,
    even_support,
)
from statmodel.infer.statistics._climb import Scalar, Vector
from statmodel.model import Model, Prepared

from ._curve import CriticalCurve
from ._quantiles import effective
from ._tables import tables, values_of

_GOLDEN = 0.6180339887498949
_FEW = 200.0
"""Effective toys under a hypothesis, below which its critical values are not to be used."""
_NO_TOY = (1 << 32) - 1
"""A number that no toy has: its key is of what all have in common."""
_UNJUDGED = 1e-3
"""A share of toys that cannot be judged."""


def neyman(
    model: Model,
    statistic: AbstractStatistic,
    *,
    key: Array,
    toys: int = 20_000,
    grid: int | Sequence[float] | Float[np.ndarray, " point"] = 81,
    span: tuple[float, float] | None = None,
    poi: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
) -> CriticalCurve:
    """Critical values of a test statistic, as a function of the parameter of interest.

    Args:
        model: the compiled likelihood; all other parameters must be fixed, or held by `fixed`.
        statistic: `LRS()`, `FTS("name")`, or one of your own.
        key: a typed key; toy i depends on `fold_in(key, i)` only.
        toys: how many in all.
        grid: hypotheses, or how many, even over the span.
        span: what toys and hypotheses cover; the bounds of the parameter by default.
        poi: the parameter; the measurement's first by default.
        fixed: values at which others are held.

    Returns:
        The curve; look at `ok` and `message` before any number.

    Raises:
        ValueError: the parameter has no finite bounds and no span is given, another one is free,
            or an argument is none of those above.

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
        model, [statistic], key=key, toys=toys, grid=grid, span=span, poi=poi, fixed=fixed
    )[0]


def neyman_several(
    model: Model,
    statistics: Sequence[AbstractStatistic],
    *,
    key: Array,
    toys: int = 20_000,
    grid: int | Sequence[float] | Float[np.ndarray, " point"] = 81,
    span: tuple[float, float] | None = None,
    poi: str | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
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
    _check(mu, (low, high), toys, statistics)
    cases = [Case.of(model, one, pois=name, fixed=fixed) for one in statistics]
    case = cases[0]
    drawn = _Drawn(even_support(model, case.interest, low, high), jnp.asarray(np.log(high - low)))
    points = mu[:, None]
    held = {**dict(zip(model.space.names, model.space.init, strict=True)), **dict(fixed or {})}
    truth = _spread(key, toys, low, high)
    blocks = _blocks(model, {**held, name: jnp.asarray(truth)}, key, toys)
    found = tables([*cases, case], [*statistics, drawn], blocks, points, toys)
    *references, mixture = found.references
    logs = found.log_likelihood
    weights, unweighed = _weights(np.asarray(logs), mixture)
    return tuple(
        _curve(
            case,
            statistic,
            mu=mu,
            values=values_of(case, statistic, reference, logs, points),
            weights=weights,
            failed=int((~reference.ok).sum() + unweighed),
            fixed={k: float(np.asarray(v)) for k, v in (fixed or {}).items()},
            key=key,
        )
        for case, statistic, reference in zip(cases, statistics, references, strict=True)
    )


@final
class _Drawn(AbstractStatistic):
    """What all toys together are drawn from."""

    support: Support
    log_span: Float[Array, ""]

    def reference(self, case: Case, prepared: Prepared) -> Reference:
        """The likelihood, averaged over the span."""
        return averaged(case, prepared, lambda at: -self.log_span + 0.0 * at[0], self.support)

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
) -> None:
    problems: list[str] = []
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
    model: Model, points: Mapping[str, ArrayLike], key: Array, toys: int
) -> Iterator[Prepared]:
    sampler = model.sampler(points)
    sampler.check(key, toys, 0)
    for index in range(-(-toys // sampler.block)):
        yield sampler.draw(key, index).data


def _weights(
    logs: Float[np.ndarray, "toy point"], mixture: Reference
) -> tuple[Float[np.ndarray, "toy point"], int]:
    """Of each toy under each hypothesis, and how many toys have none."""
    log = np.asarray(mixture.log)
    known = np.asarray(mixture.ok) & np.isfinite(log)
    away = np.where(known[:, None], logs - np.where(known, log, 0.0)[:, None], -np.inf)
    weights = np.exp(away - away.max(axis=0))
    return weights / weights.sum(axis=0), int((~known).sum())


def _curve(
    case: Case,
    statistic: AbstractStatistic,
    *,
    mu: Float[np.ndarray, " point"],
    values: Float[np.ndarray, "toy point"],
    weights: Float[np.ndarray, "toy point"],
    failed: int,
    fixed: Mapping[str, float],
    key: Array,
) -> CriticalCurve:
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
        failed=failed,
        ok=not problems,
        message="; ".join(problems) or f"at least {each.min():.0f} effective toys each",
        key=f"{jax.random.key_impl(key)} {' '.join(map(str, words))}",
        provenance=provenance_of(case.model, "", ""),
    )
