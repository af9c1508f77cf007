r"""Numerics that more than one layer needs: safe logs, exponential integrals, quadrature.

Everything is float64, twice differentiable, and finite in its derivatives where it is finite in
its value: a `where` masks what goes in as well as what comes out.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

_SERIES_BELOW = 0.5
_SMALLEST_RATE = 1e-200


def safe_log(value: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Natural log; `-inf`, with zero derivatives, where `value` is not positive or NaN.

    Example:
        >>> float(safe_log(jnp.array(-1.0)))
        -inf
    """
    positive = value > 0.0
    return jnp.where(positive, jnp.log(jnp.where(positive, value, 1.0)), -jnp.inf)


def log_sinhc(u: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    r"""Natural log of :math:`\sinh(u)/u`, smooth through zero and without overflow.

    Example:
        >>> round(float(log_sinhc(jnp.array(1.0))), 12)
        0.161439361571
    """
    small = jnp.abs(u) < _SERIES_BELOW
    square = jnp.where(small, u, 0.0) ** 2
    # sinh(u)/u - 1 = u^2/6 (1 + u^2/20 (1 + u^2/42 (...))); the next term is below 1e-19.
    series = jnp.ones_like(u)
    for k in (7, 6, 5, 4, 3, 2, 1):
        series = 1.0 + square / (2 * k * (2 * k + 1)) * series
    large = jnp.abs(jnp.where(small, 1.0, u))
    far = large - jnp.log(2.0 * large) + jnp.log1p(-jnp.exp(-2.0 * large))
    return jnp.where(small, jnp.log(series), far)


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
