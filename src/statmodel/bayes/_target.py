r"""The posterior density over the whole space, as samplers want it.

.. math:: \tilde q(u) = p(D \mid \theta(u))\, \pi(\theta(u)) \left|\frac{d\theta}{du}\right|

with one coordinate on the real line for each free parameter x, bounded by a and b (of which either
may be infinite, and which are those of the root where a formula takes a square root):

.. math:: F(x) = F(a) + [F(b) - F(a)]\, \sigma(u), \qquad F(x) = \sigma\left(\frac{x - m}{w}\right)

with the logistic function :math:`\sigma`. Far from bounds it is :math:`u = (x - m) / w`, and close
to one the logarithm of the distance; m and w are chosen to be about middle and width of the
posterior density, so that bounds far away do not matter.
"""

from collections.abc import Callable
from typing import TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import safe_log
from statmodel.model import (
    FreeVector,
    Model,
    Prepared,
    Slots,
    log_likelihood,
    log_likelihood_to_first_order,
    log_likelihood_to_second_order,
)

from ._priors import Priors, Scalar

Inner: TypeAlias = Float[Array, " free"]
"""Free parameters in internal coordinates, which hold roots."""
Outer: TypeAlias = Float[Array, " free"]
"""The same on the real line."""
LogLikelihood: TypeAlias = Callable[[Model, Slots, Prepared], Scalar]

_INWARD = 1e-3
"""Of a width or a range, from its ends."""
_FARTHEST = 30.0
"""Widths from the middle."""


@final
class Target(eqx.Module):
    """Likelihood, priors and coordinates, of one data set."""

    model: Model
    prepared: Prepared
    priors: Priors
    middle: Inner
    """m of each."""
    width: Inner
    """w of each."""

    @property
    def size(self) -> int:
        """How many parameters are free."""
        return len(self.priors.places)

    def log_prob(self, outer: Outer) -> Scalar:
        """Natural log of q, with the derivatives of the likelihood's own structure: the first."""
        return self._log_prob(outer, log_likelihood_to_first_order)

    def log_prob_to_second_order(self, outer: Outer) -> Scalar:
        """The same number, with first and second derivatives."""
        return self._log_prob(outer, log_likelihood_to_second_order)

    def log_density(self, values: Float[Array, " parameter"]) -> Scalar:
        """Natural log of likelihood times prior at values of all parameters; no coordinates."""
        slots = self.model.scope.at_values(values)
        log = log_likelihood(self.model, slots, self.prepared) + self.priors.log_prob(values)
        return jnp.where(jnp.isnan(log), -jnp.inf, log)

    def values(self, outer: Outer) -> Float[Array, " free"]:
        """Free parameters in the user's units."""
        return self.model.space.to_values(self._free(self.inner(outer)))[self._places]

    def inner(self, outer: Outer) -> Inner:
        """Internal coordinates."""
        low, high = self.ends()
        below, above, between = self._parts()
        part = below + between * jax.nn.sigmoid(outer)
        rest = above + between * jax.nn.sigmoid(-outer)
        # Sums are rounded: nothing may lie beyond a bound.
        return jnp.clip(self.middle + self.width * (jnp.log(part) - jnp.log(rest)), low, high)

    def outer(self, inner: Inner) -> Outer:
        """On the real line; what is on a bound, beyond, or very far away is moved inside first."""
        low, high = self.ends()
        inward = _INWARD * jnp.minimum(self.width, high - low)
        at = jnp.clip(inner, low + inward, high - inward)
        far = jnp.clip((at - self.middle) / self.width, -_FARTHEST, _FARTHEST)
        below, above, between = self._parts()
        part = (jax.nn.sigmoid(far) - below) / between
        rest = (jax.nn.sigmoid(-far) - above) / between
        least = _INWARD**2
        return jnp.log(jnp.maximum(part, least)) - jnp.log(jnp.maximum(rest, least))

    def ends(self) -> tuple[Float[np.ndarray, " free"], Float[np.ndarray, " free"]]:
        """Bounds, in internal coordinates."""
        bounds = np.asarray(self.priors.bounds, float).reshape(-1, 2)
        rooted = np.isin(self._places, self.model.space.rooted)[:, None]
        bounds = np.where(rooted, np.sqrt(np.where(rooted, bounds, 0.0)), bounds)
        return bounds[:, 0], bounds[:, 1]

    @property
    def _places(self) -> np.ndarray:
        return np.array(self.priors.places, int)

    def _free(self, inner: Inner) -> FreeVector:
        return self.model.space.to_free(self.priors.values).at[self._places].set(inner)

    def log_stretch(self, outer: Outer) -> Scalar:
        """Natural log of the volume in the user's units for one on the real line."""
        jacobian = self.model.space.jacobian(self._free(self.inner(outer)))
        return safe_log(jacobian[self._places]).sum() + self._log_slope(outer)

    def _log_prob(self, outer: Outer, likelihood: LogLikelihood) -> Scalar:
        free = self._free(self.inner(outer))
        log = likelihood(self.model, self.model.scope.at_free(free), self.prepared)
        log = log + self.priors.log_prob(self.model.space.to_values(free))
        log = log + self.log_stretch(outer)
        return jnp.where(jnp.isnan(log), -jnp.inf, log)

    def _log_slope(self, outer: Outer) -> Scalar:
        """Natural log of the volume in internal coordinates for one on the real line."""
        below, above, between = self._parts()
        one, other = jax.nn.log_sigmoid(outer), jax.nn.log_sigmoid(-outer)
        part, rest = below + between * jnp.exp(one), above + between * jnp.exp(other)
        log = jnp.log(self.width * between) + one + other - jnp.log(part) - jnp.log(rest)
        return log.sum()

    def _parts(self) -> tuple[Inner, Inner, Inner]:
        """F(a), 1 - F(b), and the difference of F(b) and F(a)."""
        low, high = self.ends()
        below = jax.nn.sigmoid((low - self.middle) / self.width)
        above = jax.nn.sigmoid((self.middle - high) / self.width)
        return below, above, 1.0 - below - above
