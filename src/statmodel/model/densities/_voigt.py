r"""The Voigt profile: a Breit-Wigner convolved with a gaussian.

.. math:: f(x) = \frac{\mathrm{Re}\,w(z)}{\sigma\sqrt2}, \qquad
   z = \frac{x - \mathrm{mean} + i\,\Gamma/2}{\sigma\sqrt2}

The integral over the range is Gauss-Legendre in t, :math:`x = \mathrm{mean} + s \sinh t`, which
turns power tails into exponential ones: a fixed rule serves any range.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import legendre_rule, safe_log
from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate
from ._faddeeva import real_faddeeva
from ._sampling import sample_line

# In t; the peak is within 3, and beyond 40 lie 1e-17 of it.
_EDGES = (-40.0, -24.0, -14.0, -8.0, -5.0, -3.0, -1.5, 0.0, 1.5, 3.0, 5.0, 8.0, 14.0, 24.0, 40.0)
_ORDER = 14
_SQRT_TWO = float(np.sqrt(2.0))


@final
class Voigt(AbstractUnivariate):
    """`width` > 0 is the Breit-Wigner's full width at half maximum, `sigma` > 0 the resolution."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    mean: AbstractExpression
    width: AbstractExpression
    sigma: AbstractExpression

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        return jnp.log(self._profile(x - self.mean.value(at), at))

    def log_integral(self, at: Slots) -> Scalar:
        # The range does not move, so the nodes are constants to the derivatives.
        fixed = jax.lax.stop_gradient(at)
        edges = jnp.clip(jnp.asarray(_EDGES), *self._ends(fixed))
        steps, weights = legendre_rule(np.array([0.0, 1.0]), order=_ORDER)
        panels = jnp.diff(edges)[:, None]
        t = (edges[:-1, None] + panels * jnp.asarray(steps)[None, :]).ravel()
        scale = self._scale(fixed)
        x = self.mean.value(fixed) + scale * jnp.sinh(t)
        weight = (panels * jnp.asarray(weights)[None, :]).ravel() * scale * jnp.cosh(t)
        return safe_log(jnp.dot(self._profile(x - self.mean.value(at), at), weight))

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        def shape(t: Scalar) -> Scalar:
            scale = self._scale(at)
            return jnp.log(self._profile(scale * jnp.sinh(t), at) * jnp.cosh(t))

        t = sample_line(shape, *self._ends(at), key=key, n=n)
        draws = self.mean.value(at) + self._scale(at) * jnp.sinh(t)
        return jnp.clip(draws, self.lower, self.upper)[:, None]

    def _scale(self, at: Slots) -> Scalar:
        return self.sigma.value(at) + 0.5 * self.width.value(at)

    def _ends(self, at: Slots) -> tuple[Scalar, Scalar]:
        """The range in t."""
        mean, scale = self.mean.value(at), self._scale(at)
        low, high = (
            jnp.asarray(limit, at.dtype) if np.isinf(bound) else jnp.arcsinh((bound - mean) / scale)
            for bound, limit in ((self.lower, _EDGES[0]), (self.upper, _EDGES[-1]))
        )
        return low, high

    def _profile(self, distance: Float[Array, "*node"], at: Slots) -> Float[Array, "*node"]:
        unit = _SQRT_TWO * self.sigma.value(at)
        return real_faddeeva(distance / unit, 0.5 * self.width.value(at) / unit) / unit
