r"""The function that fits minimise, with its derivatives, in internal coordinates.

`nll` is :math:`-\log L`, with the constants that :class:`statmodel.model.Model` keeps. The internal
vector holds s = sqrt(p) where a formula takes a square root, so all derivatives are finite.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
from jaxtyping import Array, Bool, Float, Int

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
from statmodel.model.histograms import BlockMatrix, Coordinates, alone, undivided

from ._block_system import Metric, metric_of
from ._box import Box
from ._extent import Extent
from ._lockstep import Solved, lockstep
from ._minimise import MAX_STEPS, Derivatives, Minimum
from ._scoring import Scored, begin, certified, scoring
from ._trust_region import Mask, Matrix, Scalar
from ._walk import Bounds, Walked, walk_together


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
    begun: Walked,
    box: Box,
    extent: Extent,
    max_steps: Int[Array, ""] | int = MAX_STEPS,
) -> tuple[Minimum, Matrix]:
    """The minimum of a model of binned channels only, see `certified`, and the inverse Hessian."""
    end = _searched(model, prepared, begun, box, extent, max_steps, certain=True)
    return certified(end, _coordinates(model), extent, box)


def searched(
    model: Model,
    prepared: Prepared,
    begun: Walked,
    box: Box,
    extent: Extent,
    max_steps: Int[Array, ""] | int = MAX_STEPS,
) -> Walked:
    """Where the search for it ends, by gradients and as few second derivatives as may be."""
    return _searched(model, prepared, begun, box, extent, max_steps, certain=False).walked


def begun_alone(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    box: Box,
    extent: Extent,
    max_steps: Int[Array, ""] | int = MAX_STEPS,
) -> Walked:
    """How the search for a minimum begins."""
    coordinates = _coordinates(model)

    def metric_at(free: FreeVector, held: Mask) -> Metric:
        return metric_of(expected_information(model, prepared, free), coordinates, held)

    slope = slope_of(model, prepared)
    return begin(slope, metric_at, start, box=box, extent=extent, most=max_steps)


def begun_near(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    hessian: Matrix,
    box: Box,
    extent: Extent,
    max_steps: Int[Array, ""] | int = MAX_STEPS,
) -> Walked:
    """A search that begins with the second derivatives of a point nearby, and needs no others.

    Args:
        model: of any channels.
        prepared: the data.
        start: where it begins.
        hessian: of `nll` at that point.
        box: where to search.
        extent: typical distances.
        max_steps: points to look at.
    """
    coordinates = undivided(start.size)
    known = alone(hessian)

    def metric_at(_: FreeVector, held: Mask) -> Metric:
        return metric_of(known, coordinates, held)

    slope = slope_of(model, prepared)
    return begin(slope, metric_at, start, box=box, extent=extent, most=max_steps)


class Typical(NamedTuple):
    """What many fits begin with: expected information at one point, which knows no data."""

    information: BlockMatrix
    metric: Metric | None
    """That of all fits, if they hold the same parameters."""


def typical(model: Model, prepared: Prepared, free: FreeVector, fixed: Mask | None) -> Typical:
    """That of a point, with what is held everywhere, if that is known."""
    found = expected_information(model, prepared, free)
    return Typical(found, None if fixed is None else metric_of(found, _coordinates(model), fixed))


def begun_together(
    model: Model,
    prepared: Prepared,
    start: Float[Array, "fit parameter"],
    bounds: Bounds,
    known: Typical,
    wanted: Bool[Array, " fit"],
) -> Walked:
    """How many searches begin side by side, see :func:`._walk.walk_together`.

    Args:
        model: of binned channels only.
        prepared: of each fit, along a leading axis.
        start: of each fit.
        bounds: with fixed coordinates and extents of each fit.
        known: what they begin with.
        wanted: fits that are made.
    """
    box, own, metric = bounds.box, known.metric is None, known.metric

    def slope(data: Prepared, free: FreeVector) -> tuple[Scalar, FreeVector]:
        return slope_of(model, data)(free)

    if metric is None:
        coordinates = _coordinates(model)
        metric = jax.vmap(lambda held: metric_of(known.information, coordinates, held))(box.fixed)
    start = jax.vmap(lambda fixed, at: box._replace(fixed=fixed).nearest(at))(box.fixed, start)
    return walk_together(slope, prepared, start, metric, bounds, each_its_own=own, wanted=wanted)


def solved_together(
    model: Model,
    prepared: Prepared,
    start: Float[Array, "fit parameter"],
    bounds: Bounds,
    wanted: Bool[Array, " fit"],
) -> Solved:
    """Fits of small data sets side by side, see :mod:`._lockstep`.

    Args:
        model: of any channels.
        prepared: of each fit, along a leading axis.
        start: of each fit.
        bounds: with fixed coordinates and extents of each fit.
        wanted: fits that are made.
    """

    def derivatives(data: Prepared, free: FreeVector) -> Derivatives:
        return nll_derivatives(model, data)(free)

    box = bounds.box
    return lockstep(derivatives, prepared, start, box.fixed, bounds.extent, box, wanted)


def _searched(
    model: Model,
    prepared: Prepared,
    begun: Walked,
    box: Box,
    extent: Extent,
    max_steps: Int[Array, ""] | int,
    *,
    certain: bool,
) -> Scored:
    return scoring(
        slope_of(model, prepared),
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
