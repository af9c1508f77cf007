"""`statmodel gof`: how well the best fit describes the data."""

from typing import Annotated

import typer

from statmodel._files import check_file, check_folder

from ._document import patching
from ._options import (
    AsJson,
    Debug,
    Fixed,
    Measurement,
    NoProgress,
    OutputFile,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Plots,
    Root,
    Seed,
    SpecPath,
    Started,
    Verbose,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def gof(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    toys: Annotated[
        int, typer.Option(min=1, help="Toys that are the measure.", metavar="NUMBER")
    ] = 1000,
    seed: Seed = 0,
    statistic: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this one; may be repeated: saturated (bins), binned, ks, ad, energy, "
            "point_to_point (events).",
            metavar="NAME",
        ),
    ] = None,
    measurement: Measurement = None,
    fix: Fixed = None,
    start: Started = None,
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
    """Test the goodness of the fit, with toys drawn at the best fit and fitted as the data are.

    Binned channels by the saturated likelihood; unbinned ones on projections, in bins of them and
    between points. The exit code is 1 where the fit of the data failed, or of too many toys.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        import jax

        from statmodel import infer
        from statmodel.report.tables import gof_table

        from ._asymptotic import Source, fitted_case, present, refused

        source = Source(
            spec=spec,
            patches=patches,
            measurement=measurement,
            root=root,
            poi=None,
            fix=tuple(fix or ()),
            start=tuple(start or ()),
            asimov=False,
        )
        case = fitted_case(source, settings, shown=not no_progress, interest=False)
        with progress("toys", settings, shown=not no_progress), refused():
            found = infer.gof(
                case.model,
                case.data,
                key=jax.random.key(seed),
                n=toys,
                result=case.result,
                statistics=tuple(statistic or infer.GOF_STATISTICS),
            )
        present(
            gof_table(found),
            found.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._pictures import write_gof

            for path in write_gof(found, folder=plots):
                say(f"wrote {path}")
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)
