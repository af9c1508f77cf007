r"""How many rows a prepared data set has: padded to a short list of sizes, cut into even chunks.

Sizes are :math:`m\,2^e` with :math:`8 \le m \le 16`, so that about an eighth of the rows at most is
padding, and data of like size share one compiled program. Above `CHUNK` rows, sizes are whole
numbers of chunks (the last one may be nearly empty); a likelihood visits one chunk at a time, in
constant memory.
"""

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, PyTree

CHUNK = 1024
SMALLEST = 16

Sum = TypeVar("Sum")


def padded_size(events: int) -> int:
    """The size to which `events` rows are padded.

    Example:
        >>> [padded_size(n) for n in (0, 16, 17, 1000, 1025, 100_000)]
        [16, 16, 18, 1024, 2048, 106496]
    """
    if events <= SMALLEST:
        return SMALLEST
    step = 1 << max(events.bit_length() - 4, 0)
    step = step if events <= CHUNK else max(step, CHUNK)
    return -(-events // step) * step


def chunk_shape(events: int) -> tuple[int, int]:
    """Number of chunks and rows a chunk for so many events."""
    size = padded_size(events)
    rows = min(size, CHUNK)
    return size // rows, rows


def in_chunks(
    columns: Float[np.ndarray, "column event"], fill: float
) -> Float[np.ndarray, "chunk column row"]:
    """Pad columns with `fill` and cut them into chunks."""
    width, events = columns.shape
    chunks, rows = chunk_shape(events)
    padded = np.full((width, chunks * rows), fill)
    padded[:, :events] = columns
    return np.ascontiguousarray(padded.reshape(width, chunks, rows).transpose(1, 0, 2))


def row_mask(events: int) -> Bool[np.ndarray, "chunk row"]:
    """True for events, false for padding."""
    chunks, rows = chunk_shape(events)
    return (np.arange(chunks * rows) < events).reshape(chunks, rows)


def sum_over_chunks(visit: Callable[[PyTree], Sum], chunked: PyTree) -> Sum:
    """Sum what `visit` returns for each chunk; `chunked` has a leading chunk axis on every leaf.

    What a chunk needs for derivatives is computed again when they are taken, so that memory does
    not grow with the number of events.
    """
    chunks = jax.tree.leaves(chunked)[0].shape[0]
    if chunks == 1:
        return visit(jax.tree.map(lambda leaf: leaf[0], chunked))

    def add(total: Sum, chunk: PyTree) -> tuple[Sum, None]:
        return jax.tree.map(jnp.add, total, jax.checkpoint(visit)(chunk)), None

    first = jax.eval_shape(visit, jax.tree.map(lambda leaf: leaf[0], chunked))
    zero = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), first)
    return jax.lax.scan(add, zero, chunked)[0]
