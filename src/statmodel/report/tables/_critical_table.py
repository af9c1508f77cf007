"""Critical values of several statistics, hypothesis by hypothesis."""

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import LEVELS, CriticalCurve

_ROWS = 11
"""Hypotheses shown of each curve; the JSON document has all."""


def critical_table(curves: Sequence[CriticalCurve], levels: Sequence[float] = LEVELS) -> Table:
    """One row a statistic and hypothesis; behind each critical value its band.

    Args:
        curves: of one parameter.
        levels: two columns each.
    """
    first = curves[0]
    table = Table(box=box.SIMPLE_HEAD, title=Text("Critical values"), pad_edge=False, min_width=72)
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    table.add_column("statistic", no_wrap=True)
    table.add_column(first.poi, justify="right")
    for level in levels:
        table.add_column(f"{100 * level:.4g} %", justify="right")
        table.add_column("band", no_wrap=True)
    table.add_column("effective toys", justify="right")
    for curve in curves:
        _add(table, curve, levels)
    table.caption = Text("\n").join(_captions(curves))
    return table


def shown(size: int, most: int = _ROWS) -> list[int]:
    """Places of some rows of many: the first, the last, and evenly between.

    Example:
        >>> shown(81, 5), shown(3, 5)
        ([0, 20, 40, 60, 80], [0, 1, 2])
    """
    if size <= most:
        return list(range(size))
    return [round(place) for place in np.linspace(0, size - 1, most).tolist()]


def _add(table: Table, curve: CriticalCurve, levels: Sequence[float]) -> None:
    values = [curve.critical(level) for level in levels]
    bands = [curve.band(level) for level in levels]
    effective = curve.effective
    places = shown(curve.mu.size)
    for place in places:
        cells: list[str] = []
        for value, (low, high) in zip(values, bands, strict=True):
            cells += [f"{value[place]:.4g}", f"[{low[place]:.4g}, {high[place]:.4g}]"]
        name = curve.said if place == places[0] else ""
        table.add_row(
            name,
            f"{curve.mu[place]:.4g}",
            *cells,
            f"{effective[place]:.0f}",
            end_section=place == places[-1],
        )


def _captions(curves: Sequence[CriticalCurve]) -> list[Text]:
    first = curves[0]
    said: list[Text] = []
    if first.mu.size > _ROWS:
        said.append(Text(f"{_ROWS} of {first.mu.size} hypotheses; all are in the JSON document"))
    for good in (True, False):
        words = dict.fromkeys(one.message for one in curves if one.ok == good)
        said += [Text(one, style="" if good else "yellow") for one in words]
    said[-1] = Text(f"{first.toys} toys; ").append_text(said[-1])
    if first.ensemble:
        said.append(Text(first.ensemble))
    return said
