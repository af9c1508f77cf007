r"""A power of the observable.

.. math:: f(x) = x^p, \qquad \int_a^b x^p\,dx = \int_{\ln a}^{\ln b} e^{(p + 1)\,y}\,dy

smooth through p = -1; the range is in `x > 0`.
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import exponential_quantile, log_exponential_integral, safe_log
from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate
from ._sampling import uniforms


@final
class PowerLaw(AbstractUnivariate):
    """`x^power`, the observable in its own unit.

    With a lower bound of zero the power must exceed -1, with no upper bound it must be below -1:
    the density vanishes otherwise.
    """

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    power: AbstractExpression

    def __check_init__(self) -> None:
        if self.lower < 0.0:
            msg = f"a power law needs a range of positive numbers, got min {self.lower}"
            raise ValueError(msg)
        if self.lower == 0.0 and np.isinf(self.upper):
            msg = "a power law from 0 to infinity has no integral: give `min` > 0 or `max`"
            raise ValueError(msg)

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        return self.power.value(at) * (safe_log(x) - self._origin())

    def log_integral(self, at: Slots) -> Scalar:
        slope = self.power.value(at) + 1.0
        origin = self._origin()
        if self.lower > 0.0 and np.isfinite(self.upper):
            low = jnp.asarray(np.log(self.lower) - origin, at.dtype)
            high = jnp.asarray(np.log(self.upper) - origin, at.dtype)
            return log_exponential_integral(slope, low, high) + origin
        decay = -slope if self.lower > 0.0 else slope
        falls = decay > 0.0
        return jnp.where(falls, origin - jnp.log(jnp.where(falls, decay, 1.0)), jnp.inf)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        low = jnp.asarray(np.log(self.lower) if self.lower > 0.0 else -np.inf, at.dtype)
        high = jnp.asarray(np.log(self.upper), at.dtype)
        slope = self.power.value(at) + 1.0
        draws = jnp.exp(exponential_quantile(uniforms(key, n), slope, low, high))
        return jnp.clip(draws, self.lower, self.upper)[:, None]

    def _origin(self) -> float:
        """Log of the point where the shape is one."""
        if self.lower == 0.0:
            return float(np.log(self.upper))
        if np.isinf(self.upper):
            return float(np.log(self.lower))
        return 0.5 * float(np.log(self.lower) + np.log(self.upper))
