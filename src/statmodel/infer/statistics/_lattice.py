r"""Functions of one to three variables by their values at the points of a lattice.

.. math:: x = c + w \sinh u

with even steps in u along each axis: steps in x are even near the centre c and grow in proportion
to the distance from it. Between points stands the cubic through the four next ones (in each axis),
so that what is wrong far away stays there. Every other point is a lattice of its own, which tells
how good the finer one is.
"""

import itertools
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

Vector = Float[Array, " poi"]
_CUBIC = 4


def nearest(
    at: Float[Array, " axis"], lower: Float[Array, " axis"], upper: Float[Array, " axis"]
) -> Float[Array, " axis"]:
    """The point of a box next to a point; on its edge, with the slopes that there are inside."""
    return jnp.where(at < lower, lower, jnp.where(at > upper, upper, at))


@final
class Lattice(eqx.Module):
    """Points of a box. Values at them have one axis, the last variable running first."""

    lower: Vector
    upper: Vector
    centre: Vector
    width: Vector
    intervals: int = eqx.field(static=True)
    """Along each axis."""

    @property
    def half(self) -> "Lattice":
        """Every other point."""
        return Lattice(self.lower, self.upper, self.centre, self.width, self.intervals // 2)

    @property
    def shared(self) -> Int[np.ndarray, " node"]:
        """Where the points of the half are among these."""
        steps = np.meshgrid(*[np.arange(0, self.intervals + 1, 2)] * self._size, indexing="ij")
        shape = (self.intervals + 1,) * self._size
        return np.asarray(np.ravel_multi_index(tuple(steps), shape)).ravel()

    @property
    def walk(self) -> Int[np.ndarray, " node"]:
        """All of them, each next to the one before: along the last axis to and fro."""
        return _walk(self.intervals, self._size)

    @property
    def points(self) -> Float[Array, "node poi"]:
        """All of them."""
        share = jnp.arange(self.intervals + 1) / self.intervals
        begin, end = self._ends()
        unit = begin[:, None] + (end - begin)[:, None] * share[None, :]
        along = self.centre[:, None] + self.width[:, None] * jnp.sinh(unit)
        # Rounding must not lead out of the box.
        along = jnp.clip(along, self.lower[:, None], self.upper[:, None])
        mesh = jnp.meshgrid(*along, indexing="ij")
        return jnp.stack([one.ravel() for one in mesh], axis=1)

    def between(self, values: Float[Array, " *shape"], at: Vector) -> Float[Array, " *kind"]:
        """What stands at a place between points; beyond the box at its nearest point.

        Args:
            values: at the points.
            at: the place.
        """
        inside = nearest(at, self.lower, self.upper)
        begin, end = self._ends()
        unit = (jnp.arcsinh((inside - self.centre) / self.width) - begin) / (end - begin)
        place = unit * self.intervals
        few = min(_CUBIC, self.intervals + 1)
        first = jnp.floor(jax.lax.stop_gradient(place)).astype(int) - 1
        first = jnp.clip(first, 0, self.intervals + 1 - few)
        shape = (self.intervals + 1,) * self._size
        found = values.reshape(*shape, *values.shape[1:])
        for axis in range(self._size):
            some = jax.lax.dynamic_slice_in_dim(found, first[axis], few)
            found = jnp.tensordot(
                _cardinals(place[axis] - first[axis].astype(float), few), some, axes=1
            )
        return found

    def _ends(self) -> tuple[Vector, Vector]:
        ends = (self.lower - self.centre) / self.width, (self.upper - self.centre) / self.width
        return jnp.arcsinh(ends[0]), jnp.arcsinh(ends[1])

    @property
    def _size(self) -> int:
        return self.lower.shape[0]


def _cardinals(place: Float[Array, ""], few: int) -> Float[Array, " point"]:
    """Lagrange's polynomials of the points 0, 1, 2, ...

    Example:
        >>> _cardinals(jnp.asarray(0.5), 2).tolist()
        [0.5, 0.5]
    """
    rows: list[Float[Array, ""]] = []
    for k in range(few):
        others = [j for j in range(few) if j != k]
        factor = float(np.prod([k - j for j in others]))
        rows.append(jnp.stack([place - j for j in others]).prod() / factor)
    return jnp.stack(rows)


def _walk(intervals: int, size: int) -> Int[np.ndarray, " node"]:
    """Places, with every axis turned after each step of those before it.

    Example:
        >>> _walk(1, 2)
        array([0, 1, 3, 2])
    """
    steps = _turning(intervals, size)
    shape = (intervals + 1,) * size
    return np.asarray(np.ravel_multi_index(tuple(np.array(steps).T), shape))


def _turning(intervals: int, size: int) -> list[tuple[int, ...]]:
    if size == 1:
        return [(k,) for k in range(intervals + 1)]
    behind = _turning(intervals, size - 1)
    turns = (behind, behind[::-1])
    steps = range(intervals + 1)
    return list(itertools.chain(*([(k, *rest) for rest in turns[k % 2]] for k in steps)))
