r"""Profile likelihoods: :math:`t(\mu) = -2\ln[L(\mu, \hat{\hat\theta})/L(\hat\mu, \hat\theta)]`.

Each conditional fit starts where its neighbour towards the best fit has ended, and once more from
its neighbour on the other side: where the nuisances have two minima, a scan in one direction stays
on the branch that it began on. The lower of the two counts.
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._programs import fit_arrays
from statmodel.infer._results import FitResult
from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._minimise import MAX_STEPS
from statmodel.infer.minimisers._status import Status
from statmodel.model import FreeVector, Model, Prepared


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
    """Scan one parameter, all others profiled, each fit started from both neighbours' ends.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        result: the unconditional fit of the same data; the scan sets out from each of its minima.
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
    fixed = jnp.asarray(np.asarray(result.fixed) | (np.arange(model.space.size) == index))
    walk = _Walk(model, one_data_set(model, data, "profile"), fixed, index, np.asarray(values))
    others = [] if result.minima is None else list(result.minima.values[1:])
    for found in (result.values, *others):
        walk.outward(
            model.space.to_free(found), first=int(jnp.argmin(jnp.abs(values - found[index])))
        )
    walk.back(towards=int(jnp.argmin(jnp.abs(values - result.values[index]))))
    nll = np.where(np.isfinite(walk.nll), walk.nll, np.nan)
    lowest = np.fmin(float(result.nll), np.fmin.reduce(nll))
    return Scan(over, jnp.asarray(values), jnp.asarray(nll), jnp.asarray(lowest), walk.statuses())


@final
class _Walk:
    """The conditional fits of one scan: at each value, the lowest end so far."""

    def __init__(
        self,
        model: Model,
        prepared: Prepared,
        fixed: Bool[Array, " parameter"],
        index: int,
        grid: Float[np.ndarray, " point"],
    ) -> None:
        self.model, self.prepared, self.box = model, prepared, Box.of(model.space, fixed)
        self.index, self.grid = index, grid
        self.nll = np.full(grid.size, np.inf)
        self.status = [Status.RUNNING] * grid.size
        self.at: list[FreeVector | None] = [None] * grid.size

    def outward(self, start: FreeVector, *, first: int) -> None:
        """From the place of a minimum to both ends, each fit started from the one before."""
        upward, downward = range(first, self.grid.size), range(first - 1, -1, -1)
        for order in (upward, downward):
            last = start
            for position in order:
                found = self._try(position, last)
                last = last if found is None else found

    def back(self, *, towards: int) -> None:
        """From both ends to the best fit, each fit started from the one farther out."""
        for position in range(self.grid.size - 2, towards, -1):
            self._try(position, self.at[position + 1])
        for position in range(1, towards):
            self._try(position, self.at[position - 1])

    def statuses(self) -> Int[Array, " point"]:
        """How each fit ended."""
        return jnp.asarray([one.value for one in self.status], int)

    def _try(self, position: int, start: FreeVector | None) -> FreeVector | None:
        """Where a fit from `start` ends, None where it fails; kept if it is the lowest so far."""
        if start is None:
            return None
        space = self.model.space
        values = space.to_values(start).at[self.index].set(float(self.grid[position]))
        found = fit_arrays(
            self.model,
            self.prepared,
            space.to_free(values),
            self.box,
            MAX_STEPS,
        ).minimum
        status = Status(int(found.status))
        good = status in (Status.CONVERGED, Status.FLAT_DIRECTION)
        if not good:
            self.status[position] = status if self.at[position] is None else self.status[position]
            return None
        if float(found.value) < self.nll[position]:
            self.nll[position], self.status[position] = float(found.value), status
            self.at[position] = found.at
        return found.at


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
