r"""Exponential and logarithm for the loops over events, as vector instructions on a CPU.

XLA's own float64 `exp` and `log` cost a CPU three to five times as much. Here the argument is
reduced as in W. Cody, W. Waite, Software Manual for the Elementary Functions (1980):
:math:`e^x = 2^n e^r` with :math:`|r| \le \tfrac12\ln 2` and a polynomial of degree 11 in r, and
:math:`\ln x = n \ln 2 + 2\operatorname{artanh} s`, :math:`s = (m - 1)/(m + 1)`, with
:math:`\tfrac1{\sqrt2} \le m < \sqrt2` and a polynomial in s². Both are right to two units in the
last place. Other devices take XLA's functions.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

_LN2_HIGH = 0.693147180369123816490  # its last 20 bits are zero: n times it is exact
_LN2_LOW = 1.90821492927058770002e-10
_TO_INTEGER = 1.5 * 2.0**52
"""Added to a small number, leaves its nearest integer in the lowest bits."""
_MANTISSA_BITS = 52
_EXPONENT_BIAS = 1023
_SQRT_HALF_BITS = int(np.float64(np.sqrt(0.5)).view(np.int64))
_LOWEST, _HIGHEST = -708.0, 709.7


def _exp_coefficients() -> tuple[float, ...]:
    half = 0.5 * np.log(2.0)
    nodes = half * np.cos(np.pi * (np.arange(48) + 0.5) / 48)
    # The part beyond 1 + r + r^2/2, so that these are exact.
    series = [sum(r**k / _factorial(k + 3) for k in range(20)) for r in nodes]
    fit = np.polynomial.Chebyshev.fit(nodes, series, 8)
    rest = fit.convert(kind=np.polynomial.Polynomial).coef[::-1].tolist()
    return (*rest, 0.5, 1.0, 1.0)


def _factorial(k: int) -> float:
    return float(np.prod(np.arange(1, k + 1, dtype=np.float64)))


def _log_coefficients() -> tuple[float, ...]:
    """Of (2 artanh s - 2 s)/s^3 in powers of s^2, for m between the square roots of 1/2 and 2."""
    largest = ((np.sqrt(2) - 1) / (np.sqrt(2) + 1)) ** 2
    z = 0.5 * largest * (1 + np.cos(np.pi * (np.arange(48) + 0.5) / 48))
    series = [sum(2 * one**k / (2 * k + 3) for k in range(24)) for one in z]
    fit = np.polynomial.Chebyshev.fit(z, series, 7)
    return tuple(fit.convert(kind=np.polynomial.Polynomial).coef[::-1].tolist())


_EXP = _exp_coefficients()
_LOG = _log_coefficients()


@jax.custom_jvp
def exp(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The exponential; 0 below -708, where float64 would turn subnormal, and inf above 709.4.

    Example:
        >>> round(float(exp(jnp.array(1.0))), 14)
        2.71828182845905
    """
    return jax.lax.platform_dependent(x, cpu=_exp, default=jnp.exp)


@exp.defjvp
def _exp_jvp(
    primals: tuple[Float[Array, "*shape"]], tangents: tuple[Float[Array, "*shape"]]
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    value = exp(primals[0])
    return value, value * tangents[0]


@jax.custom_jvp
def log(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The natural logarithm; -inf at 0 and for subnormal numbers, NaN below.

    Example:
        >>> [float(log(jnp.array(one))) for one in (1.0, 0.0, np.inf)]
        [0.0, -inf, inf]
    """
    return jax.lax.platform_dependent(x, cpu=_log, default=jnp.log)


@log.defjvp
def _log_jvp(
    primals: tuple[Float[Array, "*shape"]], tangents: tuple[Float[Array, "*shape"]]
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    return log(primals[0]), tangents[0] / primals[0]


def _exp(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    inside = jnp.clip(x, _LOWEST - 1.0, _HIGHEST)
    n = jnp.round(inside * (1.0 / np.log(2.0)))
    r = (inside - n * _LN2_HIGH) - n * _LN2_LOW
    # n stands in the lowest bits of the sum, and moves from there to the place of the exponent.
    bits = jax.lax.bitcast_convert_type(n + _TO_INTEGER, jnp.int64) + _EXPONENT_BIAS
    power = jax.lax.bitcast_convert_type(bits << _MANTISSA_BITS, jnp.float64)
    return jnp.where(x < _LOWEST, 0.0, _horner(_EXP, r) * power)


def _log(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    bits = jax.lax.bitcast_convert_type(x, jnp.int64)
    n = (bits - _SQRT_HALF_BITS) >> _MANTISSA_BITS
    m = jax.lax.bitcast_convert_type(bits - (n << _MANTISSA_BITS), jnp.float64)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    power = n.astype(jnp.float64)
    # 2 s = f - s f keeps the leading digits of f = m - 1, which is exact.
    small = power * _LN2_LOW - s * (f - z * _horner(_LOG, z))
    found = power * _LN2_HIGH + (f + small)
    found = jnp.where(x < np.finfo(np.float64).tiny, jnp.where(x < 0, jnp.nan, -jnp.inf), found)
    return jnp.where(x < jnp.inf, found, x)


def _horner(coefficients: tuple[float, ...], x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    found = jnp.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        found = found * x + coefficient
    return found
