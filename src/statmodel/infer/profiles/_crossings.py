r"""Where a profile crosses a level on one side of a minimum: all places, not only the first.

The search asks for conditional fits one at a time, so that many searches advance together. It walks
from the minimum outward over a grid that is fine near it, and looks at every two neighbours with
their values *and* slopes:

- on different sides of the level: a crossing, found by Newton's method on :math:`\sqrt t`, which is
  straight for a parabola, inside a bracket;
- on one side, with slopes that show an extremum between them: it is looked for, and may turn out to
  lie on the other side.

A dip between two neighbours whose slopes do not show it is missed.
"""

from collections.abc import Generator
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

from statmodel.infer._intervals import End

TOLERANCE = 1e-5
"""A crossing is found when t differs from the level by less: 5e-6 of an error."""
_STEP = 0.75
"""First step of the walk, in distances at which a parabola would reach the level."""
_MOST_STEPS = 16
REACH = 8.0
"""How far a walk goes where there is no bound, in the same unit."""
_DOUBLINGS = 10
"""How often that is doubled where the level has not been reached."""
_TRIES = 6
_REFINEMENTS = 40
_NARROW = 1e-10
_HALF = 0.5
_EDGE = 1e-3
"""A new place is this share of a bracket from its ends at least."""


class Place(NamedTuple):
    """A conditional minimum. Coordinates are internal, distances along the walk are positive."""

    value: float
    t: float
    slope: float
    """Derivative of t in the coordinate (not in the distance)."""
    at: Float[np.ndarray, " parameter"]
    tangent: Float[np.ndarray, " parameter"]
    usable: bool
    curvature: float = np.nan
    """Second derivative of t."""


class Request(NamedTuple):
    """A conditional fit that a search asks for."""

    value: float
    near: Place
    straight: bool
    """Whether the other parameters start where the tangent at `near` points, or at `near`."""


class Side(NamedTuple):
    """What is known before the search."""

    origin: Place
    sign: float
    unit: float
    """Distance at which the parabola at the origin reaches the level."""
    limit: float
    """The bound; infinite where there is none."""
    level: float
    everywhere: bool
    """Whether to look beyond the first crossing."""


class Boundary(NamedTuple):
    """An end of a piece of the set, in the order in which a walk meets them."""

    value: float
    end: End


Search: TypeAlias = Generator[Request, Place, tuple[Boundary, ...]]
_Look: TypeAlias = Generator[Request, Place, list[Place]]


def search(side: Side) -> Search:
    """All boundaries of the set on one side of the origin, which may lie outside it.

    Boundaries alternate between leaving and entering the set; the last one is where the walk ended,
    if it ended inside.
    """
    places, finished = yield from _walk(side)
    met: list[Place] = [side.origin]
    for near, far in pairwise(places):
        between = yield from _between(side, near, far)
        met += [*between, far]
    found: list[Boundary] = []
    for near, far in pairwise(met):
        if _inside(side, near) != _inside(side, far):
            crossing = yield from _crossing(side, near, far)
            found.append(crossing)
    if _inside(side, met[-1]):
        found.append(Boundary(met[-1].value, finished))
    return tuple(found)


def _inside(side: Side, place: Place) -> bool:
    return place.t <= side.level


def _walk(side: Side) -> Generator[Request, Place, tuple[list[Place], End]]:
    """Probes from the origin outward, and why the walk ended."""
    places = [side.origin]
    for aim in _grid(side):
        reached = yield from _reach(places, aim)
        if not reached:
            return places, End.FAILED
        if not side.everywhere and not _inside(side, places[-1]):
            return places, End.OPEN
    if np.isfinite(side.limit):
        return places, End.BOUND
    for _ in range(_DOUBLINGS):
        if not _inside(side, places[-1]):
            break
        reached = yield from _reach(places, 2 * places[-1].value - side.origin.value)
        if not reached:
            return places, End.FAILED
    return places, End.OPEN


def _grid(side: Side) -> list[float]:
    """Even steps where few lead to the limit, else steps that grow (a hyperbolic sine)."""
    distance = min(abs(side.limit - side.origin.value), np.inf)
    distance = distance if np.isfinite(distance) else REACH * side.unit
    if distance == 0:
        return []
    first = min(_STEP * side.unit / distance, 1.0)
    steps = min(int(np.ceil(1 / first)), _MOST_STEPS)
    shares = np.arange(1, steps + 1) / steps
    if steps == _MOST_STEPS and first * steps < 1:
        shares = np.sinh(_growth(first, steps) * shares) / np.sinh(_growth(first, steps))
    places = side.origin.value + side.sign * distance * shares
    if np.isfinite(side.limit):
        places[-1] = side.limit
    return places.tolist()


