"""`statmodel exclusions`: one strength of every signal of a patchset tested, point by point.

The table is written after each point, and a file that was begun is gone on with, so that an
interrupted scan loses one point at most.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import typer

from statmodel._files import check_file
from statmodel.interop import Patch, PatchSet, find_patch, load_patchset, verify_patchset

from ._document import read_complete
from ._options import (
    AsJson,
    Debug,
    Measurement,
    NoProgress,
    Poi,
    Root,
    SpecPath,
    Verbose,
    check_level,
    one_of,
)
from ._output import reported, say, show, show_text, wants_json
from ._settings import ExitCode, Settings

_Statistic: TypeAlias = Literal["q", "qtilde"]


def exclusions(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    patchset: Annotated[
        Path,
        typer.Option(
            help="The signals: each patch of this patchset.", metavar="FILE", show_default=False
        ),
    ],
    patch_name: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this patch: its name, or its values with commas; may be repeated.",
            metavar="NAME",
        ),
    ] = None,
    mu: Annotated[
        float,
        typer.Option("--mu", "--test-poi", help="The value tested.", metavar="NUMBER"),
    ] = 1.0,
    level: Annotated[
        float, typer.Option(help="The confidence level, between 0 and 1.", metavar="NUMBER")
    ] = 0.95,
    test_stat: Annotated[
        _Statistic,
        typer.Option(help="qtilde or q.", metavar="NAME", parser=one_of(get_args(_Statistic))),
    ] = "qtilde",
    poi: Poi = None,
    measurement: Measurement = None,
    root: Root = None,
    output_file: Annotated[
        Path | None,
        typer.Option(
            help="Write the table here, as JSON, after each point. A table that stands there "
            "already is gone on with.",
            metavar="FILE",
        ),
    ] = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Test every signal of a patchset: which are excluded, and which are expected to be.

    A signal that cannot be tested is a row with the reason; the exit code is then 1. What an output
    file holds already is not tested again.
    """
    settings = Settings(verbose=verbose, debug=debug)
    check_level(level)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        grid = load_patchset(patchset)
        patches = _chosen(grid, patch_name)
        background = read_complete(spec, root=root)
        verify_patchset(grid, background)
        from statmodel.report.tables import exclusions_table

        from ._grid import Grid, begun, walk

        asked = Grid(
            background=background,
            labels=grid.labels,
            order=tuple(one.name for one in grid.patches),
            measurement=measurement,
            poi=poi,
            mu=mu,
            level=level,
            statistic=test_stat,
            output_file=output_file,
        )
        found = walk(asked, patches, begun(asked), settings, shown=not no_progress)
        if wants_json(asked=as_json):
            show_text(found.to_json())
        else:
            show(exclusions_table(found))
    if not found.ok:
        bad = [row for row in found.rows if not row.ok]
        say(f"{len(bad)} of {len(found.rows)} signals were not tested: {bad[0].name}")
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _chosen(grid: PatchSet, names: list[str] | None) -> tuple[Patch, ...]:
    """The patches named, each once, or all.

    Raises:
        SpecErrors: there is none of that name.
    """
    if not names:
        return grid.patches
    return tuple({(one := find_patch(grid, name)).name: one for name in names}.values())
