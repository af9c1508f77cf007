"""From the columns of a table to the stored arrays of a ratio channel."""

from dataclasses import dataclass
from typing import final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.data import Events
from statmodel.model._layout import Storage, chunk_rows, in_chunks, row_mask

from ._mixture import RatioEvents


@final
@dataclass(frozen=True)
class RatioColumns:
    """Names of columns, in the order in which `RatioEvents` stores them."""

    ratios: tuple[str, ...]
    """One a process."""
    logarithmic: tuple[bool, ...]
    """Whether the column holds the natural log of the ratio."""
    up: tuple[tuple[str, ...], ...] = ()
    """For each block of responses, the columns p(x|+1)/p(x|0) of its pairs."""
    down: tuple[tuple[str, ...], ...] = ()
    heads: tuple[str, ...] = ()
    """The columns of the log-polynomial responses' pairs."""

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk of events with these columns."""
        responses = 2 * sum(map(len, self.up)) + len(self.heads)
        return chunk_rows(len(self.ratios) + responses // 2)

    def prepare(self, events: Events, *, storage: Storage = "float64") -> RatioEvents:
        """Pad, chunk and take logarithms: the work that depends on the events only."""
        rows, table = self.chunk_rows, events.columns
        weights = np.ones(events.size) if events.weights is None else events.weights
        ratios = [
            np.exp(table[name]) if logarithmic else table[name]
            for name, logarithmic in zip(self.ratios, self.logarithmic, strict=True)
        ]

        def stored(names: tuple[str, ...], transform: np.ufunc) -> Float[Array, "chunk pair row"]:
            columns = [table[name] for name in names]
            return jnp.asarray(in_chunks(columns, 0.0, rows, transform=transform, storage=storage))

        return RatioEvents(
            ratios=jnp.asarray(in_chunks(ratios, 1.0, rows)),
            log_up=tuple(stored(names, np.log) for names in self.up),
            log_down=tuple(stored(names, np.log) for names in self.down),
            heads=stored(self.heads, np.positive) if self.heads else None,
            weights=jnp.asarray(in_chunks([weights], 0.0, rows)[:, 0]),
            mask=jnp.asarray(row_mask(events.size, rows)),
        )
