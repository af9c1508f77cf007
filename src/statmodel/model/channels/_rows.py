"""Some rows of a table, without a gather where they are all of them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Float


def take_rows(table: Float[Array, "all ..."], chosen: Sequence[int]) -> Float[Array, "chosen ..."]:
    """The chosen rows."""
    return table if _everything(table, chosen) else table[np.asarray(chosen, int)]


def add_to_rows(
    table: Float[Array, "all row"], chosen: Sequence[int], rows: Float[Array, "chosen row"]
) -> Float[Array, "all row"]:
    """The table with `rows` added to the chosen ones."""
    if _everything(table, chosen):
        return table + rows
    return table.at[np.asarray(chosen, int)].add(rows, unique_indices=True)


def multiply_rows(
    table: Float[Array, "all row"], chosen: Sequence[int], rows: Float[Array, "chosen row"]
) -> Float[Array, "all row"]:
    """The table with the chosen ones multiplied by `rows`."""
    if _everything(table, chosen):
        return table * rows
    return table.at[np.asarray(chosen, int)].multiply(rows, unique_indices=True)


def _everything(table: Float[Array, "all ..."], chosen: Sequence[int]) -> bool:
    return tuple(chosen) == tuple(range(table.shape[0]))
