r"""The lognormal: the log of the observable is gaussian.

.. math:: \ell(x) = -\frac{\ln^2(x/\mathrm{median})}{2\,\mathrm{shape}^2} - \ln x, \qquad x > 0
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate
from ._normal import LOG_SQRT_TWO_PI, log_normal_mass, normal_quantile, standardised
from ._sampling import uniforms


@final
class LogNormal(AbstractUnivariate):
    """`median` in units of the observable; `shape` is the standard deviation of `ln x`.

    RooFit's `k` is `exp(shape)`. The density is zero for `x <= 0`.
    """

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    median: AbstractExpression
    shape: AbstractExpression

    def __check_init__(self) -> None:
        if self.upper <= 0.0:
            msg = f"a lognormal lives on positive numbers, got max {self.upper}"
            raise ValueError(msg)

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        positive = x > 0.0
        log_x = jnp.log(jnp.where(positive, x, 1.0))
        z = (log_x - jnp.log(self.median.value(at))) / self.shape.value(at)
        return jnp.where(positive, -0.5 * z * z - log_x, -jnp.inf)

    def log_integral(self, at: Slots) -> Scalar:
        mass = log_normal_mass(*self._ends(at))
        return mass + jnp.log(self.shape.value(at)) + LOG_SQRT_TWO_PI

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        z = normal_quantile(uniforms(key, n), *self._ends(at))
        draws = self.median.value(at) * jnp.exp(self.shape.value(at) * z)
        return jnp.clip(draws, self.lower, self.upper)[:, None]

    def _ends(self, at: Slots) -> tuple[Scalar, Scalar]:
        centre, shape = jnp.log(self.median.value(at)), self.shape.value(at)
        low = float(np.log(self.lower)) if self.lower > 0.0 else -np.inf
        high = float(np.log(self.upper))
        return standardised(low, centre, shape), standardised(high, centre, shape)