def _growth(first: float, steps: int) -> float:
    """The c for which sinh(c / steps) / sinh(c) is `first`, by bisection."""
    low, high = 1e-6, 50.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        too_coarse = np.sinh(middle / steps) / np.sinh(middle) > first
        low, high = (middle, high) if too_coarse else (low, middle)
    return low


def _reach(places: list[Place], aim: float) -> Generator[Request, Place, bool]:
    """Go to a value, in smaller steps where a fit fails; every success is added to the places."""
    goal, straight = aim, True
    for _ in range(_TRIES):
        last = places[-1]
        place = yield Request(goal, last, straight)
        if place.usable:
            places.append(place)
            if goal == aim:
                return True
            goal = aim
        elif straight:
            straight = False  # perhaps the tangent led astray
        else:
            goal, straight = 0.5 * (last.value + goal), True
    return False


def _between(side: Side, near: Place, far: Place) -> _Look:
    """An extremum between neighbours on one side of the level, if it crosses the level."""
    if _inside(side, near) != _inside(side, far):
        return []
    out = side.sign
    rising, falling = near.slope * out >= 0, far.slope * out < 0
    hump = _inside(side, near) and rising and falling
    dip = not _inside(side, near) and near.slope * out < 0 and far.slope * out > 0
    if not (hump or dip):
        return []
    a, b = near, far
    for _ in range(_REFINEMENTS):
        share = _extremum(a, b)
        closest = a if share < _HALF else b
        place = yield Request(a.value + share * (b.value - a.value), closest, straight=True)
        if not place.usable:
            return []
        if _inside(side, place) != _inside(side, near):
            return [place]
        width = abs(b.value - a.value)
        if abs(place.slope) * width < TOLERANCE or width < _NARROW * (1 + abs(a.value)):
            return []
        if (place.slope * out > 0) == hump:
            a = place
        else:
            b = place
    return []


def _extremum(a: Place, b: Place) -> float:
    """Where the cubic through two values and slopes has its extremum, as a share of the way."""
    width = b.value - a.value
    left, right, rise = a.slope * width, b.slope * width, b.t - a.t
    # The slope of the cubic is a parabola: left + 2 x (3 rise - 2 left - right) + 3 x^2 (...).
    square, linear = 3 * (left + right - 2 * rise), 2 * (3 * rise - 2 * left - right)
    root = max(linear**2 - 4 * square * left, 0.0) ** 0.5
    half = -0.5 * (linear + (root if linear >= 0 else -root))
    shares = [half / square if square else np.nan, left / half if half else np.nan]
    inside = [x for x in shares if _EDGE < x < 1 - _EDGE]
    return float(inside[0]) if inside else _HALF


def _crossing(side: Side, near: Place, far: Place) -> Generator[Request, Place, Boundary]:
    """The place between two places where t equals the level."""
    inner, outer = (near, far) if _inside(side, near) else (far, near)
    for _ in range(_REFINEMENTS):
        best = min((inner, outer), key=lambda one: abs(one.t**0.5 - side.level**0.5))
        width = outer.value - inner.value
        if abs(best.t - side.level) <= TOLERANCE:
            return Boundary(best.value, End.CROSSING)
        if abs(width) < _NARROW * (1 + abs(inner.value)):
            break
        aim = _newton(side, best)
        share = (aim - inner.value) / width
        share = share if _EDGE < share < 1 - _EDGE else _HALF
        place = yield from _inside_bracket(inner, best, inner.value + share * width)
        if place is None:
            break
        if _inside(side, place):
            inner = place
        else:
            outer = place
    return Boundary(inner.value, End.FAILED)


def _newton(side: Side, place: Place) -> float:
    """One step of Newton's method on the square root of t."""
    if place.t <= 0 or place.slope == 0:
        return np.nan
    root = place.t**0.5
    return place.value + (side.level**0.5 - root) * 2 * root / place.slope


def _inside_bracket(
    inner: Place, near: Place, value: float
) -> Generator[Request, Place, Place | None]:
    """A place at a value; where the fit fails, once from the other end, then nearer to it."""
    for start in (near, inner):
        place = yield Request(value, start, straight=True)
        if place.usable:
            return place
    place = yield Request(0.5 * (value + inner.value), inner, straight=False)
    return place if place.usable else None
