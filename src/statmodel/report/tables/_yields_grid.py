"""The cells of a table of yields: what stands in them, whatever the table is written in."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

import numpy as np
from jaxtyping import Array, Float

from statmodel.infer import ChannelYields, Expectation, Yields
from statmodel.report._numbers import with_error

DATA = "data"
TOTAL = "total"
_TITLES: Mapping[str, str] = MappingProxyType(
    {"prefit": "before the fit", "postfit": "after the fit"}
)


@final
@dataclass(frozen=True)
class Cell:
    """A number with its error, either of which may be empty."""

    value: str
    error: str = ""

    def text(self, sign: str = " ± ") -> str:
        """Both, with a sign between them."""
        return f"{self.value}{sign}{self.error}" if self.error else self.value


@final
@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of one channel; the rows of `total` and of the data come last.

    Attributes:
        channel: its name.
        head: of the columns, the first one included.
        rows: each with its name and its cells.
        sums: how many rows at the end are no sample's.
    """

    channel: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    sums: int


def stages(yields: Yields, before: Yields | None) -> tuple[Yields, ...]:
    """What stands side by side."""
    return (yields,) if before is None else (before, yields)


def grids(yields: Yields, before: Yields | None = None, *, bins: bool = False) -> Iterator[Grid]:
    """A grid for each channel: samples by stage; or, for `bins`, samples by bin.

    Args:
        yields: after the fit, or before it.
        before: before it, to stand beside them; not with `bins`.
        bins: every bin of `yields`, and the sum over them.
    """
    for channel in yields.channels:
        if bins:
            yield _by_bin(channel)
            continue
        every = stages(yields, before)
        yield _by_stage(
            [one.channel(channel.name) for one in every], [_TITLES[one.stage] for one in every]
        )


def _by_stage(channels: Sequence[ChannelYields], titles: Sequence[str]) -> Grid:
    last = channels[-1]
    rows = [
        (name, tuple(_cell(one.totals, row) for one in channels))
        for row, name in enumerate(last.samples)
    ]
    rows.append((TOTAL, tuple(_cell(one.total) for one in channels)))
    counted = last.observed is not None
    if last.observed is not None:
        rows.append((DATA, (_count(last.observed.sum()),) * len(channels)))
    return Grid(
        channel=last.name, head=("sample", *titles), rows=tuple(rows), sums=1 + int(counted)
    )


def _by_bin(one: ChannelYields) -> Grid:
    """Samples by bin, and in the last column the sum over bins."""
    size = one.bins.events.size
    rows = [
        (name, (*_cells(one.sample(name), size), _cell(one.totals, row)))
        for row, name in enumerate(one.samples)
    ]
    rows.append((TOTAL, (*_cells(one.bins, size), _cell(one.total))))
    if one.observed is not None:
        counts = tuple(_count(count) for count in one.observed)
        rows.append((DATA, (*counts, _count(one.observed.sum()))))
    head = ("sample", *(f"bin {b}" for b in range(size)), "all bins")
    return Grid(channel=one.name, head=head, rows=tuple(rows), sums=len(rows) - len(one.samples))


def _cells(of: Expectation, size: int) -> Iterator[Cell]:
    return (_cell(of, place) for place in range(size))


def _cell(of: Expectation, place: int | None = None) -> Cell:
    events, errors = np.asarray(of.events), np.asarray(of.errors)
    if place is not None:
        events, errors = events[place], errors[place]
    return Cell(*with_error(float(events), float(errors)))


def _count(value: Float[Array, ""]) -> Cell:
    """A count; a masked bin, or a sum over one, has none."""
    number = float(value)
    return Cell(f"{number:.8g}" if math.isfinite(number) else "-")
