r"""Averages over the pool with one nuisance moved, with all pairs of two, and with all of them.

.. math:: T_{j,kp,lq} = \sum_i w_i\, r_{ij}\, g_{ijk}(\alpha_{kp})\, g_{ijl}(\alpha_{lq})

with p and q the nodes of the axes k and l: for each process one matrix product over the events, in
chunks. An axis is a parameter that moves shapes by itself, through responses and powers. What moves
by a product of parameters is no product of functions of one axis.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from statmodel._compiling import vectorised_jit
from statmodel._elementary import exp
from statmodel.model._interpolation import InterpolationCode
from statmodel.model._layout import accumulate
from statmodel.model._response import ExponentialWeights, weights_at

from ._kernel import bearing, moving_terms
from ._mixture import RatioEvents, Shapes
from ._table import ClosureTable, NoTableError

MOST_AXES = 24
"""More would take gigabytes, and what three of them do together would be far too much."""


class Axes(NamedTuple):
    """The parameters that move shapes, and how variables follow from them; hashable."""

    slots: tuple[int, ...]
    axis: tuple[int, ...]
    """Of each variable."""
    power: tuple[int, ...]
    """Each variable is its axis to this power."""


class PoolSums(NamedTuple):
    """Averages over the pool at nodes of each axis."""

    nominal: Float[Array, " process"]
    magnitude: Float[Array, " process"]
    """Of the magnitudes of the ratios."""
    single: Float[Array, "process axis node"]
    """With one axis moved."""
    pairs: Float[Array, "process axis node axis node"]
    together: Float[Array, "process node"]
    """With all axes moved to their nodes of the same number."""


def axes_of(shapes: Shapes, *, one: int) -> Axes:
    """The axes of a channel's shapes.

    Args:
        shapes: of the channel.
        one: the slot that holds one, which fills up monomials.

    Raises:
        NoTableError: where a variable is a product of several parameters, or axes are too many.
    """
    rows = [(int(slot),) for slot in np.asarray(shapes.nuisances)]
    for row in np.asarray(shapes.monomials).tolist():
        rows.append(tuple(slot for slot in row if slot != one))
        if len(set(rows[-1])) != 1:
            msg = "a response moves with a product of several parameters"
            raise NoTableError(msg)
    slots = tuple(dict.fromkeys(row[0] for row in rows))
    if len(slots) > MOST_AXES:
        msg = f"{len(slots)} parameters move shapes, and tables are for {MOST_AXES} at most"
        raise NoTableError(msg)
    return Axes(slots, tuple(slots.index(row[0]) for row in rows), tuple(map(len, rows)))


@vectorised_jit
def pool_sums(
    shapes: Shapes,
    axes: Axes,
    pool: RatioEvents,
    nodes: Float[Array, "axis node"],
    *,
    step: Int[Array, ""],
) -> PoolSums:
    """Averages at nodes of each axis over one in `step` chunks of the pool."""

    def visit(chunk: RatioEvents) -> tuple[Array, PoolSums]:
        each = _factors(shapes, axes, nodes, chunk)
        weighted = chunk.ratios * chunk.weights[None]
        flat = each.reshape(shapes.processes, nodes.size, -1)
        moments = jnp.einsum("jar,jbr->jab", flat * weighted[:, None], flat)
        sums = PoolSums(
            nominal=weighted.sum(axis=1),
            magnitude=jnp.abs(weighted).sum(axis=1),
            single=jnp.einsum("jr,jkvr->jkv", weighted, each),
            pairs=moments.reshape(-1, *nodes.shape, *nodes.shape),
            together=jnp.einsum("jr,jvr->jv", weighted, each.prod(axis=1)),
        )
        return chunk.weights.sum(), sums

    def add(place: Int[Array, ""], total: tuple[Array, PoolSums]) -> tuple[Array, PoolSums]:
        chunk = jax.tree.map(
            lambda leaf: jax.lax.dynamic_index_in_dim(leaf, place * step, keepdims=False), pool
        )
        return jax.tree.map(jnp.add, total, visit(chunk))

    first = jax.eval_shape(visit, jax.tree.map(lambda leaf: leaf[0], pool))
    nothing = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), first)
    filled = pool.mask[:, 0].sum()
    weight, sums = jax.lax.fori_loop(0, (filled + step - 1) // step, add, nothing)
    scale = pool.weights.sum() / weight
    return jax.tree.map(lambda leaf: leaf * scale, sums)


@vectorised_jit
def compared(
    shapes: Shapes,
    axes: Axes,
    pool: RatioEvents,
    table: ClosureTable,
    points: Float[Array, "point axis"],
) -> tuple[Float[Array, "point process"], Float[Array, "point process"]]:
    """Z at any points, from the table and from the pool."""
    axis, power = np.asarray(axes.axis, int), np.asarray(axes.power, float)

    def visit(alpha: Float[Array, " axis"]) -> tuple[Array, Array]:
        at = bearing(shapes, alpha[axis] ** power)

        def average(chunk: RatioEvents) -> Float[Array, " process"]:
            # As a matrix product the terms would be found one number at a time.
            return (moving_terms(shapes, at, chunk)[0] * chunk.weights[None]).sum(axis=1)

        return table.at_axes(alpha), accumulate(average, pool, pool.mask)

    return jax.lax.map(visit, points)


def _factors(
    shapes: Shapes, axes: Axes, nodes: Float[Array, "axis node"], chunk: RatioEvents
) -> Float[Array, "process axis node row"]:
    """The product of the responses of each axis alone."""
    axis, power = np.asarray(axes.axis, int), np.asarray(axes.power, float)
    found = jnp.ones((shapes.processes, *nodes.shape, chunk.weights.size))
    blocks = zip(shapes.responses, chunk.log_up, chunk.log_down, strict=True)
    for block, up, down in blocks:
        own = axis[np.asarray(block.variables)]
        logs = (one.astype(jnp.float64)[:, None, :] for one in (up, down))
        found = _multiplied(found, block.processes, own, _responses(block.code, nodes[own], *logs))
    if shapes.heads is not None and chunk.heads is not None:
        variables = np.asarray(shapes.heads.variables)
        own = axis[variables]
        moved = nodes[own] ** power[variables][:, None]
        factors = exp(moved[:, :, None] * chunk.heads.astype(jnp.float64)[:, None, :])
        found = _multiplied(found, shapes.heads.processes, own, factors)
    return found


def _multiplied(
    table: Float[Array, "process axis node row"],
    processes: tuple[int, ...],
    axis: Int[np.ndarray, " pair"],
    factors: Float[Array, "pair node row"],
) -> Float[Array, "process axis node row"]:
    """The table with the factor of each pair multiplied in."""
    places = np.asarray(processes, int) * table.shape[1] + axis
    if np.array_equal(places, np.arange(table.shape[0] * table.shape[1])):
        return table * factors.reshape(table.shape)
    return table.at[np.asarray(processes, int), axis].multiply(factors)


def _responses(
    code: InterpolationCode,
    alpha: Float[Array, "pair node"],
    up: Float[Array, "pair 1 row"],
    down: Float[Array, "pair 1 row"],
) -> Float[Array, "pair node row"]:
    """The responses at the nodes, from what of them depends on alpha alone."""
    weights = weights_at(code, alpha.ravel())
    if isinstance(weights, ExponentialWeights):
        above, below = weights.exponent[0].reshape(2, *alpha.shape, 1)
        return exp(above * up + below * down)
    above, below = weights.power.reshape(2, *alpha.shape, 1)
    a, b, c, d, e, f, g = weights.carried[0].reshape(7, *alpha.shape, 1)
    high, low = exp(above * up), exp(below * down)
    return a + high * (b + up * (c + up * d)) + low * (e + down * (f + down * g))
