r"""The gaussian, truncated to its range.

.. math:: \ell(x) = -\frac{(x - \mathrm{mean})^2}{2\,\sigma^2}
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate
from ._normal import LOG_SQRT_TWO_PI, log_normal_mass, normal_quantile, standardised
from ._sampling import uniforms


@final
class Gaussian(AbstractUnivariate):
    """A gaussian of standard deviation `sigma`; `mean` and `sigma` in units of the observable."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    mean: AbstractExpression
    sigma: AbstractExpression

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        z = (x - self.mean.value(at)) / self.sigma.value(at)
        return -0.5 * z * z

    def log_integral(self, at: Slots) -> Scalar:
        mass = log_normal_mass(*self._ends(at))
        return mass + jnp.log(self.sigma.value(at)) + LOG_SQRT_TWO_PI

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        z = normal_quantile(uniforms(key, n), *self._ends(at))
        x = self.mean.value(at) + self.sigma.value(at) * z
        return jnp.clip(x, self.lower, self.upper)[:, None]

    def _ends(self, at: Slots) -> tuple[Scalar, Scalar]:
        mean, sigma = self.mean.value(at), self.sigma.value(at)
        return standardised(self.lower, mean, sigma), standardised(self.upper, mean, sigma)
