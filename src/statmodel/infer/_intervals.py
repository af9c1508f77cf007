r"""Intervals of one parameter from its profile likelihood, as a search has left them.

.. math:: \{\mu : t(\mu) \le q\}, \qquad t(\mu) = 2[\mathrm{nll}(\mu, \hat{\hat\theta}) -
   \mathrm{nll}(\hat\mu, \hat\theta)], \qquad q = F^{-1}_{\chi^2_1}(\text{level})

The set need not be one interval: where the likelihood has two minima it can be two. Its piece
around the best fit gives the asymmetric errors (MINOS: F. James, M. Roos, Comput. Phys. Commun. 10
(1975) 343).
"""

import enum
import json
import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypedDict, final


class End(enum.Enum):
    """Why a piece of an interval ends where it does."""

    CROSSING = "crossing"
    """The likelihood ratio reaches the level there."""
    BOUND = "bound"
    """The parameter's bound comes first."""
    OPEN = "open"
    """No crossing was found as far as the search went; the number says how far that is."""
    FAILED = "failed"
    """Conditional fits fail beyond."""


class IntervalStatus(enum.Enum):
    """What became of the interval of one parameter."""

    CLOSED = "closed"
    AT_BOUND = "at_bound"
    OPEN = "open"
    FAILED = "failed"
    NEW_MINIMUM = "new_minimum"

    @property
    def ok(self) -> bool:
        """Whether the interval may be used; one that ends at a bound may."""
        return self in (IntervalStatus.CLOSED, IntervalStatus.AT_BOUND)

    @property
    def message(self) -> str:
        """In words, with what to do."""
        return _MESSAGES[self]


_MESSAGES = MappingProxyType(
    {
        IntervalStatus.CLOSED: "the level is reached on both sides of the best fit",
        IntervalStatus.AT_BOUND: (
            "a bound is reached before the level: there is no error on that side, and the interval "
            "ends at the bound"
        ),
        IntervalStatus.OPEN: (
            "the level is not reached on one side: the data do not limit the parameter there"
        ),
        IntervalStatus.FAILED: (
            "conditional fits fail before the level is reached; `profile` over that side, with the "
            "doctor's advice on negative totals, shows where"
        ),
        IntervalStatus.NEW_MINIMUM: (
            "a lower minimum was found on the way: fit again with `start=` at `new_minimum`"
        ),
    }
)


class _Segment(TypedDict):
    low: float
    high: float
    low_end: str
    high_end: str


class _Interval(TypedDict):
    parameter: str
    best: float
    minus: float | None
    plus: float | None
    status: str
    segments: list[_Segment]
    fits: int


class _NewMinimum(TypedDict):
    nll: float
    status: str
    point: dict[str, float]


class ProfileErrorsDocument(TypedDict):
    """The JSON document of profile-likelihood errors."""

    level: float
    threshold: float
    tolerance: float
    intervals: list[_Interval]
    new_minimum: _NewMinimum | None


@final
@dataclass(frozen=True, kw_only=True)
class Segment:
    """One connected piece of an interval, in the user's unit."""

    low: float
    high: float
    low_end: End
    high_end: End


@final
@dataclass(frozen=True, kw_only=True)
class ProfileInterval:
    """The values of one parameter whose likelihood ratio stays below a level.

    Attributes:
        name: the parameter.
        best: its best fit.
        minus: distance from the best fit down to where the level is reached, >= 0; NaN where a
            bound comes first, or nothing was found.
        plus: the same upward.
        status: what became of it.
        segments: the connected pieces, in increasing order; one of them holds the best fit.
        fits: how many conditional fits were made.
    """

    name: str
    best: float
    minus: float
    plus: float
    status: IntervalStatus
    segments: tuple[Segment, ...]
    fits: int

    @property
    def own(self) -> Segment | None:
        """The piece that holds the best fit; None where a lower minimum made the search void."""

        def outside(one: Segment) -> float:
            return max(one.low - self.best, self.best - one.high)

        return min(self.segments, key=outside, default=None)

    @property
    def disjoint(self) -> bool:
        """Whether the interval is in several pieces."""
        return len(self.segments) > 1

    @property
    def message(self) -> str:
        """What became of it in words, its pieces named where there are several."""
        if not self.disjoint:
            return self.status.message
        pieces = " and ".join(f"[{one.low:.6g}, {one.high:.6g}]" for one in self.segments)
        return f"{self.status.message}; the interval is in {len(self.segments)} pieces: {pieces}"


