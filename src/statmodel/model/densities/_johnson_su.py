r"""Johnson's S_U: a gaussian in the inverse hyperbolic sine of the observable.

.. math:: z = \gamma + \delta\,\mathrm{asinh}\,y, \qquad
   y = \frac{x - \mathrm{mean}}{\mathrm{scale}}, \qquad
   \ell(x) = -\tfrac12 z^2 - \tfrac12 \ln(1 + y^2)

(N. L. Johnson, Biometrika 36 (1949) 149.)  `mean` is the location of the transformation, not the
expectation, as in RooFit's `RooJohnson`.
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
class JohnsonSU(AbstractUnivariate):
    """`mean` and `scale` > 0 in units of the observable; `gamma` and `delta` > 0 dimensionless."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    mean: AbstractExpression
    scale: AbstractExpression
    gamma: AbstractExpression
    delta: AbstractExpression

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        y = (x - self.mean.value(at)) / self.scale.value(at)
        z = self.gamma.value(at) + self.delta.value(at) * jnp.arcsinh(y)
        return -0.5 * z * z - 0.5 * jnp.log1p(y * y)

    def log_integral(self, at: Slots) -> Scalar:
        log_scale = jnp.log(self.scale.value(at) / self.delta.value(at))
        return log_normal_mass(*self._ends(at)) + log_scale + LOG_SQRT_TWO_PI

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        z = normal_quantile(uniforms(key, n), *self._ends(at))
        y = jnp.sinh((z - self.gamma.value(at)) / self.delta.value(at))
        draws = self.mean.value(at) + self.scale.value(at) * y
        return jnp.clip(draws, self.lower, self.upper)[:, None]

    def _ends(self, at: Slots) -> tuple[Scalar, Scalar]:
        mean, scale = self.mean.value(at), self.scale.value(at)
        gamma, delta = self.gamma.value(at), self.delta.value(at)

        def transformed(bound: float) -> Scalar:
            if np.isinf(bound):
                return standardised(bound, mean, scale)
            return gamma + delta * jnp.arcsinh((bound - mean) / scale)

        return transformed(self.lower), transformed(self.upper)
