r"""Where a scanned profile crosses a height, and where it has its minima, found exactly.

Between two places of the grid on different sides of the height, :math:`\sqrt t` is followed by the
Illinois rule: regula falsi in which an end that stays loses half of its weight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from jaxtyping import Float

from ._grid import End, Grid

_TOLERANCE = 1e-6
"""Of t."""
_MOST = 30
_APART = 1e-3
"""Minima that are nearer, in shares of the range of the grid, are one."""


@final
@dataclass(frozen=True)
class Crossing:
    """Where -2 ln of the profile likelihood ratio passes through a height.

    Attributes:
        level: the probability that belongs to the height.
        value: of the parameter.
        rising: whether the profile rises there.
        exact: whether the fits around it converged; else it is interpolated.
    """

    level: float
    value: float
    rising: bool
    exact: bool


@final
@dataclass(frozen=True)
class ProfileMinimum:
    """A minimum of the profile.

    Attributes:
        value: of the parameter.
        t: its height above the lowest minimum.
        at_end: whether the profile ends there: at a bound, or where the grid does.
    """

    value: float
    t: float
    at_end: bool


def crossings(
    grid: Grid, lowest: float, levels: Sequence[float], heights: Sequence[float]
) -> tuple[Crossing, ...]:
    """All places where the profile on a grid of one axis passes through the heights.

    Args:
        grid: fitted.
        lowest: the `nll` that t is measured from.
        levels: probabilities.
        heights: that belong to them.
    """
    t = 2.0 * (grid.nll - lowest)
    return tuple(
        _crossing(grid, lowest, level, height, (left, right))
        for level, height in zip(levels, heights, strict=True)
        for left, right in pairwise(range(t.size))
        if np.isfinite(t[left] + t[right]) and (t[left] > height) != (t[right] > height)
    )


def _crossing(
    grid: Grid, lowest: float, level: float, height: float, between: tuple[int, int]
) -> Crossing:
    """Follow the root of t from two neighbours."""
    index, aim = grid.held[0], float(np.sqrt(height))
    ends = [End(grid.values[one], float(grid.nll[one]), grid.state(one)) for one in between]
    where = [float(grid.places[one, 0]) for one in between]
    gap = [_root(end.nll, lowest) - aim for end in ends]
    rising = bool(gap[1] > gap[0])
    middle, exact, last = float("nan"), False, -1
    for _ in range(_MOST):
        share = gap[0] / (gap[0] - gap[1])
        middle = where[0] + share * (where[1] - where[0])
        start = ends[0].values + share * (ends[1].values - ends[0].values)
        start[index] = middle
        end = grid.end(start)
        if not end.usable:
            break
        new = _root(end.nll, lowest) - aim
        exact = bool(abs(2.0 * (end.nll - lowest) - height) < _TOLERANCE)
        if exact:
            break
        side = 0 if (new > 0) == (gap[0] > 0) else 1
        ends[side], where[side], gap[side] = end, middle, new
        if side == last:
            gap[1 - side] *= 0.5
        last = side
    return Crossing(level, middle, rising, exact)


def minima(grid: Grid, lowest: float) -> tuple[ProfileMinimum, ...]:
    """All minima that a grid of one axis shows, in the order of their heights."""
    t = 2.0 * (grid.nll - lowest)
    reach = _APART * float(np.ptp(grid.places))
    found: list[ProfileMinimum] = []
    for one in sorted(_low_places(grid, t, lowest), key=lambda one: one.t):
        if all(abs(one.value - other.value) > reach for other in found):
            found.append(one)
    return tuple(found)


def _low_places(
    grid: Grid, t: Float[np.ndarray, " place"], lowest: float
) -> Iterator[ProfileMinimum]:
    for place in range(t.size):
        around = t[max(place - 1, 0) : place + 2]
        if not np.isfinite(t[place]) or t[place] > np.min(around):
            continue
        end = grid.free(grid.values[place])
        value = float(end.values[grid.held[0]])
        inside = grid.places[0, 0] < value < grid.places[-1, 0]
        if end.usable and end.nll <= grid.nll[place] and inside:
            yield ProfileMinimum(value, max(2.0 * (end.nll - lowest), 0.0), at_end=False)
        elif place in (0, t.size - 1):
            yield ProfileMinimum(float(grid.places[place, 0]), float(t[place]), at_end=True)


def _root(nll: float, lowest: float) -> float:
    return float(np.sqrt(max(2.0 * (nll - lowest), 0.0)))
