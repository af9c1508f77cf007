"""What is known of the distribution of a test statistic under each hypothesis of a grid."""

import abc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

import numpy as np
from jaxtyping import Float

from ._quantiles import effective, quantiles, tail

CalibrationMethod: TypeAlias = Literal["reweighted", "points", "splines", "network"]
"""How critical values are found: by toys of all hypotheses, weighted for each; by toys of each
hypothesis; or by quantile regression on toys from everywhere."""
CALIBRATIONS: tuple[CalibrationMethod, ...] = ("reweighted", "points", "splines", "network")


class AbstractDistribution(abc.ABC):
    """Of a statistic under each hypothesis."""

    @property
    @abc.abstractmethod
    def effective(self) -> Float[np.ndarray, " point"]:
        """Toys without weights, drawn under each hypothesis, that would say as much."""

    @abc.abstractmethod
    def quantiles(self, probabilities: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
        """One under each hypothesis."""

    @abc.abstractmethod
    def toys(self, place: int) -> tuple[Float[np.ndarray, " toy"], Float[np.ndarray, " toy"]]:
        """Values and weights of toys of one hypothesis, by its number."""

    def tail(self, place: int, value: float) -> float:
        """The probability of as large a value, or a larger one, under one hypothesis."""
        return tail(*self.toys(place), value)


@final
@dataclass(frozen=True, eq=False)
class Weighted(AbstractDistribution):
    """Toys, with weights for each hypothesis."""

    values: Float[np.ndarray, "toy point"]
    """Of each toy under each hypothesis; infinite for toys that cannot be judged."""
    weights: Float[np.ndarray, "toy point"]
    """They sum to one under each."""

    @property
    def effective(self) -> Float[np.ndarray, " point"]:
        return effective(self.weights)

    def quantiles(self, probabilities: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
        each = zip(self.values.T, self.weights.T, probabilities, strict=True)
        return np.array([quantiles(v, w, np.array([p]))[0] for v, w, p in each])

    def toys(self, place: int) -> tuple[Float[np.ndarray, " toy"], Float[np.ndarray, " toy"]]:
        return self.values[:, place], self.weights[:, place]


Curves: TypeAlias = Callable[[Float[np.ndarray, "row input"]], Float[np.ndarray, "row level"]]
"""Quantiles by hypothesis, and nuisance parameters behind it where they are inputs."""


@final
@dataclass(frozen=True, eq=False)
class Regressed(AbstractDistribution):
    """Quantiles as smooth functions; between their levels, on straight lines in log(1 - p)."""

    curves: Curves
    levels: Float[np.ndarray, " level"]
    table: Float[np.ndarray, "point level"]
    """Quantiles on the grid; they rise."""
    sizes: Float[np.ndarray, " point"]
    """Effective toys."""
    drawn: Float[np.ndarray, " toy"]
    """Values of the toys, each under the hypothesis that it was drawn from."""

    @property
    def effective(self) -> Float[np.ndarray, " point"]:
        return self.sizes

    def quantiles(self, probabilities: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
        each = zip(probabilities, self.table, strict=True)
        return np.array([between(np.array([p]), self.levels, row[None])[0] for p, row in each])

    def at(self, inputs: Float[np.ndarray, "row input"], level: float) -> Float[np.ndarray, " row"]:
        """One quantile, wherever it is asked for."""
        return between(np.full(len(inputs), level), self.levels, self.curves(inputs))

    def toys(self, place: int) -> tuple[Float[np.ndarray, " toy"], Float[np.ndarray, " toy"]]:
        """Values in the middle of even steps of probability."""
        steps = min(self.drawn.size, _STEPS)
        middle = (np.arange(steps) + 0.5) / steps
        values = between(middle, self.levels, self.table[place][None])
        return values, np.full(steps, 1.0 / steps)


_STEPS = 1000


def between(
    probabilities: Float[np.ndarray, " row"],
    levels: Float[np.ndarray, " level"],
    table: Float[np.ndarray, "given level"],
) -> Float[np.ndarray, " row"]:
    """Quantiles between those at some levels; beyond them the straight line goes on.

    Args:
        probabilities: between 0 and 1.
        levels: in order.
        table: quantiles at these, of each row or the same for all.

    Example:
        >>> levels, table = np.array([0.5, 0.75, 0.875]), np.array([[1.0, 2.0, 3.0]])
        >>> between(np.array([0.75, 0.9375]), levels, table)
        array([2., 4.])
    """
    along, knots = -np.log1p(-np.clip(probabilities, 0.0, 1 - 1e-12)), -np.log1p(-levels)
    place = np.clip(np.searchsorted(knots, along), 1, levels.size - 1)
    share = (along - knots[place - 1]) / (knots[place] - knots[place - 1])
    whole = np.broadcast_to(table, (along.size, levels.size))
    rows = np.arange(along.size)
    low, high = whole[rows, place - 1], whole[rows, place]
    return low + np.maximum(share, 0.0) * (high - low)
