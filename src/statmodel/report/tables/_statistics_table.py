"""Test statistics of one data set, side by side."""

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import ObservedStatistics

from ._critical_table import shown

_ROWS = 21


def statistics_table(found: ObservedStatistics) -> Table:
    """One row a hypothesis, one column a statistic; below, what each of them compares with."""
    table = Table(
        box=box.SIMPLE_HEAD, title=Text("Test statistics of the data"), pad_edge=False, min_width=72
    )
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    table.add_column(found.poi, justify="right")
    for one in found.statistics:
        table.add_column(one.statistic, justify="right", no_wrap=True)
    places = shown(found.mu.size, _ROWS)
    for place in places:
        table.add_row(
            f"{found.mu[place]:.5g}", *(_number(one.values[place]) for one in found.statistics)
        )
    lines: list[Text] = []
    if len(places) < found.mu.size:
        said = f"{len(places)} of {found.mu.size} hypotheses; all are in the JSON document"
        lines.append(Text(said))
    for one in found.statistics:
        error = f" +- {one.error:.1g}" if one.error > 0 else ""
        lines.append(
            Text(
                f"{one.statistic}: log of the reference {one.log_reference:.8g}{error}, "
                f"top at {found.poi} = {one.top:.5g}"
                if one.ok
                else f"{one.statistic}: {one.message}",
                style="" if one.ok else "yellow",
            )
        )
    table.caption = Text("\n").join(lines)
    return table


def _number(value: float) -> str:
    return f"{value:.5g}" if np.isfinite(value) else "none"
