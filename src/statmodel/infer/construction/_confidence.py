r"""Confidence sets: all values that a test does not reject.

.. math:: \{\mu : T(D, \mu) \le C(\mu)\}

It may consist of several intervals, or of none.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, final

import jax
import numpy as np
from jaxtyping import Bool, Float

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set, size_of
from statmodel.infer._result_json import number
from statmodel.infer.statistics import Case, Reference
from statmodel.model import Model, Prepared

from ._curve import CriticalCurve
from ._tables import tables, values_of

_FINER = 4
"""Hypotheses looked at for each of the grid."""
_ROUNDS = 5
"""Of closer looks at each end, sixteen times as close each: a millionth of the grid."""
_CLOSER = 16
_CHUNK = 1024

Excess: TypeAlias = Callable[[Float[np.ndarray, " place"]], tuple[np.ndarray, Reference]]
"""How much a data set's statistic exceeds its critical value."""


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
        toys = self.curves[0].toys
        return f"{toys} toys; " + "; ".join(dict.fromkeys(one.message for one in self.curves))

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
    _check(model, curve, [level])
    prepared = one_data_set(model, data, "confidence_interval")
    many = jax.tree.map(lambda leaf: np.asarray(leaf)[None], prepared)
    case = _case(model, curve)

    def excess(mu: Float[np.ndarray, " place"]) -> tuple[np.ndarray, Reference]:
        values, reference = _values(case, curve, many, mu)
        return values[0] - curve.at(mu, level), reference

    mu = _fine(curve)
    above, reference = excess(mu)
    ends = [_closer(excess, mu[k], mu[k + 1]) for k in np.flatnonzero(np.diff(above <= 0))]
    inside = (above <= 0).tolist()
    places = [*([mu[0]] if inside[0] else []), *ends, *([mu[-1]] if inside[-1] else [])]
    sound = bool(np.asarray(reference.ok)[0])
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


def _closer(excess: Excess, low: float, high: float) -> float:
    """Where the sign changes between two hypotheses."""
    for _ in range(_ROUNDS):
        mu = np.linspace(low, high, _CLOSER + 1)
        above, _ = excess(mu)
        place = int(np.flatnonzero(np.diff(above <= 0))[0])
        low, high = float(mu[place]), float(mu[place + 1])
    return 0.5 * (low + high)


def statistic_along(
    model: Model, data: Dataset | Prepared, curve: CriticalCurve
) -> tuple[Float[np.ndarray, " place"], Float[np.ndarray, " place"]]:
    """Hypotheses four to one of the grid, and the test statistic of a data set there.

    Args:
        model: that of the curve.
        data: one data set.
        curve: critical values.

    Raises:
        ValueError: the curve is of another model, or several data sets.
    """
    prepared = one_data_set(model, data, "statistic_along")
    many = jax.tree.map(lambda leaf: np.asarray(leaf)[None], prepared)
    mu, values, _ = values_at(model, curve, many, ())
    return mu, values[0]


class Sets(NamedTuple):
    """Confidence sets of many data sets, at one level."""

    length: Float[np.ndarray, " toy"]
    lower: Float[np.ndarray, " toy"]
    """First end; NaN where the set is empty."""
    upper: Float[np.ndarray, " toy"]
    pieces: Float[np.ndarray, " toy"]
    ok: Bool[np.ndarray, " toy"]


def confidence_sets(
    model: Model, toys: Prepared, curve: CriticalCurve, levels: Sequence[float]
) -> tuple[Sets, ...]:
    """The sets of many data sets; ends are on straight lines between four times the hypotheses.

    Args:
        model: that of the curve.
        toys: along a leading axis.
        curve: critical values.
        levels: of each result.

    Raises:
        ValueError: as :func:`confidence_interval`.
    """
    mu, values, ok = values_at(model, curve, toys, levels)
    return tuple(sets_of(values - curve.at(mu, level)[None, :], mu, ok) for level in levels)


def values_at(
    model: Model,
    curve: CriticalCurve,
    toys: Prepared,
    levels: Sequence[float],
    extra: float | None = None,
) -> tuple[
    Float[np.ndarray, " place"], Float[np.ndarray, "toy place_and_extra"], Bool[np.ndarray, " toy"]
]:
    """Hypotheses four to one of the grid, the statistic of data sets there, and which are sound.

    Args:
        model: that of the curve.
        curve: critical values.
        toys: along a leading axis.
        levels: that are going to be asked for.
        extra: a further hypothesis, the last column.

    Raises:
        ValueError: as :func:`confidence_interval`.
    """
    _check(model, curve, levels)
    mu = _fine(curve)
    places = mu if extra is None else np.append(mu, extra)
    values, reference = _values(_case(model, curve), curve, toys, places)
    return mu, values, np.asarray(reference.ok)


def sets_of(
    excess: Float[np.ndarray, "toy place"],
    mu: Float[np.ndarray, " place"],
    ok: Bool[np.ndarray, " toy"],
) -> Sets:
    """Sets of the hypotheses with no excess over the critical value, on straight lines between."""
    left, right = excess[:, :-1], excess[:, 1:]
    inside, beyond = left <= 0, right <= 0
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(np.isfinite(left - right), left / (left - right), 0.5)
    width = np.diff(mu)
    covered = np.where(
        inside & beyond, 1.0, np.where(inside, share, np.where(beyond, 1.0 - share, 0.0))
    )
    cut = mu[:-1] + width * share
    begins = np.where(inside, mu[:-1], np.where(beyond, cut, np.inf)).min(axis=1)
    finishes = np.where(beyond, mu[1:], np.where(inside, cut, -np.inf)).max(axis=1)
    starts = (~inside & beyond).sum(axis=1) + inside[:, 0]
    empty = starts == 0
    return Sets(
        length=(covered * width).sum(axis=1),
        lower=np.where(empty, np.nan, begins),
        upper=np.where(empty, np.nan, finishes),
        pieces=starts.astype(float),
        ok=ok,
    )


def _fine(curve: CriticalCurve) -> Float[np.ndarray, " place"]:
    places = np.arange(_FINER * (curve.mu.size - 1) + 1) / _FINER
    return np.interp(places, np.arange(curve.mu.size), curve.mu)


def _case(model: Model, curve: CriticalCurve) -> Case:
    return Case.of(model, curve.statistic, pois=curve.poi, fixed=curve.fixed)


def _values(
    case: Case, curve: CriticalCurve, toys: Prepared, mu: Float[np.ndarray, " place"]
) -> tuple[Float[np.ndarray, "toy place"], Reference]:
    points, count = mu[:, None], size_of(toys)
    if count is None:
        msg = "several data sets are wanted, bound along a leading axis"
        raise ValueError(msg)
    chunk = min(_CHUNK, count)
    starts = range(0, count, chunk)

    def block(first: int) -> Prepared:
        places = np.minimum(first + np.arange(chunk), count - 1)  # of one length: compiled once
        return jax.tree.map(lambda leaf: np.asarray(leaf)[places], toys)

    found = tables([case], [curve.statistic], map(block, starts), points, count)
    (reference,) = found.references
    return values_of(case, curve.statistic, reference, found.log_likelihood, points), reference


def _check(model: Model, curve: CriticalCurve, levels: Sequence[float]) -> None:
    if curve.provenance.spec != model.measurement.digest:
        msg = "the curve is of another model"
        raise ValueError(msg)
    wrong = [level for level in levels if not 0 < level < 1]
    if wrong:
        msg = f"a level is a probability between 0 and 1, got {wrong[0]}"
        raise ValueError(msg)
