"""Confidence sets of a data set, statistics side by side."""

from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import ConfidenceSet, Intervals


def interval_table(found: Intervals) -> Table:
    """One row a statistic and level."""
    table = Table(box=box.SIMPLE_HEAD, title=Text("Confidence sets"), pad_edge=False, min_width=72)
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    table.add_column("statistic", no_wrap=True)
    table.add_column("level", justify="right")
    table.add_column(found.sets[0].poi, overflow="fold")
    table.add_column("length", justify="right")
    table.add_column("", overflow="fold")
    for one in found.sets:
        table.add_row(
            one.statistic,
            f"{100 * one.level:.4g} %",
            _written(one),
            f"{one.length:.4g}",
            Text(one.message, style="" if one.ok else "yellow"),
        )
    table.caption = Text(found.message, style="" if found.ok else "yellow")
    return table


def _written(one: ConfidenceSet) -> str:
    return " ".join(f"[{low:.4g}, {high:.4g}]" for low, high in one.intervals) or "empty"
