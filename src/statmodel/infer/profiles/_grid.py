r"""Conditional minima at the places of a grid, of one parameter or of several.

Around the best fit the others follow those that are held along
:math:`\hat\theta_o + V_{oh}V_{hh}^{-1}(\theta_h - \hat\theta_h)`, where `nll` is quadratic; there
every fit begins. Then each place is told by its neighbours where they have ended, moved along the
same way: if `nll` is lower there than what the place has found, the nuisances have another minimum,
and the place is fitted again from there, until nobody learns anything.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar, final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from statmodel.infer._batch import cores
from statmodel.infer._derivatives import nll_value
from statmodel.infer._programs import fit_arrays
from statmodel.infer._results import FitResult
from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._minimise import MAX_STEPS
from statmodel.infer.minimisers._status import Status
from statmodel.model import Model, Prepared

_A_MINIMUM = (Status.CONVERGED, Status.FLAT_DIRECTION)
_LOWER = 1e-6
"""Of `nll`: what is lower by less is the same minimum."""


One = TypeVar("One")


class End(NamedTuple):
    """Where one fit has ended."""

    values: Float[np.ndarray, " parameter"]
    nll: float
    status: Status

    @property
    def usable(self) -> bool:
        """Whether it is a minimum."""
        return self.status in _A_MINIMUM and bool(np.isfinite(self.nll))


def fitted_grid(
    model: Model,
    prepared: Prepared,
    result: FitResult,
    held: Sequence[int],
    places: Float[np.ndarray, "place held"],
    neighbours: Int[np.ndarray, "pair 2"],
) -> "Grid":
    """Minimise over all parameters but those held, at each place.

    Args:
        model: the compiled likelihood.
        prepared: the data.
        result: their fit. Its other minima are starting points too.
        held: the parameters of the grid.
        places: their values.
        neighbours: pairs of places, each once.
    """
    grid = Grid(model, prepared, result, held, places)
    grid.begin()
    both = np.concatenate([neighbours, neighbours[:, ::-1]])
    while (learnt := grid.learn(both)) is not None:
        grid.fit(*learnt)
    return grid


@final
class Grid:
    """The lowest end so far of each place.

    Attributes:
        values: all parameters there, in the user's unit; NaN where every fit failed.
        nll: infinite where every fit failed.
        status: a :class:`Status` each.
        fits: how many were made.
    """

    def __init__(
        self,
        model: Model,
        prepared: Prepared,
        result: FitResult,
        held: Sequence[int],
        places: Float[np.ndarray, "place held"],
    ) -> None:
        self.model, self.prepared, self.result = model, prepared, result
        self.held, self.places = list(held), places
        self.fixed = np.asarray(result.fixed) | np.isin(np.arange(model.space.size), self.held)
        self.bounds = np.asarray(model.space.bounds, float).T
        self.way = _way(result, self.held)
        count = len(places)
        self.values = np.full((count, model.space.size), np.nan)
        self.nll = np.full(count, np.inf)
        self.status = np.full(count, int(Status.RUNNING))
        self.news = np.zeros(count, bool)
        self.fits = 0

    def begin(self) -> None:
        """Fit every place from the best fit, and from each other minimum that is known."""
        every = np.arange(len(self.places))
        best = np.asarray(self.result.values, float)
        self.fit(every, best + (self.places - best[self.held]) @ self.way)
        others = self.result.minima
        for other in () if others is None else np.asarray(others.values[1:], float):
            self.fit(every, np.tile(other, (every.size, 1)))
        self.news[:] = True

    def learn(
        self, pairs: Int[np.ndarray, "pair 2"]
    ) -> tuple[Int[np.ndarray, " some"], Float[np.ndarray, "some parameter"]] | None:
        """Places whose neighbours have something lower, and where; None if there is none."""
        told = pairs[self.news[pairs[:, 0]] & np.isfinite(self.nll[pairs[:, 0]])]
        self.news[:] = False
        if not told.size:
            return None
        giver, taker = told.T
        steps = (self.places[taker] - self.places[giver]) @ self.way
        starts = self._starts(taker, self.values[giver] + steps)
        nll = np.array(_at_once(self._value, starts))
        nll[np.isnan(nll)] = np.inf
        order = np.argsort(nll, kind="stable")
        chosen, first = np.unique(taker[order], return_index=True)
        lowest = order[first]
        lower = nll[lowest] < self.nll[chosen] - _LOWER
        return (chosen[lower], starts[lowest[lower]]) if lower.any() else None

    def fit(
        self, some: Int[np.ndarray, " some"], begin: Float[np.ndarray, "some parameter"]
    ) -> None:
        """Fit places from given values; what is lower than before counts."""
        self.fits += some.size
        ends = _at_once(self.end, self._starts(some, begin))
        for place, end in zip(some.tolist(), ends, strict=True):
            if end.usable and end.nll < self.nll[place]:
                self.values[place], self.nll[place] = end.values, end.nll
                self.status[place] = int(end.status)
                self.news[place] = True
            elif not np.isfinite(self.nll[place]):
                self.status[place] = int(end.status)

    def _starts(
        self, some: Int[np.ndarray, " some"], values: Float[np.ndarray, "some parameter"]
    ) -> Float[np.ndarray, "some parameter"]:
        inside = np.clip(values, *self.bounds)
        inside[:, self.held] = self.places[some]
        return inside

    def _value(self, values: Float[np.ndarray, " parameter"]) -> float:
        free = self.model.space.to_free(jnp.asarray(values))
        return float(nll_value(self.model, self.prepared, free))

    def end(self, values: Float[np.ndarray, " parameter"]) -> End:
        """Where a fit from given values ends, the parameters of the grid held."""
        return self._fitted(values, self.fixed)

    def free(self, values: Float[np.ndarray, " parameter"]) -> End:
        """Where a fit from given values ends that holds no more than the best fit did."""
        return self._fitted(values, np.asarray(self.result.fixed))

    def state(self, place: int) -> Status:
        """How the fit of a place ended."""
        return Status(int(self.status[place]))

    def _fitted(
        self, values: Float[np.ndarray, " parameter"], fixed: Bool[np.ndarray, " parameter"]
    ) -> End:
        space = self.model.space
        box = Box.of(space, jnp.asarray(fixed))
        start = space.to_free(jnp.asarray(values))
        end = fit_arrays(self.model, self.prepared, start, box, MAX_STEPS)
        minimum = end.minimum
        return End(np.asarray(end.values), float(minimum.value), Status(int(minimum.status)))


def _way(result: FitResult, held: Sequence[int]) -> Float[np.ndarray, "held parameter"]:
    """How all parameters follow those held, a row each; where that is unknown they stay."""
    matrix = np.asarray(result.covariance.matrix)
    way = np.zeros((len(held), matrix.shape[0]))
    rows = [row for row, one in enumerate(held) if np.isfinite(matrix[one, one])]
    known = [held[row] for row in rows if matrix[held[row], held[row]] > 0]
    if len(known) == len(rows) and rows:
        own = matrix[np.ix_(known, known)]
        way[rows] = np.linalg.lstsq(own, np.nan_to_num(matrix[known]), rcond=None)[0]
    return way


def _at_once(
    function: Callable[[Float[np.ndarray, " parameter"]], One],
    rows: Float[np.ndarray, "row parameter"],
) -> list[One]:
    """A function of each row: the first alone, as it may compile, then one on each core."""
    found = [function(row) for row in rows[:1]]
    with ThreadPoolExecutor(cores()) as pool:
        return found + list(pool.map(function, rows[1:]))


def line(count: int) -> Int[np.ndarray, "pair 2"]:
    """Neighbours of a grid with one axis."""
    one = np.arange(count)
    return np.stack([one[:-1], one[1:]], axis=1)


def mesh(rows: int, columns: int) -> Int[np.ndarray, "pair 2"]:
    """Neighbours of a grid with two axes, row by row: left and right, above and below."""
    number = np.arange(rows * columns).reshape(rows, columns)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    return np.concatenate([across, down])
