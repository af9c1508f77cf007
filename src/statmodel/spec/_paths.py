"""Paths in a document: relative to its folder, inside it unless a root is given."""

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

from ._origin import Origin


def wrong_path(text: str, origin: Origin) -> str | None:
    """What is wrong with the path of a file; links are the reader's to follow."""
    if "\0" in text:
        return "a path has no null characters."
    absolute = PurePosixPath(text).is_absolute() or bool(PureWindowsPath(text).drive)
    if origin.root is None:
        if absolute:
            return "paths are relative to the folder of the spec; give `root` to allow others."
        if ".." in os.path.normpath(text).split(os.sep):
            return "the path leaves the folder of the spec; give `root` to allow that."
        return None
    folder = origin.folder or Path()
    full = os.path.normpath(Path.cwd() / folder / text)
    root = os.path.normpath(Path.cwd() / origin.root)
    inside = Path(full).is_relative_to(root)
    return None if inside else f"the path leaves the root {origin.root}."
