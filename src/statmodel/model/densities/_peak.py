r"""Peaks of two sides, each a gaussian core and, at will, a power tail.

With :math:`d \ge 0` the distance from the peak in units of the side's `sigma`,

.. math::

   \ln f(d) = -\tfrac12 d^2 \ (d \le \alpha), \qquad
   -\tfrac12\alpha^2 - n \ln\bigl(1 + \tfrac{\alpha}{n}(d - \alpha)\bigr) \ (d > \alpha)

(J. Gaiser, SLAC-R-255 (1982), appendix F).  Gaussians with two widths and both crystal balls are
such peaks; the tail is an exponential in the log of its bracket, smooth through n = 1.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel._numerics import exponential_quantile, log_sinhc, safe_log
from statmodel.model._expressions import Scalar

from ._normal import half_normal, half_normal_quantile, standardised

_NEVER = 1e30  # sigmas: a tail that begins here holds nothing
_ANY_POWER = 2.0
_LARGEST_EXPONENT = 700.0


@final
class Flanks(eqx.Module):
    """Both sides of a peak, left and right: widths, and tails `alpha` sigmas out of power `n`."""

    sigma: Float[Array, "2"]
    alpha: Float[Array, "2"]
    n: Float[Array, "2"]
    tails: bool = eqx.field(static=True, default=True)

    def masses(
        self,
        nearer: Float[Array, "2"],
        farther: Float[Array, "2"],
        offset: Scalar,
        *,
        unbounded: tuple[bool, bool],
    ) -> Float[Array, "piece side"]:
        """Integrals over x of `exp(offset) f`, core and tail, between two distances in sigmas.

        Args:
            nearer: distance of the nearer end of the range on each side, at least zero.
            farther: distance of the farther end; equal where the range is all on the other side.
            offset: minus the log of f at the nearest point of the whole range.
            unbounded: whether `farther` stands for infinity.
        """
        alpha, n = self.alpha, self.n
        core = half_normal(jnp.minimum(nearer, alpha), jnp.minimum(farther, alpha), offset)
        if not self.tails:
            return jnp.stack([self.sigma * core, jnp.zeros_like(core)])
        start, stop = self.log_bracket(nearer), self.log_bracket(farther)
        log_scale = offset - 0.5 * alpha * alpha
        half, slope = 0.5 * (stop - start), 1.0 - n
        area = 2.0 * half * _exp(log_scale + slope * (start + half) + log_sinhc(slope * half))
        if any(unbounded):
            steep = n > 1.0  # a slower tail has no integral
            decay = jnp.where(steep, n - 1.0, 1.0)
            whole = jnp.where(steep, _exp(log_scale - decay * start) / decay, jnp.inf)
            area = jnp.where(jnp.asarray(unbounded), whole, area)
        return jnp.stack([self.sigma * core, self.sigma * n / alpha * area])

    def log_bracket(self, distance: Float[Array, "2"]) -> Float[Array, "2"]:
        """Log of the tail's bracket; 0 in the core."""
        return jnp.log1p(self.alpha / self.n * jnp.maximum(distance - self.alpha, 0.0))


@final
class Peak(eqx.Module):
    """Two flanks that meet at `mean`, on the range from `lower` to `upper`."""

    mean: Scalar
    flanks: Flanks
    lower: float = eqx.field(static=True)
    upper: float = eqx.field(static=True)

    def log_value(self, x: Scalar) -> Scalar:
        """Natural log of the peak at `x`; 0 at `mean`."""
        below = x < self.mean
        # One side is evaluated, with the parameters of the side that the event is on.
        sigma, alpha, n = (
            jnp.where(below, pair[0], pair[1])
            for pair in (self.flanks.sigma, self.flanks.alpha, self.flanks.n)
        )
        distance = jnp.abs(x - self.mean) / sigma
        core = jnp.minimum(distance, alpha)
        tail = jnp.log1p(alpha / n * jnp.maximum(distance - alpha, 0.0))
        return -0.5 * core * core - n * tail

    def log_integral(self) -> Scalar:
        """Natural log of the integral over the range."""
        masses, offset = self._masses()
        return safe_log(masses.sum()) - offset

    def quantile(self, u: Float[Array, " event"]) -> Float[Array, " event"]:
        """Events from uniform numbers: one number chooses the piece and the place in it."""
        masses, _ = self._masses()
        shares = (masses / masses.sum()).ravel()
        ends = jnp.cumsum(shares)
        piece = jnp.clip(jnp.searchsorted(ends, u, side="right"), 0, shares.size - 1)
        inside = jnp.clip((u - (ends - shares)[piece]) / shares[piece], 0.0, 1.0)
        in_core, side = piece // 2 == 0, piece % 2
        nearer, farther = self._ends()
        alpha, n = self.flanks.alpha, self.flanks.n
        core = half_normal_quantile(
            inside, jnp.minimum(nearer, alpha)[side], jnp.minimum(farther, alpha)[side]
        )
        start = self.flanks.log_bracket(nearer)
        stop = jnp.where(jnp.asarray(self._unbounded()), jnp.inf, self.flanks.log_bracket(farther))
        bracket = exponential_quantile(inside, 1.0 - n[side], start[side], stop[side])
        tail = alpha[side] + (n / alpha)[side] * jnp.expm1(bracket)
        distance = self.flanks.sigma[side] * jnp.where(in_core, core, tail)
        draws = self.mean + jnp.where(side == 0, -distance, distance)
        return jnp.clip(draws, self.lower, self.upper)

    def _unbounded(self) -> tuple[bool, bool]:
        return self.lower == -jnp.inf, self.upper == jnp.inf

    def _ends(self) -> tuple[Float[Array, "2"], Float[Array, "2"]]:
        """Nearer and farther end of the range in sigmas, on each side; equal where empty."""
        left, right = self.flanks.sigma
        nearer = (
            -standardised(self.upper, self.mean, left),
            standardised(self.lower, self.mean, right),
        )
        farther = (
            -standardised(self.lower, self.mean, left),
            standardised(self.upper, self.mean, right),
        )
        return jnp.maximum(jnp.stack(nearer), 0.0), jnp.maximum(jnp.stack(farther), 0.0)

    def _masses(self) -> tuple[Float[Array, "piece side"], Scalar]:
        """Areas of the cores and of the tails, left and right, times `exp(offset)`."""
        nearer, farther = self._ends()
        core = jnp.minimum(nearer, self.flanks.alpha)
        log_nearest = -0.5 * core * core - self.flanks.n * self.flanks.log_bracket(nearer)
        offset = jax.lax.stop_gradient(-log_nearest.sum())
        return self.flanks.masses(nearer, farther, offset, unbounded=self._unbounded()), offset


def without_tail(sigma: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """Arguments of a side that is gaussian all the way: `sigma`, and a tail never reached."""
    return sigma, jnp.full_like(sigma, _NEVER), jnp.full_like(sigma, _ANY_POWER)


def flanks(
    left: tuple[Scalar, Scalar, Scalar],
    right: tuple[Scalar, Scalar, Scalar],
    *,
    tails: bool = True,
) -> Flanks:
    """Flanks from `(sigma, alpha, n)` of each side; `tails` false where neither has one."""
    sigma, alpha, n = (jnp.stack(pair) for pair in zip(left, right, strict=True))
    return Flanks(sigma, alpha, n, tails)


def _exp(exponent: Float[Array, "2"]) -> Float[Array, "2"]:
    return jnp.exp(jnp.minimum(exponent, _LARGEST_EXPONENT))
