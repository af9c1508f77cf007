r"""Multiplicative interpolation of a response between its anchors at :math:`\alpha = \pm 1`.

With :math:`h` the response at +1 and :math:`l` the one at -1 (both positive, given by their logs):

.. math::

   \text{code 1:}\quad g &= h^{\alpha}\ (\alpha \ge 0),\quad l^{-\alpha}\ (\alpha < 0) \\
   \text{code 4:}\quad g &= \text{code 1 for } |\alpha| > 1,
       \quad 1 + \sum_{n=1}^{6} c_n \alpha^n \text{ inside} \\
   \text{log\_smooth:}\quad \ln g &= A\alpha + S\alpha\,s(\alpha),
       \quad A = \tfrac12\ln(h/l),\ S = \tfrac12\ln(hl)

The six :math:`c_n` of code 4 match value, slope and curvature at both anchors (HistFactory,
CERN-OPEN-2012-016, section 4; the code is pyhf's `code4`).  In `log_smooth`
:math:`s(\alpha) = \alpha(15 - 10\alpha^2 + 3\alpha^4)/8` inside and the sign of :math:`\alpha`
outside, which keeps :math:`g` positive and twice continuously differentiable.

Code 4 is written as anchors times polynomials of :math:`\alpha` alone, so nothing branches, no
coefficient is stored, and a padded entry (both logs zero) gives exactly one.
"""

from typing import Literal, TypeAlias, assert_never

import jax.numpy as jnp
from jaxtyping import Array, Float

InterpolationCode: TypeAlias = Literal["code1", "code4", "log_smooth"]


def interpolate(
    code: InterpolationCode,
    alpha: Float[Array, "*#batch"],
    log_up: Float[Array, "*#batch"],
    log_down: Float[Array, "*#batch"],
) -> Float[Array, "*#batch"]:
    """The factor of the named code; arguments and result as in :func:`code1`."""
    match code:
        case "code1":
            return code1(alpha, log_up, log_down)
        case "code4":
            return code4(alpha, log_up, log_down)
        case "log_smooth":
            return log_smooth(alpha, log_up, log_down)
        case _:
            assert_never(code)


def code1(
    alpha: Float[Array, "*#batch"],
    log_up: Float[Array, "*#batch"],
    log_down: Float[Array, "*#batch"],
) -> Float[Array, "*#batch"]:
    """Exponential interpolation; its slope jumps at `alpha = 0`.

    Args:
        alpha: nuisance parameter, dimensionless.
        log_up: natural log of the response at `alpha = 1`.
        log_down: natural log of the response at `alpha = -1`.

    Returns:
        The factor `g > 0`, dimensionless.

    Example:
        >>> round(float(code1(jnp.array(2.0), jnp.log(1.1), jnp.log(0.8))), 6)
        1.21
    """
    return jnp.exp(code1_exponent(alpha, log_up, log_down))


def code4(
    alpha: Float[Array, "*#batch"],
    log_up: Float[Array, "*#batch"],
    log_down: Float[Array, "*#batch"],
) -> Float[Array, "*#batch"]:
    """Polynomial inside the anchors, exponential outside; may be negative for extreme anchors.

    Arguments and result as in :func:`code1`, but `g` may have any sign inside.

    Example:
        >>> round(float(code4(jnp.array(0.5), jnp.log(1.2), jnp.log(0.85))), 8)
        1.0944687
    """
    exponent = jnp.exp(code4_exponent(alpha, log_up, log_down))
    return code4_factor(alpha, log_up, log_down) * exponent


def log_smooth(
    alpha: Float[Array, "*#batch"],
    log_up: Float[Array, "*#batch"],
    log_down: Float[Array, "*#batch"],
) -> Float[Array, "*#batch"]:
    """Interpolation of the log of the response: positive and C2 everywhere.

    Arguments and result as in :func:`code1`.

    Example:
        >>> round(float(log_smooth(jnp.array(-1.0), jnp.log(1.2), jnp.log(0.85))), 8)
        0.85
    """
    return jnp.exp(log_smooth_exponent(alpha, log_up, log_down))


def code1_exponent(
    alpha: Float[Array, "*#batch"],
    log_up: Float[Array, "*#batch"],
    log_down: Float[Array, "*#batch"],
) -> Float[Array, "*#batch"]:
    """Natural log of :func:`code1`; sums over nuisances cannot overflow."""
    return jnp.maximum(alpha, 0.0) * log_up + jnp.maximum(-alpha, 0.0) * log_down


def code4_exponent(
    alpha: Float[Array, "*#batch"],
    log_up: Float[Array, "*#batch"],
    log_down: Float[Array, "*#batch"],
) -> Float[Array, "*#batch"]:
    """Natural log of the part of :func:`code4` beyond the anchors; zero for `|alpha| <= 1`."""
    outside = jnp.where(jnp.abs(alpha) > 1.0, alpha, 0.0)
    return code1_exponent(outside, log_up, log_down)


def code4_factor(
    alpha: Float[Array, "*#batch"],
    log_up: Float[Array, "*#batch"],
    log_down: Float[Array, "*#batch"],
) -> Float[Array, "*#batch"]:
    """The polynomial part of :func:`code4`; one for `|alpha| > 1`."""
    inside = jnp.where(jnp.abs(alpha) > 1.0, 0.0, alpha)
    value_up, slope_up, curvature_up = _weights(inside)
    value_down, slope_down, curvature_down = _weights(-inside)
    up, down = jnp.exp(log_up), jnp.exp(log_down)
    # Anchors enter as g - 1, not as g: the sum is exactly one where both logs are zero.
    return (
        1.0
        + value_up * jnp.expm1(log_up)
        + value_down * jnp.expm1(log_down)
        + up * log_up * (slope_up + log_up * curvature_up)
        + down * log_down * (slope_down + log_down * curvature_down)
    )


def log_smooth_exponent(
    alpha: Float[Array, "*#batch"],
    log_up: Float[Array, "*#batch"],
    log_down: Float[Array, "*#batch"],
) -> Float[Array, "*#batch"]:
    """Natural log of :func:`log_smooth`."""
    inside = jnp.clip(alpha, -1.0, 1.0)
    square = inside * inside
    # Slope and curvature of this polynomial vanish at +-1, so the clip is C2.
    sign = inside * (15.0 + square * (-10.0 + 3.0 * square)) / 8.0
    return 0.5 * alpha * ((log_up - log_down) + (log_up + log_down) * sign)


def _weights(
    alpha: Float[Array, "*#batch"],
) -> tuple[Float[Array, "*#batch"], Float[Array, "*#batch"], Float[Array, "*#batch"]]:
    """Polynomials that carry value, slope and curvature at +1 and vanish to order 2 at -1."""
    a = alpha
    value = a * (15 + a * (24 + a * (-10 + a * (-24 + a * (3 + a * 8))))) / 16
    slope = a * (-7 + a * (-9 + a * (10 + a * (14 + a * (-3 + a * -5))))) / 16
    curvature = a * (1 + a) * (1 - a * a) ** 2 / 16
    return value, slope, curvature
