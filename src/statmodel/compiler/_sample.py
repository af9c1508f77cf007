"""Events that are looked at before any fit."""

from dataclasses import dataclass
from typing import final

import jax
import numpy as np
from jaxtyping import Int

from statmodel.model.channels import AbstractPrepared

LARGEST_SAMPLE = 65_536
"""Rows of a sample that are looked at beyond nominal; more would cost minutes."""


@final
@dataclass(frozen=True)
class Sample:
    """Events at which a total is looked at."""

    kind: str
    events: AbstractPrepared
    rows: Int[np.ndarray, " event"]
    """Where each event stands in its file."""

    def thinned(self) -> "Sample":
        """Every so manieth chunk, so that about `LARGEST_SAMPLE` rows remain; small ones whole."""
        chunks, size = self.events.mask.shape
        step = -(-chunks * size // LARGEST_SAMPLE)
        if step <= 1:
            return self
        rows = np.full(chunks * size, -1)
        rows[: self.rows.size] = self.rows
        kept = jax.tree.map(lambda leaf: leaf[::step], self.events)
        kind = f"{self.kind} (one in {step} blocks of {size} looked at)"
        return Sample(kind, kept, rows.reshape(chunks, size)[::step].ravel())
