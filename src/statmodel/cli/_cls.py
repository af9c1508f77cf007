"""`statmodel cls`: one value of the parameter of interest tested."""

from typing import Annotated, Literal, TypeAlias, get_args

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
    one_of,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings

_Statistic: TypeAlias = Literal["q", "qtilde", "q0", "t", "ttilde"]


def cls(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    mu: Annotated[
        float,
        typer.Option("--mu", "--test-poi", help="The value tested.", metavar="NUMBER"),
    ] = 1.0,
    test_stat: Annotated[
        _Statistic,
        typer.Option(
            help="qtilde, q, q0, t or ttilde. CLs exists for the first two; q0 tests 0.",
            metavar="NAME",
            parser=one_of(get_args(_Statistic)),
        ),
    ] = "qtilde",
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
    """Test a value of the parameter of interest: CLs and p-values, observed and expected.

    By asymptotic formulas; with --toys by toys beside them, drawn at the conditional fits.

    The exit code is 1 where a fit behind them failed; the result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        from statmodel.infer import hypotest
        from statmodel.report.tables import hypotest_table

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
        check_tested(case, poi, mu, "--mu")
        tested = 0.0 if test_stat == "q0" else mu
        if toys is not None:
            present_toys(
                case,
                settings,
                mu=tested,
                statistic=test_stat,
                signal=mu if test_stat == "q0" else 1.0,
                poi=poi,
                toys=toys,
                seed=seed,
                as_json=wants_json(asked=as_json),
                output_file=output_file,
                shown=not no_progress,
            )
            return
        with progress("test", settings, shown=not no_progress), refused():
            found = hypotest(
                case.model,
                case.data,
                tested,
                poi=poi,
                statistic=test_stat,
                signal=mu if test_stat == "q0" else 1.0,
                result=case.result,
            )
        present(
            hypotest_table(found),
            found.to_json(),
            found.findings,
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
    if not found.ok:
        say("a fit behind the test failed")
        raise typer.Exit(ExitCode.NOT_CONVERGED)
