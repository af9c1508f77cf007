r"""The uniform density.

.. math:: p(x) = \frac{1}{b - a}
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model._expressions import Scalar, Slots

from ._base import AbstractUnivariate, check_finite
from ._sampling import uniforms


@final
class Uniform(AbstractUnivariate):
    """A constant on a finite range."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)

    def __check_init__(self) -> None:
        check_finite("uniform", self)

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        del at
        return jnp.zeros_like(x)

    def log_integral(self, at: Slots) -> Scalar:
        return jnp.asarray(np.log(self.upper - self.lower), at.dtype)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        del at
        return (self.lower + (self.upper - self.lower) * uniforms(key, n))[:, None]
