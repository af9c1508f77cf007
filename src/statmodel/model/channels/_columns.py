"""From the columns of a table to the stored arrays of a ratio channel."""

from dataclasses import dataclass
from typing import final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.data import Events
from statmodel.model._layout import chunk_rows, in_chunks, row_mask

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

    def prepare(self, events: Events) -> RatioEvents:
        """Pad, chunk and take logarithms: the work that depends on the events only."""
        weights = np.ones(events.size) if events.weights is None else events.weights
        rows = self.chunk_rows
        ratios = _stack(self.ratios, events)
        logarithmic = np.asarray(self.logarithmic)[:, None]
        ratios = np.where(logarithmic, np.exp(np.where(logarithmic, ratios, 0.0)), ratios)
        return RatioEvents(
            ratios=jnp.asarray(in_chunks(ratios, 1.0, rows)),
            log_up=tuple(_logs(names, events, rows) for names in self.up),
            log_down=tuple(_logs(names, events, rows) for names in self.down),
            heads=_chunked(_stack(self.heads, events), rows) if self.heads else None,
            weights=jnp.asarray(in_chunks(weights[None], 0.0, rows)[:, 0]),
            mask=jnp.asarray(row_mask(events.size, rows)),
        )


def _logs(names: tuple[str, ...], events: Events, rows: int) -> Float[Array, "chunk pair row"]:
    return _chunked(np.log(_stack(names, events)), rows)


def _chunked(columns: Float[np.ndarray, "pair event"], rows: int) -> Float[Array, "chunk pair row"]:
    return jnp.asarray(in_chunks(columns, 0.0, rows))


def _stack(names: tuple[str, ...], events: Events) -> Float[np.ndarray, "column event"]:
    return np.stack([events.columns[name] for name in names])
