r"""What is known of the coordinates before a fit: typical distances, and what is beyond all sense.

A coordinate along which the likelihood has no curvature has no scale of its own, and a likelihood
without a lowest point is recognised by where it leads. Both need lengths from elsewhere: widths
before the fit, bounds, starting values.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from statmodel.model import FreeVector, Model, Prepared

from ._trust_region import Scalar, Vector

SENSELESS_WIDTHS = 50.0
"""Widths from its observation at which a constrained parameter has run away."""
SENSELESS_SIZES = 1e8
"""Sizes from its start at which an unconstrained parameter without bounds has run away."""
_SHARE_OF_RANGE = 0.1


class Extent(NamedTuple):
    """Lengths in internal coordinates."""

    size: Vector
    """A typical distance."""
    low: Vector
    """Values below are beyond all sense."""
    high: Vector
    """Values above are beyond all sense."""
    information: Scalar
    """1, or the sum of event weights where that is less: `nll` is a sum of terms of this size."""


def unknown_extent(start: Vector) -> Extent:
    """Where nothing is known: the size of the start, but at least 1."""
    size = jnp.maximum(jnp.abs(start), 1.0)
    reach = SENSELESS_SIZES * size
    return Extent(size, start - reach, start + reach, jnp.ones((), start.dtype))


def extent_of(model: Model, prepared: Prepared, start: FreeVector) -> Extent:
    """From the widths before the fit, the bounds and the starting values, in this order."""
    space = model.space
    lower, upper = space.free_bounds()
    bounded = jnp.isfinite(lower) & jnp.isfinite(upper) & (upper > lower)
    span = jnp.where(bounded, upper - lower, 1.0)
    size = jnp.where(bounded, _SHARE_OF_RANGE * span, jnp.maximum(jnp.abs(start), 1.0))
    reach = jnp.where(bounded, jnp.inf, SENSELESS_SIZES * size)

    width = model.prefit_widths()
    constrained = jnp.isfinite(width)
    width = jnp.where(constrained, width, 1.0)
    centre = jnp.where(constrained, space.to_free(prepared.auxiliary), start)
    rooted = np.isin(np.arange(space.size), space.rooted)
    # A distance w in p = s^2 is w / 2s in s, but no more than sqrt(w).
    width = jnp.where(rooted, width / jnp.maximum(2.0 * centre, jnp.sqrt(width)), width)
    reach = jnp.where(constrained, SENSELESS_WIDTHS * width, reach)
    return Extent(
        size=jnp.where(constrained, width, size),
        low=centre - reach,
        high=centre + reach,
        information=information_of(prepared),
    )


def outside(extent: Extent, at: Vector) -> Vector:
    """How far each coordinate is beyond all sense, in typical distances; 0 where it is not."""
    return jnp.maximum(jnp.maximum(extent.low - at, at - extent.high), 0.0) / extent.size


def information_of(prepared: Prepared) -> Scalar:
    """The sum of absolute event weights and of counts, at most 1; 1 for no event."""
    total = jnp.zeros(())
    for channel in prepared.channels:
        total = total + jnp.abs(jnp.where(channel.mask, channel.weights, 0.0)).sum()
    if prepared.counts is not None:
        total = total + prepared.counts.observed.sum()
    return jnp.where(total > 0, jnp.minimum(total, 1.0), 1.0)
