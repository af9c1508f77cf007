r"""Pieces of a unit gaussian, exact however far in its tail and however narrow.

.. math:: H(a, b; c) = \int_a^b e^{c - z^2/2}\,dz, \qquad 0 \le a \le b

With `c` the largest :math:`z^2/2` wanted, nothing underflows; a mass is a sum of two such halves.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from statmodel._elementary import ndtri
from statmodel._numerics import legendre_rule, safe_log
from statmodel.model._expressions import Scalar

LOG_SQRT_TWO_PI = 0.5 * float(np.log(2.0 * np.pi))

# A bound at infinity, in widths: its square is finite, and no parameter moves it.
_INFINITE_WIDTHS = 1e30
_ASYMPTOTIC_BEYOND = 12.0
_NARROW_BELOW = 1.0
_ASYMPTOTIC_QUANTILE_BEYOND = 30.0
_ROOT_HALF = float(np.sqrt(0.5))
_ROOT_HALF_PI = float(np.sqrt(0.5 * np.pi))


def standardised(bound: float, centre: Scalar, scale: Scalar) -> Scalar:
    """A bound in units of `scale` from `centre`; an infinite one is a large constant."""
    if np.isinf(bound):
        return jnp.asarray(np.copysign(_INFINITE_WIDTHS, bound), centre.dtype)
    return (bound - centre) / scale


def log_normal_mass(low: Scalar, high: Scalar) -> Scalar:
    r"""Natural log of :math:`\Phi(high) - \Phi(low)`, for `low < high`.

    Example:
        >>> round(float(log_normal_mass(jnp.array(40.0), jnp.array(50.0))), 6)
        -804.608442
    """
    _, _, masses, offset = _halves(low, high)
    return safe_log(masses.sum()) - offset - LOG_SQRT_TWO_PI


@jax.jit
def normal_quantile(u: Float[Array, " event"], low: Scalar, high: Scalar) -> Float[Array, " event"]:
    """The z below which a share `u` of the unit gaussian on `[low, high]` lies."""
    nearer, farther, masses, _ = _halves(low, high)
    below, above = masses / masses.sum()
    share_left = jnp.clip(1.0 - u / jnp.where(below > 0.0, below, 1.0), 0.0, 1.0)
    share_right = jnp.clip((u - below) / jnp.where(above > 0.0, above, 1.0), 0.0, 1.0)
    is_left = u < below
    # What depends on the ends alone is found for the two halves, not for every event.
    tails = _tails(nearer, farther)
    own = _Tails(*(jnp.where(is_left, *one) for one in tails))
    z = _quantile(jnp.where(is_left, share_left, share_right), own, tails.low)
    return jnp.where(is_left, -z, z)


@jax.custom_jvp
def half_normal(
    low: Float[Array, " piece"], high: Float[Array, " piece"], offset: Scalar
) -> Float[Array, " piece"]:
    """H of the file's head: the integral of `exp(offset - z^2/2)` over `0 <= low <= high`.

    `offset` is a constant to the derivatives, at most `low^2/2` unless the piece is empty.
    """
    narrow = (high - low) * (1.0 + low) < _NARROW_BELOW
    ends = jnp.stack([low, high])
    from_low, from_high = _weight(ends, offset) * erfcx(ends * _ROOT_HALF)
    nodes, weights = legendre_rule(np.array([0.0, 1.0]), order=12)
    width = jnp.where(narrow, high - low, 0.0)
    inner = low[:, None] + width[:, None] * jnp.asarray(nodes)[None, :]
    rule = width * (_weight(inner, offset) @ jnp.asarray(weights))
    return jnp.where(narrow, rule, _ROOT_HALF_PI * (from_low - from_high))


@half_normal.defjvp
def _half_normal_jvp(
    primals: tuple[Float[Array, " piece"], Float[Array, " piece"], Scalar],
    tangents: tuple[Float[Array, " piece"], Float[Array, " piece"], Scalar],
) -> tuple[Float[Array, " piece"], Float[Array, " piece"]]:
    """The fundamental theorem of calculus: no difference of nearly equal numbers."""
    low, high, offset = primals
    slope = _weight(high, offset) * tangents[1] - _weight(low, offset) * tangents[0]
    return half_normal(low, high, offset), slope


@jax.jit
def half_normal_quantile(
    u: Float[Array, " event"],
    low: Float[Array, "*#event"],
    high: Float[Array, "*#event"],
) -> Float[Array, " event"]:
    """The z below which a share `u` of `exp(-z^2/2)` on `0 <= low <= high` lies."""
    return _quantile(u, _tails(low, high), low)


class _Tails(NamedTuple):
    """Of halves of the gaussian."""

    low: Float[Array, "*half"]
    high: Float[Array, "*half"]
    scale: Float[Array, "*half"]
    """erfcx of the lower end."""
    survival: Float[Array, "*half"]
    """Of the unit gaussian beyond the lower end; one half where that is far."""
    ratio: Float[Array, "*half"]
    """Of the survival beyond the upper end to it."""


def _tails(low: Float[Array, "*half"], high: Float[Array, "*half"]) -> _Tails:
    scale = erfcx(low * _ROOT_HALF)
    ratio = erfcx(high * _ROOT_HALF) / scale * jnp.exp(-0.5 * (high - low) * (high + low))
    far = low > _ASYMPTOTIC_QUANTILE_BEYOND
    survival = 0.5 * erfc(jnp.where(far, 0.0, low) * _ROOT_HALF)
    return _Tails(low, high, scale, survival, ratio)


def _quantile(
    u: Float[Array, " event"], tails: _Tails, lows: Float[Array, "*half"]
) -> Float[Array, " event"]:
    """As above; `lows` are all lower ends that there are."""
    left = (1.0 - u) + u * tails.ratio  # of the survival function, in units of that at the end
    low = tails.low
    far = low > _ASYMPTOTIC_QUANTILE_BEYOND
    near = -ndtri(jnp.maximum(tails.survival * left, np.finfo(np.float64).tiny))

    def with_far() -> Float[Array, " event"]:
        drop = safe_log(left)
        # Newton on the log of the survival function, which is nearly a parabola here.
        z = jnp.sqrt(low * low - 2.0 * drop)
        for _ in range(2):
            here = erfcx(z * _ROOT_HALF)
            excess = jnp.log(here / tails.scale) - 0.5 * (z - low) * (z + low) - drop
            z = z + excess * here * _ROOT_HALF_PI
        return jnp.where(far, z, near)

    some = (lows > _ASYMPTOTIC_QUANTILE_BEYOND).any()
    return jnp.clip(jax.lax.cond(some, with_far, lambda: near), low, tails.high)


def erfcx(x: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    r""":math:`e^{x^2}\,\mathrm{erfc}(x)` for `x >= 0`, by its asymptotic series beyond 12.

    Relative error below 3e-14 (DLMF 7.12.1). `jax.scipy.special.erfcx` of jax 0.10 is zero just
    below the place where its own series begins, 26.6.
    """
    far = x > _ASYMPTOTIC_BEYOND
    near = jnp.where(far, 0.0, x)
    inverse = 1.0 / jnp.where(far, x, _ASYMPTOTIC_BEYOND)
    t = 0.5 * inverse * inverse
    series = jnp.ones_like(t)
    for k in (8, 7, 6, 5, 4, 3, 2, 1):
        series = 1.0 - (2 * k - 1) * t * series
    asymptotic = inverse * series / float(np.sqrt(np.pi))
    return jnp.where(far, asymptotic, jnp.exp(near * near) * erfc(near))


def _weight(z: Float[Array, "*batch"], offset: Scalar) -> Float[Array, "*batch"]:
    # The cap is passed by empty pieces only, and keeps their inf - inf away. It is not zero: the
    # nearest point of the range has exponent zero, where a minimum would halve the derivative.
    return jnp.exp(jnp.minimum(offset - 0.5 * z * z, 1.0))


def _halves(
    low: Scalar, high: Scalar
) -> tuple[Float[Array, "2"], Float[Array, "2"], Float[Array, "2"], Scalar]:
    """Nearer and farther ends and the masses, below and above zero, times `exp(offset)`."""
    nearer = jnp.maximum(jnp.stack([-high, low]), 0.0)
    farther = jnp.maximum(jnp.stack([-low, high]), 0.0)
    nearest = jax.lax.stop_gradient(nearer.max())
    offset = 0.5 * nearest * nearest
    return nearer, farther, half_normal(nearer, farther, offset), offset
