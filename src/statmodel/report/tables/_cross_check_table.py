"""A fit beside iminuit's, parameter by parameter."""

import math
from collections.abc import Sequence

from rich import box
from rich.table import Table

from statmodel.infer import CrossCheck

MOST_ROWS = 12
"""Parameters shown: those that differ most."""


def cross_check_table(check: CrossCheck) -> Table:
    """Shifts of the values in errors, and ratios of the errors, of each run; the worst first."""
    table = Table(box=box.SIMPLE_HEAD, title="iminuit - fit", title_justify="left", pad_edge=False)
    table.title_style = "bold"
    table.add_column("parameter", no_wrap=True)
    for run in check.runs:
        table.add_column(f"from the {run.begun}:\nshift/error", justify="right")
        table.add_column("error\nratio", justify="right")
    table.add_row(
        "nll", *(text for run in check.runs for text in (f"{run.nll - check.nll:+.2g}", ""))
    )
    for index in _worst_first(check)[:MOST_ROWS]:
        cells = [
            _shown(numbers[index], form)
            for run in check.runs
            for numbers, form in ((run.shifts, "+.2g"), (run.error_ratios, ".4f"))
        ]
        table.add_row(check.names[index], *cells)
    return table


def _worst_first(check: CrossCheck) -> Sequence[int]:
    """Parameters that have an error, by their largest shift."""

    def size(index: int) -> float:
        return max((abs(run.shifts[index]) for run in check.runs), default=math.nan)

    known = [index for index in range(len(check.names)) if math.isfinite(size(index))]
    return sorted(known, key=size, reverse=True)


def _shown(number: float, form: str) -> str:
    return format(number, form) if math.isfinite(number) else "-"
