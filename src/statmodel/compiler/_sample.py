"""Events that are looked at before any fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import final

import jax
import numpy as np
from jaxtyping import Int

from statmodel.model.channels import AbstractPrepared

from ._arrays import on_device

SMALL_SAMPLES = 64 * 2**20
"""Bytes up to which samples are copied to be looked at together."""
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


def grouped(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Small samples together, so that one program looks at all of them; each large one alone."""
    sizes = [sum(leaf.nbytes for leaf in jax.tree.leaves(one.events)) for one in samples]
    rows = max((one.events.mask.size for one in samples), default=0)
    if sum(sizes) <= SMALL_SAMPLES and rows <= LARGEST_SAMPLE and samples:
        return [list(samples)]
    return [[one] for one in samples]


def joined(samples: Sequence[Sample]) -> tuple[AbstractPrepared, list[slice]]:
    """The chunks of several samples of one channel behind each other, and where each one's are.

    Chunks of fewer rows are filled up with masked ones.
    """
    if len(samples) == 1:
        events = samples[0].events
        return events, [slice(0, events.mask.shape[0])]
    size = max(one.events.mask.shape[1] for one in samples)

    def filled(*leaves: jax.Array) -> jax.Array:
        wide = [np.zeros((*leaf.shape[:-1], size), leaf.dtype) for leaf in leaves]
        for target, leaf in zip(wide, leaves, strict=True):
            target[..., : leaf.shape[-1]] = leaf
        return on_device(np.concatenate(wide))

    ends = accumulate((one.events.mask.shape[0] for one in samples), initial=0)
    places = [slice(first, last) for first, last in pairwise(ends)]
    return jax.tree.map(filled, *(one.events for one in samples)), places
