r"""The gamma density, shifted by a location.

.. math:: \ell(x) = (k - 1)\ln y - y, \qquad y = \frac{x - \mathrm{location}}{\mathrm{scale}} > 0

The truncated integral is a quadrature in :math:`s = \ln y`, where the integrand
:math:`e^{ks - e^s}` is entire; unlike the incomplete gamma function it has all its derivatives
in the shape k.  For k < 1, where the range begins near zero, one integration by parts raises k
(DLMF 8.8.1).
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
from ._sampling import sample_line

_EFOLDS = 45.0  # what lies deeper below the largest integrand is left out: 3e-20 of the whole
_PANELS = 24
_ORDER = 12


@final
class Gamma(AbstractUnivariate):
    """`shape` (k) > 0 dimensionless, `scale` > 0 and `location` in units of the observable.

    RooFit's `gamma`, `beta`, `mu`. The density is zero for `x <= location`.
    """

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    shape: AbstractExpression
    scale: AbstractExpression
    location: AbstractExpression

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        y = (x - self.location.value(at)) / self.scale.value(at)
        positive = y > 0.0
        safe = jnp.where(positive, y, 1.0)
        log_f = (self.shape.value(at) - 1.0) * jnp.log(safe) - safe
        return jnp.where(positive, log_f, -jnp.inf)

    def log_integral(self, at: Slots) -> Scalar:
        k = self.shape.value(at)
        low, high = self._ends(at)
        reached = high > low
        high = jnp.where(reached, high, low + 1.0)
        by_parts = (k < 1.0) & (low < 1.0)
        raised = jnp.where(by_parts, k + 1.0, k)
        s_low, s_high = _interval(raised, low, high)
        steps, weights = legendre_rule(np.linspace(0.0, 1.0, _PANELS + 1), order=_ORDER)
        s = s_low + (s_high - s_low) * jnp.asarray(steps)
        exponent = raised * s - jnp.exp(s)
        offset = jax.lax.stop_gradient(jnp.maximum(exponent.max(), _log_ends(k, low, high)))
        area = (s_high - s_low) * jnp.dot(jnp.exp(exponent - offset), jnp.asarray(weights))
        ends = _end_value(k, high, offset) - _end_value(k, low, offset)
        total = jnp.where(by_parts, (area + ends) / k, area)
        # No part of the range lies above the location: the density is zero, not undefined.
        log_total = safe_log(total) + offset + jnp.log(self.scale.value(at))
        return jnp.where(reached, log_total, jnp.inf)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        k = self.shape.value(at)

        def shape(s: Scalar) -> Scalar:
            return k * s - jnp.exp(s)

        s = sample_line(shape, *_interval(k, *self._ends(at)), key=key, n=n)
        draws = self.location.value(at) + self.scale.value(at) * jnp.exp(s)
        return jnp.clip(draws, self.lower, self.upper)[:, None]

    def _ends(self, at: Slots) -> tuple[Scalar, Scalar]:
        """The range in y, from zero at least."""
        location, scale = self.location.value(at), self.scale.value(at)
        zero, infinity = jnp.zeros((), at.dtype), jnp.asarray(jnp.inf, at.dtype)
        low = zero if np.isinf(self.lower) else jnp.maximum((self.lower - location) / scale, 0.0)
        if np.isinf(self.upper):
            return low, infinity
        return low, jnp.maximum((self.upper - location) / scale, 0.0)


def _interval(k: Scalar, low: Scalar, high: Scalar) -> tuple[Scalar, Scalar]:
    """The range in `ln y`, cut to where the integrand is within `_EFOLDS` of its largest value."""
    # The cuts are constants to derivatives, the ends of the range are not.
    k = jax.lax.stop_gradient(k)
    nearest = jax.lax.stop_gradient(jnp.clip(k, low, high))
    # Around a peak inside the range; and on the slope of one outside, which may be much steeper:
    # `k ln y - y` falls at least as (k - y) ln y below y < k, and as (1 - k/y) y above y > k.
    spread = jnp.sqrt(2.0 * _EFOLDS * jnp.maximum(k, nearest)) + 2.0 * _EFOLDS
    slope_above = 1.0 - k / jnp.maximum(nearest, k)
    above = jnp.log(nearest + jnp.minimum(spread, _over(_EFOLDS, slope_above)))
    depth = _EFOLDS / k + jnp.sqrt(2.0 * _EFOLDS / k)
    below = safe_log(nearest) - jnp.minimum(depth, _over(_EFOLDS, k - jnp.minimum(nearest, k)))
    return _cut(low, below, lowest=True), _cut(high, above, lowest=False)


def _over(number: float, divisor: Scalar) -> Scalar:
    positive = divisor > 0.0
    return jnp.where(positive, number / jnp.where(positive, divisor, 1.0), jnp.inf)


def _cut(end: Scalar, limit: Scalar, *, lowest: bool) -> Scalar:
    usable = (end > 0.0) & (end < jnp.inf)
    log_end = jnp.log(jnp.where(usable, end, 1.0))
    inside = usable & ((log_end > limit) if lowest else (log_end < limit))
    return jnp.where(inside, log_end, limit)


def _end_value(k: Scalar, end: Scalar, offset: Scalar) -> Scalar:
    """`y^k exp(-y - offset)` at an end of the range; zero at zero and at infinity."""
    usable = (end > 0.0) & (end < jnp.inf)
    safe = jnp.where(usable, end, 1.0)
    return jnp.where(usable, jnp.exp(k * jnp.log(safe) - safe - offset), 0.0)


def _log_ends(k: Scalar, low: Scalar, high: Scalar) -> Scalar:
    """Largest exponent that `_end_value` meets."""
    exponents = []
    for end in (low, high):
        usable = (end > 0.0) & (end < jnp.inf)
        safe = jnp.where(usable, end, 1.0)
        exponents.append(jnp.where(usable, k * jnp.log(safe) - safe, -jnp.inf))
    return jnp.maximum(*exponents)
