r"""Functions of one to three variables by their values at the points of Chebyshev.

.. math::

   x_k = -\cos\frac{k\pi}{n}, \qquad
   \ell_k(x) = \frac{2 c_k}{n} \sum_{j=0}^{n} c_j\, T_j(x_k)\, T_j(x), \qquad
   c_0 = c_n = \tfrac12, \; c_k = 1

are the polynomials that are one at one point and zero at the others (J. C. Mason, D. C. Handscomb,
Chebyshev Polynomials, 2003, section 6.3). Every other point is a lattice of its own, which tells
how good the finer one is.
"""

import itertools
from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

Vector = Float[Array, " poi"]


def nearest(
    at: Float[Array, " axis"], lower: Float[Array, " axis"], upper: Float[Array, " axis"]
) -> Float[Array, " axis"]:
    """The point of a box next to a point; on its edge, with the slopes that there are inside.

    Example:
        >>> one = jnp.ones(1)
        >>> float(jax.grad(lambda at: nearest(at, 0 * one, one).sum())(one)[0])
        1.0
    """
    return jnp.where(at < lower, lower, jnp.where(at > upper, upper, at))


@final
class Lattice(eqx.Module):
    """Points of a box, in the order of a walk in which each is next to the one before."""

    lower: Vector
    upper: Vector
    intervals: int = eqx.field(static=True)
    """Along each axis."""

    @property
    def half(self) -> "Lattice":
        """Every other point."""
        return Lattice(self.lower, self.upper, self.intervals // 2)

    @property
    def shared(self) -> Int[np.ndarray, " node"]:
        """Where the points of the half stand in this walk."""
        place = {step: number for number, step in enumerate(_walk(self.intervals, self._size))}
        half = _walk(self.intervals // 2, self._size)
        return np.array([place[tuple(2 * k for k in step)] for step in half])

    @property
    def points(self) -> Float[Array, "node poi"]:
        """All of them."""
        walk = np.array(_walk(self.intervals, self._size))
        share = 0.5 * (1.0 + jnp.asarray(_points(self.intervals)[walk]))
        return self.lower[None, :] + (self.upper - self.lower)[None, :] * share

    def cardinals(self, at: Vector) -> Float[Array, " node"]:
        """The polynomials; beyond the box those of its nearest point."""
        inside = nearest(at, self.lower, self.upper)
        unit = 2.0 * (inside - self.lower) / (self.upper - self.lower) - 1.0
        basis = jnp.asarray(_basis(self.intervals))
        rows = [_polynomials(unit[axis], self.intervals) @ basis for axis in range(self._size)]
        whole = rows[0]
        for row in rows[1:]:
            whole = (whole[:, None] * row[None, :]).reshape(-1)
        return whole[_places(self.intervals, self._size)]

    @property
    def _size(self) -> int:
        return self.lower.shape[0]


def _walk(intervals: int, size: int) -> tuple[tuple[int, ...], ...]:
    """Along the last axis to and fro.

    Example:
        >>> _walk(1, 2)
        ((0, 0), (0, 1), (1, 1), (1, 0))
    """
    if size == 1:
        return tuple((k,) for k in range(intervals + 1))
    behind = _walk(intervals, size - 1)
    turns = (behind, behind[::-1])
    steps = range(intervals + 1)
    return tuple(itertools.chain(*([(k, *rest) for rest in turns[k % 2]] for k in steps)))


def _places(intervals: int, size: int) -> Int[np.ndarray, " node"]:
    """Of the walk, in the order of the axes."""
    shape = (intervals + 1,) * size
    return np.asarray(np.ravel_multi_index(tuple(np.array(_walk(intervals, size)).T), shape))


def _points(intervals: int) -> Float[np.ndarray, " point"]:
    return -np.cos(np.pi * np.arange(intervals + 1) / intervals)


def _basis(intervals: int) -> Float[np.ndarray, "degree point"]:
    """Coefficients of the cardinal polynomials.

    Example:
        >>> np.array([1.0, 0.5, 0.25]) @ _basis(2).round(15) @ np.array([1.0, 0.0, 1.0])
        np.float64(0.625)
    """
    degree = np.arange(intervals + 1)
    ends = np.where((degree == 0) | (degree == intervals), 0.5, 1.0)
    angles = np.arccos(_points(intervals))
    values = np.cos(np.outer(degree, angles))
    return 2.0 / intervals * ends[:, None] * ends[None, :] * values


def _polynomials(x: Float[Array, ""], intervals: int) -> Float[Array, " degree"]:
    r"""Those of Chebyshev, by :math:`T_{m+k} = 2 T_m T_k - T_{m-k}`: twice as many at a time."""
    found = jnp.stack([jnp.ones_like(x), x])
    while found.size <= intervals:
        more = 2.0 * found[-1] * found[1:] - found[-2::-1]
        found = jnp.concatenate([found, more])
    return found[: intervals + 1]
