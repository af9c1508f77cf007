"""`statmodel limit`: upper limits, observed and expected, with the picture of CLs."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import typer

from statmodel._files import check_file, check_folder, file_stem

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
    Span,
    SpecPath,
    Started,
    Verbose,
    check_level,
    one_of,
    span_of,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings

_Statistic: TypeAlias = Literal["q", "qtilde"]
_Protection: TypeAlias = Literal["none", "cls", "power"]
_POINTS = 30
"""Even values tested for a picture."""


def limit(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    level: Annotated[
        float, typer.Option(help="The confidence level, between 0 and 1.", metavar="NUMBER")
    ] = 0.95,
    test_stat: Annotated[
        _Statistic,
        typer.Option(help="qtilde or q.", metavar="NAME", parser=one_of(get_args(_Statistic))),
    ] = "qtilde",
    toys: Annotated[
        int | None,
        typer.Option(
            min=1, help="By so many toys of all hypotheses, not asymptotically.", metavar="NUMBER"
        ),
    ] = None,
    protection: Annotated[
        _Protection,
        typer.Option(
            help="Against downward fluctuations: cls, power (power-constrained; with --toys) or "
            "none (with --toys).",
            metavar="NAME",
            parser=one_of(get_args(_Protection)),
        ),
    ] = "cls",
    span: Span = None,
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
    plots: Annotated[
        Path | None,
        typer.Option(help="Write a picture of CLs (PDF and PNG) here.", metavar="DIR"),
    ] = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Find upper limits on the parameter of interest, observed and expected.

    By asymptotic formulas; with --toys by toys, whose median sensitivity is shown beside.

    The exit code is 1 where a limit was not found; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    check_level(level)
    ends = span_of(span)
    _check_toys(toys, plots=plots, test_stat=test_stat, protection=protection, span=span)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        from statmodel.infer import upper_limit
        from statmodel.report.tables import limit_table

        from ._asymptotic import Source, fitted_case, present, refused

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
        if toys is not None:
            from statmodel.report.tables import toy_limit_table

            from ._toy_limit import toy_limit

            drawn = toy_limit(
                source,
                settings,
                level=level,
                protection=protection,
                toys=toys,
                span=ends,
                seed=seed,
                shown=not no_progress,
            )
            present(
                toy_limit_table(drawn),
                drawn.to_json(),
                (),
                as_json=wants_json(asked=as_json),
                output_file=output_file,
            )
            if not drawn.ok:
                say(drawn.message)
                raise typer.Exit(ExitCode.NOT_CONVERGED)
            return
        case = fitted_case(source, settings, shown=not no_progress)
        with progress("limits", settings, shown=not no_progress), refused():
            found = upper_limit(
                case.model,
                case.data,
                level=level,
                poi=poi,
                statistic=test_stat,
                points=0 if plots is None else _POINTS,
                result=case.result,
            )
        present(
            limit_table(found),
            found.to_json(),
            found.findings,
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            from statmodel.report.figures import cls_figure, save_figure

            plots.mkdir(parents=True, exist_ok=True)
            figure = cls_figure(found, label=case.model.measurement.label(found.poi))
            for path in save_figure(figure, plots / file_stem("cls", found.poi)):
                say(f"wrote {path}")
    if not found.ok:
        say("not every limit was found")
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _check_toys(
    toys: int | None,
    *,
    plots: Path | None,
    test_stat: _Statistic,
    protection: _Protection,
    span: str | None,
) -> None:
    """Refuse options that go with toys only, or without them only.

    Raises:
        typer.BadParameter: with what to leave out.
    """
    if toys is None:
        wrong = {"--protection": protection != "cls", "--span": span is not None}
        why = "wants --toys"
    else:
        wrong = {"--test-stat": test_stat != "qtilde", "--plots": plots is not None}
        why = "is of the asymptotic limit: leave it out, or --toys"
    for option, given in wrong.items():
        if given:
            raise typer.BadParameter(why, param_hint=option)
