"""Toys of a coverage, to be drawn and judged here or elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax
import numpy as np
from jaxtyping import Array, Float

from statmodel.infer.statistics import AbstractStatistic
from statmodel.model import Model

from ._coverage import CoverageCertificate, SetsAt, certified, sets_at
from ._curve import LEVELS, CriticalCurve
from ._drawing import Drawing
from ._plan import Round, Sheets, Stage
from ._values import alike, asked, fine

_OTHERS = 1 << 31
"""Keys of toys of a coverage, those of critical values being below."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CoveragePlan:
    """What a coverage is of: toys that anybody may draw and judge, a part of them or all.

    Attributes:
        model: that of the curves.
        groups: critical values, those of the same hypotheses together.
        truths: true values, by name.
        key: toys of the k-th truth depend on it and on k only.
        toys: of each truth.
        levels: confidence levels.
    """

    model: Model
    groups: tuple[tuple[CriticalCurve, ...], ...]
    truths: tuple[Mapping[str, float], ...]
    key: Array
    toys: int
    levels: tuple[float, ...]

    def certificate(
        self, made: Callable[[Stage, tuple[CriticalCurve, ...]], Sheets] | None = None
    ) -> CoverageCertificate:
        """Draw and judge all toys, and put together what they say.

        Args:
            made: what gives the tables of a stage, judged by these curves; here and now by default.
        """
        rows: list[SetsAt] = []
        for place, truth in enumerate(self.truths):
            for some in self.groups:
                stage = self._stage(place, some)
                found = (stage.sheets() if made is None else made(stage, some)).tables
                grid = fine(some[0])
                for curve, values in zip(some, found, strict=True):
                    rows.extend(sets_at(curve, grid, values, truth, self.levels))
        return certified(self.groups[0][0], rows, self.toys)

    def _stage(self, number: int, curves: tuple[CriticalCurve, ...]) -> Stage:
        first, truth = curves[0], self.truths[number]
        return truth_stage(
            self.model,
            [one.statistic for one in curves],
            truth,
            poi=first.poi,
            fixed=first.fixed,
            places=np.append(fine(first), truth[first.poi]),
            nuisances=any(one.on_nuisances for one in curves),
            key=self.key,
            number=number,
            toys=self.toys,
        )


def truth_stage(  # noqa: PLR0913 (what toys are of)
    model: Model,
    statistics: Sequence[AbstractStatistic],
    truth: Mapping[str, float],
    *,
    poi: str,
    fixed: Mapping[str, float],
    places: Float[np.ndarray, " place"],
    nuisances: bool,
    key: Array,
    number: int,
    toys: int,
) -> Stage:
    """Toys of one true value.

    Args:
        model: the compiled likelihood.
        statistics: by which they are judged.
        truth: true values by name; other parameters are at their start.
        poi: the parameter of interest.
        fixed: parameters that are held.
        places: hypotheses, the true one behind the others.
        nuisances: whether conditional estimates are wanted too.
        key: a typed key.
        number: of the true value.
        toys: how many.
    """
    span = (float(places[0]), float(places[-2]))
    sampler = model.sampler(model.space.point({**fixed, **truth}))
    own = jax.random.fold_in(key, _OTHERS + number)
    sampler.check(own, toys, 0)
    looked = np.broadcast_to(places[None, :, None], (toys, places.size, 1))
    return Stage(
        Round("truth", toys, (number,)),
        tuple(asked(model, statistics, poi=poi, fixed=fixed, span=span, nuisances=nuisances)),
        np.full((toys, 1), float(truth[poi])),
        None,
        Drawing(sampler, own, None, looked),
    )


def plan_coverage(
    model: Model,
    curves: Sequence[CriticalCurve],
    at: Sequence[float | Mapping[str, float]],
    *,
    key: Array,
    toys: int = 4000,
    levels: Sequence[float] = LEVELS,
) -> CoveragePlan:
    """What :func:`coverage` does, to be done elsewhere or in parts.

    Args:
        model: as there.
        curves: as there.
        at: as there.
        key: as there.
        toys: as there.
        levels: as there.

    Raises:
        ValueError: as there.
    """
    if not curves or len({(one.poi, tuple(sorted(one.fixed.items()))) for one in curves}) > 1:
        msg = "coverage: curves of one parameter are compared, with the same parameters held"
        raise ValueError(msg)
    first = curves[0]
    truths = [dict(one) if isinstance(one, Mapping) else {first.poi: one} for one in at]
    ends = max(one.mu[0] for one in curves), min(one.mu[-1] for one in curves)
    if not at or any(not ends[0] <= one.get(first.poi, np.nan) <= ends[1] for one in truths):
        msg = f"coverage(at=...): true values must lie among the hypotheses, got {list(at)}"
        raise ValueError(msg)
    others = dict.fromkeys(name for one in truths for name in one if name != first.poi)
    start = model.space.point({})
    return CoveragePlan(
        model=model,
        groups=tuple(tuple(some) for some in alike(model, curves, levels)),
        truths=tuple({name: float(start[name]) for name in others} | one for one in truths),
        key=key,
        toys=toys,
        levels=tuple(levels),
    )


def coverage(
    model: Model,
    curves: Sequence[CriticalCurve],
    at: Sequence[float | Mapping[str, float]],
    *,
    key: Array,
    toys: int = 4000,
    levels: Sequence[float] = LEVELS,
) -> CoverageCertificate:
    """Coverage and lengths of the confidence sets of several curves, side by side.

    The toys are other ones than those of the curves, also with the same key.

    Args:
        model: that of the curves.
        curves: of one parameter.
        at: true values; by name where nuisance parameters are not at their start.
        key: a typed key.
        toys: of each true value; the same for all curves.
        levels: confidence levels.

    Raises:
        ValueError: a curve is of another model or another parameter, there is none, a truth is not
            among its hypotheses, or a level is none.
    """
    return plan_coverage(model, curves, at, key=key, toys=toys, levels=levels).certificate()
