"""A table of exclusion: one line a signal."""

from rich.table import Table
from rich.text import Text

from statmodel.infer import Exclusion, Exclusions

from ._hypotest_table import BANDS, banded, shown

_DIGITS = 3


def exclusions_table(found: Exclusions) -> Table:
    """CLs of each signal, observed and expected; those excluded are marked."""
    count = len(found.excluded())
    title = f"{count} of {len(found.rows)} signals excluded at {100 * found.level:.4g} % CLs"
    table = banded(title, "signal")
    # Where the page is narrow, long names are folded, and no number is cut.
    table.columns[0].no_wrap, table.columns[0].overflow = False, "fold"
    table.add_column("", overflow="fold")
    for row in found.rows:
        table.add_row(row.name, *_numbers(row), _said(row, excluded=row.name in found.excluded()))
    return table


def _numbers(row: Exclusion) -> tuple[str, ...]:
    if row.test is None:
        return ("-",) * (1 + len(BANDS))
    return shown((row.test.CLs_obs, *row.test.CLs_exp), digits=_DIGITS)


def _said(row: Exclusion, *, excluded: bool) -> Text:
    if not row.ok:
        return Text(row.problem, style="red")
    return Text("excluded" if excluded else "", style="bold")
