r"""Elementary functions for the loops over events, as vector instructions on a CPU.

XLA's own float64 `exp` and `log` cost a CPU three to five times as much. Here the argument is
reduced as in W. Cody, W. Waite, Software Manual for the Elementary Functions (1980):
:math:`e^x = 2^n e^r` with :math:`|r| \le \tfrac12\ln 2` and a polynomial of degree 11 in r, and
:math:`\ln x = n \ln 2 + 2\operatorname{artanh} s`, :math:`s = (m - 1)/(m + 1)`, with
:math:`\tfrac1{\sqrt2} \le m < \sqrt2` and a polynomial in s². Both are right to two units in the
last place. Other devices take XLA's functions. Quantiles of the normal distribution are those of
M. Wichura, Applied Statistics 37 (1988) 477, algorithm AS 241: a rational function in the middle,
two of :math:`\sqrt{-\ln p}` in the tails, relative error 1e-15.
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


_MIDDLE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3)
    + (1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4)
    + (3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2)
    + (5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4)
    + (2.8729085735721942674e4, 5.2264952788528545610e3),
)
"""Numerator and denominator of a quantile over p - 1/2, in powers of 0.425^2 - (p - 1/2)^2."""
_TAIL = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0)
    + (3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1)
    + (2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0)
    + (6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2)
    + (5.47593808499534494600e-4, 1.05075007164441684324e-9),
)
"""Of a quantile, in powers of sqrt(-ln p) - 1.6, where that root is 5 at most."""
_FAR_TAIL = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0)
    + (2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3)
    + (2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1)
    + (1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5)
    + (1.42151175831644588870e-7, 2.04426310338993978564e-15),
)
"""The same in powers of the root - 5, beyond."""
_HALF_MIDDLE = 0.425
_TAIL_CENTRE, _FAR_TAIL_FROM = 1.6, 5.0


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


def ndtri(p: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    r"""The z below which a unit gaussian has the probability p, strictly between 0 and 1.

    Example:
        >>> round(float(ndtri(jnp.array(0.975))), 12)
        1.95996398454
    """
    q = p - 0.5
    least = jnp.minimum(p, 1.0 - p)
    root = jnp.sqrt(-log(least))
    middle = [_horner(one[::-1], _HALF_MIDDLE**2 - q * q) for one in _MIDDLE]
    tail = [_horner(one[::-1], root - _TAIL_CENTRE) for one in _TAIL]
    far = [_horner(one[::-1], root - _FAR_TAIL_FROM) for one in _FAR_TAIL]
    within, beyond = jnp.abs(q) <= _HALF_MIDDLE, root > _FAR_TAIL_FROM
    above, below = (
        jnp.where(within, a, jnp.where(beyond, c, b))
        for a, b, c in zip(middle, tail, far, strict=True)
    )
    ratio = above / below
    return jnp.where(within, q, jnp.sign(q)) * ratio


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
