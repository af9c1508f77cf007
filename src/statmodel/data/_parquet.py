"""Parquet files. Only the columns that are asked for are read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from statmodel._errors import DataError

from ._formats import Format, RawColumn, Refused


def arrow_column(column: pa.ChunkedArray) -> RawColumn:
    """An Arrow column as 64-bit floats, nulls as NaN; refused where its type is no number."""
    kind = column.type
    if not (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    ):
        return Refused(str(kind))
    if pa.types.is_boolean(kind):  # Arrow casts truth values to integers, not to floats
        column = column.cast(pa.int8())
    # Not `safe`: integers above 2**53 are rounded to the nearest float, as everywhere else.
    floats = column.cast(pa.float64(), safe=False)
    return np.concatenate([np.zeros(0), *(_numbers(chunk) for chunk in floats.chunks)])


def _numbers(chunk: pa.Array) -> np.ndarray:
    # `to_numpy` loads pandas wherever that is installed.
    return chunk.to_numpy(zero_copy_only=False) if chunk.null_count else np.from_dlpack(chunk)


def _open(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        message = f"{path.name}: cannot be read as Parquet: {error}"
        raise DataError(message) from error


def _names(path: Path, key: str | None) -> tuple[str, ...]:
    del key  # a Parquet file holds one table
    with _open(path) as file:
        return tuple(file.schema_arrow.names)


def _read(path: Path, names: Sequence[str], key: str | None) -> Mapping[str, RawColumn]:
    del key
    with _open(path) as file:
        try:
            table = file.read(columns=list(names))
        except (pa.ArrowException, OSError) as error:
            message = f"{path.name}: cannot be read as Parquet: {error}"
            raise DataError(message) from error
    return {name: arrow_column(table.column(name)) for name in names}


PARQUET = Format(title="Parquet", names=_names, read=_read)
