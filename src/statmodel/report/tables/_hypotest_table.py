"""A tested value as a table: observed, and the five numbers expected."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import FitSummary, HypoTest

BANDS = ("-2", "-1", "median", "+1", "+2")
"""Heads of the columns of a band, in standard deviations."""


def hypotest_table(test: HypoTest) -> Table:
    """CLs and the p-values of both hypotheses, observed and expected."""
    point = test.point
    title = f"{test.poi} = {point.mu:g} tested with {point.statistic}"
    table = banded(f"{title}, {test.measurement}" if test.measurement else title)
    if point.has_cls:
        table.add_row("CLs", *shown((test.CLs_obs, *test.CLs_exp)))
    null = "p0" if point.statistic == "q0" else "CLs+b"
    table.add_row(null, *shown((test.CLsb_obs, *test.CLsb_exp)))
    table.add_row("CLb", *shown((test.CLb_obs, *test.CLb_exp)))
    table.caption = Text(f"best fit: {test.poi} = {test.best:.5g}\n").append(
        fits_said((*test.global_fits, *point.fits))
    )
    return table


def banded(title: str, first: str = "") -> Table:
    """An empty table with a column for what is observed and five for what is expected."""
    table = Table(box=box.SIMPLE_HEAD, title=Text(title), title_justify="left", pad_edge=False)
    table.title_style, table.caption_style = "bold", ""
    table.caption_justify = "left"
    table.add_column(first, no_wrap=True)
    table.add_column("observed", justify="right", no_wrap=True)
    for name in BANDS:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def shown(numbers: Sequence[float], *, digits: int = 5) -> tuple[str, ...]:
    """To so many digits; a dash for what does not exist."""
    return tuple("-" if one != one else f"{one:.{digits}g}" for one in numbers)  # noqa: PLR0124 (NaN)


def fits_said(fits: Sequence[FitSummary]) -> Text:
    """How many of the fits converged, and how the others ended."""
    bad = [one for one in fits if not one.ok]
    if not bad:
        return Text(f"{len(fits)} fits converged", style="green")
    said = "; ".join(f"{one.fit}: {one.status.name.lower()}" for one in bad)
    return Text(f"FITS FAILED: {said}", style="bold red")
