"""`statmodel interval`: confidence sets by the Neyman construction."""

import typer

from statmodel._files import check_file, check_folder

from ._campaigns import Scheduler, ToyFolder, Workers, kept_in
from ._document import patching
from ._options import (
    AsJson,
    ConstructionToys,
    Debug,
    Fixed,
    HowCalibrated,
    Hypotheses,
    Levels,
    Measurement,
    NoProgress,
    NuisanceTreatment,
    OutputFile,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Plots,
    Poi,
    Root,
    Seed,
    Span,
    SpecPath,
    StatisticNames,
    ToyEnsemble,
    Verbose,
    check_level,
    span_of,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def interval(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    statistic: StatisticNames = None,
    toys: ConstructionToys = 20_000,
    grid: Hypotheses = 81,
    span: Span = None,
    nuisances: NuisanceTreatment = "profile",
    ensemble: ToyEnsemble = "profile",
    calibration: HowCalibrated = "reweighted",
    seed: Seed = 0,
    folder: ToyFolder = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    level: Levels = None,
    poi: Poi = None,
    measurement: Measurement = None,
    fix: Fixed = None,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    output_file: OutputFile = None,
    plots: Plots = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Find confidence sets with exact coverage, by toys: the Neyman construction.

    The exit code is 1 where a set may not be used; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    ends = span_of(span)
    kept = kept_in(folder, workers, scheduler)
    for one in level or ():
        check_level(one)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        from statmodel.infer import LEVELS, confidence_intervals
        from statmodel.report.tables import interval_table

        from ._asymptotic import Source, present, refused
        from ._construct import Construction, check_hypotheses, constructed, observed_case

        source = Source(
            spec=spec,
            patches=patches,
            measurement=measurement,
            root=root,
            poi=poi,
            fix=tuple(fix or ()),
            start=(),
            asimov=False,
        )
        asked = Construction(
            statistics=tuple(statistic or ()),
            nuisances=nuisances,
            ensemble=ensemble,
            calibration=calibration,
            toys=toys,
            grid=grid,
            span=ends,
            seed=seed,
            kept=kept,
        )
        model, data = observed_case(source, settings, shown=not no_progress)
        check_hypotheses(model, poi, (), ends)
        made = constructed(model, data, source, asked, settings, shown=not no_progress)
        assert made is not None  # noqa: S101 (of a shard only)
        with refused():
            result = confidence_intervals(model, data, made.curves, level or LEVELS)
        present(
            interval_table(result),
            result.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._construction_pictures import write_intervals

            with progress("pictures", settings, shown=not no_progress):
                written = write_intervals(model, data, result, seed=seed, folder=plots)
            for path in written:
                say(f"wrote {path}")
    if not result.ok:
        say(result.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
