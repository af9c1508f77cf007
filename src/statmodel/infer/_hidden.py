"""Parameters that nothing depends on where a fit has ended: other values of them are tried.

A signal of strength 0 has no mass. A fit that ends there has come down a slope in the strength, and
that slope was the one of the mass that it happened to have: at another mass it may lead up to a
signal. So the hidden parameters are set to values all over their ranges, the others stay, and where
a parameter on its bound is then pushed inward the fit goes on from there.
"""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from statmodel.model import FreeVector, Model, Prepared

from ._multistart import start_points
from .minimisers._extent import Extent
from .minimisers._minimise import TOLERANCE, Minimum, active_bounds, idle
from .minimisers._status import Status

PLACES = 24
"""Values that are tried, each an evaluation; the fits go on from where there is a way down."""


def elsewhere(
    model: Model,
    prepared: Prepared,
    minimum: Minimum,
    extent: Extent,
    *,
    fixed: Bool[Array, " parameter"],
    look: Callable[[FreeVector], Minimum],
) -> list[FreeVector]:
    """Points from which there is a way down; none where no parameter is hidden.

    Args:
        model: the compiled likelihood.
        prepared: the data.
        minimum: where the fit has ended.
        extent: typical distances.
        fixed: parameters that stay.
        look: the likelihood and its derivatives at a point.
    """
    if Status(int(minimum.status)) is not Status.FLAT_DIRECTION:
        return []
    derivatives = (minimum.value, minimum.gradient, minimum.hessian)
    hidden = idle(derivatives, extent) & ~fixed
    lower, upper = model.space.free_bounds()
    resting = ~fixed & ~hidden & ((minimum.at <= lower) | (minimum.at >= upper))
    if not hidden.any() or not resting.any():
        return []
    points = start_points(model, prepared, minimum.at, fixed=~hidden, count=1 + PLACES)[1:]
    found: list[FreeVector] = []
    for point in points:
        there = look(point)
        pushed = np.asarray(active_bounds(point, there.gradient, lower, upper))
        slope = jnp.abs(there.gradient) * extent.size > TOLERANCE**0.5
        if np.asarray(resting & slope)[~pushed].any():
            found.append(point)
    return found
