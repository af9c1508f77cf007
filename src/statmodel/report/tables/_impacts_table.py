"""Impacts, pulls and parts of an error as tables."""

import math
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import Breakdown, Impact, Impacts, Pulls
from statmodel.report._numbers import with_error

_BAD_PULL = 2.0


def impacts_table(found: Impacts, *, most: int | None = None) -> Table:
    """Nuisance parameters by the size of their impact.

    Args:
        found: the impacts.
        most: rows at most; what is left out is told.
    """
    table = _table(f"Impacts on {found.poi}", found.measurement)
    refitted = any(row.refits for row in found.rows)
    table.add_column("parameter", no_wrap=True)
    for name in ("pull", "constraint", "corr."):
        table.add_column(name, justify="right", no_wrap=True)
    sides = ("post +", "post -", "pre +", "pre -")
    for name in sides if refitted else ("post", "pre"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("aux", justify="right", no_wrap=True)
    rows = found.rows if most is None else found.rows[:most]
    digits = _decimals(found.error)
    for row in rows:
        shifts = _shifts(row) if refitted else (row.postfit, row.prefit)
        numbers = [_signed(row.pull, 2), _plain(row.constraint, 2), _signed(row.correlation, 2)]
        impacts = [_signed(one, digits) for one in (*shifts, row.global_observable)]
        style = "bold" if abs(row.pull) > _BAD_PULL else ""
        table.add_row(row.name, Text(numbers[0], style=style), *numbers[1:], *impacts)
    left = len(found.rows) - len(rows)
    value, error = with_error(found.value, found.error)
    table.caption = Text(
        f"{found.message}. {found.poi} = {value} +- {error}"
        + (f"; {left} smaller impacts are not shown" if left else "")
        + "\npost, pre: the nuisance moved by its width after or before the fit,\n"
        "all others fitted again; aux: its auxiliary measurement moved by its width.\n"
        "pull: (value - observed) / width before; constraint: width after / before."
    )
    return table


def pulls_table(found: Pulls) -> Table:
    """Constrained parameters with their pulls, by name."""
    table = _table("Pulls", found.measurement)
    table.add_column("parameter", no_wrap=True)
    for name in ("value", "error", "prefit", "postfit", "normalised", "constraint"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for row in found.rows:
        value, error = with_error(row.value, row.error)
        style = "bold" if abs(row.prefit) > _BAD_PULL else ""
        flag = "over-constrained" if row.over_constrained else ""
        table.add_row(
            row.name,
            value,
            error or "-",
            Text(_signed(row.prefit, 2), style=style),
            _signed(row.postfit, 2),
            _signed(row.normalised, 2),
            _plain(row.constraint, 2),
            flag,
        )
    table.caption = Text(
        f"{found.message}\n(value - observed) over the width before (prefit), the width after\n"
        "(postfit), the root of the difference of their squares (normalised).\n"
        "constraint: width after / before."
    )
    return table


def breakdown_table(found: Breakdown) -> Table:
    """Parts of an error, whose squares add up."""
    table = _table(f"Error of {found.poi}", found.measurement)
    table.add_column("part", no_wrap=True)
    table.add_column("error", justify="right", no_wrap=True)
    table.add_column("share of variance", justify="right", no_wrap=True)
    table.add_column("parameters")
    variance, digits = found.error**2, _decimals(found.error)
    rows: Sequence[tuple[str, float, str]] = (
        ("statistical", found.statistical, "data, and what nothing constrains"),
        *((one.name, one.error, _few(one.parameters)) for one in found.parts),
    )
    for name, error, parameters in rows:
        share = error**2 / variance if variance > 0 else math.nan
        table.add_row(name, _plain(error, digits), f"{100 * share:.1f} %", parameters)
    table.add_section()
    table.add_row("total", _plain(found.error, digits), "", "")
    value, error = with_error(found.value, found.error)
    table.caption = Text(f"{found.message}. {found.poi} = {value} +- {error}")
    return table


def _table(title: str, measurement: str) -> Table:
    said = f"{title}, {measurement}" if measurement else title
    table = Table(box=box.SIMPLE_HEAD, title=Text(said), title_justify="left", pad_edge=False)
    table.title_style, table.caption_style, table.caption_justify = "bold", "", "left"
    return table


def _shifts(row: Impact) -> tuple[float, ...]:
    names = ("postfit_up", "postfit_down", "prefit_up", "prefit_down")
    return tuple(row.refits[name].shift if name in row.refits else math.nan for name in names)


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}" if math.isfinite(value) else "-"


def _plain(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def _decimals(error: float) -> int:
    """So many that a hundredth of an error shows two digits, and no more than nine."""
    if not (math.isfinite(error) and error > 0):
        return 4
    return int(min(max(3 - math.floor(math.log10(error)), 0), 9))


def _few(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
