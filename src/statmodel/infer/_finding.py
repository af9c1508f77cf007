"""What the fit doctor finds: one thing at a time, with the parameters concerned and advice."""

import enum
import math
from dataclasses import dataclass
from typing import TypedDict, final


class Severity(enum.IntEnum):
    """How much a finding matters; the order is that of importance."""

    NOTE = 0
    """Worth knowing; the numbers stand."""
    WARNING = 1
    """Some number may mislead."""
    ERROR = 2
    """Some number must not be used."""


class FindingDocument(TypedDict):
    """The JSON document of one finding."""

    kind: str
    severity: str
    parameters: list[str]
    message: str
    advice: str
    numbers: dict[str, float | None]


@final
@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a reader of a fit should know.

    Attributes:
        kind: a fixed word, for programs: `at_bound`, `flat_direction`, ...
        severity: how much it matters.
        parameters: those concerned, most concerned first.
        message: what was found, with numbers; one to three sentences.
        advice: what to do about it.
        numbers: the numbers of the message by name; NaN where one does not exist.
    """

    kind: str
    severity: Severity
    message: str
    advice: str
    parameters: tuple[str, ...] = ()
    numbers: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        return f"{self.severity.name.lower()}: {self.message} {self.advice}".rstrip()

    def number(self, name: str) -> float:
        """One of the numbers.

        Raises:
            KeyError: there is none of that name.
        """
        return dict(self.numbers)[name]

    def to_document(self) -> FindingDocument:
        """Plain Python values for a JSON document; numbers that do not exist are null."""
        return {
            "kind": self.kind,
            "severity": self.severity.name.lower(),
            "parameters": list(self.parameters),
            "message": self.message,
            "advice": self.advice,
            "numbers": {name: x if math.isfinite(x) else None for name, x in self.numbers},
        }

    # In quotes, as `Self` is refused by the type checker of the tests (beartype, PEP 673).
    @classmethod
    def from_document(cls, document: FindingDocument) -> "Finding":
        """Read back what `to_document` wrote."""
        numbers = document["numbers"].items()
        return cls(
            kind=document["kind"],
            severity=Severity[document["severity"].upper()],
            parameters=tuple(document["parameters"]),
            message=document["message"],
            advice=document["advice"],
            numbers=tuple((name, math.nan if x is None else x) for name, x in numbers),
        )
