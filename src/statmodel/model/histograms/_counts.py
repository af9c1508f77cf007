r"""Counts of all bins, and their Poisson probability.

.. math:: \log P = \sum_b \big[ n_b \log(\nu_b / n_b) - (\nu_b - n_b) + c(n_b) \big], \qquad
   c(n) = n \log n - n - \log\Gamma(n + 1)

c, the log probability of n where n is expected, depends on the data only and is taken when data are
bound. It is small, so that nothing large cancels where there are millions of events. A bin that
expects nothing has probability one of being empty; it, or a bin that expects less than nothing, is
impossible otherwise.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy import special
from jaxtyping import Array, Bool, Float

from statmodel import _elementary
from statmodel.model._expressions import Scalar

_MANY = 32.0
"""Events, from which Stirling's series is used."""


@final
class Counts(eqx.Module):
    """The observed bins of all channels, as `bind` left them."""

    observed: Float[Array, " bin"]
    """Counts, not necessarily whole; 0 where masked."""
    mask: Bool[Array, " bin"]
    """True for bins that count."""
    constant: Scalar
    """The log probability where the counts are what is expected."""


def counts(observed: Float[Array, " bin"], mask: Bool[Array, " bin"]) -> Counts:
    """Do once what depends on the counts only."""
    observed = jnp.where(mask, observed, 0.0)
    return Counts(observed, mask, _as_expected(observed).sum())


def _as_expected(counts: Float[Array, " bin"]) -> Float[Array, " bin"]:
    """c(n); of many events by Stirling's series, whose first term left out is below 2e-14."""
    few = counts < _MANY
    n = jnp.where(few & (counts > 0), counts, 1.0)
    direct = n * jnp.log(n) - n - special.gammaln(n + 1.0)
    n = jnp.where(few, _MANY, counts)
    rest = (1 / 12 - (1 / 360 - 1 / (1260 * n**2)) / n**2) / n
    series = -0.5 * jnp.log(2 * jnp.pi * n) - rest
    return jnp.where(few, jnp.where(counts > 0, direct, 0.0), series)


def poisson_log_prob(expected: Float[Array, " bin"], data: Counts) -> Scalar:
    """The log probability; `-inf` where the counts are impossible.

    Example:
        >>> bins = counts(jnp.array([3.0, 0.0]), jnp.array([True, True]))
        >>> round(float(poisson_log_prob(jnp.array([2.0, 0.0]), bins)), 10)
        -1.7123179275
    """
    positive = expected > 0
    # Left out on the way in, so that bins that cannot be disturb no derivative.
    used = jnp.where(positive & data.mask, expected, 1.0)
    size = jnp.where(data.observed > 0, data.observed, 1.0)
    excess = jnp.where(data.mask, expected - data.observed, 0.0)
    each = data.observed * _elementary.log(used / size) - excess
    possible = positive | ((expected == 0) & (data.observed == 0)) | ~data.mask
    total = each.sum() + data.constant
    # Anything but the total itself would be differentiated where it is not chosen.
    return jnp.where(possible.all(), total, jax.lax.stop_gradient(jnp.full_like(total, -jnp.inf)))


def poisson_slopes(
    expected: Float[Array, " bin"], data: Counts
) -> tuple[Float[Array, " bin"], Float[Array, " bin"]]:
    r"""First derivatives n/ν - 1 and minus second derivatives n/ν² of the log probability."""
    positive = (expected > 0) & data.mask
    used = jnp.where(positive, expected, 1.0)
    share = jnp.where(positive, data.observed / used, 0.0)
    return jnp.where(data.mask, share - 1.0, 0.0), share / used


def expected_weights(expected: Float[Array, " bin"], data: Counts) -> Float[Array, " bin"]:
    """What minus the second derivatives are on average over counts: 1/ν."""
    positive = (expected > 0) & data.mask
    return jnp.where(positive, 1.0 / jnp.where(positive, expected, 1.0), 0.0)
