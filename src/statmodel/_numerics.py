r"""Numerics that more than one layer needs: safe logs, exponential integrals, quadrature.

Everything is float64, twice differentiable, and finite in its derivatives where it is finite in
its value: a `where` masks what goes in as well as what comes out.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

_SERIES_BELOW = 0.5
_SMALLEST_RATE = 1e-200
_LANGEVIN = (
    1 / 3,
    -1 / 45,
    2 / 945,
    -1 / 4725,
    2 / 93555,
    -1382 / 638512875,
    4 / 18243225,
    -3617 / 162820783125,
    87734 / 38979295480125,
    -349222 / 1531329465290625,
    310732 / 13447856940643125,
    -472728182 / 201919571963756521875,
)


def safe_log(value: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Natural log; `-inf`, with zero derivatives, where `value` is not positive or NaN.

    Example:
        >>> float(safe_log(jnp.array(-1.0)))
        -inf
    """
    positive = value > 0.0
    return jnp.where(positive, jnp.log(jnp.where(positive, value, 1.0)), -jnp.inf)


@jax.custom_jvp
def log_sinhc(u: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    r"""Natural log of :math:`\sinh(u)/u`, smooth through zero and without overflow.

    Example:
        >>> round(float(log_sinhc(jnp.array(1.0))), 12)
        0.161439361571
    """
    small, square, large = _split(u)
    # sinh(u)/u - 1 = u^2/6 (1 + u^2/20 (1 + u^2/42 (...))); the next term is below 1e-19.
    series = jnp.ones_like(u)
    for k in (7, 6, 5, 4, 3, 2):
        series = 1.0 + square / (2 * k * (2 * k + 1)) * series
    far = large - jnp.log(2.0 * large) + jnp.log1p(-jnp.exp(-2.0 * large))
    return jnp.where(small, jnp.log1p(square / 6.0 * series), far)


@log_sinhc.defjvp
def _log_sinhc_jvp(
    primals: tuple[Float[Array, "*batch"]], tangents: tuple[Float[Array, "*batch"]]
) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    return log_sinhc(*primals), _langevin(*primals) * tangents[0]


def _langevin(u: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """The derivative, coth(u) - 1/u: Langevin's function."""
    small, square, large = _split(u)
    # Taylor coefficients 2^(2k) B_2k/(2k)!, k = 1..12; the next term is below 1e-18 of the first.
    series = jnp.zeros_like(u)
    for coefficient in reversed(_LANGEVIN):
        series = series * square + coefficient
    decay = jnp.exp(-2.0 * large)
    far = jnp.sign(u) * ((1.0 + decay) / (1.0 - decay) - 1.0 / large)
    return jnp.where(small, u * series, far)


def _split(
    u: Float[Array, "*batch"],
) -> tuple[Bool[Array, "*batch"], Float[Array, "*batch"], Float[Array, "*batch"]]:
    """Whether |u| is small, u^2 where it is, |u| where it is not."""
    small = jnp.abs(u) < _SERIES_BELOW
    return small, jnp.where(small, u, 0.0) ** 2, jnp.abs(jnp.where(small, 1.0, u))


def log_exponential_integral(
    slope: Float[Array, ""], low: Float[Array, ""], high: Float[Array, ""]
) -> Float[Array, ""]:
    r"""Natural log of :math:`\int_{low}^{high} e^{slope\,y}\,dy`; smooth through slope zero."""
    half = 0.5 * (high - low)
    return jnp.log(2.0 * half) + slope * (low + half) + log_sinhc(slope * half)


def exponential_quantile(
    u: Float[Array, " event"],
    slope: Float[Array, "*#event"],
    low: Float[Array, "*#event"],
    high: Float[Array, "*#event"],
) -> Float[Array, " event"]:
    r"""The y below which a share `u` of :math:`e^{slope\,y}` on `[low, high]` lies.

    Works from the denser end, so that neither a steep nor a vanishing slope loses digits; the
    other end may be infinite.
    """
    rate = jnp.maximum(jnp.abs(slope), _SMALLEST_RATE)
    share = jnp.where(slope > 0.0, 1.0 - u, u)
    distance = -jnp.log1p(share * jnp.expm1(-rate * (high - low))) / rate
    return jnp.where(slope > 0.0, high - distance, low + distance)


def legendre_rule(
    edges: Float[np.ndarray, " edge"], *, order: int
) -> tuple[Float[np.ndarray, " node"], Float[np.ndarray, " node"]]:
    """Composite Gauss-Legendre nodes and weights: `order` of them between adjacent edges.

    Example:
        >>> nodes, weights = legendre_rule(np.array([0.0, 1.0, 3.0]), order=2)
        >>> bool(abs((weights * nodes**3).sum() - 81 / 4) < 1e-13)
        True
    """
    unit, weight = np.polynomial.legendre.leggauss(order)
    half = 0.5 * np.diff(edges)[:, None]
    nodes = edges[:-1, None] + half * (1.0 + unit)
    return nodes.ravel(), (half * weight).ravel()
