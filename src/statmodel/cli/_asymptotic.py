"""The steps that commands share which set out from a fit. Commands import it when they run."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import final

import jax
import typer
from rich.table import Table

from statmodel._errors import listed
from statmodel._files import write_text_atomic
from statmodel.data import Dataset
from statmodel.infer import Finding, FitResult, candidates, hypotest_toys
from statmodel.model import Model, Prepared
from statmodel.report.tables import doctor_report, doctor_text, toy_test_table

from ._document import Patching, read_complete
from ._options import assignments, check_bounds, check_names
from ._output import progress, say, show, show_text, without_call
from ._run import check_point, chosen_data, compiled, fitted
from ._settings import ExitCode, Settings


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a model comes from, and which of its parameters are held or begun elsewhere."""

    spec: Path
    patches: Patching
    measurement: str | None
    root: Path | None
    poi: str | None
    fix: tuple[str, ...]
    start: tuple[str, ...]
    asimov: bool


@final
@dataclass(frozen=True, kw_only=True)
class Case:
    """A model, its data and their fit."""

    model: Model
    data: Dataset | Prepared
    result: FitResult


def fitted_case(source: Source, settings: Settings, *, shown: bool, interest: bool = True) -> Case:
    """Compile, and fit once: what follows sets out from this fit.

    Args:
        source: what is fitted.
        settings: of the program.
        shown: whether progress is.
        interest: whether there must be a parameter of interest.

    Raises:
        typer.BadParameter: an option names what the model does not have.
        StatmodelError: the document or the data are wrong.
    """
    fixed, begun = assignments(source.fix, "--fix"), assignments(source.start, "--start")
    model, dataset = opened(source, settings, shown=shown, interest=interest)
    with progress("fit", settings, shown=shown):
        data = chosen_data(model, dataset, expected=source.asimov, start=begun)
        result = fitted(model, data, start=begun, fixed=fixed)
    return Case(model=model, data=data, result=result)


def opened(
    source: Source, settings: Settings, *, shown: bool, interest: bool = True
) -> tuple[Model, Dataset]:
    """Compile, and look at what the options name.

    Args:
        source: as in `fitted_case`.
        settings: of the program.
        shown: whether progress is.
        interest: whether there must be a parameter of interest.

    Raises:
        typer.BadParameter: an option names what the model does not have.
        StatmodelError: the document or the data are wrong.
    """
    fixed, begun = assignments(source.fix, "--fix"), assignments(source.start, "--start")
    with progress("compile", settings, shown=shown):
        given = read_complete(source.spec, root=source.root, patches=source.patches)
        model, dataset = compiled(given, measurement=source.measurement, root=source.root)
    check_point(model, fixed, "--fix")
    check_point(model, begun, "--start")
    check_names(() if source.poi is None else (source.poi,), "--poi", model.space.names)
    if interest and source.poi is None:
        check_interest(model, given.origin.name)
    return model, dataset


def check_interest(model: Model, spec: str) -> None:
    """Refuse a model without a parameter of interest: most often a signal is lacking.

    Raises:
        typer.BadParameter: with the two ways out.
    """
    if model.measurement.pois:
        return
    name = f" {model.measurement.name}" if model.measurement.name else ""
    msg = (
        f"the measurement{name} of {spec} has no parameter of interest, so there is nothing to "
        "test. A background-only workspace needs the patch of a signal: --patch FILE, or "
        "--patchset FILE --patch-name NAME. Any other parameter is tested with --poi NAME."
        f"{listed('Neither fixed nor constrained', candidates(model))}"
    )
    raise typer.BadParameter(msg, param_hint="SPEC")


def check_tested(case: Case, poi: str | None, value: float, option: str) -> None:
    """Refuse a value of the parameter of interest outside its bounds.

    Raises:
        typer.BadParameter: with the bounds.
    """
    space = case.model.space
    given = {case.model.measurement.pois[0] if poi is None else poi: value}
    check_bounds(given, option, names=space.names, bounds=space.bounds)


@contextlib.contextmanager
def refused() -> Generator[None]:
    """What an asymptotic function refuses is wrong usage of the command.

    Raises:
        typer.BadParameter: in its words, without the call.
    """
    try:
        yield
    except ValueError as error:
        why = without_call(str(error))
        # What is said of a statistic begins with its name.
        raise typer.BadParameter(
            why, param_hint="--test-stat" if why.startswith('"') else None
        ) from error


def present(
    table: Table,
    text: str,
    findings: tuple[Finding, ...],
    *,
    as_json: bool,
    output_file: Path | None,
) -> None:
    """Show a result: as JSON with what was found on standard error, or all as a page."""
    if as_json:
        show_text(text)
        if findings:
            say(doctor_text(findings).rstrip())
    else:
        show(table, *([doctor_report(findings)] if findings else []))
    if output_file is not None:
        write_text_atomic(output_file, text)
        say(f"wrote {output_file}")


def present_toys(  # noqa: PLR0913 (what is tested, with how many toys, and where it is shown)
    case: Case,
    settings: Settings,
    *,
    mu: float,
    statistic: str,
    signal: float,
    poi: str | None,
    toys: int,
    seed: int,
    as_json: bool,
    output_file: Path | None,
    shown: bool,
) -> None:
    """Test with toys, and show the result.

    Raises:
        typer.BadParameter: the test does not exist.
        typer.Exit: too many fits failed; the result was shown.
    """
    with progress("toys", settings, shown=shown), refused():
        found = hypotest_toys(
            case.model,
            case.data,
            mu,
            key=jax.random.key(seed),
            n=toys,
            poi=poi,
            statistic=statistic,
            signal=signal,
            result=case.result,
        )
    text = found.to_json()
    present(toy_test_table(found), text, (), as_json=as_json, output_file=output_file)
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
