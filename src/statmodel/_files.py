"""Files that appear whole or not at all: written under a temporary name, then renamed.

(`os.replace` is atomic on POSIX: rename(2).) A reader never sees half of a result, and a run that
is interrupted leaves what stood there before.
"""

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def write_text_atomic(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text, in UTF-8, ended by a newline.

    Args:
        path: the file; its folder must exist. A device or a pipe is written to directly.
        text: what it shall hold.

    Returns:
        The path.

    Raises:
        OSError: the file cannot be written; what stood there stands there still.
    """
    ended = text if text.endswith("\n") else f"{text}\n"
    return write_atomic(path, lambda temporary: _write(temporary, ended))


def write_atomic(path: str | os.PathLike[str], write: Callable[[Path], None]) -> Path:
    """Let `write` fill a temporary file beside `path`, then rename it.

    Args:
        path: the file; its folder must exist.
        write: writes to the path that it is given, which has the suffix of `path`.

    Raises:
        OSError: the file cannot be written.
    """
    final = Path(path)
    if final.exists() and not final.is_file() and not final.is_dir():
        write(final)  # /dev/stdout and its like are no files that could be replaced
        return final
    target = final.resolve()  # a link stays a link
    # Not the number of the process: on a shared disk another machine has one like it.
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    try:
        write(temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(final)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return final


def check_file(path: str | os.PathLike[str]) -> None:
    """Refuse what could not be written, before it is made.

    Raises:
        OSError: the folder does not exist or may not be written to, or the path is a folder.
    """
    final = Path(path)
    if final.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(final))
    if final.exists() and not final.is_file():
        return  # /dev/stdout and its like
    if not final.resolve().parent.exists():
        raise FileNotFoundError(errno.ENOENT, "its folder does not exist", str(final))
    check_folder(final.resolve().parent)


def check_folder(path: str | os.PathLike[str]) -> None:
    """Refuse a folder that could neither be made nor be written to.

    Raises:
        OSError: a file stands in the way, or permission is lacking.
    """
    place = Path(path).resolve()
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "a file stands where a folder should", str(place))
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "no permission to write there", str(place))


def file_stem(*parts: str) -> str:
    """A file name of several names, of letters that every file system takes.

    Example:
        >>> file_stem("data", "SR", "m(4l)/GeV")
        'data_SR_m-4l-GeV'
    """
    words = ["".join(c if c.isalnum() or c in "._" else " " for c in part) for part in parts]
    return "_".join("-".join(word.split()) or "x" for word in words)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
