"""`statmodel fts`: test statistics of the observed data, without toys."""

from typing import Annotated

import typer

from statmodel._files import check_file, check_folder

from ._document import patching
from ._options import (
    Asimov,
    AsJson,
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
    Span,
    SpecPath,
    StatisticNames,
    Verbose,
    assignments,
    span_of,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def fts(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    statistic: StatisticNames = None,
    grid: Hypotheses = 81,
    span: Span = None,
    nuisances: NuisanceTreatment = "profile",
    at: Annotated[
        list[float] | None,
        typer.Option(
            help="A hypothesis; may be repeated. --grid of them by default.",
            metavar="NUMBER",
        ),
    ] = None,
    poi: Poi = None,
    measurement: Measurement = None,
    fix: Fixed = None,
    asimov: Asimov = False,
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
    """Look at the data with the likelihood ratio, and with the focused statistic of each focus.

    How large is too large only toys can tell: `interval`. The exit code is 1 where what a statistic
    compares with could not be found; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    ends = span_of(span)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        import numpy as np

        from statmodel.infer import statistics_at
        from statmodel.report.tables import statistics_table

        from ._asymptotic import Source, present, refused
        from ._construct import check_hypotheses, observed_case, statistics_of

        source = Source(
            spec=spec,
            patches=patches,
            measurement=measurement,
            root=root,
            poi=poi,
            fix=tuple(fix or ()),
            start=(),
            asimov=asimov,
        )
        model, data = observed_case(source, settings, shown=not no_progress)
        check_hypotheses(model, poi, at or (), ends)
        name = poi or model.measurement.pois[0]
        even = np.linspace(*(ends or model.space.bounds[model.space.index(name)]), grid)
        chosen = statistics_of(tuple(statistic or ()), model, poi, nuisances)
        with progress("statistics", settings, shown=not no_progress), refused():
            fixed = assignments(source.fix, "--fix")
            found = statistics_at(model, data, chosen, at or even, poi=name, fixed=fixed)
            drawn = found
            if at and plots is not None:
                drawn = statistics_at(model, data, chosen, even, poi=name, fixed=fixed)
        present(
            statistics_table(found),
            found.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._construction_pictures import write_statistics

            label = model.measurement.label(name)
            for path in write_statistics(drawn, label=label, folder=plots):
                say(f"wrote {path}")
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
