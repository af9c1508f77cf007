"""`statmodel yields`: expected events before and after the fit, as tables, files and pictures."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import typer

from statmodel._files import check_file, check_folder, write_text_atomic

from ._document import patching, read_document
from ._options import (
    Debug,
    Measurement,
    NoProgress,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Root,
    SpecPath,
    Verbose,
    assignments,
    check_names,
    one_of,
)
from ._output import progress, reported, say, show, show_text, wants_json
from ._settings import ExitCode, Settings

_Format: TypeAlias = Literal["text", "markdown", "latex", "csv", "json"]


def yields(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    measurement: Measurement = None,
    prefit: Annotated[
        bool,
        typer.Option("--prefit", help="Before the fit only: nothing is fitted, data are optional."),
    ] = False,
    bins: Annotated[
        bool, typer.Option("--bins", help="Every bin in the tables, not only the sums over them.")
    ] = False,
    fix: Annotated[
        list[str] | None,
        typer.Option(
            help="Hold a parameter at a value in the fit, or with --prefit put it there; may be "
            "repeated.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    asimov: Annotated[
        bool, typer.Option("--asimov", help="Fit the data that the model expects at its start.")
    ] = False,
    form: Annotated[
        _Format | None,
        typer.Option(
            "--format",
            help="text, markdown, latex, csv or json. On a terminal a table by default, else JSON.",
            metavar="FORM",
            parser=one_of(get_args(_Format)),
        ),
    ] = None,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    output_file: Annotated[
        Path | None,
        typer.Option(
            help="Write the yields here, in the form that --format or the name's ending says.",
            metavar="FILE",
        ),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(help="Write a picture (PDF and PNG) of each channel here.", metavar="DIR"),
    ] = None,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Show expected events with their uncertainties, by channel and sample.

    After a fit, with those before it beside them; the exit code is 1 where the fit did not
    converge, and the yields have no errors then. JSON and CSV hold every bin, of one stage.
    """
    settings = Settings(verbose=verbose, debug=debug)
    held = assignments(fix or (), "--fix")
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        document = read_document(spec, measurement=measurement, root=root, patches=patches)
        known = [parameter.name for parameter in document.resolved.parameters]
        check_names(held, "--fix", known)
        from statmodel.report.tables import yields_report, yields_text

        from ._run import check_point, compiled, stages

        with progress("compile", settings, shown=not no_progress):
            model, dataset = compiled(document.spec, measurement=measurement, root=root)
        check_point(model, held, "--fix")
        with progress("yields" if prefit else "fit", settings, shown=not no_progress):
            found, before = stages(model, dataset, prefit=prefit, expected=asimov, held=held)
        if form is None and not wants_json(asked=False):
            show(yields_report(found, before, bins=bins))
        else:
            show_text(yields_text(found, before, bins=bins, form=form or "json"))
        if output_file is not None:
            chosen = form or _form_of(output_file)
            write_text_atomic(output_file, yields_text(found, before, bins=bins, form=chosen))
            say(f"wrote {output_file}")
        if plots is not None:
            from ._pictures import write_yields

            with progress("pictures", settings, shown=not no_progress):
                written = write_yields(found, folder=plots)
            for path in written:
                say(f"wrote {path}")
    if not found.ok:
        say(f"the fit did not converge: {found.message}")
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _form_of(path: Path) -> _Format:
    """The form that the ending of a file's name stands for; JSON where it says nothing."""
    match path.suffix.lower():
        case ".txt":
            return "text"
        case ".md":
            return "markdown"
        case ".tex":
            return "latex"
        case ".csv":
            return "csv"
        case _:
            return "json"
