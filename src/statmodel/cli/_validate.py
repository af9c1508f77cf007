"""`statmodel validate`: is the spec in order?"""

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from statmodel._errors import SpecErrors
from statmodel.spec import ResolvedSpec

from ._document import patching, read_document
from ._options import (
    AsJson,
    Debug,
    Measurement,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Root,
    SpecPath,
    Verbose,
)
from ._output import reported, say_warnings, show_text, wants_json
from ._settings import Settings


def validate(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    measurement: Measurement = None,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    data: Annotated[
        bool, typer.Option("--data", help="Read the data files too, and compile the model.")
    ] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Check a spec: every problem, each with file, line and column.

    Without --data the data files are not opened.
    """
    patches = patching(patch, patchset, patch_name)
    settings = Settings(verbose=verbose, debug=debug)
    structured = wants_json(asked=as_json)
    with reported(settings):
        try:
            document = read_document(spec, measurement=measurement, root=root, patches=patches)
            notes = [str(problem) for problem in document.warnings]
            if data:
                from ._run import compiled

                model, _ = compiled(document.spec, measurement=measurement, root=root)
                notes = list(model.notes)
        except SpecErrors as errors:
            if structured:
                show_text(_failure(errors))
            raise
    if not data:  # else the compilation has said them
        say_warnings(notes)
    resolved = document.resolved
    if structured:
        show_text(json.dumps({"ok": True, "problems": [], "warnings": notes}, indent=2))
        return
    show_text(
        f"{document.spec.origin.name} is in order: {', '.join(_parts(resolved))}"
        f"{'; the data files were read' if data else '; data files were not opened (--data)'}"
    )


def _parts(resolved: ResolvedSpec) -> Iterator[str]:
    """What a spec is made of, in numbers."""
    binned = resolved.binned_channels
    yield _counted(len(resolved.channels) + len(binned), "channel")
    if resolved.channels:
        processes = sum(len(channel.processes) for channel in resolved.channels)
        yield _counted(processes, "process", "processes")
    if binned:
        samples = sum(len(channel.samples) for channel in binned)
        bins = sum(channel.bins for channel in binned)
        yield f"{_counted(samples, 'sample')} in {_counted(bins, 'bin')}"
    yield _counted(len(resolved.parameters), "parameter")
    if resolved.included:
        yield _counted(len(resolved.included), "included file")


def _failure(errors: SpecErrors) -> str:
    problems = [
        {"where": problem.where, "path": problem.path, "message": problem.message}
        for problem in errors.problems
    ]
    return json.dumps({"ok": False, "problems": problems, "warnings": []}, indent=2)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
