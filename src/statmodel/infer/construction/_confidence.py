r"""Confidence sets: all values that a test does not reject.

.. math:: \{\mu : T(D, \mu) \le C(\mu)\}

It may consist of several intervals, or of none.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import jax
import numpy as np
from jaxtyping import Float

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._result_json import number
from statmodel.model import Model, Prepared

from ._curve import LEVELS, CriticalCurve
from ._tables import Asked, Values
from ._values import alike, asked_of, check, fine, found_at

_ROUNDS = 3
"""Of closer looks at each end, each at as many hypotheses as there were: by the same program."""

Excess: TypeAlias = Callable[[Float[np.ndarray, " place"]], Float[np.ndarray, " place"]]
"""How much a data set's statistic exceeds its critical value."""
_Seen: TypeAlias = Callable[[Float[np.ndarray, " place"]], tuple[Values, ...]]


@final
@dataclass(frozen=True, kw_only=True)
class ConfidenceSet:
    """The values that are not rejected.

    Attributes:
        poi: the parameter.
        level: probability that such a set covers the true value, whatever it is.
        intervals: disjoint, in order; none if every value is rejected.
        at_ends: whether the set reaches the first and the last hypothesis of the curve.
        ok: whether it may be used.
        message: what to think of it.
        statistic: what was tested with.
        focus: fingerprint of its focus.
    """

    poi: str
    level: float
    intervals: tuple[tuple[float, float], ...]
    at_ends: tuple[bool, bool]
    ok: bool
    message: str
    statistic: str
    focus: str

    @property
    def length(self) -> float:
        """Of all intervals together."""
        return float(sum(high - low for low, high in self.intervals))

    def to_json(self) -> str:
        """A JSON document."""
        document = {
            "poi": self.poi,
            "level": self.level,
            "intervals": [list(one) for one in self.intervals],
            "length": number(self.length),
            "at_ends": list(self.at_ends),
            "status": {"ok": self.ok, "message": self.message},
            "statistic": self.statistic,
            "focus": self.focus,
        }
        return json.dumps(document, indent=2, allow_nan=False)


@final
@dataclass(frozen=True, kw_only=True)
class Intervals:
    """Confidence sets of one data set by several statistics and levels.

    Attributes:
        sets: of each curve, level by level.
        curves: the critical values.
    """

    sets: tuple[ConfidenceSet, ...]
    curves: tuple[CriticalCurve, ...]

    @property
    def ok(self) -> bool:
        """Whether all of them may be used."""
        return all(one.ok for one in self.sets)

    @property
    def message(self) -> str:
        """What to think of the critical values."""
        first = self.curves[0]
        said = [one.message for one in self.curves] + [first.ensemble] * bool(first.ensemble)
        return f"{first.toys} toys; " + "; ".join(dict.fromkeys(said))

    def to_json(self) -> str:
        """A JSON document."""
        document = {
            "status": {"ok": self.ok, "message": self.message},
            "intervals": [json.loads(one.to_json()) for one in self.sets],
            "curves": [json.loads(one.to_json()) for one in self.curves],
        }
        return json.dumps(document, indent=2, allow_nan=False)


def confidence_interval(
    model: Model, data: Dataset | Prepared, curve: CriticalCurve, *, level: float = 0.6827
) -> ConfidenceSet:
    """The confidence set of a data set, as a union of intervals.

    Args:
        model: that of the curve.
        data: one data set.
        curve: critical values.
        level: confidence level.

    Raises:
        ValueError: the curve is of another model, several data sets, or `level` is none.
    """
    return confidence_intervals(model, data, [curve], [level]).sets[0]


