"""`statmodel fit`: maximum likelihood, with its table, its JSON and its pictures."""

from pathlib import Path
from typing import Annotated

import typer

from statmodel.report import write_text_atomic

from ._document import read_document
from ._options import AsJson, Debug, Measurement, NoProgress, Root, SpecPath, Verbose, assignments
from ._output import progress, reported, say, show, show_text, wants_json
from ._settings import ExitCode, Settings


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
    asimov: Annotated[
        bool,
        typer.Option("--asimov", help="Fit the data that the model expects at its start."),
    ] = False,
    root: Root = None,
    output_file: Annotated[
        Path | None, typer.Option(help="Write the result here, as JSON.", metavar="FILE")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Write pictures (PDF and PNG) here.", metavar="DIR")
    ] = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Fit a model to its data: a table on a terminal, JSON where it is read by a program.

    The exit code is 1 where the fit did not converge; its result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    fixed, begun = assignments(fix or (), "--fix"), assignments(start or (), "--start")
    with reported(settings):
        resolved = read_document(spec, measurement=measurement, root=root).resolved
        from ._run import check_point, chosen_data, compiled, fitted  # noqa: PLC0415

        with progress("compile", settings, shown=not no_progress):
            model, dataset = compiled(spec, measurement=measurement, root=root)
        check_point(model, fixed, "--fix")
        check_point(model, begun, "--start")
        with progress("fit", settings, shown=not no_progress):
            data = chosen_data(model, dataset, expected=asimov, start=begun)
            result = fitted(model, data, start=begun, fixed=fixed)
        if wants_json(asked=as_json):
            show_text(result.to_json())
        else:
            from statmodel.report.tables import fit_report  # noqa: PLC0415

            show(fit_report(result))
        if output_file is not None:
            write_text_atomic(output_file, result.to_json())
            say(f"wrote {output_file}")
        if plots is not None:
            from ._pictures import write_pictures  # noqa: PLC0415

            with progress("pictures", settings, shown=not no_progress):
                written = list(write_pictures(model, data, result, resolved, folder=plots))
            for path in written:
                say(f"wrote {path}")
    if not result.ok:
        say(f"the fit did not converge: {result.message}")
        raise typer.Exit(ExitCode.NOT_CONVERGED)
