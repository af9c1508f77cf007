r"""Room for the events of a toy.

An array has one length, a toy another number of events each time: room is made for
:math:`\nu + 6\sqrt\nu`, rounded up to one of the sizes of :mod:`statmodel.model._layout`. Events
are drawn one after the other, so that a larger room holds the same events, and some more.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from statmodel.model._layout import chunk_shape, padded_size

_SIGMAS = 6.0


class Room(NamedTuple):
    """Rows of one channel."""

    parts: tuple[int, ...]
    """Of each of the independent draws that make up a toy: processes, or the pool."""
    rows: int
    """Of all of them together."""

    def holds(self, drawn: Int[np.ndarray, "*toy part"]) -> bool:
        """Whether so many events fit."""
        return bool((drawn <= self.parts).all() and (drawn.sum(axis=-1) <= self.rows).all())

    def layout(self, chunk: int) -> tuple[int, int]:
        """Number of chunks and rows a chunk, of `chunk` rows at most."""
        return chunk_shape(self.rows, chunk)


def room_for(expected: Float[np.ndarray, "*point part"]) -> Room:
    """Room for toys that expect so many events in each part, whatever the point."""
    flat = np.abs(expected).reshape(-1, expected.shape[-1])
    parts = tuple(_rows(float(one)) for one in flat.max(axis=0))
    return Room(parts, _rows(float(flat.sum(axis=1).max())))


def larger(room: Room, drawn: Int[np.ndarray, "*toy part"]) -> Room:
    """Room for what was drawn too."""
    flat = drawn.reshape(-1, drawn.shape[-1])
    parts = [
        max(have, padded_size(int(n))) for have, n in zip(room.parts, _most(flat), strict=True)
    ]
    return Room(tuple(parts), max(room.rows, padded_size(int(flat.sum(axis=1).max()))))


def _most(drawn: Int[np.ndarray, "toy part"]) -> Sequence[int]:
    return drawn.max(axis=0).tolist()


def _rows(expected: float) -> int:
    return padded_size(math.ceil(expected + _SIGMAS * math.sqrt(expected)))
