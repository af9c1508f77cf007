"""`statmodel scan`: profile likelihoods of one parameter, or of two."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from statmodel._files import check_file, check_folder

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
    Root,
    SpecPath,
    Started,
    Verbose,
    assignments,
    check_bounds,
    check_level,
    check_names,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings

if TYPE_CHECKING:
    from jaxtyping import Array, Float

    from statmodel.infer import Contours, Scan
    from statmodel.model import ParameterSpace

    from ._asymptotic import Case

_ONE, _TWO = 41, 31
_MOST = 2


def scan(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    over: Annotated[
        list[str] | None,
        typer.Option(
            help="The parameter scanned; given twice, both. The parameter of interest by default.",
            metavar="NAME",
        ),
    ] = None,
    points: Annotated[
        int | None,
        typer.Option(min=2, help="Values of each; 41, or 31 of two parameters.", metavar="NUMBER"),
    ] = None,
    reach: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            help="From where to where; three errors on each side of the best fit by default. May "
            "be repeated.",
            metavar="NAME=LOW:HIGH",
        ),
    ] = None,
    level: Annotated[
        list[float] | None,
        typer.Option(
            help="A probability, whose crossings or contour are found; may be repeated. 0.6827 and "
            "0.9545 by default.",
            metavar="NUMBER",
        ),
    ] = None,
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
        Path | None, typer.Option(help="Write a picture (PDF and PNG) here.", metavar="DIR")
    ] = None,
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Scan the profile likelihood of a parameter, or of two with contours.

    All crossings of the levels and all minima are told. The exit code is 1 where a fit failed; the
    result is shown all the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    names = tuple(over or ())
    if len(names) > _MOST:
        msg = "one parameter or two, not more"
        raise typer.BadParameter(msg, param_hint="--over")
    for one in level or ():
        check_level(one)
    given = _ranges(reach or ())
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        if plots is not None:
            check_folder(plots)
        from statmodel import infer
        from statmodel.report.tables import contour_table, scan_table

        from ._asymptotic import Source, fitted_case, present, refused

        source = Source(
            spec=spec,
            patches=patches,
            measurement=measurement,
            root=root,
            poi=None,
            fix=tuple(fix or ()),
            start=tuple(start or ()),
            asimov=asimov,
        )
        case = fitted_case(source, settings, shown=not no_progress, interest=not names)
        names = names or case.model.measurement.pois[:1]
        check_names(names, "--over", case.model.space.names)
        held = [name for name in names if name in assignments(source.fix, "--fix")]
        if held:
            msg = f"{', '.join(held)} is scanned, and cannot be held"
            raise typer.BadParameter(msg, param_hint="--fix")
        _check_reach(given, case.model.space)
        grids = _grids(given, names, points or (_ONE if len(names) == 1 else _TWO))
        levels = tuple(level or infer.LEVELS)
        with progress("scan", settings, shown=not no_progress), refused():
            if len(names) == 1:
                found = infer.profile(
                    case.model,
                    case.data,
                    case.result,
                    over=names[0],
                    grid=grids.get(names[0]),
                    points=points or _ONE,
                    levels=levels,
                )
            else:
                found = infer.contours(
                    case.model,
                    case.data,
                    case.result,
                    over=(names[0], names[1]),
                    grids=grids,
                    points=points or _TWO,
                    levels=levels,
                )
        table = scan_table(found) if isinstance(found, infer.Scan) else contour_table(found)
        present(
            table,
            found.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
        if plots is not None:
            for path in _drawn(case, found, plots):
                say(f"wrote {path}")
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _drawn(case: "Case", found: "Scan | Contours", folder: Path) -> tuple[Path, Path]:
    from statmodel.infer import Scan

    from ._pictures import write_contours, write_scan

    label = case.model.measurement.label
    if isinstance(found, Scan):
        best = float(case.result.point[found.name])
        return write_scan(found, best=best, label=label(found.name), folder=folder)
    first, second = found.over
    return write_contours(found, labels=(label(first), label(second)), folder=folder)


def _ranges(given: Iterable[str]) -> dict[str, tuple[float, float]]:
    """What `--range` says, by name.

    Raises:
        typer.BadParameter: a text of another form.
    """
    found: dict[str, tuple[float, float]] = {}
    for text in given:
        name, _, ends = text.rpartition("=")
        low, _, high = ends.partition(":")
        try:
            found[name.strip()] = float(low), float(high)
        except ValueError as error:
            msg = f'got "{text}", expected NAME=LOW:HIGH'
            raise typer.BadParameter(msg, param_hint="--range") from error
        if not found[name.strip()][0] < found[name.strip()][1]:
            msg = f"{text}: the low end must be below the high one"
            raise typer.BadParameter(msg, param_hint="--range")
    return found


def _check_reach(given: dict[str, tuple[float, float]], space: "ParameterSpace") -> None:
    """Refuse ranges that leave the bounds.

    Raises:
        typer.BadParameter: one does.
    """
    for end in (0, 1):
        ends = {name: one[end] for name, one in given.items() if name in space.names}
        check_bounds(ends, "--range", names=space.names, bounds=space.bounds)


def _grids(
    given: dict[str, tuple[float, float]], names: tuple[str, ...], points: int
) -> "dict[str, Float[Array, ' point']]":
    """Even values of the parameters whose range is given.

    Raises:
        typer.BadParameter: a range of a parameter that is not scanned.
    """
    import jax.numpy as jnp

    other = [name for name in given if name not in names]
    if other:
        msg = f"{', '.join(other)}: not scanned; --over names {', '.join(names)}"
        raise typer.BadParameter(msg, param_hint="--range")
    return {name: jnp.linspace(*ends, points) for name, ends in given.items()}