@final
@dataclass(frozen=True, kw_only=True)
class NewMinimum:
    """A point of lower `nll` than the fit that a search began from.

    Attributes:
        point: value by parameter.
        nll: there.
        status: how the minimisation from there ended, a name of :class:`Status` in small letters.
    """

    point: tuple[tuple[str, float], ...]
    nll: float
    status: str


@final
@dataclass(frozen=True, kw_only=True)
class ProfileErrors:
    """Profile-likelihood intervals of several parameters.

    Attributes:
        level: the coverage that they have where the likelihood is a parabola.
        threshold: the height of t at their ends.
        tolerance: t at a crossing differs from the threshold by less.
        intervals: one a parameter, in the order in which they were asked for.
        new_minimum: a lower minimum found on the way, which makes all intervals void.
    """

    level: float
    threshold: float
    tolerance: float
    intervals: tuple[ProfileInterval, ...]
    new_minimum: NewMinimum | None = None

    @property
    def ok(self) -> bool:
        """Whether every interval may be used."""
        return self.new_minimum is None and all(one.status.ok for one in self.intervals)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return tuple(one.name for one in self.intervals)

    def of(self, name: str) -> ProfileInterval:
        """The interval of one parameter.

        Raises:
            KeyError: it was not asked for.
        """
        return {one.name: one for one in self.intervals}[name]

    def to_document(self) -> ProfileErrorsDocument:
        """Plain Python values for a JSON document."""
        found = self.new_minimum
        return {
            "level": self.level,
            "threshold": self.threshold,
            "tolerance": self.tolerance,
            "intervals": [_interval_document(one) for one in self.intervals],
            "new_minimum": None
            if found is None
            else {"nll": found.nll, "status": found.status, "point": dict(found.point)},
        }

    # In quotes, as `Self` is refused by the type checker of the tests (beartype, PEP 673).
    @classmethod
    def from_document(cls, document: ProfileErrorsDocument) -> "ProfileErrors":
        """Read back what `to_document` wrote."""
        found = document["new_minimum"]
        return cls(
            level=document["level"],
            threshold=document["threshold"],
            tolerance=document["tolerance"],
            intervals=tuple(_interval(one) for one in document["intervals"]),
            new_minimum=None
            if found is None
            else NewMinimum(
                point=tuple(found["point"].items()), nll=found["nll"], status=found["status"]
            ),
        )

    def to_json(self) -> str:
        """The intervals as a JSON document; numbers that do not exist are null."""
        return json.dumps(self.to_document(), indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "ProfileErrors":
        """Read back what `to_json` wrote."""
        return cls.from_document(json.loads(text))


def _interval_document(one: ProfileInterval) -> _Interval:
    return {
        "parameter": one.name,
        "best": one.best,
        "minus": one.minus if math.isfinite(one.minus) else None,
        "plus": one.plus if math.isfinite(one.plus) else None,
        "status": one.status.value,
        "segments": [
            {
                "low": piece.low,
                "high": piece.high,
                "low_end": piece.low_end.value,
                "high_end": piece.high_end.value,
            }
            for piece in one.segments
        ],
        "fits": one.fits,
    }


def _interval(document: _Interval) -> ProfileInterval:
    minus, plus = document["minus"], document["plus"]
    return ProfileInterval(
        name=document["parameter"],
        best=document["best"],
        minus=math.nan if minus is None else minus,
        plus=math.nan if plus is None else plus,
        status=IntervalStatus(document["status"]),
        segments=tuple(
            Segment(
                low=piece["low"],
                high=piece["high"],
                low_end=End(piece["low_end"]),
                high_end=End(piece["high_end"]),
            )
            for piece in document["segments"]
        ),
        fits=document["fits"],
    )
