r"""The exponential, rising or falling.

.. math:: \ell(x) = \mathrm{slope}\cdot x, \qquad
   \int_a^b e^{\mathrm{slope}\,x}\,dx = (b - a)\,e^{\mathrm{slope}\,m}\,
   \frac{\sinh u}{u}, \quad m = \tfrac{a + b}{2},\ u = \mathrm{slope}\,\tfrac{b - a}{2}

The last form is smooth through slope zero.
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import exponential_quantile, log_exponential_integral
from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate
from ._sampling import uniforms


@final
class Exponential(AbstractUnivariate):
    """`exp(slope x)`; `slope` in inverse units of the observable, negative for a falling one.

    Where one bound is infinite the density vanishes unless the slope falls towards it.
    """

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    slope: AbstractExpression

    def __check_init__(self) -> None:
        if np.isinf(self.lower) and np.isinf(self.upper):
            msg = "an exponential on the whole line has no integral: give `min` or `max`"
            raise ValueError(msg)

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        return self.slope.value(at) * (x - self._origin())

    def log_integral(self, at: Slots) -> Scalar:
        slope = self.slope.value(at)
        if np.isfinite(self.lower) and np.isfinite(self.upper):
            low = jnp.asarray(self.lower - self._origin(), slope.dtype)
            high = jnp.asarray(self.upper - self._origin(), slope.dtype)
            return log_exponential_integral(slope, low, high)
        decay = -slope if np.isfinite(self.lower) else slope
        falls = decay > 0.0
        return jnp.where(falls, -jnp.log(jnp.where(falls, decay, 1.0)), jnp.inf)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        slope = self.slope.value(at)
        low, high = (jnp.asarray(bound, slope.dtype) for bound in (self.lower, self.upper))
        draws = exponential_quantile(uniforms(key, n), slope, low, high)
        return jnp.clip(draws, self.lower, self.upper)[:, None]

    def _origin(self) -> float:
        """Where the shape is one: inside the range, so that no exponent is large for nothing."""
        if np.isinf(self.lower):
            return self.upper
        return self.lower if np.isinf(self.upper) else 0.5 * (self.lower + self.upper)
