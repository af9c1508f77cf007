r"""Profile likelihoods: :math:`t(\mu) = -2\ln[L(\mu, \hat{\hat\theta})/L(\hat\mu, \hat\theta)]`."""

import dataclasses
import json
from collections.abc import Sequence
from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from statmodel.data import Dataset
from statmodel.infer._bound import one_data_set
from statmodel.infer._result_json import number
from statmodel.infer._results import FitResult
from statmodel.infer.minimisers._status import Status
from statmodel.model import Model, Prepared

from ._grid import fitted_grid, line
from ._levels import Crossing, ProfileMinimum, crossings, minima

LEVELS = (0.6827, 0.9545)


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
    names: tuple[str, ...] = eqx.field(static=True, default=())
    """Of all parameters."""
    values: Float[Array, "point parameter"] | None = None
    """Where they are at each point."""
    crossings: tuple[Crossing, ...] = eqx.field(static=True, default=())
    """All places where t passes through the heights of the levels asked for."""
    minima: tuple[ProfileMinimum, ...] = eqx.field(static=True, default=())
    """All minima that the grid shows, the lowest first."""

    @property
    def t(self) -> Float[Array, " point"]:
        """-2 ln of the profile likelihood ratio."""
        return 2.0 * (self.nll - self.minimum)

    @property
    def ok(self) -> bool:
        """Whether every fit converged."""
        return bool((np.asarray(self.status) == Status.CONVERGED).all())

    @property
    def message(self) -> str:
        """How the fits ended, and whether the best fit was the best."""
        wrong = int((np.asarray(self.status) != Status.CONVERGED).sum())
        said = f"{self.grid.size - wrong} of {self.grid.size} conditional fits converged"
        loose = sum(not one.exact for one in self.crossings)
        return said + (f"; {loose} crossings are interpolated" if loose else "")

    def to_json(self) -> str:
        """A JSON document; numbers that do not exist are null."""
        values = None if self.values is None else np.asarray(self.values)
        return json.dumps(
            {
                "parameter": self.name,
                "status": {"ok": self.ok, "message": self.message},
                "nll_minimum": float(self.minimum),
                "grid": np.asarray(self.grid).tolist(),
                "t": [number(one) for one in np.asarray(self.t)],
                "points": [Status(int(one)).name.lower() for one in np.asarray(self.status)],
                "values": {}
                if values is None
                else {n: [number(v) for v in values[:, i]] for i, n in enumerate(self.names)},
                "crossings": [dataclasses.asdict(one) for one in self.crossings],
                "minima": [dataclasses.asdict(one) for one in self.minima],
            },
            indent=2,
        )


def profile(  # noqa: PLR0913 (the grid has three ways to be given)
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    *,
    over: str,
    grid: Float[Array, " point"] | None = None,
    points: int = 41,
    levels: Sequence[float] = LEVELS,
) -> Scan:
    """Scan one parameter, all others profiled.

    Every fit begins where the best fit's covariance says that the others go; neighbours tell each
    other of lower minima. One fit runs on each core.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        result: the unconditional fit of the same data; the scan sets out from each of its minima.
        over: the parameter that is scanned.
        grid: its values, increasing; by default `points` values over three errors on each side of
            the best fit, within the bounds.
        points: how many, where no grid is given.
        levels: probabilities, for whose heights (quantiles of chi-squared with one degree of
            freedom) all crossings are found.

    Raises:
        ValueError: a value of the grid is out of bounds, or a level is no probability.
        KeyError: there is no such parameter.
    """
    index = model.space.index(over)
    heights = heights_of(levels, 1)
    values = default_grid(model, result, over, points) if grid is None else grid
    check_grid(model, over, values)
    prepared = one_data_set(model, data, "profile")
    places = np.asarray(values, float)
    found = fitted_grid(model, prepared, result, [index], places[:, None], line(places.size))
    lowest = float(np.fmin(float(result.nll), found.nll.min()))
    return Scan(
        name=over,
        grid=jnp.asarray(places),
        nll=jnp.asarray(np.where(np.isfinite(found.nll), found.nll, np.nan)),
        minimum=jnp.asarray(lowest),
        status=jnp.asarray(found.status),
        names=model.space.names,
        values=jnp.asarray(found.values),
        crossings=crossings(found, lowest, levels, heights),
        minima=minima(found, lowest),
    )


def check_grid(model: Model, name: str, values: Float[Array, " point"]) -> None:
    """Refuse a grid that is no grid of a parameter.

    Raises:
        ValueError: it is empty, not increasing, or leaves the bounds.
    """
    low, high = model.space.bounds[model.space.index(name)]
    at = np.asarray(values)
    if at.size == 0 or not ((at >= low) & (at <= high)).all():
        msg = f"`profile(grid=...)` must hold values of {name} within [{low:g}, {high:g}]"
        raise ValueError(msg)
    if not (np.diff(at) > 0).all():
        msg = f"`profile(grid=...)` must increase from one value of {name} to the next"
        raise ValueError(msg)


def heights_of(levels: Sequence[float], parameters: int) -> tuple[float, ...]:
    """Quantiles of chi-squared.

    Raises:
        ValueError: a level is no probability.

    Example:
        >>> [round(one, 3) for one in heights_of((0.6827, 0.9545), 2)]
        [2.296, 6.18]
    """
    from scipy import stats  # noqa: PLC0415 (to load it takes as long as a fit)

    wrong = [one for one in levels if not 0 < one < 1]
    if wrong:
        msg = f"`levels` are probabilities between 0 and 1, got {wrong[0]:g}"
        raise ValueError(msg)
    return tuple(float(one) for one in stats.chi2.ppf(levels, parameters))


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
