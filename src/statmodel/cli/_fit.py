"""`statmodel fit`: maximum likelihood, with its table, its doctor, its JSON and its pictures."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import typer

from statmodel._files import check_file, check_folder, write_text_atomic

from ._document import patching, read_document
from ._options import (
    AsJson,
    Debug,
    Measurement,
    NoProgress,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Plots,
    Root,
    SpecPath,
    Verbose,
    assignments,
    check_names,
    one_of,
)
from ._output import progress, reported, say, say_warnings, wants_json
from ._settings import ExitCode, Settings

_Minimizer: TypeAlias = Literal["newton", "lbfgs", "optimistix", "minuit"]
_Errors: TypeAlias = Literal["hesse", "profile"]


def fit(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    measurement: Measurement = None,
    fix: Annotated[
        list[str] | None,
        typer.Option(help="Hold a parameter at a value; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    start: Annotated[
        list[str] | None,
        typer.Option(help="Start a parameter at a value; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    starts: Annotated[
        int,
        typer.Option(
            help="Start from so many points, spread over the bounds; all minima are reported.",
            metavar="N",
            min=1,
        ),
    ] = 1,
    minimizer: Annotated[
        _Minimizer,
        typer.Option(
            help="newton, lbfgs, optimistix or minuit; the last two need those packages.",
            metavar="NAME",
            parser=one_of(get_args(_Minimizer)),
        ),
    ] = "newton",
    errors: Annotated[
        _Errors,
        typer.Option(
            help="hesse: the inverse Hessian's only; profile: asymmetric ones too, and all pieces "
            "of each interval, from the profile likelihood.",
            metavar="KIND",
            parser=one_of(get_args(_Errors)),
        ),
    ] = "hesse",
    errors_for: Annotated[
        list[str] | None,
        typer.Option(
            help="Profile errors of this parameter only; may be repeated.", metavar="NAME"
        ),
    ] = None,
    cross_check: Annotated[
        bool, typer.Option("--cross-check", help="Fit again with iminuit, and compare.")
    ] = False,
    asimov: Annotated[
        bool,
        typer.Option("--asimov", help="Fit the data that the model expects at its start."),
    ] = False,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    output_file: Annotated[
        Path | None, typer.Option(help="Write the result here, as JSON.", metavar="FILE")
    ] = None,
    plots: Plots = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Fit a model to its data: a table on a terminal, JSON where it is read by a program.

    What the doctor finds stands below the table and in the JSON. The exit code is 1 where the fit
    did not converge, or where a cross-check found a lower minimum; the result is shown all the
    same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    fixed, begun = assignments(fix or (), "--fix"), assignments(start or (), "--start")
    asked = tuple(errors_for or ())
    patches = patching(patch, patchset, patch_name)
    _check_options(asked, errors, cross_check=cross_check)
    with reported(settings):
        _check_outputs(output_file, plots)
        document = read_document(spec, measurement=measurement, root=root, patches=patches)
        resolved = document.resolved
        known = [parameter.name for parameter in resolved.parameters]
        for option, names in (("--fix", fixed), ("--start", begun), ("--errors-for", asked)):
            check_names(names, option, known)
        from ._follow_up import (
            present,
            second_opinion,
            with_findings,
            with_profile_errors,
        )
        from ._run import check_point, check_varied, chosen_data, compiled, fitted

        with progress("compile", settings, shown=not no_progress):
            model, dataset = compiled(document.spec, measurement=measurement, root=root)
        check_point(model, fixed, "--fix")
        check_point(model, begun, "--start")
        check_varied(model, asked, "--errors-for", held=fixed)
        with progress("fit", settings, shown=not no_progress):
            data = chosen_data(model, dataset, expected=asimov, start=begun)
            result = fitted(
                model, data, start=begun, fixed=fixed, minimizer=minimizer, starts=starts
            )
        if errors == "profile":
            with progress("profile errors", settings, shown=not no_progress):
                result = with_profile_errors(model, data, result, parameters=asked)
        check = None
        if cross_check:
            with progress("cross-check", settings, shown=not no_progress):
                check = second_opinion(model, data, result, start=begun)
        with progress("doctor", settings, shown=not no_progress):
            result = with_findings(model, data, result, check)
        present(result, check, as_json=wants_json(asked=as_json))
        if output_file is not None:
            write_text_atomic(output_file, result.to_json())
            say(f"wrote {output_file}")
        if plots is not None:
            from ._pictures import write_pictures

            with progress("pictures", settings, shown=not no_progress):
                written, notes = write_pictures(model, data, result, resolved, folder=plots)
            say_warnings(notes)
            for path in written:
                say(f"wrote {path}")
    if not result.ok:
        say(f"the fit did not converge: {result.message}")
        raise typer.Exit(ExitCode.NOT_CONVERGED)
    if check is not None and not check.ok:
        say(f"the cross-check found a lower minimum: {check.message}")
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _check_options(errors_for: tuple[str, ...], errors: _Errors, *, cross_check: bool) -> None:
    """Options that need another one, or a package.

    Raises:
        typer.BadParameter: with what is missing.
    """
    if errors_for and errors != "profile":
        msg = "names parameters for `--errors profile`, which was not asked for"
        raise typer.BadParameter(msg, param_hint="--errors-for")
    if cross_check and find_spec("iminuit") is None:
        msg = 'needs iminuit, which is not installed: pip install "statmodel[minuit]"'
        raise typer.BadParameter(msg, param_hint="--cross-check")


def _check_outputs(output_file: Path | None, plots: Path | None) -> None:
    """Before the work begins, not after it.

    Raises:
        OSError: a result could not be written.
    """
    if output_file is not None:
        check_file(output_file)
    if plots is not None:
        check_folder(plots)
