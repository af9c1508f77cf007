"""Where data files may lie: in the folder of the spec that names them, or where the caller says."""

from pathlib import Path

from statmodel._errors import DataError, did_you_mean


def resolve_path(name: str, *, folder: Path, root: Path | None = None) -> Path:
    """The file that a spec names.

    Symbolic links are followed before the check, so that none leads out.

    Args:
        name: as it stands in the spec, relative to `folder`.
        folder: the folder of the spec.
        root: a folder outside which nothing is read, where that is wider than `folder`.

    Returns:
        The path of an existing file.

    Raises:
        DataError: the path leaves the folder, or there is no such file.
    """
    path = folder / name
    try:
        target = path.resolve()
        inside = [place.resolve() for place in (folder, root) if place is not None]
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the name
        message = f"{name!r} is no path of a file: {error}"
        raise DataError(message) from error
    if not any(target.is_relative_to(place) for place in inside):
        where = f"{folder} and {root}" if root is not None else str(folder)
        message = (
            f'"{name}" leaves {where}. Move the file there, or allow more with root= (--root).'
        )
        raise DataError(message)
    require_file(path)
    return path


def require_file(path: Path) -> None:
    """Refuses a path at which there is no file, with the nearest name in its folder.

    Raises:
        DataError: there is no such file.
    """
    try:
        if path.is_file():
            return
        message = _absent(path)
    except OSError as error:  # a name that is too long, a folder that may not be read
        message = f'no file "{path.name}" can be read: {error}'
        raise DataError(message) from error
    raise DataError(message)


def _absent(path: Path) -> str:
    if path.is_dir():
        return f'"{path.name}" in {path.parent} is a folder; a file is expected.'
    if not path.parent.is_dir():
        return f'no file "{path.name}": there is no folder {path.parent}.'
    others = sorted(other.name for other in path.parent.iterdir())
    return f'no file "{path.name}" in {path.parent}.{did_you_mean(path.name, others)}'
