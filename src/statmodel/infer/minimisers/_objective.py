r"""The function that fits minimise, with its derivatives, in internal coordinates.

`nll` is :math:`-\log L`, with the constants that :class:`statmodel.model.Model` keeps. The internal
vector holds s = sqrt(p) where a formula takes a square root, so all derivatives are finite.
"""

from collections.abc import Callable

import jax
from jaxtyping import Array, Float

from statmodel.model import (
    FreeVector,
    Model,
    Prepared,
    log_likelihood_to_first_order,
    log_likelihood_to_second_order,
)

from ._minimise import Derivatives
from ._trust_region import Scalar


def negative_log_likelihood(model: Model, prepared: Prepared) -> Callable[[FreeVector], Scalar]:
    """`nll` as a function of the internal vector, right to the second derivative."""

    def nll(free: FreeVector) -> Scalar:
        return -log_likelihood_to_second_order(model, model.scope.at_free(free), prepared)

    return nll


def first_order_nll(model: Model, prepared: Prepared) -> Callable[[FreeVector], Scalar]:
    """`nll` as a function of the internal vector, right to the first derivative and cheaper."""

    def nll(free: FreeVector) -> Scalar:
        return -log_likelihood_to_first_order(model, model.scope.at_free(free), prepared)

    return nll


def with_derivatives(
    function: Callable[[FreeVector], Scalar],
) -> Callable[[FreeVector], Derivatives]:
    """Value, gradient and exact Hessian in one pass (forward over reverse)."""

    def gradient(free: FreeVector) -> tuple[FreeVector, tuple[Scalar, FreeVector]]:
        value, slope = jax.value_and_grad(function)(free)
        return slope, (value, slope)

    def derivatives(free: FreeVector) -> Derivatives:
        hessian: Float[Array, "parameter parameter"]
        hessian, (value, slope) = jax.jacfwd(gradient, has_aux=True)(free)
        return value, slope, 0.5 * (hessian + hessian.T)

    return derivatives
