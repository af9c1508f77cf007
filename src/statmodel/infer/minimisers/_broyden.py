r"""What steps teach about the inverse of a matrix (Broyden, Fletcher, Goldfarb, Shanno).

.. math::

   V_{k+1} = V_k - \rho\,(s z^\top + z s^\top) + \rho\,(1 + \rho\, y \cdot z)\, s s^\top, \qquad
   z = V_k\, y, \quad \rho = \frac{1}{s \cdot y}

s is a step and y the change of the gradient along it (J. Nocedal, S. Wright, Numerical
Optimization (2006), 6.17). As z is kept with s, the corrections of all steps are a sum, and cost
two products of a matrix and a vector.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ._trust_region import Scalar, Vector

_LEAST_CURVATURE = 1e-3
"""Along a step, in units of what was expected, below which nothing is learnt."""


class Pair(NamedTuple):
    """One step; zeros where it has taught nothing."""

    step: Vector
    """s."""
    known: Vector
    """z."""
    own: Scalar
    """Factor of s s."""
    mixed: Scalar
    """Factor of s z + z s."""
    learnt: Bool[Array, ""]

    def correction(self, gradient: Vector) -> Vector:
        """What the step adds to the inverse times a gradient."""
        along, across = self.step @ gradient, self.known @ gradient
        return (
            self.own * along + self.mixed * across
        ) * self.step + self.mixed * along * self.known


def pair_of(step: Vector, change: Vector, known: Vector) -> Pair:
    """What a step has taught: nothing where the function bends down along it.

    Args:
        step: s.
        change: y.
        known: z.
    """
    curvature, expected = step @ change, known @ change
    learnt = (curvature > _LEAST_CURVATURE * expected) & (expected > 0)
    rate = jnp.where(learnt, 1.0, 0.0) / jnp.where(learnt, curvature, 1.0)
    step, known, expected = (jnp.where(learnt, one, 0.0) for one in (step, known, expected))
    return Pair(step, known, rate * (1.0 + rate * expected), -rate, learnt)


class Pairs(NamedTuple):
    """Steps since the first matrix, and how many; of many searches, which count together."""

    rows: Float[Array, "*search row parameter"]
    """s of each, then z of each."""
    own: Float[Array, "*search pair"]
    mixed: Float[Array, "*search pair"]
    steps: Int[Array, ""]
    """Steps, those that have taught nothing included."""

    @classmethod
    def none(cls, like: Float[Array, "*search parameter"], most: int) -> "Pairs":
        """No step yet, and room for so many."""
        *searches, size = like.shape
        empty = jnp.zeros((*searches, most), like.dtype)
        rows = jnp.zeros((*searches, 2 * most, size), like.dtype)
        return cls(rows, empty, empty, jnp.asarray(0))

    @property
    def full(self) -> Bool[Array, ""]:
        """Whether there is no room for another."""
        return self.steps >= self.own.shape[-1]

    def correction(self, gradient: Vector) -> Vector:
        """What all of them add to the first matrix' inverse times a gradient, of one search."""
        along, across = jnp.split(self.rows @ gradient, 2)
        weights = jnp.concatenate([self.own * along + self.mixed * across, self.mixed * along])
        return weights @ self.rows

    def and_(self, pair: Pair) -> "Pairs":
        """With one more of each search, for which there must be room."""
        rows = _written(self.rows, pair.step[..., None, :], self.steps, axis=-2)
        rows = _written(rows, pair.known[..., None, :], self.own.shape[-1] + self.steps, axis=-2)
        own = _written(self.own, pair.own[..., None], self.steps, axis=-1)
        mixed = _written(self.mixed, pair.mixed[..., None], self.steps, axis=-1)
        return Pairs(rows, own, mixed, self.steps + 1)


_written = jax.lax.dynamic_update_slice_in_dim
