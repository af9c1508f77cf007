r"""Responses to nuisance parameters between constant anchors, with closed-form derivatives.

.. math:: g(\alpha), \quad g'(\alpha), \quad g''(\alpha)

of the interpolations of :mod:`statmodel.model._interpolation`, for anchors that no parameter moves:
rates, and the columns of ratio channels. Closed forms keep the compiled program small; autodiff
takes them through :func:`response`, whose derivatives of every order are right.
"""

from functools import partial
from typing import TypeAlias, assert_never

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._interpolation import InterpolationCode

Responses: TypeAlias = Float[Array, "*#batch"]
Triple: TypeAlias = tuple[Responses, Responses, Responses]


def _carriers() -> Float[np.ndarray, "power carrier"]:
    """Coefficients of the polynomials of code 4 that multiply what :func:`_code4_inside` carries.

    Columns: h - 1, h ln h, h ln^2 h, then the same of the lower anchor, whose polynomials follow
    from alpha -> -alpha; then the first and the second derivatives of these six. Value, slope or
    curvature of one anchor is matched by each, the others vanish.
    """
    upper = [[0, 15, 24, -10, -24, 3, 8], [0, -7, -9, 10, 14, -3, -5], [0, 1, 1, -2, -2, 1, 1]]
    rows = np.asarray(upper) / 16.0
    rows = np.concatenate([rows, rows * (-1.0) ** np.arange(7)])
    table = np.zeros((7, 18))
    for order in range(3):
        derived = np.polynomial.polynomial.polyder(rows, order, axis=1)
        table[: 7 - order, 6 * order : 6 * order + 6] = derived.T
    return table


_CARRIERS = _carriers()


def with_derivatives(
    code: InterpolationCode,
    alpha: Responses,
    log_up: Responses,
    log_down: Responses,
) -> Triple:
    """The response and its first two derivatives in `alpha`; arguments broadcast.

    Args:
        code: the interpolation.
        alpha: nuisance parameters, dimensionless.
        log_up: natural log of the response at +1; 0 in padding, where the result is 1, 0, 0.
        log_down: natural log of the response at -1.
    """
    match code:
        case "code1":
            return _exponential(*_code1(alpha, log_up, log_down))
        case "code4":
            return _code4(alpha, log_up, log_down)
        case "log_smooth":
            return _exponential(*_log_smooth(alpha, log_up, log_down))
        case _:
            assert_never(code)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def response(
    code: InterpolationCode, alpha: Responses, log_up: Responses, log_down: Responses
) -> Responses:
    """The response; differentiable in `alpha` only, to any order.

    Example:
        >>> up, down = jnp.log(1.2), jnp.log(0.85)
        >>> g = lambda a: response("code4", a, up, down)
        >>> round(float(g(jnp.array(0.5))), 8), round(float(jax.grad(g)(jnp.array(1.0))), 8)
        (1.0944687, 0.21878587)
    """
    return with_derivatives(code, alpha, log_up, log_down)[0]


@response.defjvp
def _response_jvp(
    code: InterpolationCode, primals: Triple, tangents: Triple
) -> tuple[Responses, Responses]:
    return response(code, *primals), _slope(code, *primals) * tangents[0]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _slope(
    code: InterpolationCode, alpha: Responses, log_up: Responses, log_down: Responses
) -> Responses:
    return with_derivatives(code, alpha, log_up, log_down)[1]


@_slope.defjvp
def _slope_jvp(
    code: InterpolationCode, primals: Triple, tangents: Triple
) -> tuple[Responses, Responses]:
    bend = with_derivatives(code, *primals)[2]
    return _slope(code, *primals), bend * tangents[0]


def _exponential(exponent: Responses, slope: Responses, bend: Responses) -> Triple:
    value = jnp.exp(exponent)
    return value, value * slope, value * (slope * slope + bend)


def _code1(alpha: Responses, log_up: Responses, log_down: Responses) -> Triple:
    """Exponent h^alpha or l^-alpha; at 0, where the slope jumps, the mean of both."""
    up_share = jnp.heaviside(alpha, 0.5)
    slope = up_share * log_up - (1.0 - up_share) * log_down
    return slope * alpha, slope, jnp.zeros_like(slope)


def _log_smooth(alpha: Responses, log_up: Responses, log_down: Responses) -> Triple:
    a = jnp.clip(alpha, -1.0, 1.0)
    s = a * (15 + a * a * (-10 + 3 * a * a)) / 8
    s1 = 15 * (1 - a * a) ** 2 / 8
    s2 = -15 * a * (1 - a * a) / 2
    odd, even = 0.5 * (log_up - log_down), 0.5 * (log_up + log_down)
    return (
        odd * alpha + even * (alpha * s),
        odd + even * (s + alpha * s1),
        even * (2 * s1 + alpha * s2),
    )


def _code4(alpha: Responses, log_up: Responses, log_down: Responses) -> Triple:
    outside = jnp.abs(alpha) > 1.0
    a = jnp.where(outside, 0.0, alpha)
    factor, factor1, factor2 = _code4_inside(a, log_up, log_down)
    beyond = jnp.where(outside, alpha, 0.0)
    exponent, slope, _ = _code1(beyond, log_up, log_down)
    growth = jnp.exp(exponent)
    slope = jnp.where(outside, slope, 0.0)
    return (
        jnp.where(outside, growth, factor),
        jnp.where(outside, growth * slope, factor1),
        jnp.where(outside, growth * slope * slope, factor2),
    )


def _code4_inside(a: Responses, log_up: Responses, log_down: Responses) -> Triple:
    """The polynomial of code 4 and its derivatives in `a`, |a| <= 1."""
    # One small matrix product: inlined, the polynomials would be computed again for each event.
    powers = jnp.stack([jnp.ones_like(a), a, a**2, a**3, a**4, a**5, a**6], axis=-1)
    weights = powers @ jnp.asarray(_CARRIERS)
    up, down = jnp.exp(log_up), jnp.exp(log_down)
    # Anchors enter as g - 1, so that padding gives exactly 1.
    carried = (
        jnp.expm1(log_up),
        up * log_up,
        up * log_up * log_up,
        jnp.expm1(log_down),
        down * log_down,
        down * log_down * log_down,
    )
    value, slope, bend = (
        jnp.sum(
            jnp.stack([weights[..., 6 * order + place] * one for place, one in enumerate(carried)]),
            axis=0,
        )
        for order in range(3)
    )
    return 1.0 + value, slope, bend
