"""`statmodel coverage`: what confidence sets do in the long run."""

from typing import Annotated

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
    assignments,
    check_level,
    span_of,
)
from ._output import reported, say, wants_json
from ._settings import ExitCode, Settings

_TRUTHS = 5


def coverage(  # noqa: PLR0913 (the options of the command)
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
    at: Annotated[
        list[float] | None,
        typer.Option(
            help="A true value of the parameter of interest; may be repeated. Five, even over the "
            "span, by default.",
            metavar="NUMBER",
        ),
    ] = None,
    at_nuisance: Annotated[
        list[str] | None,
        typer.Option(
            help="True values of nuisance parameters, of which others are at their start; may be "
            "repeated, for as many more truths as there are true values of --at.",
            metavar="NAME=VALUE,...",
        ),
    ] = None,
    evaluation_toys: Annotated[
        int, typer.Option(min=1, help="Other toys, of each true value.", metavar="NUMBER")
    ] = 4000,
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
    """Certify coverage and lengths of confidence sets, statistics side by side.

    Critical values are found as by `neyman`; then other toys are drawn at true values, and their
    sets are looked at. The exit code is 1 where coverage is not nominal within three standard
    deviations, or critical values may not be used; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    ends = span_of(span)
    kept = kept_in(folder, workers, scheduler)
    elsewhere = [assignments(one.split(","), "--at-nuisance") for one in at_nuisance or ()]
    for one in level or ():
        check_level(one)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        import numpy as np

        from statmodel import infer
        from statmodel.report.tables import coverage_table

        from ._asymptotic import Source, present, refused
        from ._construct import (
            Construction,
            blind_case,
            check_hypotheses,
            check_nuisances,
            constructed,
        )
        from ._run import check_point

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
        levels = tuple(level or infer.LEVELS)
        model, data = blind_case(source, settings, shown=not no_progress)
        check_hypotheses(model, poi, at or (), ends)
        for one in elsewhere:
            check_point(model, one, "--at-nuisance")
        check_nuisances(model, source, elsewhere)
        made = constructed(model, data, source, asked, settings, shown=not no_progress)
        assert made is not None  # noqa: S101 (of a shard only)
        first = made.curves[0]
        truths = at or np.linspace(first.mu[0], first.mu[-1], _TRUTHS).tolist()
        with refused():
            found = made.coverage(
                [{**one, first.poi: mu} for one in elsewhere or ({},) for mu in truths],
                asked,
                levels,
                evaluation_toys,
                settings,
                shown=not no_progress,
            )
        present(
            coverage_table(found),
            made.with_curves(found, levels),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._construction_pictures import write_coverage

            for path in write_coverage(made, found, levels=levels, folder=plots):
                say(f"wrote {path}")
    problems = (*made.problems, *(() if found.ok else (found.message,)))
    if problems:
        say("; ".join(problems))
        raise typer.Exit(ExitCode.NOT_CONVERGED)