def confidence_intervals(
    model: Model,
    data: Dataset | Prepared,
    curves: Sequence[CriticalCurve],
    levels: Sequence[float] = LEVELS,
) -> Intervals:
    """Confidence sets of a data set by several statistics and levels, side by side.

    Args:
        model: that of the curves.
        data: one data set.
        curves: critical values.
        levels: confidence levels.

    Raises:
        ValueError: as :func:`confidence_interval`, or there is no curve.
    """
    prepared = one_data_set(model, data, "confidence_interval")
    many = jax.tree.map(lambda leaf: np.asarray(leaf)[None], prepared)
    sets: list[ConfidenceSet] = []
    for some in alike(model, curves, levels):
        asked = asked_of(model, some)
        mu = fine(some[0])
        first = found_at(asked, many, mu)

        def looked(
            at: Float[np.ndarray, " place"], asked: Sequence[Asked] = asked
        ) -> tuple[Values, ...]:
            return found_at(asked, many, at)

        for place, curve in enumerate(some):
            for level in levels:
                begun = first[place]
                above = curve.excess(begun, mu, level)[0]
                excess = _excess(looked, place, curve, level)
                sets.append(_set(curve, level, mu, above, excess, sound=bool(begun.ok[0])))
    return Intervals(sets=tuple(sets), curves=tuple(curves))


def _excess(looked: _Seen, place: int, curve: CriticalCurve, level: float) -> Excess:
    return lambda at: curve.excess(looked(at)[place], at, level)[0]


def _set(  # noqa: PLR0913 (what a set is made of)
    curve: CriticalCurve,
    level: float,
    mu: Float[np.ndarray, " place"],
    above: Float[np.ndarray, " place"],
    excess: Excess,
    *,
    sound: bool,
) -> ConfidenceSet:
    ends = [_closer(excess, mu[k : k + 2], mu.size) for k in np.flatnonzero(np.diff(above <= 0))]
    inside = (above <= 0).tolist()
    places = [*([mu[0]] if inside[0] else []), *ends, *([mu[-1]] if inside[-1] else [])]
    intervals = tuple((float(a), float(b)) for a, b in zip(places[::2], places[1::2], strict=True))
    said = _said(intervals, sound=sound, at_ends=(inside[0], inside[-1]))
    return ConfidenceSet(
        poi=curve.poi,
        level=level,
        intervals=intervals if sound else (),
        at_ends=(inside[0], inside[-1]),
        ok=sound and curve.ok,
        message="; ".join([said, *([] if curve.ok else [curve.message])]),
        statistic=curve.said,
        focus=curve.focus,
    )


def _said(
    intervals: tuple[tuple[float, float], ...], *, sound: bool, at_ends: tuple[bool, bool]
) -> str:
    if not sound:
        return "the test statistic of these data could not be found"
    if not intervals:
        return "every value is rejected"
    words = "one interval" if len(intervals) == 1 else f"{len(intervals)} disjoint intervals"
    reached = [side for side, there in zip(("first", "last"), at_ends, strict=True) if there]
    return words + (f", up to the {' and the '.join(reached)} hypothesis" if reached else "")


def _closer(excess: Excess, ends: Float[np.ndarray, " end"], count: int) -> float:
    """Where the sign changes between two hypotheses."""
    low, high = ends.tolist()
    for _ in range(_ROUNDS):
        mu = np.linspace(low, high, count)
        place = int(np.flatnonzero(np.diff(excess(mu) <= 0))[0])
        low, high = mu[place : place + 2].tolist()
    return 0.5 * (low + high)


def statistic_along(
    model: Model, data: Dataset | Prepared, curve: CriticalCurve
) -> tuple[Float[np.ndarray, " place"], Float[np.ndarray, " place"]]:
    """Hypotheses two to one of the grid, and the test statistic of a data set there.

    Args:
        model: that of the curve.
        data: one data set.
        curve: critical values.

    Raises:
        ValueError: the curve is of another model, or several data sets.
    """
    prepared = one_data_set(model, data, "statistic_along")
    many = jax.tree.map(lambda leaf: np.asarray(leaf)[None], prepared)
    check(model, curve, ())
    mu = fine(curve)
    return mu, found_at(asked_of(model, [curve]), many, mu)[0].values[0]
