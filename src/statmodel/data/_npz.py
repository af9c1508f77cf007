"""NumPy archives: one array a column. Arrays of Python objects are pickles, so they are refused."""

import zipfile
import zlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from statmodel._errors import DataError

from ._formats import Format, RawColumn, Refused, as_float


@contextmanager
def _opened(path: Path) -> Generator[np.lib.npyio.NpzFile, None, None]:
    """The archive; whatever a damaged file makes NumPy raise becomes one message."""
    try:
        with path.open("rb") as stream:  # NumPy leaves a damaged file open
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                message = (
                    f"{path.name}: holds an array without a name; write `np.savez(file, x=...)`."
                )
                raise DataError(message)
            with archive:
                yield archive
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        message = f"{path.name}: cannot be read as NPZ: {error}"
        raise DataError(message) from error


def _names(path: Path, key: str | None) -> tuple[str, ...]:
    del key  # an NPZ file holds one table
    with _opened(path) as archive:
        return tuple(archive.files)


def _column(archive: np.lib.npyio.NpzFile, name: str) -> RawColumn:
    try:
        return as_float(archive[name])
    except ValueError as error:
        if "allow_pickle" in str(error):
            return Refused("Python objects, which are never unpickled")
        raise


def _read(path: Path, names: Sequence[str], key: str | None) -> Mapping[str, RawColumn]:
    del key
    with _opened(path) as archive:
        return {name: _column(archive, name) for name in names}


NPZ = Format(title="NPZ", names=_names, read=_read)
