"""A discovery significance as a table."""

from rich.table import Table
from rich.text import Text

from statmodel.infer import Significance

from ._hypotest_table import banded, fits_said, shown


def significance_table(found: Significance) -> Table:
    """Standard deviations and p-values, observed and expected."""
    title = f"Significance of {found.poi} > 0"
    table = banded(f"{title}, {found.measurement}" if found.measurement else title)
    table.add_row("Z", *shown((found.observed, *found.expected)))
    table.add_row("p0", *shown((found.p0_obs, *found.p0_exp)))
    table.caption = Text(
        f"best fit: {found.poi} = {found.best:.5g}; expected with {found.poi} = {found.signal:g}\n"
    ).append(fits_said(found.fits))
    return table
