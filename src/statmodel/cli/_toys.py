"""`statmodel toys`: campaigns of pseudo-experiments, in a folder that fills up."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

import typer

from statmodel._errors import StatmodelError
from statmodel._files import check_file, check_folder

from ._campaigns import Scheduler, Shard, Workers, check_workers, executor_of, shard_of, told
from ._document import patching, read_complete
from ._options import (
    AsJson,
    Debug,
    Fixed,
    Measurement,
    NoProgress,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Root,
    SpecPath,
    Started,
    Verbose,
    assignments,
    one_of,
)
from ._output import progress, reported, say, show_text, wants_json, without_call
from ._settings import Settings

if TYPE_CHECKING:
    from statmodel.jobs import ToyProgress
    from statmodel.spec import Spec

_Auxiliary: TypeAlias = Literal["redrawn", "held"]
_Folders: TypeAlias = Annotated[
    list[Path],
    typer.Argument(metavar="DIR...", help="Folders of one campaign.", show_default=False),
]

toys = typer.Typer(
    help="Draw and fit pseudo-experiments, in a folder that fills up; stop and go on at any time.",
    no_args_is_help=True,
)


@toys.command("run")
def run_command(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    n: Annotated[
        int, typer.Option("--n", "-n", "--toys", min=1, help="How many toys.", metavar="NUMBER")
    ],
    folder: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="The folder of the campaign, made or filled up.", metavar="DIR"
        ),
    ],
    seed: Annotated[
        int, typer.Option(min=0, help="Toy i of a seed is always the same.", metavar="NUMBER")
    ] = 0,
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="Draw toys at this value of a parameter; the spec's starting value elsewhere. May "
            "be repeated.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    at_fit: Annotated[
        bool,
        typer.Option(
            "--at-fit", help="Draw toys at the best fit of the observed data, --at values held."
        ),
    ] = False,
    hypothesis: Annotated[
        list[str] | None,
        typer.Option(
            help="Fit each toy with these parameters held, too; may be repeated, for one more fit "
            "each.",
            metavar="NAME=VALUE,...",
        ),
    ] = None,
    auxiliary: Annotated[
        _Auxiliary,
        typer.Option(
            help="redrawn: each toy repeats the auxiliary measurements; held: they stay as they "
            "were observed.",
            metavar="WORD",
            parser=one_of(get_args(_Auxiliary)),
        ),
    ] = "redrawn",
    shard: Shard = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    piece: Annotated[
        int | None, typer.Option(min=1, help="Toys of one file of the folder.", metavar="NUMBER")
    ] = None,
    errors: Annotated[
        bool, typer.Option("--errors/--no-errors", help="Errors of each fit, or none: faster.")
    ] = True,
    measurement: Measurement = None,
    fix: Fixed = None,
    start: Started = None,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Make toys, or what is left of them: the same command goes on where it was stopped.

    Results are kept in pieces; `statmodel toys merge` puts them together. The same command with a
    larger number goes on to so many.
    """
    settings = Settings(verbose=verbose, debug=debug)
    part = None if shard is None else shard_of(shard)
    check_workers(workers, scheduler)
    patches = patching(patch, patchset, patch_name)
    held = [assignments(one.split(","), "--hypothesis") for one in hypothesis or ()]
    fixed, begun = assignments(fix or (), "--fix"), assignments(start or (), "--start")
    point = assignments(at or (), "--at")
    with reported(settings):
        check_folder(folder)
        from statmodel.jobs import ToyCampaign

        document = read_complete(spec, root=root, patches=patches)
        if at_fit:
            point = _best_fit(document, settings, point, measurement, shown=not no_progress)
        with progress("compile", settings, shown=not no_progress), _refused():
            from statmodel._configure import configure

            configure(cache=True)
            campaign = ToyCampaign.plan(
                document,
                point,
                folder,
                seed=seed,
                n=n,
                measurement=measurement,
                auxiliary=auxiliary,
                hypotheses=held,
                start=begun,
                fixed=fixed,
                errors=errors,
                piece=piece,
            )
        for note in campaign.notes:
            say(f"warning: {note}")
        with told(campaign.job.piece, campaign.job.toys, shown=not no_progress) as tell:
            try:
                state = campaign.run(
                    executor=executor_of(workers, scheduler), shard=part, progress=tell
                )
            except KeyboardInterrupt:
                say(f"stopped; what is done stays in {folder}, and the same command goes on")
                raise
    _show(state, as_json=as_json)


@toys.command("status")
def status_command(
    folders: _Folders, *, as_json: AsJson = False, verbose: Verbose = False, debug: Debug = False
) -> None:
    """Say how far a campaign is, and what failed. The exit code is 1 until it is complete."""
    with reported(Settings(verbose=verbose, debug=debug)):
        from statmodel.jobs import ToyCampaign, status_of

        state = status_of([ToyCampaign.open(one) for one in folders])
    _show(state, as_json=as_json)
    if not state.complete:
        raise typer.Exit(1)


@toys.command("merge")
def merge_command(
    folders: _Folders,
    *,
    output_file: Annotated[
        Path, typer.Option("--output-file", "-o", help="The Parquet file.", metavar="FILE")
    ],
    partial: Annotated[
        bool, typer.Option("--partial", help="Also where toys are missing.")
    ] = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Put the toys of a campaign into one Parquet file, in order, from any number of folders."""
    with reported(Settings(verbose=verbose, debug=debug)):
        check_file(output_file)
        from statmodel.jobs import ToyCampaign, merge, status_of

        campaigns = [ToyCampaign.open(one) for one in folders]
        state = status_of(campaigns)
        if not (state.complete or partial):
            say(_in_words(state))
            say("error: not complete; run what is missing, or merge what there is with --partial")
            raise typer.Exit(1)
        say(f"wrote {merge(campaigns, output_file)}: {_in_words(state)}")


def _best_fit(
    document: "Spec",
    settings: Settings,
    held: dict[str, float],
    measurement: str | None,
    *,
    shown: bool,
) -> dict[str, float]:
    """Where the observed data fit best, with some parameters held."""
    from ._run import check_point, chosen_data, compiled, fitted

    with progress("fit", settings, shown=shown):
        model, dataset = compiled(document, measurement=measurement)
        check_point(model, held, "--at")
        data = chosen_data(model, dataset, expected=False, start=held)
        result = fitted(model, data, start={}, fixed=held)
    if not result.ok:
        msg = f"--at-fit: {result.message}"
        raise StatmodelError(msg)
    return {name: float(value) for name, value in result.point.items()}


@contextmanager
def _refused() -> Generator[None]:
    """What toys refuse is wrong usage of the command."""
    try:
        yield
    except (KeyError, ValueError) as error:
        raise typer.BadParameter(without_call(str(error.args[0]))) from error


def _show(state: "ToyProgress", *, as_json: bool) -> None:
    if wants_json(asked=as_json):
        show_text(json.dumps(state.to_document(), indent=2))
    else:
        show_text(_in_words(state))


def _in_words(state: "ToyProgress") -> str:
    said = f"{state.toys} of {state.wanted} toys"
    reasons = ", ".join(f"{count} {reason}" for reason, count in state.failed.items())
    said += f"; failed: {reasons}" if reasons else "; no fit failed" if state.toys else ""
    if state.missing:
        gaps = [f"{first} to {last}" for first, last in state.missing[:5]]
        more = len(state.missing) - len(gaps)
        said += f"; missing: toys {', '.join(gaps)}" + (f" and {more} other gaps" if more else "")
    return said
