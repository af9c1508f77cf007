"""`statmodel significance`: the significance of a discovery, observed and expected."""

from typing import Annotated

import typer

from statmodel._files import check_file

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
    Seed,
    SpecPath,
    Started,
    Toys,
    Verbose,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def significance(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    signal: Annotated[
        float,
        typer.Option(
            help="The parameter of interest in the data that say what is expected.",
            metavar="NUMBER",
        ),
    ] = 1.0,
    toys: Toys = None,
    seed: Seed = 0,
    poi: Poi = None,
    measurement: Measurement = None,
    fix: Fixed = None,
    start: Started = None,
    asimov: Asimov = False,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    output_file: OutputFile = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Find the significance of a signal: standard deviations and p-values, observed and expected.

    By asymptotic formulas; with --toys by toys beside them, drawn at the conditional fits.
    The exit code is 1 where a fit behind them failed; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        from statmodel import infer
        from statmodel.report.tables import significance_table

        from ._asymptotic import (
            Source,
            check_tested,
            fitted_case,
            present,
            present_toys,
            refused,
        )

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
        check_tested(case, poi, signal, "--signal")
        if toys is not None:
            present_toys(
                case,
                settings,
                mu=0.0,
                statistic="q0",
                signal=signal,
                poi=poi,
                toys=toys,
                seed=seed,
                as_json=wants_json(asked=as_json),
                output_file=output_file,
                shown=not no_progress,
            )
            return
        with progress("test", settings, shown=not no_progress), refused():
            found = infer.significance(
                case.model, case.data, signal=signal, poi=poi, result=case.result
            )
        present(
            significance_table(found),
            found.to_json(),
            found.findings,
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
    if not found.ok:
        say("a fit behind the significance failed")
        raise typer.Exit(ExitCode.NOT_CONVERGED)
