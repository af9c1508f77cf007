r"""The non-relativistic Breit-Wigner (Cauchy) density.

.. math:: f(x) = \frac{1}{(x - \mathrm{mean})^2 + \Gamma^2/4}, \qquad
   \int_a^b f\,dx = \frac{2}{\Gamma}\Bigl[\arctan\frac{2(x - \mathrm{mean})}{\Gamma}\Bigr]_a^b
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate
from ._sampling import uniforms


@final
class BreitWigner(AbstractUnivariate):
    """`width` is the full width at half maximum; both arguments in units of the observable."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    mean: AbstractExpression
    width: AbstractExpression

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        z = (x - self.mean.value(at)) / (0.5 * self.width.value(at))
        return -jnp.log1p(z * z)

    def log_integral(self, at: Slots) -> Scalar:
        _, angle = self._angles(at)
        return jnp.log(0.5 * self.width.value(at) * angle)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        start, angle = self._angles(at)
        z = jnp.tan(start + angle * uniforms(key, n))
        draws = self.mean.value(at) + 0.5 * self.width.value(at) * z
        return jnp.clip(draws, self.lower, self.upper)[:, None]

    def _angles(self, at: Slots) -> tuple[Scalar, Scalar]:
        """Arctangent at the lower bound, and its growth up to the upper one."""
        mean, half = self.mean.value(at), 0.5 * self.width.value(at)
        low, high = (self.lower - mean) / half, (self.upper - mean) / half
        right = jnp.asarray(0.5 * np.pi, at.dtype)
        if np.isinf(self.lower):
            unbounded = np.isinf(self.upper)
            growth = 2.0 * right if unbounded else jnp.arctan2(jnp.ones_like(high), -high)
            return -right, growth
        if np.isinf(self.upper):
            return jnp.arctan(low), jnp.arctan2(jnp.ones_like(low), low)
        # One arctangent of the difference: far from the peak two of them would cancel.
        return jnp.arctan(low), jnp.arctan2(high - low, 1.0 + low * high)
