"""HDF5 files: a group of one-dimensional datasets, or one compound dataset, named by `key`.

Without a key the table is the top group where it holds columns, else the only group or compound
dataset in it. What a file takes from another file (external links, external storage, virtual
datasets) is refused. This module needs h5py and is loaded only when such a file is read.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import h5py
import numpy as np

from statmodel._errors import DataError, did_you_mean, listed

from ._formats import Format, RawColumn, Refused, as_float

Table: TypeAlias = h5py.Group | h5py.Dataset


@contextmanager
def _opened(path: Path, key: str | None) -> Generator[Table, None, None]:
    """The table of the file; whatever a damaged file makes h5py raise becomes one message."""
    try:
        with h5py.File(path, "r") as file:
            yield _find(path, file, key)
    except (OSError, RuntimeError) as error:
        message = f"{path.name}: cannot be read as HDF5: {error}"
        raise DataError(message) from error


def _inside(group: h5py.Group) -> dict[str, Table]:
    """The groups and datasets just below a group, those of other files left out."""
    names: list[str] = list(group)
    links = {name: group.get(name, getlink=True) for name in names}
    local = [name for name, link in links.items() if isinstance(link, h5py.HardLink)]
    found = {name: group[name] for name in local}
    return {n: item for n, item in found.items() if isinstance(item, h5py.Group | h5py.Dataset)}


def _is_table(item: Table) -> bool:
    return isinstance(item, h5py.Group) or item.dtype.names is not None


def _find(path: Path, file: h5py.File, key: str | None) -> Table:
    if key is not None:
        return _named(path, file, key)
    inside = _inside(file)
    tables = [name for name, item in inside.items() if _is_table(item)]
    if len(tables) < len(inside) or not inside:
        return file
    if len(tables) == 1:
        return inside[tables[0]]
    message = f"{path.name}: holds {len(tables)} tables; name one with `key`."
    raise DataError(message + listed("Tables", tables))


def _named(path: Path, file: h5py.File, key: str) -> Table:
    item: Table = file
    for depth, part in enumerate(parts := key.strip("/").split("/")):
        inside = _inside(item) if isinstance(item, h5py.Group) else {}
        if part not in inside:
            folder = "/".join(parts[:depth])
            message = f'{path.name}: no table "{key}".{did_you_mean(part, inside)}'
            raise DataError(message + listed(f"In /{folder}", inside))
        item = inside[part]
    if not _is_table(item):
        message = (
            f'{path.name}: "{key}" is one column; `key` names the group that holds the columns.'
        )
        raise DataError(message)
    return item


def _column(table: Table, name: str) -> RawColumn:
    dataset = table if isinstance(table, h5py.Dataset) else _inside(table)[name]
    if not isinstance(dataset, h5py.Dataset):
        return Refused("a group of columns")
    if dataset.is_virtual or dataset.external:
        return Refused("data of another file")
    kind = dataset.dtype if dataset is not table else dataset.dtype[name]
    if kind.kind not in "biuf" and kind.subdtype is None:
        return Refused("str" if kind.kind == "S" or h5py.check_string_dtype(kind) else kind.name)
    return as_float(np.asarray(dataset[()] if dataset is not table else dataset[name]))


def _names(path: Path, key: str | None) -> tuple[str, ...]:
    with _opened(path, key) as table:
        if isinstance(table, h5py.Dataset):
            return tuple(table.dtype.names or ())
        return tuple(_inside(table))


def _read(path: Path, names: Sequence[str], key: str | None) -> Mapping[str, RawColumn]:
    with _opened(path, key) as table:
        return {name: _column(table, name) for name in names}


HDF5 = Format(title="HDF5", names=_names, read=_read, keyed=True)
