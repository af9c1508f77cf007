"""CSV files: a header of column names, then one row a line, separated by commas (RFC 4180).

Names and values may stand in quotes. An empty field, and the usual spellings of a missing number
(`NA`, `NaN`, `null`), read as NaN.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import csv

from statmodel._errors import DataError

from ._formats import Format, RawColumn
from ._parquet import arrow_column

_NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def _refuse(path: Path, error: Exception) -> DataError:
    return DataError(f"{path.name}: cannot be read as CSV: {error}")


def _header(path: Path) -> dict[str, str]:
    """Column names without the blanks around them, and as they stand in the file."""
    try:
        with csv.open_csv(path) as reader:
            raw = reader.schema.names
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _refuse(path, error) from error
    names = [name.strip() for name in raw]
    if all(_NUMBER.fullmatch(name) for name in names):
        message = (
            f"{path.name}: the first line holds numbers ({', '.join(names[:3])}), "
            "not the names of the columns. Add a header line."
        )
        raise DataError(message)
    wrong = next((c for c in (";", "\t") if len(names) == 1 and c in raw[0]), None)
    if wrong is not None:
        message = f"{path.name}: the header is separated by {wrong!r}; a comma is expected."
        raise DataError(message)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"{path.name}: more than one column is called {', '.join(repeated)}."
        raise DataError(message)
    return dict(zip(names, raw, strict=True))


def _names(path: Path, key: str | None) -> tuple[str, ...]:
    del key  # a CSV file holds one table
    return tuple(_header(path))


def _read(path: Path, names: Sequence[str], key: str | None) -> Mapping[str, RawColumn]:
    del key
    header = _header(path)
    wanted = csv.ConvertOptions(include_columns=[header[name] for name in names])
    try:
        table = csv.read_csv(path, convert_options=wanted)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _refuse(path, error) from error
    return {name: arrow_column(table.column(header[name])) for name in names}


CSV = Format(title="CSV", names=_names, read=_read)
