"""What the readers have in common: columns as they stand in a file, and one entry per format.

A reader names the columns of a table and reads some of them. It converts numbers to 64-bit floats
(missing values become NaN) and refuses everything else by naming its type; what is missing, or not
finite, is found by the caller, for all formats alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, final

import numpy as np


@final
@dataclass(frozen=True)
class Refused:
    """A column that holds no plain numbers; `kind` says what it holds instead."""

    kind: str


RawColumn: TypeAlias = np.ndarray | Refused


@final
@dataclass(frozen=True, kw_only=True)
class Format:
    """How tables of one format are read.

    Attributes:
        title: the name of the format, for messages.
        names: column names of the table at a path; the second argument is the key.
        read: some columns of that table, each of which it has.
        keyed: whether a file holds several tables, of which a key names one.
    """

    title: str
    names: Callable[[Path, str | None], tuple[str, ...]]
    read: Callable[[Path, Sequence[str], str | None], Mapping[str, RawColumn]]
    keyed: bool = False


def as_float(values: np.ndarray) -> RawColumn:
    """Booleans, integers and floats, one number a row, as 64-bit floats; anything else refused.

    Example:
        >>> as_float(np.array([True, False]))
        array([1., 0.])
        >>> as_float(np.array(["a"]))
        Refused(kind='str')
        >>> as_float(np.zeros((2, 3)))
        Refused(kind='float64 of shape (3,) in each row')
    """
    if values.ndim != 1:
        shape = f"of shape {values.shape[1:]} in each row" if values.ndim else "without rows"
        return Refused(f"{values.dtype.name} {shape}")
    if values.dtype.kind not in "biuf":
        return Refused("str" if values.dtype.kind in "US" else values.dtype.name)
    return values.astype(np.float64)
