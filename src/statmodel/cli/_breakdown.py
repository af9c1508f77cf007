"""`statmodel breakdown`: parts of an error whose squares add up."""

from collections.abc import Iterable
from typing import Annotated

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
    SpecPath,
    Started,
    Verbose,
)
from ._output import progress, reported, say, wants_json
from ._settings import ExitCode, Settings


def breakdown(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    poi: Poi = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="Parameters of a group, in place of the groups of the spec; may be repeated.",
            metavar="NAME=A,B,...",
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
    as_json: AsJson = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Split an error into a statistical part and parts of groups of nuisance parameters.

    Groups are those of the spec. The exit code is 1 where the fit failed; the result is shown all
    the same.
    """
    settings = Settings(verbose=verbose, debug=debug)
    patches = patching(patch, patchset, patch_name)
    with reported(settings):
        if output_file is not None:
            check_file(output_file)
        from statmodel import infer
        from statmodel.report.tables import breakdown_table

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
        groups = _groups(group or ())
        case = fitted_case(source, settings, shown=not no_progress)
        with progress("breakdown", settings, shown=not no_progress), refused():
            found = infer.breakdown(
                case.model, case.data, case.result, poi=poi, groups=groups or None
            )
        present(
            breakdown_table(found),
            found.to_json(),
            (),
            as_json=wants_json(asked=as_json),
            output_file=output_file,
        )
    if not found.ok:
        say(found.message)
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _groups(given: Iterable[str]) -> dict[str, list[str]]:
    """Groups as they were typed.

    Raises:
        typer.BadParameter: a text of another form, or one group twice.
    """
    found: dict[str, list[str]] = {}
    for text in given:
        name, sign, members = text.partition("=")
        named = [one.strip() for one in members.split(",") if one.strip()]
        if not (name.strip() and sign and named):
            msg = f"got {text!r}, expected name=parameter,parameter,..."
            raise typer.BadParameter(msg, param_hint="--group")
        if found.setdefault(name.strip(), named) is not named:
            msg = f"{name.strip()!r} is given twice"
            raise typer.BadParameter(msg, param_hint="--group")
    return found
