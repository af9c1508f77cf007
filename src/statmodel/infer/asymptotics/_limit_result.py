"""Upper limits as a search has left them, with every value that was tested on the way."""

import enum
import json
import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypedDict, final

from statmodel.infer._finding import Finding, FindingDocument, Severity
from statmodel.infer._result_json import ProvenanceDocument
from statmodel.infer._results import Provenance

from ._question import checked_statistic
from ._test_point import (
    FitDocument,
    FitSummary,
    PointDocument,
    TestPoint,
    finite,
    fit_documents,
    number,
    read_fits,
)


class LimitStatus(enum.Enum):
    """What became of one limit."""

    FOUND = "found"
    BEYOND_BOUND = "beyond_bound"
    OPEN = "open"
    FAILED = "failed"

    @property
    def message(self) -> str:
        """In words, with what to do."""
        return _MESSAGES[self]


_MESSAGES = MappingProxyType(
    {
        LimitStatus.FOUND: "CLs falls to its level there",
        LimitStatus.BEYOND_BOUND: (
            "CLs is above its level as far as the upper bound of the parameter: the limit lies "
            "beyond. Raise the bound in the document."
        ),
        LimitStatus.OPEN: (
            "CLs does not fall to its level as far as the search went: the data do not limit the "
            "parameter. `scan` shows CLs."
        ),
        LimitStatus.FAILED: (
            "fits fail where the limit would have to be looked for. `scan` shows which, and how "
            "they ended."
        ),
    }
)


@final
@dataclass(frozen=True, kw_only=True)
class Limit:
    """One upper limit."""

    value: float
    """NaN unless it was found."""
    status: LimitStatus


class LimitDocument(TypedDict):
    """The JSON document of upper limits."""

    measurement: str
    poi: str
    statistic: str
    level: float
    best: float | None
    bounds: list[float | None]
    ok: bool
    obs_limit: float | None
    obs_status: str
    exp_limits: list[float | None]
    exp_status: list[str]
    fits: int
    scan: list[PointDocument]
    global_fits: list[FitDocument]
    findings: list[FindingDocument]
    provenance: ProvenanceDocument


@final
@dataclass(frozen=True, kw_only=True)
class LimitResult:
    """Where CLs falls to one minus the level: observed, and expected without signal."""

    measurement: str
    poi: str
    statistic: str
    level: float
    best: float
    bounds: tuple[float, float]
    observed: Limit
    expected: tuple[Limit, ...]
    """-2, -1, 0, 1, 2 standard deviations."""
    scan: tuple[TestPoint, ...]
    """Every value that was tested, in increasing order."""
    fits: int
    """How many conditional fits were made."""
    global_fits: tuple[FitSummary, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance

    @property
    def ok(self) -> bool:
        """Whether all six limits were found, from fits that converged."""
        every = (self.observed, *self.expected)
        found = all(one.status is LimitStatus.FOUND for one in every)
        return found and all(one.severity < Severity.ERROR for one in self.findings)

    @property
    def obs_limit(self) -> float:
        """The observed limit; NaN unless it was found."""
        return self.observed.value

    @property
    def exp_limits(self) -> tuple[float, ...]:
        """The expected limits, -2 to 2 standard deviations; NaN where not found."""
        return tuple(one.value for one in self.expected)

    def to_json(self) -> str:
        """A JSON document; undefined numbers are null."""
        document: LimitDocument = {
            "measurement": self.measurement,
            "poi": self.poi,
            "statistic": self.statistic,
            "level": self.level,
            "best": finite(self.best),
            "bounds": [finite(one) for one in self.bounds],
            "ok": self.ok,
            "obs_limit": finite(self.observed.value),
            "obs_status": self.observed.status.value,
            "exp_limits": [finite(one.value) for one in self.expected],
            "exp_status": [one.status.value for one in self.expected],
            "fits": self.fits,
            "scan": [one.to_document() for one in self.scan],
            "global_fits": fit_documents(self.global_fits),
            "findings": [one.to_document() for one in self.findings],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "LimitResult":
        """Read back what `to_json` wrote."""
        document: LimitDocument = json.loads(text)
        statistic = checked_statistic(document["statistic"], function="from_json")
        low, high = document["bounds"]
        expected = zip(document["exp_limits"], document["exp_status"], strict=True)
        return cls(
            measurement=document["measurement"],
            poi=document["poi"],
            statistic=statistic,
            level=document["level"],
            best=number(document["best"]),
            bounds=(-math.inf if low is None else low, math.inf if high is None else high),
            observed=_limit(document["obs_limit"], document["obs_status"]),
            expected=tuple(_limit(value, status) for value, status in expected),
            scan=tuple(TestPoint.from_document(one, statistic) for one in document["scan"]),
            fits=document["fits"],
            global_fits=read_fits(document["global_fits"]),
            findings=tuple(Finding.from_document(one) for one in document["findings"]),
            provenance=Provenance.from_document(document["provenance"]),
        )


def _limit(value: float | None, status: str) -> Limit:
    return Limit(value=number(value), status=LimitStatus(status))
