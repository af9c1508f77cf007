r"""Linear systems over parameters of which many are eliminated bin by bin.

.. math::

   \begin{pmatrix} H & X^\top \\ X & D \end{pmatrix}
   \begin{pmatrix} p \\ q \end{pmatrix} = \begin{pmatrix} a \\ b \end{pmatrix}, \qquad
   (H - X^\top D^{-1} X)\, p = a - X^\top D^{-1} b

D has a small block for each bin, see :mod:`statmodel.model.histograms`, so that the Schur
complement, as wide as the parameters that are kept, is all that Cholesky's method has to factorise.
Coordinates are scaled by the square roots of the information's diagonal.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from statmodel.model.histograms import BlockMatrix, Coordinates

from ._trust_region import Mask, Scalar, Vector

_LEAST_PIVOT = 1e-9
"""A squared pivot below, of a matrix with a unit diagonal, is none."""


class Scaling(NamedTuple):
    """Lengths of the coordinates, in units of each one's information; 0 where held."""

    coordinates: Coordinates
    kept: Float[Array, " kept"]
    own: Float[Array, "gamma bin"]

    def of_matrix(self, part: BlockMatrix) -> BlockMatrix:
        """A quadratic form in scaled coordinates; nothing where they are held."""
        kept, own = self.kept, self.own
        return BlockMatrix(
            part.shared * kept[:, None] * kept[None],
            part.cross * own[:, :, None] * kept[None, None],
            part.local * own[:, None] * own[None],
        )

    def of_gradient(
        self, gradient: Vector
    ) -> tuple[Float[Array, " kept"], Float[Array, "gamma bin"]]:
        """A gradient in scaled coordinates."""
        own = jnp.append(gradient, 0.0)[self.coordinates.own]
        return gradient[self.coordinates.kept] * self.kept, own * self.own

    def step(
        self, kept: Float[Array, " kept"], own: Float[Array, "gamma bin"], size: int
    ) -> Vector:
        """A step in scaled coordinates as one vector over all parameters."""
        whole = jnp.zeros(size + 1, kept.dtype)
        if own.size:
            whole = whole.at[self.coordinates.own].set(own * self.own)
        return whole[:-1].at[self.coordinates.kept].set(kept * self.kept)


class Factor(NamedTuple):
    """A factorised matrix."""

    local: Float[Array, "gamma gamma bin"]
    """Lower-triangular, of each bin."""
    cross: Float[Array, "gamma bin kept"]
    """The cross block, whitened by it."""
    shared: Float[Array, "kept kept"]
    """Lower-triangular, of the Schur complement."""
    sound: Bool[Array, ""]
    """Whether the matrix is positive definite."""


class Metric(NamedTuple):
    """A factorised matrix over the parameters that are not held."""

    scaling: Scaling
    factor: Factor
    held: Mask
    trusted: Bool[Array, ""]
    """Whether it tells distances: sound, undamped, and with information on all that is not held."""

    def solve(self, gradient: Vector) -> Vector:
        """Its inverse times a gradient; 0 where held."""
        right = self.scaling.of_gradient(gradient)
        return self.scaling.step(*solved(self.factor, *right), gradient.size)


def metric_of(information: BlockMatrix, coordinates: Coordinates, held: Mask) -> Metric:
    """The metric that an information matrix is."""
    scaling = scaling_of(information, coordinates, held)
    factor = factorised(with_unit_diagonal(scaling.of_matrix(information)))
    return Metric(scaling, factor, held, factor.sound & informed(information, coordinates, held))


def informed(information: BlockMatrix, coordinates: Coordinates, held: Mask) -> Bool[Array, ""]:
    """Whether there is information on every coordinate that is not held."""
    within = jnp.moveaxis(jnp.diagonal(information.local, axis1=0, axis2=1), -1, 0)
    # What is not eliminated stands for itself there.
    kept = (jnp.diagonal(information.shared) > 0) | held[coordinates.kept]
    own = (within > 0) | jnp.append(held, True)[coordinates.own]
    return kept.all() & own.all()


