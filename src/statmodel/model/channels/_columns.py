"""From the columns of a table to the stored arrays of a ratio channel."""

from dataclasses import dataclass
from typing import final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from statmodel.data import Events

from .._layout import in_chunks, row_mask
from ._mixture import RatioEvents, ShapeColumns


@final
@dataclass(frozen=True)
class ProcessColumns:
    """The columns of one process, by name; tuples run as in its `ProcessShape`."""

    ratio: str
    logarithmic: bool
    """Whether `ratio` holds the natural log of the ratio."""
    up: tuple[tuple[str, ...], ...] = ()
    """For each response block, the columns p(x|+1)/p(x|0)."""
    down: tuple[tuple[str, ...], ...] = ()
    heads: tuple[str, ...] = ()
    """Columns of the log-polynomial response."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every column of this process."""
        pairs = [name for block in (*self.up, *self.down) for name in block]
        return (self.ratio, *pairs, *self.heads)


@final
@dataclass(frozen=True)
class RatioColumns:
    """The columns of a ratio channel."""

    processes: tuple[ProcessColumns, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that the channel reads, once each."""
        return tuple(dict.fromkeys(name for one in self.processes for name in one.names))

    def prepare(self, events: Events) -> RatioEvents:
        """Pad, chunk and take logarithms: the work that depends on the events only."""
        weights = np.ones(events.size) if events.weights is None else events.weights
        ratios = np.stack([_ratio(one, events) for one in self.processes])
        return RatioEvents(
            ratios=jnp.asarray(in_chunks(ratios, 1.0)),
            shapes=tuple(_shape_columns(one, events) for one in self.processes),
            weights=jnp.asarray(in_chunks(weights[None], 0.0)[:, 0]),
            mask=jnp.asarray(row_mask(events.size)),
        )


def _ratio(process: ProcessColumns, events: Events) -> Float[np.ndarray, " event"]:
    column = events.columns[process.ratio]
    return np.exp(column) if process.logarithmic else column


def _shape_columns(process: ProcessColumns, events: Events) -> ShapeColumns:
    def logs(blocks: tuple[tuple[str, ...], ...]) -> tuple[jnp.ndarray, ...]:
        return tuple(
            jnp.asarray(in_chunks(np.log(_stack(names, events)), 0.0)) for names in blocks
        )

    heads = jnp.asarray(in_chunks(_stack(process.heads, events), 0.0)) if process.heads else None
    return ShapeColumns(log_up=logs(process.up), log_down=logs(process.down), heads=heads)


def _stack(names: tuple[str, ...], events: Events) -> Float[np.ndarray, "column event"]:
    return np.stack([events.columns[name] for name in names])
