"""Where functions of one variable rise through zero: many of them, on places that they share.

Every function is known at every place that any of them has asked for. A search takes the highest
pair of neighbours with a change of sign, asks for the place where a parabola (or a line) through
the nearest places vanishes, as a function of the value, and halves the bracket where that has not
shrunk it (after R. Brent, Algorithms for Minimization without Derivatives, 1973, chapter 4).
Places where the function does not exist (NaN) are gone round.
"""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, final

TOLERANCE = 1e-6
"""A root is found when the function differs from zero by less."""
_ROUNDS = 60
_LOOK = 4
"""Rounds in which a bracket must have shrunk to a half."""
_NARROW = 1e-12
_GROWTH = (1.2, 20.0)
_BEYOND = 1.05
_REFUSED = 6
"""How often a place is looked for on this side of one where the function does not exist."""


class Found(enum.Enum):
    """How a search stands."""

    SEARCHING = "searching"
    ROOT = "root"
    BOUND = "bound"
    """The function is negative as far as the bound."""
    OPEN = "open"
    """The function is negative as far as the search went, and there is no bound."""
    FAILED = "failed"
    """The function does not exist where it would have to be looked at."""


class Known(NamedTuple):
    """A place, and the function there."""

    at: float
    value: float


@final
@dataclass
class Rising:
    """The search for one root, from a place at which the function is negative."""

    upper: float
    """The bound; infinite where there is none."""
    scale: float
    """The function's distance from its value at the lowest place to zero."""
    state: Found = Found.SEARCHING
    root: float = math.nan
    crossings: int = 0
    """Changes of sign that were seen."""
    widths: list[float] = field(default_factory=list)
    refused: int = 0

    def ask(self, places: Sequence[Known]) -> float | None:
        """The next place to look at; None once the search has ended.

        Args:
            places: all that is known, in increasing order, the first with a negative value.
        """
        if self.state is not Found.SEARCHING:
            return None
        usable = [one for one in places if math.isfinite(one.value)]
        signs = [(a, b) for a, b in pairwise(usable) if a.value < 0 <= b.value]
        self.crossings = len(signs) + sum(b.value < 0 <= a.value for a, b in pairwise(usable))
        if not usable or len(self.widths) >= _ROUNDS:
            return self._end(Found.FAILED, math.nan)
        top = usable[-1]
        if top.value < 0:
            return self._upward(top, places)
        a, b = signs[-1]
        return self._inside(a, b, usable)

    def _end(self, state: Found, root: float) -> None:
        self.state, self.root = state, root

    def _upward(self, top: Known, places: Sequence[Known]) -> float | None:
        """Beyond the highest place, as far as a line from the lowest one leads."""
        if top.at >= self.upper:
            if abs(top.value) <= TOLERANCE:
                return self._end(Found.ROOT, top.at)
            return self._end(Found.BOUND, math.nan)
        failed = [one.at for one in places if one.at > top.at]
        if failed:
            self.refused += 1
            if self.refused > _REFUSED:
                return self._end(Found.FAILED, math.nan)
            return 0.5 * (top.at + min(failed))
        self.widths.append(math.inf)
        if len(self.widths) > _ROUNDS // 2:
            return self._end(Found.OPEN, math.nan)
        reached = top.value + self.scale
        factor = _BEYOND * self.scale / reached if reached > 0 else _GROWTH[1]
        factor = min(max(factor, _GROWTH[0]), _GROWTH[1])
        ahead = top.at * factor if top.at > 0 else 1.0
        return min(ahead, self.upper)

    def _inside(self, a: Known, b: Known, usable: Sequence[Known]) -> float | None:
        best = min((a, b), key=lambda one: abs(one.value))
        width = b.at - a.at
        if abs(best.value) <= TOLERANCE or width <= _NARROW * (1 + abs(b.at)):
            return self._end(Found.ROOT, best.at)
        self.widths.append(width)
        slow = len(self.widths) > _LOOK and width > 0.5 * self.widths[-1 - _LOOK]
        if slow:
            return a.at + 0.5 * width
        others = [one for one in usable if one is not a and one is not b]
        third = min(others, key=lambda one: abs(one.at - best.at), default=None)
        aim = a.at - a.value * width / (b.value - a.value)
        if third is not None and len({a.value, b.value, third.value}) == 3:  # noqa: PLR2004
            curved = _inverse_parabola(a, b, third)
            aim = curved if a.at < curved < b.at else aim
        edge = 1e-9 * width
        return min(max(aim, a.at + edge), b.at - edge)


def _inverse_parabola(a: Known, b: Known, c: Known) -> float:
    """Where the place, as a parabola in the value through three places, is at value zero."""
    total = 0.0
    for one, two, three in ((a, b, c), (b, c, a), (c, a, b)):
        weight = two.value * three.value
        weight /= (one.value - two.value) * (one.value - three.value)
        total += one.at * weight
    return total
