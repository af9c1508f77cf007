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
    expected_information,
    log_likelihood_to_first_order,
    log_likelihood_to_second_order,
    structured_nll,
)
from statmodel.model.histograms import Coordinates

from ._block_system import Metric, metric_of
from ._box import Box
from ._extent import Extent
from ._minimise import MAX_STEPS, Derivatives, Minimum
from ._scoring import Scored, Walked, begin, certified, scoring
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


def scored(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    box: Box,
    extent: Extent,
    max_steps: Int[Array, ""] | int = MAX_STEPS,
    metric: Metric | None = None,
) -> tuple[Minimum, Matrix]:
    """The minimum of a model of binned channels only, see `certified`, and the inverse Hessian."""
    coordinates = _coordinates(model)
    end = _search(model, prepared, start, box, extent, max_steps, metric, certain=True)
    return certified(end, coordinates, extent, box)


def searched(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    box: Box,
    extent: Extent,
    max_steps: Int[Array, ""] | int = MAX_STEPS,
    metric: Metric | None = None,
) -> Walked:
    """Where the search for it ends, by gradients and as few second derivatives as may be."""
    return _search(model, prepared, start, box, extent, max_steps, metric, certain=False).walked


def metric_at(model: Model, prepared: Prepared, free: FreeVector, held: Mask) -> Metric:
    """What a search begins with at a point where some coordinates are held."""
    return metric_of(expected_information(model, prepared, free), _coordinates(model), held)


def _search(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    box: Box,
    extent: Extent,
    max_steps: Int[Array, ""] | int,
    metric: Metric | None,
    *,
    certain: bool,
) -> Scored:
    slope = slope_of(model, prepared)
    begun = begin(
        slope,
        lambda free, held: metric_at(model, prepared, free, held),
        start,
        box=box,
        extent=extent,
        most=max_steps,
        metric=metric,
    )
    return scoring(
        slope,
        lambda free: structured_nll(model, prepared, free),
        _coordinates(model),
        begun,
        box=box,
        extent=extent,
        most=max_steps,
        certain=certain,
    )


def _coordinates(model: Model) -> Coordinates:
    if model.coordinates is None:
        msg = "the model has other channels than binned ones"
        raise ValueError(msg)
    return model.coordinates


def slope_of(model: Model, prepared: Prepared) -> Callable[[FreeVector], tuple[Scalar, FreeVector]]:
    """Value and gradient of `nll`."""
    return jax.value_and_grad(first_order_nll(model, prepared))


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
