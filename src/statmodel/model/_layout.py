r"""How many rows a prepared data set has: padded to a short list of sizes, cut into even chunks.

A likelihood visits one chunk at a time, in constant memory, and a chunk's numbers stay in the
processor's second cache: the wider a row, the fewer rows a chunk has. Sizes below one chunk are
:math:`m\,2^e` with :math:`8 \le m \le 16`, so that about an eighth of the rows at most is padding,
and data of like size share one compiled program. Larger ones are whole numbers of chunks, of which
the last ones may be empty.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

CHUNK = 2048
"""Most rows of a chunk."""
SMALLEST = 16
_FEWEST = 64
_NUMBERS = 24_576
"""About how many pairs (row, number) a chunk holds; measured, see the page on performance."""

Storage: TypeAlias = Literal["float64", "float32"]
"""How ratios are stored; arithmetic is float64 always."""
Sum = TypeVar("Sum")


def chunk_rows(width: int) -> int:
    """Rows of a chunk whose rows hold `width` numbers: a power of two.

    Example:
        >>> [chunk_rows(width) for width in (1, 10, 100, 500, 5000)]
        [2048, 2048, 256, 64, 64]
    """
    return int(np.clip(2 ** round(np.log2(_NUMBERS / max(width, 1))), _FEWEST, CHUNK))


def padded_size(events: int, rows: int = CHUNK) -> int:
    """The size to which `events` rows are padded, in chunks of `rows`.

    Example:
        >>> [padded_size(n, 1024) for n in (0, 16, 17, 1000, 1025, 100_000)]
        [16, 16, 18, 1024, 2048, 106496]
    """
    if events <= SMALLEST:
        return SMALLEST
    step = 1 << max(events.bit_length() - 4, 0)
    step = step if events <= rows else max(step, rows)
    return -(-events // step) * step


def chunk_shape(events: int, rows: int = CHUNK) -> tuple[int, int]:
    """Number of chunks and rows a chunk for so many events."""
    size = padded_size(events, rows)
    rows = min(size, rows)
    return size // rows, rows


def in_chunks(
    columns: Sequence[Float[np.ndarray, " event"]],
    fill: float,
    rows: int = CHUNK,
    *,
    transform: np.ufunc = np.positive,
    storage: Storage = "float64",
) -> Float[np.ndarray, "chunk column row"]:
    """Pad columns with `fill` and cut them into chunks.

    Args:
        columns: at least one; no copy of all of them is made.
        fill: stands in padding.
        rows: most rows of a chunk.
        transform: is applied to each column, in float64.
        storage: the type of the result.
    """
    events = columns[0].size
    chunks, rows = chunk_shape(events, rows)
    cut = np.full((chunks, len(columns), rows), fill, storage)
    whole = events // rows
    for place, column in enumerate(columns):
        values = transform(column)
        cut[:whole, place] = values[: whole * rows].reshape(whole, rows)
        if whole < chunks:
            cut[whole, place, : events - whole * rows] = values[whole * rows :]
    return cut


def row_mask(events: int, rows: int = CHUNK) -> Bool[np.ndarray, "chunk row"]:
    """True for events, false for padding."""
    chunks, rows = chunk_shape(events, rows)
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

    return jax.lax.scan(add, _nothing(visit, chunked), chunked)[0]


def accumulate(
    visit: Callable[[PyTree], Sum], chunked: PyTree, mask: Bool[Array, "chunk row"]
) -> Sum:
    """The same sum for results that autodiff need not pass through; empty chunks are not visited.

    Args:
        visit: what is summed.
        chunked: as in `sum_over_chunks`.
        mask: true for events; tells which chunks are empty.
    """
    if mask.shape[0] == 1:
        return visit(jax.tree.map(lambda leaf: leaf[0], chunked))

    def add(place: Int[Array, ""], total: Sum) -> Sum:
        chunk = jax.tree.map(
            lambda leaf: jax.lax.dynamic_index_in_dim(leaf, place, keepdims=False), chunked
        )
        return jax.tree.map(jnp.add, total, visit(chunk))

    return jax.lax.fori_loop(0, mask[:, 0].sum(), add, _nothing(visit, chunked))


def _nothing(visit: Callable[[PyTree], Sum], chunked: PyTree) -> Sum:
    first = jax.eval_shape(visit, jax.tree.map(lambda leaf: leaf[0], chunked))
    return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), first)
