"""Quantiles and tails of weighted toys."""

import numpy as np
from jaxtyping import Float


def effective(weights: Float[np.ndarray, "toy point"]) -> Float[np.ndarray, " point"]:
    r""":math:`(\sum w)^2 / \sum w^2` of each column."""
    return weights.sum(axis=0) ** 2 / (weights**2).sum(axis=0)


def quantiles(
    values: Float[np.ndarray, " toy"],
    weights: Float[np.ndarray, " toy"],
    probabilities: Float[np.ndarray, " quantile"],
) -> Float[np.ndarray, " quantile"]:
    """The smallest values at which so much of the weight lies at or below.

    Args:
        values: of each toy; may be infinite.
        weights: not negative.
        probabilities: those above one give the largest value.

    Example:
        >>> quantiles(np.array([3.0, 1.0, 2.0]), np.ones(3), np.array([0.5, 0.7]))
        array([2., 3.])
    """
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    # A quantile that falls on a toy is that toy, whatever the rounding of the sum.
    wanted = probabilities * below[-1] * (1 - 1e-12)
    return values[order][np.minimum(np.searchsorted(below, wanted), values.size - 1)]


def tail(values: Float[np.ndarray, " toy"], weights: Float[np.ndarray, " toy"], at: float) -> float:
    """The share of the weight at or above a value."""
    return float(weights[values >= at].sum() / weights.sum())
