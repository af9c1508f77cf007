r"""A gaussian with one width on each side of its peak.

.. math::

   \ell(x) = -\frac{(x - \mathrm{mean})^2}{2\,\sigma^2},
   \qquad \sigma = \sigma_{\mathrm{left}} \text{ below the mean, } \sigma_{\mathrm{right}}
   \text{ above}
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate
from ._peak import Peak, flanks, without_tail
from ._sampling import uniforms


@final
class BifurcatedGaussian(AbstractUnivariate):
    """Two half gaussians that meet at `mean`; all arguments in units of the observable."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    mean: AbstractExpression
    sigma_left: AbstractExpression
    sigma_right: AbstractExpression

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        distance = x - self.mean.value(at)
        z = distance / jnp.where(
            distance < 0.0, self.sigma_left.value(at), self.sigma_right.value(at)
        )
        return -0.5 * z * z

    def log_integral(self, at: Slots) -> Scalar:
        return self._peak(at).log_integral()

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        return self._peak(at).quantile(uniforms(key, n))[:, None]

    def _peak(self, at: Slots) -> Peak:
        left = without_tail(self.sigma_left.value(at))
        right = without_tail(self.sigma_right.value(at))
        return Peak(self.mean.value(at), flanks(left, right, tails=False), self.lower, self.upper)
