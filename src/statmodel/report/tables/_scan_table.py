"""Scans as tables: where the profile crosses its levels, and where it has minima."""

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import Contours, Scan

_WIDE = 72
"""Columns at least, for what stands below."""


def scan_table(found: Scan) -> Table:
    """Pieces between crossings, one row a level."""
    table = _plain(f"Profile of {found.name}")
    table.add_column("level", justify="right")
    table.add_column(f"where {found.name} is allowed")
    for level in dict.fromkeys(one.level for one in found.crossings):
        table.add_row(f"{100 * level:.4g} %", Text(" or ".join(_pieces(found, level))))
    table.caption = Text("\n").join(_captions(found))
    return table


def contour_table(found: Contours) -> Table:
    """How far each contour reaches."""
    first, second = found.over
    table = _plain(f"Contours of {first}, {second}")
    table.add_column("level", justify="right")
    table.add_column("-2 Delta ln L", justify="right")
    for name in (*found.over, "pieces"):
        table.add_column(name, justify="right")
    for level, height in zip(found.levels, found.heights, strict=True):
        lines = found.lines(level)
        spans = [
            f"[{min(one[:, axis].min() for one in lines):.5g}, "
            f"{max(one[:, axis].max() for one in lines):.5g}]"
            if lines
            else "outside the grid"
            for axis in (0, 1)
        ]
        pieces = f"{len(lines)}, cut by the edge" if found.is_cut(level) else str(len(lines))
        table.add_row(f"{100 * level:.4g} %", f"{height:.4g}", *spans, pieces)
    best = f"best fit: {first} = {found.best[0]:.5g}, {second} = {found.best[1]:.5g}"
    table.caption = Text(f"{best}; {found.message}")
    return table


def _plain(title: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(title), pad_edge=False, min_width=_WIDE)
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    return table


def _pieces(found: Scan, level: float) -> Iterator[str]:
    """The set below the level, from crossing to crossing."""
    mine = [one for one in found.crossings if one.level == level]
    begin = f"{float(found.grid[0]):.5g} (end of the scan)" if mine[0].rising else ""
    for one in mine:
        if one.rising:
            yield f"[{begin}, {one.value:.5g}]"
        begin = "" if one.rising else f"{one.value:.5g}"
    if begin:
        yield f"[{begin}, {float(found.grid[-1]):.5g} (end of the scan)]"


def _captions(found: Scan) -> Iterator[Text]:
    for one in found.minima:
        end = ", the end of the scan" if one.at_end else ""
        yield Text(f"minimum: {found.name} = {one.value:.5g}, -2 Delta ln L = {one.t:.3g}{end}")
    if not found.crossings:
        yield Text("no level is crossed within the scan", style="yellow")
    yield Text(found.message, style="" if found.ok else "yellow")
