r"""Where rows and entries stand: the shape of all binned channels together.

An *entry* is one bin of one sample of one channel, a *row* all bins of one sample of one channel.
Entries form a table of sample by bin, bins of all channels side by side, rows one of sample by
channel; "sample" counts within the channel, and a channel with fewer samples than another leaves
the rest of its columns empty. So sums over samples are sums along an axis, and the program is the
same for any number of channels.
"""

from collections.abc import Callable
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

_AT_A_TIME = 8
"""Samples that are summed in one pass; more make the program longer."""


@final
class Placement(eqx.Module):
    """The bins of each channel."""

    bins: tuple[int, ...] = eqx.field(static=True)
    """How many each channel has."""
    channel: Int[Array, " bin"]
    """Of each bin."""
    members: Int[Array, "channel most"]
    """The bins of each channel; padded with the number of bins."""

    @property
    def even(self) -> bool:
        """Whether all channels have the same number of bins: then nothing is gathered."""
        return len(set(self.bins)) == 1

    def to_bins(self, rows: Float[Array, "sample channel"]) -> Float[Array, "sample bin"]:
        """Repeats what belongs to a channel for each of its bins."""
        if not self.even:
            return rows[:, self.channel]
        shape = (*rows.shape, self.bins[0])
        return jnp.broadcast_to(rows[:, :, None], shape).reshape(rows.shape[0], sum(self.bins))

    def to_rows(self, entries: Float[Array, "sample bin"]) -> Float[Array, "sample channel"]:
        """Sums over the bins of each channel."""
        if self.even:
            return entries.reshape(entries.shape[0], len(self.bins), self.bins[0]).sum(axis=2)
        return jnp.pad(entries, ((0, 0), (0, 1)))[:, self.members].sum(axis=2)


def placement(bins: tuple[int, ...]) -> Placement:
    """The placement of channels with so many bins.

    Example:
        >>> [array.tolist() for array in (placement((2, 1)).channel, placement((2, 1)).members)]
        [[0, 0, 1], [[0, 1], [2, 3]]]
    """
    total, widest = sum(bins), max(bins)
    channel = np.repeat(np.arange(len(bins)), bins)
    first = np.concatenate([[0], np.cumsum(bins)])[:-1]
    position = channel * widest + np.arange(total) - first[channel]
    members = np.full(len(bins) * widest, total)
    members[position] = np.arange(total)
    members = members.reshape(len(bins), widest)
    return Placement(bins, jnp.asarray(channel), jnp.asarray(members))


def summed(
    samples: int,
    term: Callable[[Int[Array, ""]], Float[Array, "*shape"]],
    nothing: Float[Array, "*shape"],
) -> Float[Array, "*shape"]:
    """The sum of a term over samples, some at a time: of few, a single pass over the result."""
    if samples <= _AT_A_TIME:
        return sum((term(jnp.asarray(sample)) for sample in range(samples)), start=nothing)

    def added(sample: Int[Array, ""], total: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        return total + term(sample)

    return jax.lax.fori_loop(0, samples, added, nothing, unroll=_AT_A_TIME)
