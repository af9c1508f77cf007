r"""Critical values by one set of toys of all hypotheses, weighted for each of them.

.. math::

   D_i \sim p(\cdot \mid \mu_{k_i}), \qquad
   w_i(\mu_0) = \frac{p(D_i \mid \mu_0)}{\sum_k s_k\, p(D_i \mid \mu_k)}

with :math:`s_k` the share of the toys that hypothesis k has: so each toy serves all those under
which it is likely (the deterministic mixture of E. Veach, L. Guibas, SIGGRAPH 1995). Weights are
normalised to one for each hypothesis. (With nuisance parameters: see :mod:`._truths`; other ways:
see :mod:`._calibrations`.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._fit import provenance_of
from statmodel.infer.statistics import AbstractStatistic, Case
from statmodel.infer.statistics._support import moments
from statmodel.model import Model, Prepared

from ._calibrations import CALIBRATIONS, CalibrationMethod
from ._curve import CriticalCurve
from ._drawing import span_of
from ._methods import Found, Make, found_by, judged
from ._plan import Plan, Round, Stage, stage
from ._tables import Asked
from ._truths import ENSEMBLES, Ensemble

_BENDS = 3.0
"""Widths of a focus about its centre."""
_PER_WIDTH = 8
"""Hypotheses there."""
_MOST_STEPS = 64
_NO_STEP = 1e-9


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
    calibration: CalibrationMethod = "reweighted",
) -> CriticalCurve:
    """Critical values of a test statistic, as a function of the parameter of interest.

    Args:
        model: the compiled likelihood.
        statistic: `LRS()`, `FTS("name")`, or one of your own.
        key: a typed key; toy i depends on `fold_in(key, i)` only.
        toys: how many in all.
        grid: hypotheses, or how many, even over the span; those are denser where a focus is.
        span: what toys and hypotheses cover; the bounds of the parameter by default.
        poi: the parameter; the measurement's first by default.
        fixed: values at which others are held; those that are free are nuisance parameters.
        data: the data set whose conditional estimates of nuisance parameters toys are drawn at;
            starting values without any.
        ensemble: "profile" for that; "predictive" for nuisance parameters drawn from their
            constraints, auxiliary observations being held; "regression" for critical values that
            are functions of nuisance parameters, by "splines" or a "network".
        calibration: "reweighted" for toys of all hypotheses, weighted for each of them (where that
            leaves fewer than 200 effective ones, toys of the hypothesis itself take their place);
            "points" for as many toys of each hypothesis; "splines" or "network" for quantile
            regression on toys from everywhere.

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
        calibration=calibration,
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
    calibration: CalibrationMethod = "reweighted",
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
        calibration: as there.

    Raises:
        ValueError: as there.
    """
    planned = plan_construction(
        model,
        statistics,
        key=key,
        toys=toys,
        grid=grid,
        span=span,
        poi=poi,
        fixed=fixed,
        data=data,
        ensemble=ensemble,
        calibration=calibration,
    )
    return planned.curves()


@final
@dataclass(frozen=True, eq=False)
class ConstructionPlan:
    """A construction whose toys are yet to be drawn.

    Attributes:
        plan: what it is of.
        round: its toys.
        calibration: the method.
        fixed: parameters that are held, and where.
    """

    plan: Plan
    round: Round
    calibration: CalibrationMethod
    fixed: Mapping[str, float]

    @property
    def top(self) -> dict[str, float]:
        """The last hypothesis, where most events are expected as a rule."""
        return {self.plan.case.interest.names[0]: float(self.plan.points[-1, 0])}

    def stage(self, which: Round | None = None) -> Stage:
        """Toys to be drawn: its own, or those of another round."""
        return stage(self.plan, self.round if which is None else which)

    def curves(self, make: Make | None = None) -> tuple[CriticalCurve, ...]:
        """One of each statistic.

        Args:
            make: draws and judges the toys of a stage; all of them here, unless given. It is asked
                once more where toys of all hypotheses leave too few for some of them.
        """
        found = found_by(self.plan, self.round, self.calibration, make or Stage.sheets)
        return tuple(
            _curve(asked, one, self) for asked, one in zip(self.plan.asked, found, strict=True)
        )


def plan_construction(  # noqa: PLR0913 (what a construction takes)
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
    calibration: CalibrationMethod = "reweighted",
) -> ConstructionPlan:
    """What :func:`neyman_several` does, before anything is drawn: others may make the toys.

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
        calibration: as there.

    Raises:
        ValueError: as there.
    """
    name = poi or model.measurement.pois[0]
    low, high = span_of(model, name, span)
    asked = tuple(
        Asked(Case.of(model, one, pois=name, fixed=fixed, span=(low, high)), one)
        for one in statistics
    )
    focuses = [moments(one.case.focus.density) for one in asked if one.case.focus is not None]
    mu = (
        hypotheses(low, high, grid, focuses)
        if isinstance(grid, int)
        else np.unique(np.asarray(grid, float))
    )
    _check(mu, (low, high), toys, statistics, ensemble, calibration)
    seen = None if data is None else one_data_set(model, data, "neyman")
    plan = Plan(asked, mu[:, None], (np.array([low]), np.array([high])), seen, ensemble, key)
    if calibration == "reweighted":
        first = Round("mixture", toys)
    elif calibration == "points":
        first = Round("own", mu.size * max(1, toys // mu.size), tuple(range(mu.size)))
    else:
        first = Round("even", toys)
    held = {name: float(np.asarray(value)) for name, value in (fixed or {}).items()}
    return ConstructionPlan(plan, first, calibration, held)


def hypotheses(
    low: float, high: float, count: int, focuses: Sequence[tuple[float, float]]
) -> Float[np.ndarray, " point"]:
    """Even over the span, and denser where focuses are, for there critical values bend.

    Args:
        low: where the span begins.
        high: where it ends.
        count: hypotheses that are even.
        focuses: means and standard deviations.
    """
    if count < 2:  # noqa: PLR2004
        return np.linspace(low, high, max(count, 0))
    found = [np.linspace(low, high, count)]
    for centre, width in focuses:
        start, stop = max(low, centre - _BENDS * width), min(high, centre + _BENDS * width)
        steps = min(int(np.ceil((stop - start) / width * _PER_WIDTH)), _MOST_STEPS)
        if stop > start and (high - low) / (count - 1) > (stop - start) / steps:
            found.append(np.linspace(start, stop, steps + 1))
    every = np.sort(np.concatenate(found))
    # Of several that lie close by, one.
    widest = min((width / _PER_WIDTH for _, width in focuses), default=np.inf)
    least = max(min(widest, (high - low) / count) / 4, _NO_STEP * (high - low))
    kept = [every[0]]
    for one in every[1:-1]:
        if one - kept[-1] > least and every[-1] - one > least:
            kept.append(one)
    return np.array([*kept, every[-1]])


def _check(  # noqa: PLR0913, PLR0917 (all that may be wrong)
    mu: Float[np.ndarray, " point"],
    ends: tuple[float, float],
    toys: int,
    statistics: Sequence[AbstractStatistic],
    ensemble: str,
    calibration: str,
) -> None:
    problems: list[str] = []
    for name, given, known in (
        ("ensemble", ensemble, ENSEMBLES),
        ("calibration", calibration, CALIBRATIONS),
    ):
        if given not in known:
            problems.append(f"`{name}` is one of {', '.join(known)}, got {given!r}")
    if ensemble == "regression" and calibration not in {"splines", "network"}:
        problems.append(
            'a regression on nuisance parameters is by calibration="splines" or "network"'
        )
    if not statistics:
        problems.append("no statistic is given")
    if mu.size < 2 or not np.isfinite(mu).all() or mu[0] < ends[0] or mu[-1] > ends[1]:  # noqa: PLR2004
        problems.append(f"`grid` must be two hypotheses or more from {ends[0]:g} to {ends[1]:g}")
    if isinstance(toys, bool) or toys < 1:
        problems.append(f"`toys` must be at least 1, got {toys}")
    if problems:
        raise ValueError("neyman: " + "; ".join(problems))


def _curve(asked: Asked, found: Found, planned: ConstructionPlan) -> CriticalCurve:
    plan = planned.plan
    mu, name = plan.points[:, 0], asked.case.interest.names[0]
    problems, said = judged(plan, found)
    focus = asked.case.focus
    words = jax.random.key_data(plan.key).reshape(-1).tolist()
    return CriticalCurve(
        poi=name,
        statistic=asked.statistic,
        said=repr(asked.statistic),
        focus="" if focus is None else focus.digest,
        mu=mu,
        distribution=found.distribution,
        calibration=planned.calibration,
        toys=found.toys,
        fixed=planned.fixed,
        ensemble=found.ensemble,
        on_nuisances=plan.on_nuisances,
        failed=found.failed,
        ok=not problems,
        message="; ".join(problems or said),
        key=f"{jax.random.key_impl(plan.key)} {' '.join(map(str, words))}",
        provenance=provenance_of(asked.case.model, "", ""),
    )
