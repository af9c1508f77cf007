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

MOST = 20
"""Steps that are learnt from."""
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
    """Steps since the first matrix, and how many."""

    rows: Float[Array, "row parameter"]
    """s of each, then z of each."""
    own: Float[Array, " pair"]
    mixed: Float[Array, " pair"]
    taught: Int[Array, ""]

    @classmethod
    def none(cls, like: Vector) -> "Pairs":
        """No step yet."""
        empty = jnp.zeros(MOST, like.dtype)
        return cls(jnp.zeros((2 * MOST, like.size), like.dtype), empty, empty, jnp.asarray(0))

    @property
    def full(self) -> Bool[Array, ""]:
        """Whether there is no room for another."""
        return self.taught >= MOST

    def correction(self, gradient: Vector) -> Vector:
        """What all of them add to the first matrix' inverse times a gradient."""
        found = self.rows @ gradient
        along, across = found[:MOST], found[MOST:]
        weights = jnp.concatenate([self.own * along + self.mixed * across, self.mixed * along])
        return weights @ self.rows

    def and_(self, pair: Pair) -> "Pairs":
        """With one more, for which there must be room."""
        rows = jax.lax.dynamic_update_index_in_dim(self.rows, pair.step, self.taught, 0)
        return Pairs(
            jax.lax.dynamic_update_index_in_dim(rows, pair.known, MOST + self.taught, 0),
            self.own.at[self.taught].set(pair.own),
            self.mixed.at[self.taught].set(pair.mixed),
            self.taught + pair.learnt.astype(int),
        )
