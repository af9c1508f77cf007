"""A spec from its file, patched where that was asked for, to its resolved form; without JAX."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import NamedTuple

import typer

from statmodel._errors import Problem, SpecErrors, printable
from statmodel._files import check_file, write_text_atomic
from statmodel.interop import apply_patch, apply_patchset, load_patch, load_patchset
from statmodel.spec import (
    BinnedChannel,
    DocumentPath,
    Format,
    ResolvedSpec,
    Spec,
    document_text,
    load_spec,
    parse_spec,
    problem_at,
    rebase,
    resolve,
)

from ._output import reported, say, show_text
from ._settings import Settings

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
        typer.Exit: the patchset, alone, is none.
    """
    if patchset is None and name is not None:
        msg = "names a patch of a patchset; give --patchset FILE too"
        raise typer.BadParameter(msg, param_hint="--patch-name")
    if patchset is not None and name is None:
        with reported(Settings()):
            count = len(load_patchset(patchset).patches)
        msg = (
            f"holds {count} patch{'' if count == 1 else 'es'}; give --patch-name NAME too "
            "(`statmodel patchset inspect` lists them)"
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


def read_complete(path: Path, *, root: Path | None = None, patches: Patching | None = None) -> Spec:
    """As `read_spec`, for commands that read the files that the document names.

    Raises:
        SpecErrors: also where a document from standard input names files: it has no folder.
    """
    spec = read_spec(path, root=root, patches=patches)
    if path == STDIN and (problems := list(_nowhere(spec))):
        raise SpecErrors(problems)
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
    loaded = read_complete(path, root=root, patches=patches)
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


def _nowhere(spec: Spec) -> Iterator[Problem]:
    """The files that a document without a folder names."""
    for path, file in _files(spec):
        if file is not None and not PurePath(file).is_absolute():
            message = (
                f'"{printable(file)}" starts at the folder of the document, and standard input has '
                "none. Save the document beside its files, and name it instead of -."
            )
            yield problem_at(spec.origin, (*path, "file"), message)


def _files(spec: Spec) -> Iterator[tuple[DocumentPath, str | None]]:
    for i, entry in enumerate(spec.include):
        yield ("include", i), entry.file
    for i, observation in enumerate(spec.observations):
        yield ("observations", i), observation.file
    for i, channel in enumerate(spec.channels):
        if not isinstance(channel, BinnedChannel) and channel.simulation is not None:
            yield ("channels", i, "simulation"), channel.simulation.file


def _from_stdin(root: Path | None) -> Spec:
    text = sys.stdin.read()
    language = "json" if text.lstrip().startswith("{") else "yaml"
    spec = parse_spec(text, format=language, name="<stdin>")
    return spec.with_origin(replace(spec.origin, folder=Path.cwd(), root=root))
