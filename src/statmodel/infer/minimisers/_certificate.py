r"""Whether a point is a minimum beyond doubt, and Newton's step from it.

The trace of the inverse of the scaled Hessian bounds its smallest eigenvalue from below, the
largest sum of a row its largest one from above: no eigenvalues are found here. What is left in
doubt goes to the trust-region method.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool

from ._box import Box
from ._extent import Extent, outside
from ._minimise import (
    FIRST_RADIUS,
    TOLERANCE,
    Derivatives,
    idle,
    rounding,
    scale_of,
)
from ._trust_region import (
    FLAT,
    SUSPECT,
    Mask,
    Matrix,
    Scalar,
    Vector,
    inverse_root,
    restrict,
)


class Certificate(NamedTuple):
    """What the derivatives at a point say of it."""

    scale: Vector
    """Inverse lengths."""
    whole: Matrix
    """The Hessian over these."""
    root: Matrix
    r"""U, where :math:`U U^\top` is the inverse over the coordinates that are not held."""
    active: Mask
    """Coordinates that rest on a bound: `nll` is lowest there."""
    edm: Scalar
    step: Vector
    """Newton's, over the coordinates that are not held."""
    sound: Bool[Array, ""]
    """Whether that is a step to take: everything is finite, the Hessian positive definite by far,
    no coordinate without slope and curvature, and the step not long beyond reason."""
    sure: Bool[Array, ""]
    """Whether the point is a minimum beyond doubt."""


def certificate_at(derivatives: Derivatives, at: Vector, extent: Extent, box: Box) -> Certificate:
    """Of a point in the box.

    Args:
        derivatives: value, gradient and Hessian there.
        at: the point.
        extent: typical distances.
        box: where minima are looked for.
    """
    value, gradient, hessian = derivatives
    active = ~box.fixed & box.held(at, gradient)
    free = ~box.fixed & ~active
    scale = scale_of(hessian, extent)
    whole = hessian / (scale[:, None] * scale[None, :])
    scaled = restrict(whole, free)
    slope = jnp.where(free, gradient / scale, 0.0)
    root = inverse_root(scaled)
    lowest, largest = 1.0 / (root**2).sum(), jnp.abs(scaled).sum(axis=1).max()
    vague = jnp.minimum(jnp.linalg.norm(slope), SUSPECT * largest)
    along = slope @ root
    step = -(root @ along)
    edm = 0.5 * (along**2).sum()
    near = edm <= jnp.maximum(TOLERANCE * extent.information, rounding(value))
    idling = (idle(derivatives, extent) & ~box.fixed).any()
    usable = jnp.isfinite(value) & ~idling & (lowest > FLAT * largest)
    short = step @ step <= FIRST_RADIUS**2 * at.size
    stray = (free & (outside(extent, at) > 0)).any()
    sure = usable & near & (lowest > vague) & ~stray
    return Certificate(scale, whole, root, active, edm, step / scale, usable & short, sure)
