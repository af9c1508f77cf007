"""Paths of data files in a document that moves to another folder."""

import os
from pathlib import Path, PurePath

from statmodel.spec._document import Spec
from statmodel.spec._origin import Origin
from statmodel.spec._source import build_spec, plain_document

from ._parts import Part, entries, inner


def rebase(spec: Spec, folder: Path) -> Spec:
    """The same spec for a file in another folder: paths lead to the same files.

    A path that then leaves the folder needs `root=` where the data are read.
    """
    home = spec.origin.folder or Path()
    if _same_folder(home, folder):
        return spec
    document = plain_document(spec)
    rebase_document(document, home, folder)
    return build_spec(document, origin=Origin(spec.origin.name, folder, spec.origin.root))


def rebase_document(document: Part, home: Path, folder: Path) -> None:
    """Change the paths of data files in place."""
    if _same_folder(home, folder):
        return
    simulations = [inner(one, "simulation") for one in entries(document, "channels")]
    included = entries(document, "include")
    for part in (*entries(document, "observations"), *simulations, *included):
        file = part.get("file")
        if isinstance(file, str) and not PurePath(file).is_absolute():
            led = os.path.relpath((home / file).resolve(), folder.resolve())
            part["file"] = PurePath(led).as_posix()


def _same_folder(left: Path, right: Path) -> bool:
    return left.resolve() == right.resolve()
