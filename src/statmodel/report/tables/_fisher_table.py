"""Fisher information as a table of errors."""

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import Fisher


def fisher_table(found: Fisher) -> Table:
    """The errors that the information allows: all others free, and all others known."""
    table = Table(
        box=box.SIMPLE_HEAD, title=Text("Fisher information"), pad_edge=False, min_width=72
    )
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    table.add_column("parameter", overflow="fold")
    for head in ("at", "error", "others known", "by constraint"):
        table.add_column(head, justify="right", no_wrap=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = 1 / np.sqrt(np.diagonal(found.information))
        measured = 1 / np.sqrt(np.diagonal(found.from_constraints))
    for place, name in enumerate(found.names):
        row = (found.point[name], found.errors[name], alone[place], measured[place])
        table.add_row(name, *(f"{one:.5g}" if np.isfinite(one) else "-" for one in row))
    table.caption = Text(found.message, style="" if found.ok else "yellow")
    return table
