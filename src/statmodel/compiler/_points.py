"""The parameter points at which a model is looked at before any fit."""

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel import model

SOBOL_POINTS = 256
_WIDTHS = 2.0


def moved_one_at_a_time(
    built: model.Model, steps: tuple[float, ...]
) -> Float[np.ndarray, "point parameter"]:
    """Nominal with one constrained parameter at a time moved by so many widths, within bounds."""
    nominal = np.asarray(built.space.init)
    centre, width = np.asarray(built.auxiliary()), np.asarray(built.prefit_widths())
    points: list[Float[np.ndarray, " parameter"]] = []
    for index in np.flatnonzero(nuisances(built)):
        for step in steps:
            point = nominal.copy()
            point[index] = np.clip(centre[index] + step * width[index], *built.space.bounds[index])
            points.append(point)
    return np.asarray(points).reshape(-1, nominal.size)


def sobol_points(built: model.Model) -> Float[np.ndarray, "point parameter"]:
    """Sobol points of the bounds of the parameters of interest times two widths of each nuisance.

    A parameter of interest without bounds is moved by the larger of one and its starting value.
    """
    # Imported here because scipy.stats alone would double the time that a small fit takes to start.
    from scipy.stats import qmc  # noqa: PLC0415

    nominal = np.asarray(built.space.init)
    low, high = nominal.copy(), nominal.copy()
    for name in built.measurement.pois:
        index = built.space.index(name)
        reach = max(1.0, abs(nominal[index]))
        lower, upper = built.space.bounds[index]
        low[index] = lower if np.isfinite(lower) else nominal[index] - reach
        high[index] = upper if np.isfinite(upper) else nominal[index] + reach
    moved = nuisances(built)
    centre, width = np.asarray(built.auxiliary()), np.asarray(built.prefit_widths())
    bounds = np.asarray(built.space.bounds)
    low[moved] = np.maximum(centre - _WIDTHS * width, bounds[:, 0])[moved]
    high[moved] = np.minimum(centre + _WIDTHS * width, bounds[:, 1])[moved]
    free = np.flatnonzero(high > low)
    points = np.tile(nominal, (SOBOL_POINTS, 1))
    if free.size:
        unit = qmc.Sobol(free.size, scramble=False).random(SOBOL_POINTS)
        points[:, free] = low[free] + unit * (high - low)[free]
    return points


def nuisances(built: model.Model) -> Bool[np.ndarray, " parameter"]:
    """Parameters with a constraint of finite width that the document does not fix."""
    return np.isfinite(np.asarray(built.prefit_widths())) & ~built.space.fixed_mask()


def describe(built: model.Model, point: Float[np.ndarray, " parameter"]) -> str:
    """The parameters that differ from nominal, by name."""
    pairs = zip(built.space.names, point, built.space.init, strict=True)
    moved = [f"{name} = {value:.4g}" for name, value, nominal in pairs if value != nominal]
    return ", ".join(moved) or "nominal"


@eqx.filter_jit
def slots_at(
    scope: model.Scope, points: Float[Array, "point parameter"]
) -> Float[Array, "point slot"]:
    """The slot values at points given as flat vectors of values."""
    return jax.vmap(lambda values: scope.at_free(scope.space.to_free(values)))(points)
