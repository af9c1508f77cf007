r"""The function that fits minimise, with its derivatives, in internal coordinates.

`nll` is :math:`-\log L`, with the constants that :class:`statmodel.model.Model` keeps. The internal
vector holds s = sqrt(p) where a formula takes a square root, so all derivatives are finite.
"""

from collections.abc import Callable

import jax
from jaxtyping import Array, Float, Int

from statmodel.model import (
    FreeVector,
    Model,
    Prepared,
    assembled,
    log_likelihood_to_first_order,
    log_likelihood_to_second_order,
    structured_nll,
)

from ._extent import Extent
from ._minimise import MAX_STEPS, Derivatives, Minimum
from ._scoring import certified, scoring
from ._trust_region import Mask, Matrix, Scalar


def nll_derivatives(model: Model, prepared: Prepared) -> Callable[[FreeVector], Derivatives]:
    """Value, gradient and Hessian of `nll`, each from the structure that is known."""
    coordinates = model.coordinates
    if coordinates is None:
        return with_derivatives(negative_log_likelihood(model, prepared))

    def derivatives(free: FreeVector) -> Derivatives:
        found = structured_nll(model, prepared, free)
        return found.value, found.gradient, assembled(found, coordinates)

    return derivatives


def scored(  # noqa: PLR0913, PLR0917 (the box, the mask and the data)
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    fixed: Mask,
    lower: FreeVector,
    upper: FreeVector,
    extent: Extent,
    max_steps: Int[Array, ""] | int = MAX_STEPS,
) -> tuple[Minimum, Matrix]:
    """The minimum of a model of binned channels only, see `certified`, and the inverse Hessian."""
    coordinates = model.coordinates
    if coordinates is None:
        msg = "the model has other channels than binned ones"
        raise ValueError(msg)
    end = scoring(
        lambda free: structured_nll(model, prepared, free),
        coordinates,
        start,
        fixed=fixed,
        lower=lower,
        upper=upper,
        extent=extent,
        max_steps=max_steps,
    )
    return certified(end, coordinates, extent, fixed=fixed, lower=lower, upper=upper)


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
