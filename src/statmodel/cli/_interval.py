"""`statmodel interval`: confidence sets by the Neyman construction."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

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
    Poi,
    Root,
    Seed,
    SpecPath,
    Verbose,
    assignments,
    check_level,
    check_names,
    one_of,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statmodel.infer import AbstractStatistic
    from statmodel.model import Model

_Nuisances: TypeAlias = Literal["profile", "laplace", "marginal"]
_Ensemble: TypeAlias = Literal["profile", "predictive"]


def interval(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    statistic: Annotated[
        list[str] | None,
        typer.Option(
            help="lrs, the likelihood ratio, or fts:NAME of a focus of the spec; may be repeated. "
            "All of them by default.",
            metavar="NAME",
        ),
    ] = None,
    toys: Annotated[
        int, typer.Option(min=1, help="Toys of the construction.", metavar="NUMBER")
    ] = 20_000,
    grid: Annotated[
        int, typer.Option(min=2, help="Hypotheses of the construction.", metavar="NUMBER")
    ] = 81,
    nuisances: Annotated[
        _Nuisances,
        typer.Option(
            help="What becomes of nuisance parameters in a statistic with a focus: profile, "
            "laplace or marginal.",
            metavar="NAME",
            parser=one_of(get_args(_Nuisances)),
        ),
    ] = "profile",
    ensemble: Annotated[
        _Ensemble,
        typer.Option(
            help="Nuisance parameters of the toys: profile, at their conditional estimates of the "
            "data, or predictive, drawn from their constraints.",
            metavar="NAME",
            parser=one_of(get_args(_Ensemble)),
        ),
    ] = "profile",
    seed: Seed = 0,
    level: Annotated[
        list[float] | None,
        typer.Option(
            help="A confidence level; may be repeated. 0.6827 and 0.9545 by default.",
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
    plots: Annotated[
        Path | None, typer.Option(help="Write pictures (PDF and PNG) here.", metavar="DIR")
    ] = None,
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
    fixed = assignments(fix or (), "--fix")
    for one in level or ():
        check_level(one)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        import jax

        from statmodel import infer
        from statmodel.report.tables import interval_table

        from ._asymptotic import check_interest, present, refused
        from ._document import read_complete
        from ._run import check_point, chosen_data, compiled

        with progress("compile", settings, shown=not no_progress):
            given = read_complete(spec, root=root, patches=patches)
            model, dataset = compiled(given, measurement=measurement, root=root)
        check_point(model, fixed, "--fix")
        check_names(() if poi is None else (poi,), "--poi", model.space.names)
        if poi is None:
            check_interest(model, given.origin.name)
        data = chosen_data(model, dataset, expected=False, start={})
        with progress("toys", settings, shown=not no_progress), refused():
            curves = infer.neyman_several(
                model,
                _statistics(statistic, model, poi, nuisances),
                key=jax.random.key(seed),
                toys=toys,
                grid=grid,
                poi=poi,
                fixed=fixed,
                data=data,
                ensemble=ensemble,
            )
            result = infer.confidence_intervals(model, data, curves, level or infer.LEVELS)
        present(
            interval_table(result),
            result.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from ._pictures import write_intervals

            for path in write_intervals(model, data, result, folder=plots):
                say(f"wrote {path}")
    if not result.ok:
        say(result.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _statistics(
    given: "list[str] | None", model: "Model", poi: str | None, nuisances: _Nuisances
) -> "Sequence[AbstractStatistic]":
    """Those that are named, or all that there are.

    Raises:
        typer.BadParameter: a word is none; a focus that the model lacks is told later.
    """
    from statmodel.infer import FTS, LRS

    if not given:
        name = poi or model.measurement.pois[0]
        foci = [one.name for one in model.focus if one.pois == (name,)]
        return [LRS(), *(FTS(one, nuisances=nuisances) for one in foci)]
    found: list[AbstractStatistic] = []
    for word in given:
        kind, _, focus = word.partition(":")
        if kind.lower() == "lrs" and not focus:
            found.append(LRS())
        elif kind.lower() == "fts" and focus:
            found.append(FTS(focus, nuisances=nuisances))
        else:
            names = ", ".join(["lrs", *(f"fts:{one.name}" for one in model.focus)])
            msg = f'got "{word}", expected one of: {names}'
            raise typer.BadParameter(msg, param_hint="--statistic")
    return found
