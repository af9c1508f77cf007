"""`statmodel pulls`: what the data have done to the constrained parameters."""

from pathlib import Path
from typing import Annotated

import typer

from statmodel._files import check_file, check_folder

from ._document import patching
from ._options import (
    Asimov,
    AsJson,
    Debug,
    Fixed,
    Measurement,
    NoProgress,
    OutputFile,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Root,
    SpecPath,
    Started,
    Verbose,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def pulls(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    measurement: Measurement = None,
    fix: Fixed = None,
    start: Started = None,
    asimov: Asimov = False,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    output_file: OutputFile = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            help="Write pictures of pulls and correlations (PDF and PNG) here.", metavar="DIR"
        ),
    ] = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Show the pulls of all constrained parameters, under three names.

    The exit code is 1 where the fit failed; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        from statmodel import infer
        from statmodel.report.tables import pulls_table

        from ._asymptotic import Source, fitted_case, present

        source = Source(
            spec=spec,
            patches=patches,
            measurement=measurement,
            root=root,
            poi=None,
            fix=tuple(fix or ()),
            start=tuple(start or ()),
            asimov=asimov,
        )
        case = fitted_case(source, settings, shown=not no_progress, interest=False)
        with progress("pulls", settings, shown=not no_progress):
            found = infer.pulls(case.model, case.data, case.result)
        present(
            pulls_table(found),
            found.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._pictures import write_pulls

            for path in write_pulls(found, case.result, folder=plots):
                say(f"wrote {path}")
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
