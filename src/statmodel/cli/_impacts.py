"""`statmodel impacts`: how nuisance parameters move the parameter of interest."""

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
    Poi,
    Root,
    SpecPath,
    Started,
    Verbose,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def impacts(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    poi: Poi = None,
    top: Annotated[
        int, typer.Option(min=1, help="Parameters shown, the largest impacts.", metavar="NUMBER")
    ] = 20,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit/--no-refit",
            help="Fit again with each nuisance held up and down, or take the linear formulas.",
        ),
    ] = True,
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
        Path | None, typer.Option(help="Write a picture (PDF and PNG) here.", metavar="DIR")
    ] = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Rank nuisance parameters by what they do to the parameter of interest.

    Three definitions of an impact, and pulls; JSON holds all parameters. The exit code is 1 where
    a fit failed; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        from statmodel import infer
        from statmodel.report.tables import impacts_table

        from ._asymptotic import Source, fitted_case, present

        source = Source(
            spec=spec,
            patches=patches,
            measurement=measurement,
            root=root,
            poi=poi,
            fix=tuple(fix or ()),
            start=tuple(start or ()),
            asimov=asimov,
        )
        case = fitted_case(source, settings, shown=not no_progress)
        with progress("impacts", settings, shown=not no_progress):
            found = infer.impacts(case.model, case.data, case.result, poi=poi, refit=refit)
        present(
            impacts_table(found, most=top),
            found.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._pictures import write_ranking

            label = case.model.measurement.label(found.poi)
            for path in write_ranking(found, label=label, most=top, folder=plots):
                say(f"wrote {path}")
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
