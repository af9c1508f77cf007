r"""The expansion of a likelihood whose variables are shared by all bins or belong to one bin.

.. math:: q = f + g^\top s + c^\top l + \tfrac12 s^\top H s + \sum_b l_b^\top X_b\, s
    + \tfrac12 \sum_b l_b^\top D_b\, l_b

in the displacements s of the shared and :math:`l_b` of the local variables from the present
values. Only the cross block X couples bins to anything, and no bin to another, so that a
minimiser can eliminate the local variables bin by bin (Schur complement):
:math:`H - \sum_b X_b^\top D_b^{-1} X_b` is as wide as the shared ones.

Second derivatives come in two parts, :math:`-I + C`: the information
:math:`I = \sum_b (n/\nu^2)\,\nabla\nu\,\nabla\nu^\top`, which is never negative, and the bends
:math:`C = \sum_b (n/\nu - 1)\,\nabla^2\nu`, which vanish where the data are what is expected.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


class BlockGradient(NamedTuple):
    """Value and gradient."""

    value: Float[Array, ""]
    shared: Float[Array, " shared"]
    local: Float[Array, "gamma bin"]


class BlockMatrix(NamedTuple):
    """A symmetric matrix over shared and local variables."""

    shared: Float[Array, "shared shared"]
    cross: Float[Array, "gamma bin shared"]
    local: Float[Array, "gamma gamma bin"]
    """Within each bin; the elements across bins vanish."""

    def plus(self, other: "BlockMatrix", times: Float[Array, ""] | float = 1.0) -> "BlockMatrix":
        """The sum with so many times another."""
        return BlockMatrix(*(one + times * two for one, two in zip(self, other, strict=True)))


def alone(matrix: Float[Array, "shared shared"]) -> BlockMatrix:
    """A matrix over shared variables, where there is no bin."""
    size = matrix.shape[0]
    return BlockMatrix(matrix, jnp.zeros((0, 0, size)), jnp.zeros((0, 0, 0)))


class BlockExpansion(NamedTuple):
    """Value, gradient and Hessian, in blocks."""

    gradient: BlockGradient
    information: BlockMatrix
    bends: BlockMatrix

    @property
    def hessian(self) -> BlockMatrix:
        """All second derivatives."""
        return self.bends.plus(self.information, -1.0)


def block_linear(
    known: BlockGradient, shared: Float[Array, " shared"], local: Float[Array, "gamma bin"]
) -> Float[Array, ""]:
    """The expansion to first order, for autodiff to go on from."""
    known = jax.lax.stop_gradient(known)
    return known.value + known.shared @ _away(shared) + (known.local * _away(local)).sum()


def block_quadratic(
    known: BlockExpansion, shared: Float[Array, " shared"], local: Float[Array, "gamma bin"]
) -> Float[Array, ""]:
    """The expansion to second order, for autodiff to go on from."""
    second = jax.lax.stop_gradient(known.hessian)
    s, own = _away(shared), _away(local)
    within = (own[:, None] * second.local * own[None]).sum()
    mixed = (own * (second.cross @ s)).sum()
    first = block_linear(known.gradient, shared, local)
    return first + 0.5 * s @ (second.shared @ s) + mixed + 0.5 * within


def _away(at: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The displacement from the present values: zero, with the derivatives of `at`."""
    return at - jax.lax.stop_gradient(at)
