"""Where a search may go: parameters that are fixed, and bounds of the others."""

from typing import NamedTuple

import jax.numpy as jnp

from statmodel.model import ParameterSpace

from ._minimise import active_bounds
from ._trust_region import Mask, Vector


class Box(NamedTuple):
    """The box, in internal coordinates."""

    fixed: Mask
    lower: Vector
    """`-inf` where there is no bound."""
    upper: Vector

    @classmethod
    def of(cls, space: ParameterSpace, fixed: Mask) -> "Box":
        """The bounds of all parameters, of which some are fixed."""
        return cls(fixed, *space.free_bounds())

    def nearest(self, at: Vector) -> Vector:
        """The point of the box next to a point; fixed coordinates stay."""
        return jnp.where(self.fixed, at, jnp.clip(at, self.lower, self.upper))

    def inside(self, at: Vector) -> Mask:
        """Coordinates that are neither fixed nor on a bound."""
        return ~self.fixed & (at > self.lower) & (at < self.upper)

    def held(self, at: Vector, gradient: Vector) -> Mask:
        """Coordinates that are fixed, or rest on a bound that the gradient pushes them out of."""
        return self.fixed | active_bounds(at, gradient, self.lower, self.upper)
