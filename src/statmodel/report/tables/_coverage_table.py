"""Coverage and lengths of confidence sets, statistics side by side."""

from rich import box
from rich.table import Table
from rich.text import Text

from statmodel.infer import CoverageCertificate, SetsAt

from ._toys_table import brief

_FAR = 3.0


def coverage_table(found: CoverageCertificate) -> Table:
    """One row a truth, level and statistic; what is three standard deviations away stands out."""
    table = Table(box=box.SIMPLE_HEAD, title=Text("Confidence sets of toys"), pad_edge=False)
    table.title_justify = table.caption_justify = "left"
    table.title_style, table.caption_style = "bold", ""
    table.add_column("statistic", no_wrap=True)
    heads = (
        found.poi,
        "level",
        "covered",
        "mean length",
        "median",
        "lower",
        "upper",
        "split",
        "none",
    )
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for row in found.rows:
        table.add_row(row.statistic, *_row(row))
    table.caption = Text("\n").join(
        [
            Text(
                "lower, upper: medians of the ends; split, none: % of sets of several "
                "intervals, and of empty ones"
            ),
            Text(found.message, style="" if found.ok else "yellow"),
        ]
    )
    return table


def _row(row: SetsAt) -> tuple[str | Text, ...]:
    covered = f"{100 * row.covered.probability:.1f}({1000 * row.covered.error:.0f})"
    return (
        ", ".join([f"{row.mu:g}", *(f"{k} = {v:g}" for k, v in row.nuisances.items())]),
        f"{100 * row.level:.4g}",
        Text(covered, style="yellow" if abs(row.away) > _FAR else ""),
        brief(row.length, row.length_error),
        f"{row.median_length:.4g}",
        f"{row.lower:.4g}",
        f"{row.upper:.4g}",
        f"{100 * row.disconnected:.1f}",
        f"{100 * row.empty:.1f}",
    )
