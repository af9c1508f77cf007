"""What becomes of the toys of a construction, by each of the methods."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Bool, Float

from ._calibrations import AbstractDistribution, CalibrationMethod, Weighted
from ._drawing import key_of
from ._plan import Plan, Round, Sheets, Stage, mixed, stage
from ._quantiles import effective
from ._regression import regression
from ._truths import conditional

FEW = 200.0
"""Effective toys under a hypothesis, below which its critical values are not to be used."""
_UNJUDGED = 1e-3
"""A share of toys that cannot be judged."""
_OWN = 1000
"""Toys of a hypothesis of which there are fewer effective ones."""

Make: TypeAlias = Callable[[Stage], Sheets]
"""Draws and judges the toys of a round, here or elsewhere."""


class Found(NamedTuple):
    """Of one statistic."""

    distribution: AbstractDistribution
    toys: int
    failed: int
    """Toys that cannot be judged."""
    ensemble: str
    said: Sequence[str] = ()


Founds: TypeAlias = tuple[Found, ...]


def judged(plan: Plan, found: Found) -> tuple[list[str], list[str]]:
    """Why critical values may not be used, and what there is to say of good ones."""
    each = found.distribution.effective
    problems: list[str] = []
    if each.min() < FEW:
        worst = plan.points[int(each.argmin())]
        names = plan.case.interest.names
        where = ", ".join(f"{name} = {at:g}" for name, at in zip(names, worst, strict=True))
        problems.append(
            f"only {each.min():.0f} effective toys at {where}: take more toys, or a smaller span"
        )
    if found.failed > _UNJUDGED * found.toys:
        problems.append(
            f"{found.failed} of {found.toys} toys cannot be judged and count as extreme"
        )
    return problems, [f"at least {each.min():.0f} effective toys each", *found.said]


def found_by(plan: Plan, first: Round, calibration: CalibrationMethod, make: Make) -> Founds:
    """Of each statistic, by the method that is named.

    Args:
        plan: what the construction is of.
        first: its toys.
        calibration: the method.
        make: draws and judges them, and others where these are too few.
    """
    drawn = stage(plan, first)
    sheets = make(drawn)
    if calibration == "reweighted":
        return by_weights(plan, drawn, sheets, make)
    if calibration == "points":
        return by_points(drawn, sheets)
    return by_regression(plan, drawn, sheets, calibration)


def by_weights(plan: Plan, drawn: Stage, sheets: Sheets, make: Make) -> Founds:
    """Of all hypotheses, weighted for each of them; of their own where that leaves few."""
    toys, count = drawn.round.toys, len(plan.points)
    assert sheets.heights is not None  # noqa: S101 (of a mixture)
    shares = np.bincount(mixed(plan, toys), minlength=count) / toys
    weights, weighed = _weights(sheets.heights, shares)
    unweighed = int((~weighed).sum())
    each = tuple(
        Found(Weighted(one.values, weights), toys, int((~one.ok).sum()) + unweighed, drawn.words)
        for one in sheets.tables
    )
    sizes = effective(weights)
    poor = np.flatnonzero(~(sizes >= FEW))
    many = max(_OWN, toys // count)
    # Where toys of their own would be fewer too, there are too few of all.
    if not poor.size or toys < many:
        return each
    more = stage(plan, Round("own", poor.size * many, tuple(poor.tolist())))
    some = by_points(more, make(more))
    return tuple(_patched(one, other, poor, plan) for one, other in zip(each, some, strict=True))


def _weights(
    heights: Float[np.ndarray, "toy point"], shares: Float[np.ndarray, " point"]
) -> tuple[Float[np.ndarray, "toy point"], Bool[np.ndarray, " toy"]]:
    """Likelihoods over those of the mixture that all toys are of; and which toys have any."""
    top = np.where(np.isnan(heights), -np.inf, heights).max(axis=1)
    known = np.isfinite(top) & ~np.isnan(heights).any(axis=1)
    relative = np.exp(np.where(known[:, None], heights - np.where(known, top, 0.0)[:, None], 0.0))
    weights = np.where(known[:, None], relative / (relative @ shares)[:, None], 0.0)
    total = weights.sum(axis=0)
    return weights / np.where(total > 0, total, 1.0), known


def _patched(one: Found, other: Found, places: np.ndarray, plan: Plan) -> Found:
    """With columns of another one."""
    before, after = one.distribution, other.distribution
    assert isinstance(before, Weighted)  # noqa: S101 (made so above)
    assert isinstance(after, Weighted)  # noqa: S101
    count = len(after.values)
    values, weights = before.values.copy(), before.weights.copy()
    values[:, places], weights[:, places] = np.inf, 0.0
    values[:count, places], weights[:count, places] = after.values, after.weights
    ends = plan.points[places[[0, -1]], 0]
    where = f" from {ends[0]:g} to {ends[1]:g}" if plan.points.shape[1] == 1 else ""
    said = (
        f"too few of them at {places.size} hypotheses{where}, which have {count} toys of their own"
    )
    failed, toys = one.failed + other.failed, one.toys + other.toys
    return Found(Weighted(values, weights), toys, failed, one.ensemble, (said,))


def by_points(drawn: Stage, sheets: Sheets) -> Founds:
    """As many toys of each of some hypotheses."""
    count = len(drawn.round.places)
    each = drawn.round.toys // count
    weights = np.full((each, count), 1.0 / each)
    return tuple(
        Found(
            Weighted(one.values.reshape(count, each).T, weights),
            drawn.round.toys,
            int((~one.ok).sum()),
            drawn.words,
        )
        for one in sheets.tables
    )


def by_regression(
    plan: Plan, drawn: Stage, sheets: Sheets, calibration: CalibrationMethod
) -> Founds:
    """From everywhere, each under the hypothesis that it was drawn from; densely at both ends."""
    case, (low, high), where = plan.case, plan.ends, drawn.where
    inputs, grid, ends = drawn.mu, plan.points, (float(low[0]), float(high[0]))
    if plan.on_nuisances and where is not None:
        inputs = np.concatenate([inputs, where.own], axis=1)
        grid = np.concatenate([grid, conditional(case, where.path, grid)], axis=1)
    return tuple(
        Found(
            regression(
                inputs, one.values[:, 0], grid, ends, calibration, key_of(plan.key, 4 + number)
            ),
            drawn.round.toys,
            int((~one.ok).sum()),
            drawn.words,
        )
        for number, one in enumerate(sheets.tables)
    )
