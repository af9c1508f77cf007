r"""Responses to nuisance parameters between constant anchors, with closed-form derivatives.

.. math:: g(\alpha), \quad g'(\alpha), \quad g''(\alpha)

of the interpolations of :mod:`statmodel.model._interpolation`, for anchors that no parameter moves:
rates, and the columns of ratio channels. Closed forms keep the compiled program small; autodiff
takes them through :func:`response`, whose derivatives of every order are right.
"""

from functools import partial
from typing import NamedTuple, TypeAlias, assert_never

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


class ExponentialWeights(NamedTuple):
    r"""Of a response :math:`\exp(a_+ \ln g_+ + a_- \ln g_-)`, what depends on alpha alone.

    :math:`g_\pm` are the anchors; a stands with its first and second derivatives.
    """

    exponent: Float[Array, "order side variable"]


class AnchoredWeights(NamedTuple):
    r"""Of code 4, what depends on alpha alone; values, first and second derivatives.

    .. math:: g = a_0 + \sum_\pm G_\pm (b_\pm + c_\pm \ln g_\pm + d_\pm \ln^2 g_\pm), \qquad
       G_\pm = g_\pm^{\kappa_\pm}

    with :math:`\kappa = 1` between the anchors; beyond them one term is left, with
    :math:`\kappa = |\alpha|`.
    """

    power: Float[Array, "side variable"]
    carried: Float[Array, "order carrier variable"]
    """a, then b, c, d of the upper and of the lower anchor."""


def weights_at(
    code: InterpolationCode, alpha: Float[Array, " variable"]
) -> ExponentialWeights | AnchoredWeights:
    """The weights at the values of the nuisance parameters."""
    zero, one = jnp.zeros_like(alpha), jnp.ones_like(alpha)
    match code:
        case "code1":
            up = jnp.heaviside(alpha, 0.5)
            value = jnp.stack([jnp.maximum(alpha, 0.0), jnp.maximum(-alpha, 0.0)])
            slope, bend = jnp.stack([up, up - 1.0]), jnp.stack([zero, zero])
            return ExponentialWeights(jnp.stack([value, slope, bend]))
        case "log_smooth":
            s, s1, s2 = _smooth_sign(alpha)
            even = jnp.stack([alpha * s, s + alpha * s1, 2 * s1 + alpha * s2])
            odd = jnp.stack([alpha, one, zero])
            return ExponentialWeights(0.5 * jnp.stack([even + odd, even - odd], axis=1))
        case "code4":
            return _anchored(alpha)
        case _:
            assert_never(code)


def _anchored(alpha: Float[Array, " variable"]) -> AnchoredWeights:
    between = jnp.abs(alpha) <= 1.0
    table = _polynomials(jnp.where(between, alpha, 0.0)).reshape(-1, 3, 6).transpose(1, 2, 0)
    # Anchors enter as g - 1.
    first = jnp.asarray([1.0, 0.0, 0.0])[:, None] - table[:, 0] - table[:, 3]
    inside = jnp.concatenate([first[:, None], table], axis=1)
    above, below = (alpha > 1.0).astype(alpha.dtype), (alpha < -1.0).astype(alpha.dtype)
    outside = jnp.zeros_like(inside)
    for order, sign in enumerate((1.0, -1.0, 1.0)):
        outside = outside.at[order, 1 + order].set(above)
        outside = outside.at[order, 4 + order].set(sign * below)
    size = jnp.where(between, 1.0, jnp.abs(alpha))
    return AnchoredWeights(
        power=jnp.stack([size, size]),
        carried=jnp.where(between[None, None], inside, outside),
    )


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
    s, s1, s2 = _smooth_sign(alpha)
    odd, even = 0.5 * (log_up - log_down), 0.5 * (log_up + log_down)
    return (
        odd * alpha + even * (alpha * s),
        odd + even * (s + alpha * s1),
        even * (2 * s1 + alpha * s2),
    )


def _smooth_sign(alpha: Responses) -> Triple:
    """A polynomial that joins -1 and 1 with two derivatives, constant beyond, and those."""
    a = jnp.clip(alpha, -1.0, 1.0)
    s = a * (15 + a * a * (-10 + 3 * a * a)) / 8
    return s, 15 * (1 - a * a) ** 2 / 8, -15 * a * (1 - a * a) / 2


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
    weights = _polynomials(a)
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


def _polynomials(a: Float[Array, "*shape"]) -> Float[Array, "*shape 18"]:
    # One small matrix product: inlined, the polynomials would be computed again for each event.
    powers = jnp.stack([jnp.ones_like(a), a, a**2, a**3, a**4, a**5, a**6], axis=-1)
    return powers @ jnp.asarray(_CARRIERS)
