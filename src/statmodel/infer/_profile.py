r"""Profile likelihoods: :math:`t(\mu) = -2\ln[L(\mu, \hat{\hat\theta})/L(\hat\mu, \hat\theta)]`."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from statmodel.data import Dataset
from statmodel.model import FreeVector, Model, Prepared

from ._fit import fit_arrays
from ._minimise import MAX_STEPS
from ._results import FitResult
from ._status import Status


@final
class Scan(eqx.Module):
    """Minima of `nll` at fixed values of one parameter."""

    name: str = eqx.field(static=True)
    grid: Float[Array, " point"]
    nll: Float[Array, " point"]
    """NaN where the conditional fit failed."""
    minimum: Float[Array, ""]
    """The unconditional minimum that the scan is measured from."""
    status: Int[Array, " point"]

    @property
    def t(self) -> Float[Array, " point"]:
        """-2 ln of the profile likelihood ratio."""
        return 2.0 * (self.nll - self.minimum)


def profile(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    *,
    over: str,
    grid: Float[Array, " point"] | None = None,
    points: int = 41,
) -> Scan:
    """Scan one parameter, all others profiled, each fit started from its neighbour's.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        result: the unconditional fit of the same data.
        over: the parameter that is scanned.
        grid: its values, increasing; by default `points` values over three errors on each side of
            the best fit, within the bounds.
        points: how many, where no grid is given.
    """
    index = model.space.index(over)
    values = default_grid(model, result, over, points) if grid is None else grid
    low, high = model.space.bounds[index]
    if values.size == 0 or bool(jnp.any(~((values >= low) & (values <= high)))):
        msg = f"`profile(grid=...)` must hold values of {over} within [{low:g}, {high:g}]"
        raise ValueError(msg)
    prepared = model.prepared(data)
    fixed = jnp.asarray(np.asarray(result.fixed) | (np.arange(model.space.size) == index))
    lower, upper = model.space.free_bounds()
    best = model.space.to_free(result.values)
    first = int(jnp.argmin(jnp.abs(values - result.values[index])))
    upward, downward = range(first, values.size), range(first - 1, -1, -1)
    nll, status = np.full(values.size, np.nan), np.zeros(values.size, int)
    for order in (upward, downward):
        start = best
        for position in order:
            at = _place(model, start, index, values[position])
            found = fit_arrays(
                model, prepared, at, fixed, lower, upper, jnp.asarray(MAX_STEPS)
            ).minimum
            status[position] = int(found.status)
            if found.status in (Status.CONVERGED, Status.FLAT_DIRECTION):
                nll[position], start = float(found.value), found.at
    lowest = jnp.minimum(result.nll, np.nanmin(nll))
    return Scan(over, jnp.asarray(values), jnp.asarray(nll), lowest, jnp.asarray(status))


def default_grid(model: Model, result: FitResult, name: str, points: int) -> Float[Array, " point"]:
    """Values over three errors each side of the best fit, cut at the bounds.

    Where the fit has no symmetric error, half of the range (or one unit) takes its place.
    """
    index = model.space.index(name)
    low, high = model.space.bounds[index]
    centre, error = float(result.values[index]), float(result.errors[index])
    if not np.isfinite(error):
        error = (high - low) / 6 if np.isfinite(high - low) else max(abs(centre), 1.0) / 3
    return jnp.linspace(max(low, centre - 3 * error), min(high, centre + 3 * error), points)


def _place(model: Model, start: FreeVector, index: int, value: Array) -> FreeVector:
    values = model.space.to_values(start).at[index].set(value)
    return model.space.to_free(values)
