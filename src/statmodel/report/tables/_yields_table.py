"""Yields as tables on a terminal, and as text, Markdown, LaTeX and CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Literal, TypeAlias, assert_never

import numpy as np
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from statmodel.infer import ChannelYields, Yields

from ._yields_grid import DATA, TOTAL, Grid, grids, stages

YieldsFormat: TypeAlias = Literal["text", "markdown", "latex", "csv", "json"]
_WIDTH = 100
_WIDEST = 10_000
_PLUS_MINUS = r" \pm "
_LATEX = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)


def yields_report(
    yields: Yields, before: Yields | None = None, *, bins: bool = False
) -> RenderableType:
    """A table for each channel, and below them what the errors mean.

    Args:
        yields: after a fit, or before it.
        before: before the fit, to stand beside what comes after it.
        bins: every bin instead of the sums over them (of `yields` only).
    """
    tables = [_table(grid) for grid in grids(yields, before, bins=bins)]
    told = stages(yields, None if bins else before)
    return Group(*tables, *(_status(one) for one in told), *_footnotes(yields))


def yields_text(
    yields: Yields,
    before: Yields | None = None,
    *,
    bins: bool = False,
    form: YieldsFormat = "text",
) -> str:
    """The same as text.

    Args:
        yields: after a fit, or before it.
        before: before the fit, to stand beside what comes after it; not in CSV and JSON.
        bins: every bin instead of the sums over them; CSV and JSON have all of it always.
        form: `text` is 100 columns wide at most (but as wide as its bins), `markdown` and `latex`
            (a `tabular` a channel) are for documents, `csv` and `json` for programs.
    """
    told = stages(yields, None if bins else before)
    match form:
        case "text":
            page = io.StringIO()
            width = _WIDEST if bins else _WIDTH
            console = Console(
                file=page, width=width, no_color=True, force_terminal=False, emoji=False
            )
            console.print(yields_report(yields, before, bins=bins), highlight=False, markup=False)
            return "\n".join(line.rstrip() for line in page.getvalue().splitlines()).strip("\n")
        case "markdown":
            tables = map(_markdown, grids(yields, before, bins=bins))
            return "\n\n".join([*tables, *(_sentence(one) for one in told)])
        case "latex":
            tables = map(_latex, grids(yields, before, bins=bins))
            return "\n\n".join([*tables, *(f"% {_sentence(one)}" for one in told)])
        case "csv":
            return _csv(yields)
        case "json":
            return yields.to_json()
        case _:
            assert_never(form)


def _table(grid: Grid) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(grid.channel), title_justify="left")
    table.title_style, table.pad_edge = "bold", False
    table.add_column(grid.head[0], overflow="fold")
    for name in grid.head[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    first_sum = len(grid.rows) - grid.sums
    for place, (name, cells) in enumerate(grid.rows):
        sums = place >= first_sum
        texts = (Text(cell.text(), style="bold" if sums else "") for cell in cells)
        table.add_row(
            Text(name, style="bold" if sums else ""), *texts, end_section=place == first_sum - 1
        )
    return table


def _status(yields: Yields) -> Text:
    return Text(_sentence(yields), style="" if yields.ok else "bold red")


def _sentence(yields: Yields) -> str:
    said = yields.message.rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


def _footnotes(yields: Yields) -> Iterator[Text]:
    yield Text(
        "Errors: sqrt(J V J^T), V the covariance of the parameters; sums take correlations into "
        "account.",
        style="dim",
    )
    for note in yields.provenance.notes:
        yield Text(f"warning: {note}", style="dim")


def _markdown(grid: Grid) -> str:
    lines = [f"**{_plain(grid.channel)}**", ""]
    lines.append(f"| {' | '.join(grid.head)} |")
    lines.append(f"|---|{'---:|' * (len(grid.head) - 1)}")
    for name, cells in grid.rows:
        lines.append(f"| {_plain(name)} | {' | '.join(cell.text() for cell in cells)} |")
    return "\n".join(lines)


def _plain(name: str) -> str:
    """A name in which Markdown finds nothing to interpret."""
    return "".join(f"\\{sign}" if sign in "\\`*_|<>[]" else sign for sign in name)


def _latex(grid: Grid) -> str:
    columns = "r" * (len(grid.head) - 1)
    lines = [f"% {grid.channel}", f"\\begin{{tabular}}{{l{columns}}}", r"\hline"]
    lines.append(f"{' & '.join(grid.head)} \\\\")
    for place, (name, cells) in enumerate(grid.rows):
        if place in {0, len(grid.rows) - grid.sums}:
            lines.append(r"\hline")
        numbers = (f"${_mathematical(cell.text(_PLUS_MINUS))}$" for cell in cells)
        lines.append(f"{name.translate(_LATEX)} & {' & '.join(numbers)} \\\\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}"])


def _mathematical(text: str) -> str:
    r"""Powers of ten as such.

    Example:
        >>> _mathematical("1.5e-09")
        '1.5 \\times 10^{-9}'
    """
    words: list[str] = []
    for word in text.split(" "):
        mantissa, power, exponent = word.partition("e")
        whole = power and exponent.lstrip("+-").isdecimal()
        words.append(f"{mantissa} \\times 10^{{{int(exponent)}}}" if whole else word)
    return " ".join(words)


def _csv(yields: Yields) -> str:
    """A row for each number; `total` is the sum over samples, `all` the one over bins."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(("stage", "channel", "sample", "bin", "events", "error"))
    for channel in yields.channels:
        for row in _csv_rows(channel):
            writer.writerow((yields.stage, channel.name, *row))
    return page.getvalue().rstrip("\n")


def _csv_rows(one: ChannelYields) -> Iterator[tuple[str, str, str, str]]:
    columns = [(name, one.sample(name)) for name in one.samples] + [(TOTAL, one.bins)]
    sums = [(one.totals.events[row], one.totals.errors[row]) for row in range(len(one.samples))]
    sums.append((one.total.events, one.total.errors))
    for (name, bins), whole in zip(columns, sums, strict=True):
        for place, (events, error) in enumerate(zip(bins.events, bins.errors, strict=True)):
            yield name, str(place), _exact(events), _exact(error)
        yield name, "all", _exact(whole[0]), _exact(whole[1])
    if one.observed is not None:
        for place, count in enumerate(one.observed):
            yield DATA, str(place), _exact(count), ""
        yield DATA, "all", _exact(one.observed.sum()), ""


def _exact(number: object) -> str:
    """All digits; empty where there is no number."""
    value = float(np.asarray(number))
    return repr(value) if np.isfinite(value) else ""
