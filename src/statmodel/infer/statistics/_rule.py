r"""Nested rules of integration: Clenshaw and Curtis, whose every other node is a rule of its own.

.. math:: \int_{-1}^1 f\,du \approx \sum_{k=0}^{n} w_k\, f(\cos(k\pi/n))

(C. W. Clenshaw, A. R. Curtis, Numer. Math. 2 (1960) 197). The difference of the two tells the error
of the coarser one, and costs nothing.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

_INSIDE = 1e-12
"""How far inside a panel its ends are looked at, in panels: a function may jump there."""


class Nodes(NamedTuple):
    """Of panels along one axis."""

    at: Float[Array, "panel node"]
    fine: Float[Array, "panel node"]
    """Weights."""
    coarse: Float[Array, "panel node"]
    """Those of every other node; 0 at the others."""


def panels(edges: Float[Array, " edge"], intervals: int) -> Nodes:
    """Nodes in each panel between two edges; equal edges make a panel of no width.

    Args:
        edges: in order.
        intervals: one fewer than the nodes of a panel; divisible by four.
    """
    steps, fine, coarse = (jnp.asarray(one)[None, :] for one in _unit(intervals))
    widths = jnp.diff(edges)[:, None]
    return Nodes(edges[:-1, None] + widths * steps, widths * fine, widths * coarse)


def _unit(intervals: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes in [0, 1], their weights, and those of the coarser rule."""
    steps = 0.5 * (1.0 - np.cos(np.pi * np.arange(intervals + 1) / intervals))
    steps = np.clip(steps, _INSIDE, 1.0 - _INSIDE)
    coarse = np.zeros(intervals + 1)
    coarse[::2] = _weights(intervals // 2)
    return steps, _weights(intervals), coarse


def _weights(intervals: int) -> np.ndarray:
    """Of the rule on an interval of length one, `intervals` even.

    Example:
        >>> _weights(2)  # Simpson's rule
        array([0.16666667, 0.66666667, 0.16666667])
    """
    even = np.arange(0, intervals + 1, 2)
    moments = 1.0 / (1.0 - even**2.0)  # of the Chebyshev polynomials, halved
    halved = np.where((even == 0) | (even == intervals), 0.5, 1.0)
    angles = np.pi * np.outer(np.arange(intervals + 1), even) / intervals
    weights = 2.0 / intervals * (np.cos(angles) @ (halved * moments))
    weights[[0, -1]] *= 0.5
    return weights
