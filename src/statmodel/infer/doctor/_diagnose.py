"""All that should be known of a fit, worst first."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from statmodel.data import Dataset
from statmodel.infer._finding import Finding, Severity
from statmodel.infer._results import FitResult
from statmodel.model import Model, Prepared

from ._bounds import at_bounds, near_bounds
from ._case import Case
from ._convergence import not_converged
from ._directions import degenerate_pairs, directions
from ._events import effective_events
from ._intervals import intervals
from ._minima import other_minima
from ._nuisances import constrained_widths, pulled
from ._processes import yields
from ._tables import beyond_tables
from ._totals import blocked_way, impossible_start
from ._unbounded import (
    negative_data_curvature,
    negative_weights,
    spurious_minima,
)

# Where a fit did not begin, nothing else can be said of it.
_ALWAYS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    not_converged,
    impossible_start,
    negative_weights,
    effective_events,
)
_WHERE_IT_ENDED: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    blocked_way,
    directions,
    spurious_minima,
    other_minima,
    beyond_tables,
    intervals,
    at_bounds,
    degenerate_pairs,
    negative_data_curvature,
    constrained_widths,
    pulled,
    near_bounds,
    yields,
)
_ECHOES = frozenset({"pulled", "negative_data_curvature"})
_TOLD_BY_THE_FIT = frozenset({"flat_direction", "runaway"})


@final
@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found.

    Attributes:
        findings: worst first.
    """

    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Severity | None:
        """The highest severity; None where nothing was found."""
        return max((one.severity for one in self.findings), default=None)

    def of(self, kind: str) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(one for one in self.findings if one.kind == kind)

    def to_json(self) -> str:
        """The findings as a JSON document."""
        return json.dumps([one.to_document() for one in self.findings], indent=2, allow_nan=False)

    # In quotes, as `Self` is refused by the type checker of the tests (beartype, PEP 673).
    @classmethod
    def from_json(cls, text: str) -> "Diagnosis":
        """Read back what `to_json` wrote."""
        return cls(tuple(Finding.from_document(one) for one in json.loads(text)))


def diagnose(model: Model, data: Dataset | Prepared, result: FitResult) -> Diagnosis:
    """Examine a fit: bounds, degeneracies, nuisances, totals, convergence, events, processes.

    Costs about one evaluation of the Hessian, by the program that the fit has compiled.

    Args:
        model: the compiled likelihood.
        data: what was fitted; with a `Dataset`, events are told by their row in the file.
        result: of the fit, converged or not.

    Returns:
        The findings, worst first; none where there is nothing to say.

    Raises:
        ValueError: for the results of a batch.
    """
    if np.ndim(result.nll):
        msg = "`diagnose(result=...)` takes the result of one data set, not of a batch"
        raise ValueError(msg)
    case = Case.of(model, data, result)
    checks = (*_ALWAYS, *(_WHERE_IT_ENDED if case.usable else ()))
    told = [finding for finding in result.findings if finding.kind in _TOLD_BY_THE_FIT]
    findings = [*told, *(finding for check in checks for finding in check(case))]
    return Diagnosis(tuple(sorted(_without_echoes(findings), key=lambda one: -one.severity)))


def _without_echoes(findings: Sequence[Finding]) -> Iterator[Finding]:
    """A nuisance in a spurious minimum is pulled, of course: that is not said again."""
    spurious = {
        name for one in findings if one.kind == "spurious_minimum" for name in one.parameters
    }
    for one in findings:
        if one.kind not in _ECHOES or not spurious.issuperset(one.parameters):
            yield one
