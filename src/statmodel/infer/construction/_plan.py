"""Toys of a construction under their hypotheses, and what becomes of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel.infer.statistics import Case
from statmodel.model import Prepared

from ._calibrations import AbstractDistribution, CalibrationMethod, Weighted
from ._drawing import blocks, key_of, spread
from ._quantiles import effective
from ._regression import from_angle, regression
from ._tables import Asked, tables, weighed_tables
from ._truths import Ensemble, Truths, conditional, truths

FEW = 200.0
"""Effective toys under a hypothesis, below which its critical values are not to be used."""
_UNJUDGED = 1e-3
"""A share of toys that cannot be judged."""
_OWN = 1000
"""Toys of a hypothesis of which there are fewer effective ones."""


class Plan(NamedTuple):
    """What a construction is of."""

    asked: tuple[Asked, ...]
    points: Float[np.ndarray, "point poi"]
    """Hypotheses, in the user's units."""
    ends: tuple[Float[np.ndarray, " poi"], Float[np.ndarray, " poi"]]
    """Of what toys cover."""
    data: Prepared | None
    ensemble: Ensemble
    key: Array

    @property
    def case(self) -> Case:
        """Of the first statistic; what toys are drawn from is the same for all."""
        return self.asked[0].case

    @property
    def on_nuisances(self) -> bool:
        """Whether critical values are functions of nuisance parameters."""
        return self.ensemble == "regression" and bool(self.case.interest.nuisances)

    def truths(self, mu: Float[np.ndarray, "toy poi"], what: int = 1) -> Truths | None:
        """Nuisance parameters of toys."""
        return truths(self.case, self.data, self.ensemble, key_of(self.key, what), mu)


class Found(NamedTuple):
    """Of one statistic."""

    distribution: AbstractDistribution
    toys: int
    failed: int
    """Toys that cannot be judged."""
    ensemble: str
    said: Sequence[str] = ()


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


def by_weights(plan: Plan, toys: int) -> tuple[Found, ...]:
    """Of all hypotheses, weighted for each of them; of their own where that leaves few."""
    count = len(plan.points)
    places = np.arange(toys) % count
    mu = plan.points[places]
    where = plan.truths(mu)
    points = np.broadcast_to(plan.points[None], (toys, *plan.points.shape))
    own = blocks(plan.case, mu, points, where, plan.data, plan.key)
    found, heights = weighed_tables(plan.asked, own, toys)
    weights, weighed = _weights(heights, np.bincount(places, minlength=count) / toys)
    unweighed = int((~weighed).sum())
    words = where.words if where is not None else ""
    each = tuple(
        Found(Weighted(one.values, weights), toys, int((~one.ok).sum()) + unweighed, words)
        for one in found
    )
    sizes = effective(weights)
    poor = np.flatnonzero(~(sizes >= FEW))
    many = max(_OWN, toys // count)
    # Where toys of their own would be fewer too, there are too few of all.
    if not poor.size or toys < many:
        return each
    some = by_points(plan, poor, many)
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


def by_points(plan: Plan, places: np.ndarray, each: int) -> tuple[Found, ...]:
    """As many toys of each of some hypotheses, by their numbers."""
    mu = np.repeat(plan.points[places], each, axis=0)
    key = key_of(plan.key, 2)
    where = plan.truths(mu, 3)
    own = blocks(plan.case, mu, mu[:, None, :], where, plan.data, key)
    shape = (places.size, each)
    weights = np.full(shape[::-1], 1.0 / each)
    words = where.words if where is not None else ""
    return tuple(
        Found(
            Weighted(one.values.reshape(shape).T, weights),
            len(mu),
            int((~one.ok).sum()),
            words,
        )
        for one in tables(plan.asked, own, len(mu))
    )


def by_regression(plan: Plan, toys: int, calibration: CalibrationMethod) -> tuple[Found, ...]:
    """From everywhere, each under the hypothesis that it was drawn from; densely at both ends."""
    case, (low, high) = plan.case, plan.ends
    unit = spread(plan.key, toys, np.zeros_like(low), np.ones_like(high))
    mu = low + (high - low) * from_angle(unit)
    where = plan.truths(mu)
    own = blocks(case, mu, mu[:, None, :], where, plan.data, plan.key)
    inputs, grid, ends = mu, plan.points, (float(low[0]), float(high[0]))
    if plan.on_nuisances and where is not None:
        inputs = np.concatenate([mu, where.own], axis=1)
        grid = np.concatenate([grid, conditional(case, where.path, grid)], axis=1)
    words = where.words if where is not None else ""
    return tuple(
        Found(
            regression(
                inputs, one.values[:, 0], grid, ends, calibration, key_of(plan.key, 4 + number)
            ),
            toys,
            int((~one.ok).sum()),
            words,
        )
        for number, one in enumerate(tables(plan.asked, own, toys))
    )
