r"""Events of an analytic channel: each process is drawn from its density.

With :math:`\lambda_j` the expected events of process j there are :math:`N_j \sim
\mathrm{Poisson}(\lambda_j)` of it, independently. Where some :math:`\lambda_j` are negative, there
are :math:`N_j \sim \mathrm{Poisson}(|\lambda_j|)` candidates, and each is kept with probability
:math:`m(x) / \sum_j |\lambda_j|\,p_j(x)`: a thinned Poisson process is the Poisson process of the
thinned intensity, so the events that are kept are distributed as m (J. F. C. Kingman, Poisson
Processes, section 5.1).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel._compiling import apart
from statmodel.model._expressions import Scalar, Slots
from statmodel.model._layout import CHUNK
from statmodel.model.channels import AnalyticChannel, AnalyticEvents

from ._room import Room

Candidates = Float[Array, "observable candidate"]


class Thinned(NamedTuple):
    """Where the candidates to keep stand, in order, and how many they are."""

    places: Int[Array, " row"]
    number: Int[Array, ""]
    lowest: Scalar
    """The lowest total of the mixture among candidates, in units of the sum of moduli."""


def draw_processes(  # noqa: PLR0913 (what a toy of a channel is made of)
    channel: AnalyticChannel,
    at: Slots,
    numbers: Int[Array, " process"],
    room: Room,
    *,
    signed: bool,
    key: Array,
) -> tuple[AnalyticEvents, Scalar]:
    """One toy, where there is room for its candidates, and the lowest total met.

    Args:
        channel: whose densities are drawn from.
        at: slot values.
        numbers: candidates of each process.
        room: rows of each process and of all.
        signed: whether some process may be negative here.
        key: of the toy, in this channel.
    """
    thin_key, *keys = jax.random.split(key, 1 + len(channel.densities))
    x = jnp.concatenate(
        [
            _columns(channel, density.sample(at, key=one, n=size), density.axes)
            for density, one, size in zip(channel.densities, keys, room.parts, strict=True)
        ],
        axis=1,
    )
    # Else each event would be drawn where it is picked, one by one.
    x = apart(x, channel.rates.nominal[0] < jnp.inf)
    layout = room.layout(CHUNK)
    rows = jnp.arange(layout[0] * layout[1])
    if signed:
        keep = _thinned(_terms(channel, at, x), *_present(numbers, room, thin_key), rows)
    else:
        keep = Thinned(_joined(numbers, room, rows), numbers.sum(), jnp.zeros(()))
    mask = (rows < keep.number).reshape(layout)
    chosen = x[:, keep.places].reshape(-1, *layout).swapaxes(0, 1)
    return channel.prepare(chosen, mask.astype(jnp.float64), mask), keep.lowest


def _columns(
    channel: AnalyticChannel, drawn: Float[Array, "event axis"], axes: tuple[int, ...]
) -> Candidates:
    """Draws in the order of the channel's observables."""
    if sorted(axes) != list(range(len(channel.observables))):
        msg = f"channel {channel.name}: a density does not read every observable: no events of it"
        raise ValueError(msg)
    return drawn[:, np.argsort(axes)].T


def _joined(
    numbers: Int[Array, " process"], room: Room, rows: Int[Array, " row"]
) -> Int[Array, " row"]:
    """Of each row of the toy its candidate: the processes one behind another, without gaps."""
    places, last = rows, jnp.zeros((), jnp.int64)
    for number, size in zip(numbers, room.parts, strict=True):
        last = last + jnp.minimum(number, size)
        places = places + jnp.where(rows >= last, jnp.maximum(size - number, 0), 0)
    return jnp.minimum(places, sum(room.parts) - 1)


def _terms(channel: AnalyticChannel, at: Slots, x: Candidates) -> Float[Array, "process candidate"]:
    there = jnp.ones((1, x.shape[1]), bool)
    return channel.components(at, channel.prepare(x[None], there.astype(jnp.float64), there))[0]


def _present(
    numbers: Int[Array, " process"], room: Room, key: Array
) -> tuple[Bool[Array, " candidate"], Float[Array, " candidate"]]:
    """Which candidates there are, and a uniform number of each."""
    # Keys by process, so that more room for one changes no number of another.
    keys = jax.random.split(key, len(room.parts))
    there = [jnp.arange(size) < number for number, size in zip(numbers, room.parts, strict=True)]
    uniform = [
        jax.random.uniform(one, (size,), jnp.float64)
        for one, size in zip(keys, room.parts, strict=True)
    ]
    return jnp.concatenate(there), jnp.concatenate(uniform)


def _thinned(
    terms: Float[Array, "process candidate"],
    present: Bool[Array, " candidate"],
    uniform: Float[Array, " candidate"],
    rows: Int[Array, " row"],
) -> Thinned:
    """Keep candidates by the share of the signed mixture in the mixture of moduli."""
    most = jnp.abs(terms).sum(axis=0)
    share = terms.sum(axis=0) / jnp.where(most > 0, most, 1.0)
    counted = jnp.cumsum(present & (uniform < share))
    places = jnp.searchsorted(counted, rows + 1)
    lowest = jnp.where(present, share, jnp.inf).min()
    return Thinned(jnp.minimum(places, present.size - 1), counted[-1], lowest)
