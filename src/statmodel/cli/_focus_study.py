"""`statmodel focus-study`: which focus gives short confidence sets, before the data are seen."""

from typing import Annotated

import typer

from statmodel._files import check_file, check_folder, file_stem

from ._document import patching
from ._options import (
    AsJson,
    ConstructionToys,
    Debug,
    Fixed,
    Hypotheses,
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
    ToyEnsemble,
    Verbose,
    assignments,
    check_level,
    span_of,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def focus_study(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    centre: Annotated[
        list[float],
        typer.Option(help="Centre of a candidate; may be repeated.", metavar="NUMBER"),
    ],
    width: Annotated[
        list[float],
        typer.Option(
            help="Width of a candidate, a standard deviation; may be repeated, and goes with every "
            "centre.",
            metavar="NUMBER",
        ),
    ],
    truth: Annotated[
        str | None,
        typer.Option(
            help="True values are drawn from this focus of the spec; its first by default.",
            metavar="NAME",
        ),
    ] = None,
    at: Annotated[
        list[float] | None,
        typer.Option(help="A true value instead; may be repeated.", metavar="NUMBER"),
    ] = None,
    level: Annotated[
        float, typer.Option(help="The confidence level, between 0 and 1.", metavar="NUMBER")
    ] = 0.6827,
    toys: ConstructionToys = 10_000,
    evaluation_toys: Annotated[
        int, typer.Option(min=2, help="Other toys, whose sets are looked at.", metavar="NUMBER")
    ] = 2000,
    grid: Hypotheses = 81,
    span: Span = None,
    nuisances: NuisanceTreatment = "profile",
    ensemble: ToyEnsemble = "profile",
    seed: Seed = 0,
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
    """Compare focus densities by the expected length of their confidence sets.

    Candidates are Gaussian, within the bounds of the parameter. Observations are looked at for
    nuisance parameters only, and need not be there. The exit code is 1 where critical values of a
    candidate may not be used; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    ends = span_of(span)
    check_level(level)
    if truth is not None and at:
        msg = "true values are those of --truth or of --at, not of both"
        raise typer.BadParameter(msg, param_hint="--truth")
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        import jax

        from statmodel.infer import focus_study as study_of
        from statmodel.report.tables import focus_study_table

        from ._asymptotic import Source, present, refused
        from ._construct import blind_case, check_hypotheses

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
        model, data = blind_case(source, settings, shown=not no_progress)
        check_hypotheses(model, poi, at or (), ends)
        name = poi or model.measurement.pois[0]
        foci = [one.name for one in model.focus if one.pois == (name,)]
        if truth is None and not at and not foci:
            msg = f"the spec has no focus of {name} to draw true values from: give --at"
            raise typer.BadParameter(msg, param_hint="--truth")
        with progress("focus study", settings, shown=not no_progress), refused():
            found = study_of(
                model,
                centre,
                width,
                key=jax.random.key(seed),
                truth=at or truth or foci[0],
                level=level,
                toys=toys,
                evaluation_toys=evaluation_toys,
                grid=grid,
                span=ends,
                poi=poi,
                fixed=assignments(source.fix, "--fix"),
                data=data,
                ensemble=ensemble,
                nuisances=nuisances,
            )
        present(
            focus_study_table(found),
            found.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from statmodel.report.figures import focus_study_figure, save_figure

            plots.mkdir(parents=True, exist_ok=True)
            figure = focus_study_figure(found, label=model.measurement.label(found.poi))
            for path in save_figure(figure, plots / file_stem("focus_study", found.poi)):
                say(f"wrote {path}")
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
