"""`statmodel neyman`: critical values of test statistics, by toys."""

from typing import Annotated

import typer

from statmodel._files import check_file, check_folder

from ._campaigns import Part, Scheduler, ToyFolder, Workers, kept_in
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


def neyman(  # noqa: PLR0913 (the options of the command)
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
    shard: Part = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    level: Levels = None,
    at: Annotated[
        list[float] | None,
        typer.Option(
            help="Draw the distribution of the statistics under this hypothesis, with --plots; may "
            "be repeated. The first, the middle and the last by default.",
            metavar="NUMBER",
        ),
    ] = None,
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
    """Find critical values of test statistics by toys: the Neyman construction, without its data.

    Observations are looked at for nuisance parameters only, and need not be there. The exit code is
    1 where critical values may not be used; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    ends = span_of(span)
    kept = kept_in(folder, workers, scheduler, shard)
    for one in level or ():
        check_level(one)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        from statmodel.infer import LEVELS
        from statmodel.report.tables import critical_table

        from ._asymptotic import Source, present
        from ._construct import Construction, blind_case, check_hypotheses, constructed

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
        levels = tuple(level or LEVELS)
        model, data = blind_case(source, settings, shown=not no_progress)
        check_hypotheses(model, poi, at or (), ends)
        made = constructed(model, data, source, asked, settings, shown=not no_progress)
        if made is None:
            return
        present(
            critical_table(made.curves, levels),
            made.to_json(levels),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._construction_pictures import write_curves

            with progress("pictures", settings, shown=not no_progress):
                written = write_curves(made, levels=levels, at=at or (), seed=seed, folder=plots)
            for path in written:
                say(f"wrote {path}")
    if made.problems:
        say("; ".join(made.problems))
        raise typer.Exit(ExitCode.NOT_CONVERGED)
