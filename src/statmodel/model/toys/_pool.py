r"""Events of a ratio channel: rows of its pool, drawn by what the model makes of them.

A toy has :math:`N \sim \mathrm{Poisson}(\nu)` events, each of them row i of the pool with
probability :math:`w_i\,m(x_i) / \sum_k w_k\,m(x_k)`: the same law as a Poisson number of copies of
each row, at the cost of the toy and not of the pool. The cumulative sum is inverted by bisection.
What was prepared for the pool's rows is copied, nothing is evaluated again.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from statmodel.model._expressions import Scalar, Slots
from statmodel.model.channels import RatioChannel, RatioEvents

from ._room import Room


class PoolSource(NamedTuple):
    """The pool at one point."""

    cumulative: Float[Array, " row"]
    """Sums of weight times model, over all rows of the pool, padding included."""
    total: Scalar
    """Expected events."""
    effective: Scalar
    r"""Effective number of rows, :math:`(\sum w)^2 / \sum w^2`."""
    lowest: Scalar
    """The lowest total of the mixture in the pool; negative where the model is none."""


def pool_source(channel: RatioChannel, at: Slots) -> PoolSource:
    """What toys of this point have in common.

    Raises:
        ValueError: the channel has no pool.
    """
    pool = channel.pool
    if pool is None:
        msg = f"channel {channel.name} has no simulation: toys of a ratio channel need a pool"
        raise ValueError(msg)
    intensity = channel.components(at, pool.events).sum(axis=1)
    used = pool.events.mask & (pool.events.weights > 0)
    weights = jnp.where(used, pool.events.weights * intensity, 0.0).ravel()
    total, squares = weights.sum(), (weights**2).sum()
    return PoolSource(
        cumulative=jnp.cumsum(weights),
        total=channel.expected(at).sum(),
        effective=total**2 / jnp.where(squares > 0, squares, 1.0),
        lowest=jnp.where(used, intensity, jnp.inf).min(),
    )


def draw_from_pool(
    channel: RatioChannel,
    source: PoolSource,
    number: Int[Array, ""],
    room: Room,
    *,
    key: Array,
) -> RatioEvents:
    """One toy of so many events, where there is room for them."""
    if channel.pool is None:
        msg = f"channel {channel.name} has no pool"
        raise ValueError(msg)
    layout = room.layout(channel.columns.chunk_rows)
    rows = rows_from_pool(source, layout, key=key)
    mask = (jnp.arange(rows.size) < number).reshape(rows.shape)
    return _taken(channel.pool.events, rows, mask)


def rows_from_pool(
    source: PoolSource, layout: tuple[int, int], *, key: Array
) -> Int[Array, "chunk row"]:
    """The rows of the pool that a toy takes, as its first ones count; a larger layout has more."""
    size = layout[0] * layout[1]
    uniform = jax.random.uniform(key, (size,), jnp.float64)
    rows = jnp.searchsorted(source.cumulative, uniform * source.cumulative[-1], side="right")
    return jnp.minimum(rows, source.cumulative.size - 1).astype(jnp.int64).reshape(layout)


def _taken(
    events: RatioEvents, rows: Int[Array, "chunk row"], mask: Bool[Array, "chunk row"]
) -> RatioEvents:
    """Copies of some rows; each stands for one event."""
    chunk, place = jnp.divmod(rows, events.mask.shape[1])

    def take(table: Float[Array, "_ column _"]) -> Float[Array, "chunk column row"]:
        columns = jnp.arange(table.shape[1])
        return table[chunk[:, None, :], columns[None, :, None], place[:, None, :]]

    return RatioEvents(
        ratios=take(events.ratios),
        log_up=tuple(take(one) for one in events.log_up),
        log_down=tuple(take(one) for one in events.log_down),
        heads=None if events.heads is None else take(events.heads),
        weights=mask.astype(jnp.float64),
        mask=mask,
    )
