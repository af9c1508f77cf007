"""The result of a fit as a table, parameters of interest first, and as plain text."""

import io
import math
from collections.abc import Iterator, Sequence

import numpy as np
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from statmodel.infer import FitResult
from statmodel.report._numbers import with_error, with_errors

_WIDTH = 100
_BAD_PULL = 2.0
"""A pull beyond this many widths is set in bold."""


def fit_table(result: FitResult) -> Table:
    """Values, errors, pulls and flags of one fit.

    The caption says in words how the fit ended; where it failed, why, and what to try.

    Args:
        result: of one data set (no batch).
    """
    table = Table(box=box.SIMPLE_HEAD, title=_title(result), title_justify="left", pad_edge=False)
    table.title_style, table.caption_style = "bold", ""
    table.caption, table.caption_justify = _status(result), "left"
    table.add_column("parameter", no_wrap=True)
    profiled = () if result.profile_errors is None else ("- profile", "+ profile")
    for name in ("value", "error", *profiled, "pull"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    order = _ordered(result)
    for position, index in enumerate(order):
        last_poi = position == len(result.pois) - 1 and position < len(order) - 1
        table.add_row(*_row(result, index), end_section=last_poi)
    return table


def fit_report(result: FitResult) -> RenderableType:
    """The table, and below it what the result does not contain and what was warned of."""
    return Group(fit_table(result), *(Text(line, style="dim") for line in _footnotes(result)))


def fit_text(result: FitResult) -> str:
    """The same without colours, 100 columns wide at most.

    Example:
        A line reads ``mu   1.035   0.413        parameter of interest``.
    """
    page = io.StringIO()
    console = Console(file=page, width=_WIDTH, no_color=True, force_terminal=False, emoji=False)
    console.print(fit_report(result), highlight=False, markup=False)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()).strip("\n") + "\n"


def _title(result: FitResult) -> Text:
    return Text(f"Fit of {result.measurement}" if result.measurement else "Fit")


def _ordered(result: FitResult) -> Sequence[int]:
    """Parameters of interest, then the others as the document has them, fixed ones last."""
    interest = [result.names.index(name) for name in result.pois]
    others = [i for i in range(len(result.names)) if i not in interest]
    fixed = np.asarray(result.fixed)
    return [*interest, *sorted(others, key=lambda index: bool(fixed[index]))]


def _row(result: FitResult, index: int) -> Sequence[Text]:
    name, interesting = result.names[index], result.names[index] in result.pois
    error, pull = float(result.errors[index]), float(result.pulls[index])
    value, shown = with_error(float(result.values[index]), error)
    held = bool(result.fixed[index])
    if not shown:
        shown = "-" if held or result.at_bound[index] else "undefined"
    has_pull = math.isfinite(pull) and not held
    return (
        Text(name, style="bold" if interesting else ""),
        Text(value),
        Text(shown, style="" if result.ok else "red"),
        *_profiled(result, index),
        Text(f"{pull:+.2f}" if has_pull else "", style="bold" if abs(pull) > _BAD_PULL else ""),
        Text(", ".join(_flags(result, index)), style="dim"),
    )


def _profiled(result: FitResult, index: int) -> Iterator[Text]:
    """The asymmetric errors, where they were asked for of any parameter."""
    if result.profile_errors is None:
        return
    known = [one for one in result.profile_errors.intervals if one.name == result.names[index]]
    if not known:
        yield from (Text(""), Text(""))
        return
    below, above = known[0].minus, known[0].plus
    _, minus, plus = with_errors(
        known[0].best, below if below > 0 else 0.0, above if above > 0 else 0.0
    )
    own = known[0].own
    for text, end in ((minus, own and own.low_end), (plus, own and own.high_end)):
        yield Text(text or (end.value if end else "void"))


def _flags(result: FitResult, index: int) -> Iterator[str]:
    if result.names[index] in result.pois:
        yield "parameter of interest"
    if result.fixed[index]:
        yield "fixed"
    elif result.at_bound[index]:
        yield "at its bound"


def _status(result: FitResult) -> Text:
    if result.ok:
        said = Text(f"Fit {result.message}", style="green")
    else:
        said = Text("FIT FAILED: ", style="bold red").append(Text(result.message, style="red"))
    numbers = f"\n{int(result.steps)} steps, EDM {float(result.edm):.1e}"
    return said.append(Text(f"{numbers}, nll {float(result.nll):.6f}", style="default"))


def _footnotes(result: FitResult) -> Iterator[str]:
    yield f"nll leaves out: {result.provenance.constants}."
    yield "Errors: inverse Hessian of nll. Pull: (value - observed) / width before the fit."
    if result.profile_errors is not None:
        level = 100 * result.profile_errors.level
        yield f"Profile: where the likelihood ratio reaches its height for {level:.4g} %."
    for note in result.provenance.notes:
        yield f"warning: {note}"
