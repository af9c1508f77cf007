"""Events of one channel: a row each, the columns that a model reads, weights if there are any."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Float, Int

from statmodel._errors import DataError, did_you_mean, listed

from ._tables import not_finite, read_described, unequal_lengths

Values: TypeAlias = Sequence[float] | Float[np.ndarray, " event"] | Int[np.ndarray, " event"]
Range: TypeAlias = tuple[float, float]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Events:
    """A table of events that does not change. `make_events` and `load_events` make one.

    Attributes:
        columns: numbers of each event, by the names that the spec uses, in its units.
        weights: events each row stands for; None where each stands for one.
        rows: where each event stood in its source, counted from 0.
        dropped: events of the source that lay outside the ranges.
        source: name of the file, or "inline".
    """

    columns: Mapping[str, Float[np.ndarray, " event"]]
    weights: Float[np.ndarray, " event"] | None
    rows: Int[np.ndarray, " event"]
    dropped: int
    source: str

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.rows.size

    # In quotes, as `Self` is refused by the type checker of the tests (beartype, PEP 673).
    def select(self, ranges: Mapping[str, Range]) -> "Events":
        """The events with `lower <= x <= upper` for each column named; the others are counted.

        Args:
            ranges: lower and upper end by column, in its unit; infinities are allowed.

        Raises:
            DataError: no such column.
        """
        unknown = [name for name in ranges if name not in self.columns]
        if unknown:
            message = "\n".join(
                f'{self.source}: no column "{name}".{did_you_mean(name, self.columns)}'
                f"{listed('Columns', self.columns)}"
                for name in unknown
            )
            raise DataError(message)
        keep = np.ones(self.size, dtype=bool)
        for name, (lower, upper) in ranges.items():
            keep &= (self.columns[name] >= lower) & (self.columns[name] <= upper)
        kept = int(keep.sum())
        if kept == self.size:
            return self
        return Events(
            columns=MappingProxyType({n: _frozen(x[keep]) for n, x in self.columns.items()}),
            weights=None if self.weights is None else _frozen(self.weights[keep]),
            rows=_frozen(self.rows[keep]),
            dropped=self.dropped + self.size - kept,
            source=self.source,
        )

    def digest(self) -> str:
        """SHA-256 of names, numbers and weights; the order of the columns does not count.

        Returns:
            64 hexadecimal digits.
        """
        total = hashlib.sha256(b"events 1")
        for name in sorted(self.columns):
            total.update(_labelled("column", name, self.columns[name]))
            total.update(_bytes(self.columns[name]))
        if self.weights is not None:
            total.update(_labelled("weights", "", self.weights))
            total.update(_bytes(self.weights))
        return total.hexdigest()


def make_events(
    columns: Mapping[str, Values], *, weights: Values | None = None, source: str = "inline"
) -> Events:
    """Events from numbers in memory, which are copied.

    Args:
        columns: at least one, all of one length.
        weights: events each row stands for.
        source: what messages call the table.

    Raises:
        DataError: no column, unequal lengths, values that are not finite; all in one message.

    Example:
        >>> events = make_events({"m": [91.2, 250.0, 88.0]}).select({"m": (60.0, 120.0)})
        >>> events.size, events.dropped, events.rows.tolist()
        (2, 1, [0, 2])
    """
    every = {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
    given = every if weights is None else every | {"weights": np.array(weights, dtype=np.float64)}
    problems = [] if every else ["there is no column."]
    problems += [*unequal_lengths(given), *not_finite(given)]
    if weights is not None and "weights" in every:
        problems.append('a column is called "weights", and weights are given too.')
    if problems:
        raise DataError("\n".join(f"{source}: {problem}" for problem in problems))
    return _events(every, None if weights is None else given["weights"], source)


def load_events(
    path: Path,
    *,
    names: Mapping[str, str],
    weight: str | None = None,
    key: str | None = None,
    ranges: Mapping[str, Range] = MappingProxyType({}),
) -> Events:
    """The events of a file, inside the ranges.

    Args:
        path: a Parquet, CSV, NPZ, HDF5 or ROOT file, told by its suffix.
        names: name in the file, by name in the spec; the columns that are read.
        weight: name in the file of the column of weights.
        key: the tree (ROOT), group or compound dataset (HDF5); default the only one.
        ranges: lower and upper end, by name in the spec; events outside are dropped and counted.

    Raises:
        DataError: no such file, one that cannot be read, or columns that cannot serve; all problems
            of the columns in one message, one line each.
    """
    wanted: dict[str, str] = {}  # what the spec calls each column of the file, for messages
    for name, file_name in names.items():
        wanted.setdefault(file_name, name)
    if weight is not None:
        wanted.setdefault(weight, "the weight")
    table = read_described(path, wanted, key=key)
    columns = {name: table[file_name] for name, file_name in names.items()}
    weights = None if weight is None else table[weight]
    return _events(columns, weights, path.name).select(ranges)


def _events(
    columns: Mapping[str, Float[np.ndarray, " event"]],
    weights: Float[np.ndarray, " event"] | None,
    source: str,
) -> Events:
    size = next((values.size for values in columns.values()), 0)
    return Events(
        columns=MappingProxyType({name: _frozen(values) for name, values in columns.items()}),
        weights=None if weights is None else _frozen(weights),
        rows=_frozen(np.arange(size)),
        dropped=0,
        source=source,
    )


def _frozen(values: np.ndarray) -> np.ndarray:
    values.setflags(write=False)
    return values


def _labelled(kind: str, name: str, values: Float[np.ndarray, " event"]) -> bytes:
    """What precedes the numbers in a digest: lengths, so that equal bytes mean equal tables."""
    label = name.encode()
    return f"{kind} {len(label)} {values.size} ".encode() + label


def _bytes(values: Float[np.ndarray, " event"]) -> memoryview:
    """The numbers as they are digested, on every machine alike: little-endian, without copying."""
    return np.ascontiguousarray(values, dtype="<f8").data
