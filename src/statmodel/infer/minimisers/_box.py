"""Where a search may go: parameters that are fixed, and bounds of the others."""

from typing import NamedTuple

import jax.numpy as jnp

from ._minimise import active_bounds
from ._trust_region import Mask, Vector


class Box(NamedTuple):
    """The box, in internal coordinates."""

    fixed: Mask
    lower: Vector
    """`-inf` where there is no bound."""
    upper: Vector

    def nearest(self, at: Vector) -> Vector:
        """The point of the box next to a point; fixed coordinates stay."""
        return jnp.where(self.fixed, at, jnp.clip(at, self.lower, self.upper))

    def held(self, at: Vector, gradient: Vector) -> Mask:
        """Coordinates that are fixed, or rest on a bound that the gradient pushes them out of."""
        return self.fixed | active_bounds(at, gradient, self.lower, self.upper)
