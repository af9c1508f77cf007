"""Candidates for a focus, the one with the shortest sets first."""

from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import Candidate, FocusStudy

from ._toys_table import brief


def focus_study_table(found: FocusStudy) -> Table:
    """One row a candidate, in order of mean length; the best one stands out."""
    title = f"{100 * found.level:.4g} % confidence sets, {found.truth}"
    table = Table(box=box.SIMPLE_HEAD, title=Text(title), pad_edge=False)
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    for head in ("centre", "width", "mean length", "shorter by", "median"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    ordered = sorted(found.rows, key=lambda one: (not one.ok, one.length))
    for place, one in enumerate(ordered):
        table.add_row(*_cells(one), style="bold" if place == 0 and one.ok else "")
    table.caption = Text("\n").join(
        [
            Text(f"{found.toys} toys; shorter by: than sets of the likelihood ratio, toy by toy"),
            Text(found.message, style="" if found.ok else "yellow"),
        ]
    )
    return table


def _cells(one: Candidate) -> tuple[str | Text, ...]:
    focus = (
        ("no focus", "")
        if one.centre is None or one.width is None
        else (f"{one.centre:g}", f"{one.width:g}")
    )
    return (
        *focus,
        brief(one.length, one.error),
        "" if one.centre is None else brief(one.shorter, one.shorter_error),
        f"{one.median:.4g}",
        Text("" if one.ok else one.message, style="yellow"),
    )
