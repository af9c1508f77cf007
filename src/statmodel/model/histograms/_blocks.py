r"""The expansion of a likelihood whose variables are shared by all bins or belong to one bin.

.. math:: q = f + g^\top s + c^\top l + \tfrac12 s^\top H s + \sum_b l_b^\top X_b\, s
    + \tfrac12 \sum_b l_b^\top D_b\, l_b

in the displacements s of the shared and :math:`l_b` of the local variables from the present
values. Only the cross block X couples bins to anything, and no bin to another, so that a
minimiser can eliminate the local variables bin by bin (Schur complement):
:math:`H - \sum_b X_b^\top D_b^{-1} X_b` is as wide as the shared ones.
"""

from typing import NamedTuple

import jax
from jaxtyping import Array, Float


class BlockGradient(NamedTuple):
    """Value and gradient."""

    value: Float[Array, ""]
    shared: Float[Array, " shared"]
    local: Float[Array, "gamma bin"]


class BlockExpansion(NamedTuple):
    """Value, gradient and Hessian, in blocks."""

    value: Float[Array, ""]
    shared: Float[Array, " shared"]
    """The gradient in the shared variables."""
    local: Float[Array, "gamma bin"]
    """The gradient in the local ones."""
    hessian: Float[Array, "shared shared"]
    cross: Float[Array, "gamma bin shared"]
    """Mixed second derivatives."""
    local_hessian: Float[Array, "gamma gamma bin"]
    """Second derivatives within each bin; those across bins vanish."""


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
    known = jax.lax.stop_gradient(known)
    s, own = _away(shared), _away(local)
    first = known.value + known.shared @ s + (known.local * own).sum()
    within = (own[:, None] * known.local_hessian * own[None]).sum()
    mixed = (own * (known.cross @ s)).sum()
    return first + 0.5 * s @ (known.hessian @ s) + mixed + 0.5 * within


def _away(at: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The displacement from the present values: zero, with the derivatives of `at`."""
    return at - jax.lax.stop_gradient(at)
