"""A spec from its file, patched where that was asked for, to its resolved form; without JAX."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import typer

from statmodel._errors import Problem, SpecErrors
from statmodel.interop import apply_patch, apply_patchset, load_patch, load_patchset
from statmodel.report import check_file, write_text_atomic
from statmodel.spec import (
    Format,
    ResolvedSpec,
    Spec,
    document_text,
    load_spec,
    parse_spec,
    rebase,
    resolve,
)

from ._output import say, show_text

STDIN = Path("-")


class Patching(NamedTuple):
    """What is applied to a document before anything else is done with it.

    Attributes:
        files: JSON patches.
        patchset: a patchset, None where there is none.
        name: of one of its patches.
    """

    files: Sequence[Path] = ()
    patchset: Path | None = None
    name: str | None = None

    @property
    def empty(self) -> bool:
        """Whether the document stays as it is."""
        return not self.files and self.patchset is None


class Document(NamedTuple):
    """A spec that is in order, and what is suspicious in it."""

    spec: Spec
    resolved: ResolvedSpec
    warnings: tuple[Problem, ...]


def patching(files: Sequence[Path] | None, patchset: Path | None, name: str | None) -> Patching:
    """The patches that the options `--patch`, `--patchset` and `--patch-name` ask for.

    Raises:
        typer.BadParameter: of the last two there is one only.
    """
    if patchset is None and name is not None:
        msg = "names a patch of a patchset; give --patchset FILE too"
        raise typer.BadParameter(msg, param_hint="--patch-name")
    if patchset is not None and name is None:
        msg = (
            "holds several patches; give --patch-name NAME too (`statmodel patchset inspect` lists "
            "them)"
        )
        raise typer.BadParameter(msg, param_hint="--patchset")
    return Patching(tuple(files or ()), patchset, name)


def read_spec(path: Path, *, root: Path | None = None, patches: Patching | None = None) -> Spec:
    """The spec of a file, or of standard input where the path is `-`, with its patches applied.

    Raises:
        SpecErrors: with every problem of form; a patch does not fit.
    """
    spec = _from_stdin(root) if path == STDIN else load_spec(path, root=root)
    if patches is None:
        return spec
    if patches.patchset is not None and patches.name is not None:
        spec = apply_patchset(spec, load_patchset(patches.patchset), patches.name)
    for file in patches.files:
        spec = apply_patch(spec, load_patch(file), name=str(file))
    return spec


def read_document(
    path: Path,
    *,
    measurement: str | None = None,
    root: Path | None = None,
    patches: Patching | None = None,
) -> Document:
    """Load, patch and resolve.

    Raises:
        SpecErrors: with every problem of the document; its data files are not opened.
    """
    loaded = read_spec(path, root=root, patches=patches)
    resolved, problems, warnings = resolve(loaded, measurement=measurement)
    if resolved is None or problems:
        raise SpecErrors(problems)
    return Document(loaded, resolved, warnings)


def write_document(
    spec: Spec, output_file: Path | None, *, like: Path, language: Format | None = None
) -> None:
    """Write a document to a file, or to standard output.

    Args:
        spec: the document; in a file in another folder its data files are found again.
        output_file: the file, or None.
        like: the file that was read, whose language is that of standard output.
        language: instead of what the names of the files say.

    Raises:
        OSError: the file cannot be written; what stood there stands there still.
    """
    if output_file is None:
        show_text(document_text(spec, format=language or _language(like)))
        return
    check_file(output_file)
    moved = rebase(spec, output_file.resolve().parent)
    write_text_atomic(output_file, document_text(moved, format=language or _language(output_file)))
    say(f"wrote {output_file}")


def _language(path: Path) -> Format:
    return "json" if path == STDIN or path.suffix.lower() in (".json", "") else "yaml"


def _from_stdin(root: Path | None) -> Spec:
    text = sys.stdin.read()
    language = "json" if text.lstrip().startswith("{") else "yaml"
    spec = parse_spec(text, format=language, name="<stdin>")
    return spec.with_origin(replace(spec.origin, folder=Path.cwd(), root=root))