def scaling_of(information: BlockMatrix, coordinates: Coordinates, held: Mask) -> Scaling:
    """The scaling in which an information matrix has a unit diagonal."""
    own_held = jnp.append(held, True)[coordinates.own]
    diagonal = jnp.diagonal(information.shared)
    within = jnp.moveaxis(jnp.diagonal(information.local, axis1=0, axis2=1), -1, 0)

    def lengths(one: Float[Array, "..."], held: Bool[Array, "..."]) -> Float[Array, "..."]:
        return jnp.where(held, 0.0, 1.0 / jnp.where(one > 0, jnp.sqrt(one), 1.0))

    kept, own = lengths(diagonal, held[coordinates.kept]), lengths(within, own_held)
    return Scaling(coordinates, kept, own)


def with_unit_diagonal(part: BlockMatrix) -> BlockMatrix:
    """Scaled information; coordinates that are held, or have none, stand for themselves."""
    unit = jnp.eye(part.shared.shape[0], dtype=bool)
    single = jnp.eye(part.local.shape[0], dtype=bool)[:, :, None]
    shared, local = jnp.where(unit, 1.0, part.shared), jnp.where(single, 1.0, part.local)
    return BlockMatrix(shared, part.cross, local)


def factorised(matrix: BlockMatrix, damping: Scalar | float = 0.0) -> Factor:
    """Cholesky factors of the blocks of a matrix with so much more on its diagonal."""
    gammas, bins, size = matrix.cross.shape
    local = _cholesky(matrix.local + damping * jnp.eye(gammas)[:, :, None])
    cross = _forward(local, matrix.cross)
    white = cross.reshape(gammas * bins, size)
    complement = matrix.shared + damping * jnp.eye(size) - white.T @ white
    shared = jax.lax.linalg.cholesky(complement, symmetrize_input=False)
    pivots = [jnp.diagonal(shared), *(local[g, g] for g in range(gammas))]
    sound = jnp.stack([(one**2 > _LEAST_PIVOT).all() for one in pivots]).all()
    return Factor(local, cross, shared, sound)


def solved(
    factor: Factor, kept: Float[Array, " kept"], own: Float[Array, "gamma bin"]
) -> tuple[Float[Array, " kept"], Float[Array, "gamma bin"]]:
    """The solution for a right-hand side."""
    if not own.size:
        return jax.scipy.linalg.cho_solve((factor.shared, True), kept), own
    white = _forward(factor.local, own[:, :, None])
    right = kept - (factor.cross * white).sum(axis=(0, 1))
    found = jax.scipy.linalg.cho_solve((factor.shared, True), right)
    return found, _backward(factor.local, white[:, :, 0] - factor.cross @ found)


def _cholesky(matrix: Float[Array, "gamma gamma bin"]) -> Float[Array, "gamma gamma bin"]:
    """Of the small matrix of each bin; written out, as bins are many and matrices small."""
    gammas = matrix.shape[0]
    factor = jnp.zeros_like(matrix)
    for i in range(gammas):
        for j in range(i + 1):
            rest = matrix[i, j] - (factor[i, :j] * factor[j, :j]).sum(axis=0)
            entry = jnp.sqrt(rest) if i == j else rest / factor[j, j]
            factor = factor.at[i, j].set(entry)
    return factor


def _forward(
    factor: Float[Array, "gamma gamma bin"], right: Float[Array, "gamma bin column"]
) -> Float[Array, "gamma bin column"]:
    """The solution of L y = b in each bin."""
    for i in range(factor.shape[0]):
        rest = right[i] - (factor[i, :i, :, None] * right[:i]).sum(axis=0)
        right = right.at[i].set(rest / factor[i, i][:, None])
    return right


def _backward(
    factor: Float[Array, "gamma gamma bin"], right: Float[Array, "gamma bin"]
) -> Float[Array, "gamma bin"]:
    """The solution of transposed L x = y in each bin."""
    for i in reversed(range(factor.shape[0])):
        rest = right[i] - (factor[i + 1 :, i] * right[i + 1 :]).sum(axis=0)
        right = right.at[i].set(rest / factor[i, i])
    return right
