r"""The ARGUS background shape.

.. math:: f(x) = x\,u^p\,e^{c\,u}, \qquad u = 1 - (x/\mathrm{endpoint})^2,
   \qquad 0 < x < \mathrm{endpoint}

(ARGUS collaboration, Phys. Lett. B 241 (1990) 278, p = 1/2.)  With :math:`u = v^2` the integral is

.. math:: \int f\,dx = \mathrm{endpoint}^2 \int_{v_1}^{v_2} v^{2p + 1} e^{c\,v^2}\,dv,

smooth at the endpoint for p = 1/2, and taken by Gauss-Legendre panels that shrink towards it. For
p < 0 one integration by parts raises p by one: the integrand would be infinite there for p < -1/2.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import legendre_rule, safe_log
from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate, check_finite
from ._sampling import sample_line

_PANELS = (0.0, 1 / 512, 1 / 64, 1 / 8, 1 / 2, 3 / 4, 1.0)
_ORDER = 24
_NEAR = 0.125


@final
class Argus(AbstractUnivariate):
    """`endpoint` in units of the observable; `slope` (c) and `power` (p > -1) dimensionless.

    The density is zero above the endpoint, and for `x <= 0`.
    """

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    endpoint: AbstractExpression
    slope: AbstractExpression
    power: AbstractExpression

    def __check_init__(self) -> None:
        check_finite("argus", self)
        if self.upper <= 0.0:
            msg = f"an argus density lives on positive numbers, got max {self.upper}"
            raise ValueError(msg)

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        u = self._distance(x, at)
        inside = (x > 0.0) & (u > 0.0)
        safe_u, safe_x = jnp.where(inside, u, 1.0), jnp.where(inside, x, 1.0)
        log_f = jnp.log(safe_x) + self.power.value(at) * jnp.log(safe_u)
        return jnp.where(inside, log_f + self.slope.value(at) * safe_u, -jnp.inf)

    def log_integral(self, at: Slots) -> Scalar:
        low, high = self._roots(at)
        power, slope = self.power.value(at), self.slope.value(at)
        # Only where the range comes near the endpoint: far from it the ends would nearly cancel.
        raised = (power < 0.0) & (low < _NEAR * high)
        steps, weights = legendre_rule(np.array(_PANELS), order=_ORDER)
        v = low + (high - low) * jnp.asarray(steps)
        log_f = self._log_in_root(v, at) + jnp.where(raised, 2.0 * _log(v), 0.0)
        log_ends = [self._log_in_root(end, at) + _log(end) for end in (low, high)]
        largest_end = jnp.where(raised, jnp.maximum(*log_ends), -jnp.inf)
        offset = jax.lax.stop_gradient(jnp.maximum(log_f.max(), largest_end))
        total = (high - low) * jnp.dot(jnp.exp(log_f - offset), jnp.asarray(weights))
        first, last = (jnp.exp(jnp.where(raised, end - offset, 0.0)) for end in log_ends)
        by_parts = 0.5 * (last - first) / (power + 1.0) - slope / (power + 1.0) * total
        area = safe_log(jnp.where(raised, by_parts, total)) + offset
        # No part of the range lies below the endpoint: the density is zero, not undefined.
        whole = area + 2.0 * jnp.log(self.endpoint.value(at))
        return jnp.where(high > low, whole, jnp.inf)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        def shape(v: Scalar) -> Scalar:
            return self._log_in_root(v, at)

        v = sample_line(shape, *self._roots(at), key=key, n=n)
        draws = self.endpoint.value(at) * jnp.sqrt((1.0 - v) * (1.0 + v))
        return jnp.clip(draws, self.lower, self.upper)[:, None]

    def _distance(self, x: Scalar, at: Slots) -> Scalar:
        ratio = x / self.endpoint.value(at)
        return (1.0 - ratio) * (1.0 + ratio)

    def _log_in_root(self, v: Float[Array, "*node"], at: Slots) -> Float[Array, "*node"]:
        """Natural log of `v^(2p + 1) exp(c v^2)`."""
        power = 2.0 * self.power.value(at) + 1.0
        return power * _log(v) + self.slope.value(at) * v * v

    def _roots(self, at: Slots) -> tuple[Scalar, Scalar]:
        """The range in v, its lower end being the upper bound in x."""
        bounds = (self.upper, max(self.lower, 0.0))
        u_low, u_high = (self._distance(jnp.asarray(x, at.dtype), at) for x in bounds)
        return _safe_sqrt(u_low), _safe_sqrt(u_high)


def _log(v: Float[Array, "*node"]) -> Float[Array, "*node"]:
    return jnp.log(jnp.maximum(v, 1e-150))


def _safe_sqrt(u: Scalar) -> Scalar:
    positive = u > 0.0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, u, 1.0)), 0.0)
