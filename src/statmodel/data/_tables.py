"""Tables of numbers, whatever file they lie in.

All that is wrong with the columns that were asked for is reported together: columns that are
missing, that hold no numbers, that are of unequal length, or that hold values which are not finite.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from jaxtyping import Float

from statmodel._errors import DataError, did_you_mean, listed

from ._csv import CSV
from ._formats import Format, Refused
from ._npz import NPZ
from ._parquet import PARQUET
from ._paths import require_file

_SUFFIXES: Final = (".parquet", ".pq", ".csv", ".npz", ".h5", ".hdf5", ".root")
_ROWS_NAMED: Final = 5


def column_names(path: Path, *, key: str | None = None) -> tuple[str, ...]:
    """The names of the columns of a table, as the file lists them.

    Args:
        path: a Parquet, CSV, NPZ, HDF5 or ROOT file, told by its suffix.
        key: the tree (ROOT), group or compound dataset (HDF5); default the only one.

    Raises:
        DataError: no such file, or one that cannot be read.
    """
    return _format(path, key).names(path, key)


def read_columns(
    path: Path, columns: Sequence[str], *, key: str | None = None
) -> Mapping[str, Float[np.ndarray, " row"]]:
    """Some columns of a table, as 64-bit floats that cannot be written to.

    Args:
        path: a Parquet, CSV, NPZ, HDF5 or ROOT file, told by its suffix.
        columns: names as they stand in the file.
        key: the tree (ROOT), group or compound dataset (HDF5); default the only one.

    Returns:
        The columns by name, in the order of the request. A table without rows is legitimate.

    Raises:
        DataError: no such file, one that cannot be read, or columns that cannot serve; all problems
            of the columns in one message, one line each.
    """
    return read_described(path, {name: name for name in columns}, key=key)


def read_described(
    path: Path, wanted: Mapping[str, str], *, key: str | None = None
) -> Mapping[str, Float[np.ndarray, " row"]]:
    """As `read_columns`; `wanted` says, for each column, what the user calls it.

    Raises:
        DataError: as `read_columns`.
    """
    table = _format(path, key)
    there = table.names(path, key)
    usable = [name for name in wanted if there.count(name) == 1]
    raw = table.read(path, usable, key)
    problems = [
        *_absent(wanted, there),
        *(
            f'column "{n}" holds no numbers but {c.kind}.'
            for n, c in raw.items()
            if isinstance(c, Refused)
        ),
    ]
    found = {name: column for name, column in raw.items() if not isinstance(column, Refused)}
    problems += [*unequal_lengths(found), *not_finite(found)]
    if problems:
        raise DataError("\n".join(f"{path.name}: {problem}" for problem in problems))
    for column in found.values():
        column.setflags(write=False)
    return MappingProxyType(found)


def not_finite(columns: Mapping[str, Float[np.ndarray, " ..."]]) -> list[str]:
    """One sentence for each column with values that are not finite, with its first rows."""
    problems: list[str] = []
    for name, values in columns.items():
        rows = np.flatnonzero(~np.isfinite(values))
        if rows.size:
            shown = ", ".join(f"{row} ({values[row]})" for row in rows[:_ROWS_NAMED])
            end = ", ..." if rows.size > _ROWS_NAMED else "."
            one = rows.size == 1
            what = "value that is no finite number" if one else "values that are no finite numbers"
            where = f"in {'row' if one else 'rows'} (counted from 0) {shown}{end}"
            problems.append(f'column "{name}" has {rows.size} {what}, {where}')
    return problems


def unequal_lengths(columns: Mapping[str, Float[np.ndarray, " ..."]]) -> list[str]:
    """One sentence where columns of one table differ in length."""
    if len({len(values) for values in columns.values()}) <= 1:
        return []
    lengths = ", ".join(f"{name} {len(values)}" for name, values in columns.items())
    return [f"the columns have different lengths: {lengths}."]


def _absent(wanted: Mapping[str, str], there: Sequence[str]) -> list[str]:
    problems: list[str] = []
    missing = [name for name in wanted if name not in there]
    for name in missing:
        what = f'no column "{name}"' + (f" (for {wanted[name]})" if wanted[name] != name else "")
        problems.append(f"{what}.{did_you_mean(name, there)}")
    if missing:
        problems[-1] += listed("Columns", there)
    problems += [
        f'{there.count(name)} columns are called "{name}".'
        for name in wanted
        if there.count(name) > 1
    ]
    return problems


def _format(path: Path, key: str | None) -> Format:
    require_file(path)
    found = _by_suffix(path)
    if key is not None and not found.keyed:
        message = f"{path.name}: a {found.title} file holds one table; leave out `key` ({key!r})."
        raise DataError(message)
    return found


def _by_suffix(path: Path) -> Format:
    match path.suffix.lower():
        case ".parquet" | ".pq":
            return PARQUET
        case ".csv":
            return CSV
        case ".npz":
            return NPZ
        case ".h5" | ".hdf5":
            return _optional_hdf5(path)
        case ".root":
            return _optional_root(path)
        case ".pkl" | ".pickle" | ".joblib" | ".npy":
            message = (
                f"{path.name}: pickles can run code and are never read. "
                f"Write the table as one of {', '.join(_SUFFIXES)}."
            )
        case suffix:
            message = (
                f'{path.name}: unknown kind of file "{suffix}".{did_you_mean(suffix, _SUFFIXES)}'
                f"{listed('Read are', _SUFFIXES)}"
            )
    raise DataError(message)


def _optional_hdf5(path: Path) -> Format:
    try:
        from ._hdf5 import HDF5  # noqa: PLC0415 (optional package)
    except ModuleNotFoundError as error:
        raise _missing(path, "HDF5", "h5py", "hdf5") from error
    return HDF5


def _optional_root(path: Path) -> Format:
    try:
        from ._root import ROOT  # noqa: PLC0415 (optional package)
    except ModuleNotFoundError as error:
        raise _missing(path, "ROOT", "uproot", "root") from error
    return ROOT


def _missing(path: Path, title: str, package: str, extra: str) -> DataError:
    return DataError(
        f"{path.name}: {title} files need {package}, which is not installed: "
        f'pip install "statmodel[{extra}]"'
    )
