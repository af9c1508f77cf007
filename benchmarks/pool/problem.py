r"""The problem that every contestant solves, in NumPy alone.

A pool of events of equal weight, drawn from the reference density, which is the mean of five
processes; a toy has :math:`N \sim \mathrm{Poisson}(\nu)` of its rows, drawn by the model's total.
The likelihood is that of `benchmarks.nsbi.problem`, with two nuisances.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from benchmarks.nsbi.problem import Table, table

NUISANCES = 2
_SMALLER = 1 / 3
CHECKED = 6
"""Toys that everybody fits, and whose minima must agree."""


def pool(rows: int) -> Table:
    """Ratios to the mean of the processes, which is what the rows are distributed as.

    Variations of a third of the size: with a thousand events those of `table` have a second, false
    minimum at the bounds of the nuisances, as unnormalised responses do.
    """
    drawn = table(rows, NUISANCES, seed=3)
    return replace(
        drawn,
        ratios=drawn.ratios / drawn.ratios.mean(axis=0),
        up=drawn.up**_SMALLER,
        down=drawn.down**_SMALLER,
    )


def checked_rows(events: int, of: Table) -> list[Int[np.ndarray, " event"]]:
    """The rows of the toys that are checked: at mu = 1 the total is the same everywhere."""
    rng = np.random.default_rng(5)
    return [rng.integers(0, of.events, rng.poisson(events)) for _ in range(CHECKED)]


def truth() -> Float[np.ndarray, " parameter"]:
    """Where toys are drawn: no signal strength but one, nuisances at their centres."""
    return np.array([1.0, *[0.0] * NUISANCES])
