r"""Closure: whether ratios times responses integrate to one over the reference density.

.. math:: Z_j(\alpha) = \sum_i w_i\, r_{ij} \prod_k g_{ijk}(\alpha_k), \qquad \sum_i w_i = 1

Under `analytic` the likelihood takes Z = 1; with N events the bias on t = -2 ln L is about
2 N ln Z, which is compared with a tenth of a unit here. Deviations that the size of the pool
explains are passed over.
"""

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel import model
from statmodel._kept import kept
from statmodel.model import sum_over_chunks
from statmodel.model.channels import Pool, RatioChannel, RatioEvents, terms

from ._points import (
    BATCH,
    centres_and_widths,
    describe,
    in_batches,
    moved_one_at_a_time,
    nuisances,
    slots_at,
)

TOLERATED_BIAS = 0.1
SIGNED_SHARE = 0.05
_STEPS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
_MOST_PAIRS = 64


def vanishing_components(channel: RatioChannel, pool: Pool) -> Iterator[str]:
    """Components whose Z is so near 0, by cancellation, that `reference` cannot divide by it."""
    if channel.normalization != "reference":
        return
    ratios, weights = np.asarray(pool.events.ratios), np.asarray(pool.events.weights)
    signed = np.einsum("cr,cpr->p", weights, ratios)
    absolute = np.einsum("cr,cpr->p", weights, np.abs(ratios))
    for name, value, size in zip(channel.processes, signed, absolute, strict=True):
        if abs(value) < SIGNED_SHARE * size:
            yield (
                f"process {name} has sum(w r) = {value:.3g} against sum(w |r|) = {size:.3g} over "
                "the pool: a component that nearly cancels cannot be normalised by `reference`. "
                "Write the interference with positive components (S, SBI, B)."
            )


def open_closure(built: model.Model, channel: RatioChannel, pool: Pool) -> Iterator[str]:
    """Under `analytic`: the process and the point with the largest bias, if it matters."""
    if channel.normalization != "analytic":
        return
    points = np.concatenate(
        [np.asarray(built.space.init)[None], moved_one_at_a_time(built, _STEPS), _pairs(built)]
    )
    slots = slots_at(built.scope, in_batches(points))
    found = closure_with_error(channel, pool, slots)
    z, spread = (np.asarray(part)[: len(points)] for part in found)
    events = np.abs(np.asarray(eqx.filter_jit(channel.rates)(slots[0])))
    bias = 2.0 * events * np.abs(np.log(np.maximum(np.abs(z), 1e-300)))
    explained = np.abs(z - 1.0) < 3.0 * spread
    bias = np.where(explained, 0.0, bias)
    for index, name in enumerate(channel.processes):
        worst = int(np.argmax(bias[:, index]))
        if bias[worst, index] > TOLERATED_BIAS:
            yield (
                f"closure of process {name}: Z = {z[worst, index]:.4f} +- "
                f"{spread[worst, index]:.4f} at {describe(built, points[worst])}, a bias of up to "
                f"{bias[worst, index]:.3g} on -2 ln L. `normalization: reference` divides by Z."
            )


@eqx.filter_jit
@kept(returns=(0, 0))
def closure_with_error(
    channel: RatioChannel, pool: Pool, slots: Float[Array, "point slot"]
) -> tuple[Float[Array, "point process"], Float[Array, "point process"]]:
    """Z_j at each point, and its standard deviation from the finite pool."""

    def visit(at: model.Slots) -> tuple[Array, Array]:
        variables = channel.shapes.variables(at)

        def moments(chunk: RatioEvents) -> tuple[Array, Array, Array]:
            products, weights = terms(channel.shapes, variables, chunk), chunk.weights
            return products @ weights, products**2 @ weights**2, products @ weights**2

        first, second, mixed = sum_over_chunks(moments, pool.events)
        total = jnp.vdot(pool.events.weights, pool.events.weights)
        # The variance of sum(w t) / sum(w) about its mean Z: sum of w^2 (t - Z)^2.
        variance = second - 2.0 * first * mixed + first**2 * total
        return first, jnp.sqrt(jnp.maximum(variance, 0.0))

    return jax.lax.map(visit, slots, batch_size=BATCH)


def _pairs(built: model.Model) -> Float[np.ndarray, "point parameter"]:
    """Nominal with two nuisances at a time one width up; the first pairs where there are many."""
    nominal = np.asarray(built.space.init)
    centre, width = centres_and_widths(built)
    moved = np.flatnonzero(nuisances(built))
    points = []
    for first, second in zip(*np.triu_indices(moved.size, 1), strict=True):
        point = nominal.copy()
        chosen = moved[[first, second]]
        point[chosen] = centre[chosen] + width[chosen]
        points.append(point)
    kept = points[:_MOST_PAIRS]
    return np.asarray(kept).reshape(len(kept), nominal.size)
