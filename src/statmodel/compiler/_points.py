"""The parameter points at which a model is looked at before any fit."""

from collections.abc import Iterable

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel import model
from statmodel._kept import kept
from statmodel.model.channels import AbstractChannel

from ._arrays import on_device
from ._sobol import SOBOL_POINTS, unit_sobol_points

_WIDTHS = 2.0
BATCH = 16
"""Points that are looked at together: enough work for each kernel, little memory."""


def moved_one_at_a_time(
    built: model.Model, steps: tuple[float, ...]
) -> Float[np.ndarray, "point parameter"]:
    """Nominal with one constrained parameter at a time moved by so many widths, within bounds."""
    nominal = np.asarray(built.space.init)
    centre, width = centres_and_widths(built)
    points: list[Float[np.ndarray, " parameter"]] = []
    for index in np.flatnonzero(nuisances(built)):
        for step in steps:
            point = nominal.copy()
            point[index] = np.clip(centre[index] + step * width[index], *built.space.bounds[index])
            points.append(point)
    return np.asarray(points).reshape(len(points), nominal.size)


def sobol_points(built: model.Model) -> Float[np.ndarray, "point parameter"]:
    """Sobol points of the bounds of the parameters of interest times two widths of each nuisance.

    A parameter of interest without bounds is moved by the larger of one and its starting value.
    """
    nominal = np.asarray(built.space.init)
    low, high = nominal.copy(), nominal.copy()
    for name in built.measurement.pois:
        index = built.space.index(name)
        reach = max(1.0, abs(nominal[index]))
        lower, upper = built.space.bounds[index]
        low[index] = lower if np.isfinite(lower) else nominal[index] - reach
        high[index] = upper if np.isfinite(upper) else nominal[index] + reach
    moved = nuisances(built)
    centre, width = centres_and_widths(built)
    bounds = np.asarray(built.space.bounds).reshape(-1, 2)
    low[moved] = np.maximum(centre - _WIDTHS * width, bounds[:, 0])[moved]
    high[moved] = np.minimum(centre + _WIDTHS * width, bounds[:, 1])[moved]
    free = np.flatnonzero(high > low)
    points = np.tile(nominal, (SOBOL_POINTS, 1))
    if free.size:
        points[:, free] = low[free] + unit_sobol_points(free.size) * (high - low)[free]
    return points


def box_points(
    built: model.Model, parameters: Int[np.ndarray, " moved"], *, inside: int
) -> Float[np.ndarray, "point parameter"]:
    """Nominal; some parameters, one at a time, at either end of their ranges; points between.

    The range of a parameter is two widths about its auxiliary measurement, else its bounds, else
    the larger of one and its starting value on either side. Points between are a Kronecker
    sequence, whose first so many points fill the box evenly.

    Args:
        built: the model.
        parameters: those that are moved; fixed ones are left alone.
        inside: how many points between.
    """
    nominal = np.asarray(built.space.init)
    bounds = np.asarray(built.space.bounds).reshape(-1, 2)
    centre, width = centres_and_widths(built)
    reach = np.maximum(1.0, np.abs(nominal))
    low = np.where(np.isfinite(bounds[:, 0]), bounds[:, 0], nominal - reach)
    high = np.where(np.isfinite(bounds[:, 1]), bounds[:, 1], nominal + reach)
    held = nuisances(built)
    low[held] = np.maximum(centre - _WIDTHS * width, bounds[:, 0])[held]
    high[held] = np.minimum(centre + _WIDTHS * width, bounds[:, 1])[held]
    moved = parameters[~built.space.fixed_mask()[parameters] & (high > low)[parameters]]
    if not moved.size:
        return nominal[None]
    ends = np.tile(nominal, (2 * moved.size, 1))
    ends[np.arange(moved.size), moved] = low[moved]
    ends[np.arange(moved.size) + moved.size, moved] = high[moved]
    between = np.tile(nominal, (inside, 1))
    between[:, moved] = low[moved] + _kronecker(inside, moved.size) * (high - low)[moved]
    return np.concatenate([nominal[None], ends, between])


def _kronecker(points: int, axes: int) -> Float[np.ndarray, "{points} {axes}"]:
    """Fractions of 1/2 + i / g^k, g the root of g^(axes + 1) = g + 1: a golden ratio of its kind.

    (H. Niederreiter, Random Number Generation and Quasi-Monte Carlo Methods, 1992, section 3.2.)
    """
    ratio = 2.0
    for _ in range(40):  # a contraction: 1e-16 after 40 steps
        ratio = (1.0 + ratio) ** (1.0 / (axes + 1))
    steps = ratio ** -np.arange(1.0, axes + 1.0)
    return (0.5 + np.arange(1.0, points + 1.0)[:, None] * steps[None, :]) % 1.0


def parameters_read(scope: model.Scope, slots: Iterable[int]) -> Int[np.ndarray, " parameter"]:
    """The parameters on which slots depend, directly, under a root, or through functions."""
    found: set[int] = set()
    waiting = list(slots)
    while waiting:
        slot = waiting.pop()
        root, function = slot - scope.space.size, slot - scope.function_slot(0)
        if root < 0:
            found.add(slot)
        elif function < 0:
            found.add(scope.space.rooted[root])
        elif function < len(scope.functions):
            waiting.extend(model.slots_of(scope.functions[function]))
    return np.asarray(sorted(found), int)


def nuisances(built: model.Model) -> Bool[np.ndarray, " parameter"]:
    """Parameters with a constraint of finite width that the document does not fix."""
    return np.isfinite(centres_and_widths(built)[1]) & ~built.space.fixed_mask()


def centres_and_widths(
    built: model.Model,
) -> tuple[Float[np.ndarray, " parameter"], Float[np.ndarray, " parameter"]]:
    """Auxiliary observations and widths before the fit, as the model gives them."""
    # Filled in NumPy: each small operation of JAX would be a program of its own.
    centre = np.zeros(built.space.size)
    width = np.full(built.space.size, np.inf)
    for block in built.constraints:
        centre[np.asarray(block.parameters)] = block.centre()
        width[np.asarray(block.parameters)] = block.width()
    return centre, width


_MOST_NAMED = 8


def describe(built: model.Model, point: Float[np.ndarray, " parameter"]) -> str:
    """The parameters that differ from nominal, by name; the first few where they are many."""
    pairs = zip(built.space.names, point, built.space.init, strict=True)
    moved = [f"{name} = {value:.4g}" for name, value, nominal in pairs if value != nominal]
    others = len(moved) - _MOST_NAMED
    if others > 1:
        moved = [*moved[:_MOST_NAMED], f"and {others} other parameters moved"]
    return ", ".join(moved) or "nominal"


def in_batches(
    points: Float[np.ndarray, "point parameter"],
) -> Float[Array, "padded parameter"]:
    """The points, the last one repeated to whole batches: a remainder would be compiled again."""
    return on_device(np.pad(points, ((0, -len(points) % BATCH), (0, 0)), mode="edge"))


@eqx.filter_jit
@kept(returns=0)
def slots_at(
    scope: model.Scope, points: Float[Array, "point parameter"]
) -> Float[Array, "point slot"]:
    """The slot values at points given as flat vectors of values."""
    return jax.vmap(lambda values: scope.at_free(scope.space.to_free(values)))(points)


@eqx.filter_jit
@kept(returns=0)
def rates_at(
    channel: AbstractChannel, slots: Float[Array, "point slot"]
) -> Float[Array, "point process"]:
    """Expected events of each process of a channel."""
    return jax.vmap(channel.rates)(slots)
