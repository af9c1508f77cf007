"""Upper limits as a table; a word in place of a limit that was not found."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from statmodel.infer import LimitResult, LimitStatus, ToyLimit
from statmodel.report._statistic_names import statistic_name

from ._hypotest_table import banded, shown


def limit_table(result: LimitResult) -> Table:
    """The observed limit and the five expected ones."""
    title = f"Upper limit on {result.poi} at {100 * result.level:.4g} % CLs"
    table = banded(f"{title}, {result.measurement}" if result.measurement else title)
    every = (result.observed, *result.expected)
    cells = [
        f"{one.value:.5g}" if one.status is LimitStatus.FOUND else one.status.value for one in every
    ]
    table.add_row(result.poi, *cells)
    table.caption = Text("\n").join(_captions(result))
    return table


def toy_limit_table(result: ToyLimit) -> Table:
    """The observed limit and the five expected ones, by toys."""
    title = f"Upper limit on {result.poi} at {100 * result.level:.4g} %"
    table = banded(f"{title}, {statistic_name(result.statistic)}")
    table.add_row(result.poi, *shown((result.observed, *result.expected), digits=4))
    words = [Text(result.message, style="" if result.ok else "yellow")]
    if result.protection != "none":
        words.append(Text(f"without protection: {result.unprotected:.4g}"))
    table.caption = Text("\n").join(words)
    return table


def _captions(result: LimitResult) -> Iterator[Text]:
    yield Text(
        f"best fit: {result.poi} = {result.best:.5g}; {len(result.scan)} values tested with "
        f"{result.statistic}, {result.fits} fits"
    )
    every = {one.status for one in (result.observed, *result.expected)}
    for status in LimitStatus:
        if status in every and status is not LimitStatus.FOUND:
            yield Text(f"{status.value}: {status.message}", style="yellow")
