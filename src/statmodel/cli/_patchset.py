"""`statmodel patchset`: look into pyhf's patchsets, verify, extract and apply."""

import json
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from statmodel._files import check_file, write_text_atomic
from statmodel.interop import (
    PatchSet,
    apply_patchset,
    find_patch,
    load_patchset,
    verify_patchset,
)

from ._document import read_spec, write_document
from ._options import AsJson, Debug, DocumentFile, SpecPath, Verbose
from ._output import reported, say, show, show_text, wants_json
from ._settings import Settings

_PatchSetPath: TypeAlias = Annotated[
    Path, typer.Argument(metavar="PATCHSET", help="The patchset: a JSON file.", show_default=False)
]
_Name: TypeAlias = Annotated[
    str, typer.Option(help="The patch: its name, or its values with commas.", metavar="NAME")
]

patchset = typer.Typer(
    help="Look into a pyhf patchset, verify it, extract or apply one of its patches.",
    no_args_is_help=True,
)


@patchset.command()
def inspect(
    path: _PatchSetPath, *, as_json: AsJson = False, verbose: Verbose = False, debug: Debug = False
) -> None:
    """List the patches with their values."""
    with reported(Settings(verbose=verbose, debug=debug)):
        found = load_patchset(path)
    if wants_json(asked=as_json):
        show_text(json.dumps(_described(found), indent=2, allow_nan=False))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("patch", *found.labels, "operations"):
        table.add_column(head, overflow="fold")
    for patch in found.patches:
        words = (patch.name, *map(str, patch.values), str(len(patch.operations)))
        table.add_row(*map(Text, words))
    references = ", ".join(f"{key} {value}" for key, value in found.references.items())
    show(Text(found.description, style="bold"), Text(references), table)


@patchset.command()
def verify(
    spec: SpecPath, path: _PatchSetPath, *, verbose: Verbose = False, debug: Debug = False
) -> None:
    """Compare the digests of the patchset with those of the workspace.

    The exit code is 3 where they differ.
    """
    with reported(Settings(verbose=verbose, debug=debug)):
        found = load_patchset(path)
        verify_patchset(found, read_spec(spec))
        show_text(f"{path} was made for {spec}: {', '.join(found.digests)} equal")


@patchset.command()
def extract(
    path: _PatchSetPath,
    *,
    name: _Name,
    with_metadata: Annotated[
        bool,
        typer.Option("--with-metadata", help="With what is said of the patch and the patchset."),
    ] = False,
    output_file: Annotated[
        Path | None, typer.Option(help="Write it here instead of standard output.", metavar="FILE")
    ] = None,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Print one patch, as a JSON patch."""
    with reported(Settings(verbose=verbose, debug=debug)):
        found = load_patchset(path)
        patch = find_patch(found, name)
        operations = [dict(one) for one in patch.operations]
        told = {"metadata": {**patch.metadata, **found.metadata}, "patch": operations}
        text = json.dumps(told if with_metadata else operations, indent=2, ensure_ascii=False)
        if output_file is None:
            show_text(text)
        else:
            check_file(output_file)
            write_text_atomic(output_file, text)
            say(f"wrote {output_file}")


@patchset.command()
def apply(
    spec: SpecPath,
    path: _PatchSetPath,
    *,
    name: _Name,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Apply it to a workspace of another digest too.")
    ] = False,
    output_file: DocumentFile = None,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Apply one patch to the workspace that the patchset was made for."""
    with reported(Settings(verbose=verbose, debug=debug)):
        patched = apply_patchset(read_spec(spec), load_patchset(path), name, verify=not no_verify)
        write_document(patched, output_file, like=spec)


def _described(found: PatchSet) -> dict[str, object]:
    return {
        "description": found.description,
        "references": dict(found.references),
        "digests": dict(found.digests),
        "labels": list(found.labels),
        "patches": [
            {"name": one.name, "values": list(one.values), "operations": len(one.operations)}
            for one in found.patches
        ],
    }
