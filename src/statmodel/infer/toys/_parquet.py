"""Parquet files of named columns, with what is the same for all rows in their metadata."""

import io
import json
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from statmodel._errors import DataError
from statmodel._files import write_atomic
from statmodel.infer.minimisers._status import Status

_KEY = b"statmodel.toys"
_FORMAT = 1
_GROUP = 1 << 16
"""Rows that stand together in a file, whatever parts they came in."""
_WORDS = tuple(one.name.lower() for one in Status)
_NUMBERS = np.array([int(one) for one in Status])

About: TypeAlias = Mapping[str, object]
"""Plain values, as JSON has them."""


class Part(NamedTuple):
    """Some rows of a table.

    Attributes:
        columns: by name.
        states: names of those whose numbers are a :class:`Status`; words in the file.
        about: what all rows have in common.
    """

    columns: Mapping[str, np.ndarray]
    states: frozenset[str]
    about: About


def part_bytes(part: Part) -> bytes:
    """A file; equal parts have equal bytes."""
    into = io.BytesIO()
    _write([part], into)
    return into.getvalue()


def read_part(source: bytes | str | PathLike[str], *, name: str) -> Part:
    """What a file holds.

    Args:
        source: the bytes of a file, or its path.
        name: of the file, for messages.

    Raises:
        OSError: the file cannot be read.
        DataError: it is no table of toys.
    """
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as error:
        message = f"{name}: cannot be read as Parquet: {error}"
        raise DataError(message) from error
    about = _about(table, name)
    states = {
        one for one in table.column_names if pa.types.is_dictionary(table.schema.field(one).type)
    }
    columns = {
        one: _numbers(table.column(one))
        if one in states
        else np.array(table.column(one).to_numpy())
        for one in table.column_names
    }
    return Part(columns, frozenset(states), about)


def write_parts(path: str | PathLike[str], parts: Iterable[Part]) -> Path:
    """Write parts of one table behind one another, holding one at a time.

    Args:
        path: the file, written whole or not at all; its folder must exist.
        parts: at least one.

    Raises:
        OSError: the file cannot be written; what stood there stands there still.
        DataError: two parts are of different models or ensembles.
    """
    return write_atomic(path, lambda temporary: _write(parts, temporary))


def _write(parts: Iterable[Part], where: Path | io.BytesIO) -> None:
    remaining = iter(parts)
    waiting = _arrow(next(remaining))
    schema = waiting.schema
    with pq.ParquetWriter(where, schema, compression="zstd") as writer:
        for part in remaining:
            table = _arrow(part)
            if not table.schema.equals(schema, check_metadata=True):
                message = "toys of different models, ensembles or keys make no one table"
                raise DataError(message)
            waiting = pa.concat_tables([waiting, table])
            while waiting.num_rows >= _GROUP:
                writer.write_table(waiting.slice(0, _GROUP).combine_chunks())
                waiting = waiting.slice(_GROUP)
        for first in range(0, waiting.num_rows, _GROUP):
            writer.write_table(waiting.slice(first, _GROUP).combine_chunks())


def _arrow(part: Part) -> pa.Table:
    columns = {
        name: _in_words(column) if name in part.states else pa.array(column)
        for name, column in part.columns.items()
    }
    told = json.dumps({"format": _FORMAT, **part.about})
    return pa.table(columns, metadata={_KEY: told.encode()})


def _about(table: pa.Table, name: str) -> About:
    told = (table.schema.metadata or {}).get(_KEY)
    if told is None:
        message = f"{name}: a Parquet file, but not of toys: its metadata lack {_KEY.decode()}"
        raise DataError(message)
    about = json.loads(told)
    version = about.pop("format")
    if version != _FORMAT:
        message = f"{name}: toys in format {version}; this version of statmodel reads {_FORMAT}"
        raise DataError(message)
    return about


def _in_words(column: np.ndarray) -> pa.DictionaryArray:
    """One dictionary for all files, so that parts fit together."""
    places = np.searchsorted(_NUMBERS, column).astype(np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(_WORDS))


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    chunks = [
        _NUMBERS[[_WORDS.index(word) for word in one.dictionary.to_pylist()]][
            one.indices.to_numpy()
        ]
        for one in column.chunks
    ]
    return np.concatenate(chunks)
