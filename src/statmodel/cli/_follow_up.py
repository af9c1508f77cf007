"""What may follow a fit: profile errors, a second opinion, the doctor, and being shown.

Commands import it when they run.
"""

from collections.abc import Sequence
from dataclasses import replace

from statmodel.data import Dataset
from statmodel.infer import (
    CrossCheck,
    FitResult,
    Status,
    cross_check,
    diagnose,
    fit,
    profile_errors,
)
from statmodel.model import Model, Prepared
from statmodel.report.tables import cross_check_table, doctor_report, doctor_text, fit_report

from ._output import say, show, show_text

_REPEATS = 3
_A_MINIMUM = (Status.CONVERGED, Status.FLAT_DIRECTION)


def with_profile_errors(
    model: Model, data: Dataset | Prepared, result: FitResult, *, parameters: Sequence[str]
) -> FitResult:
    """The result with the intervals of some parameters, of all that vary where none is named.

    Where the search meets a lower minimum, this is said, and the fit is repeated from there.
    """
    if Status(int(result.status)) not in _A_MINIMUM:
        say("no profile errors: they are measured from a minimum, and the fit found none")
        return result
    found = profile_errors(model, data, result, parameters=parameters or None)
    for _ in range(_REPEATS):
        lower = found.new_minimum
        if lower is None:
            break
        say(f"profile errors met a lower minimum, nll {lower.nll:.10g}: fitting again from there")
        held = {
            name: float(value)
            for name, value, fixed in zip(result.names, result.values, result.fixed, strict=True)
            if fixed
        }
        result = replace(
            fit(model, data, start=dict(lower.point), fixed=held), minima=result.minima
        )
        found = profile_errors(model, data, result, parameters=parameters or None)
    return replace(result, profile_errors=found)


def second_opinion(
    model: Model, data: Dataset | Prepared, result: FitResult, *, start: dict[str, float]
) -> CrossCheck:
    """The same fit by iminuit."""
    return cross_check(model, data, result, start=start)


def with_findings(
    model: Model, data: Dataset | Prepared, result: FitResult, check: CrossCheck | None
) -> FitResult:
    """The result with what the doctor found, and the cross-check if there was one."""
    findings = diagnose(model, data, result).findings
    if check is not None:
        findings = (check.to_finding(), *findings)
    ordered = sorted(findings, key=lambda one: -one.severity)
    return replace(result, findings=tuple(ordered))


def present(result: FitResult, check: CrossCheck | None, *, as_json: bool) -> None:
    """Show a result: as JSON with the doctor's words on standard error, or all as a page."""
    if as_json:
        show_text(result.to_json())
        say(doctor_text(result.findings).rstrip())
        return
    tables = [] if check is None else [cross_check_table(check)]
    show(fit_report(result), *tables, doctor_report(result.findings))
