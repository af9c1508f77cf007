r"""Derivatives of the likelihood of a model of binned channels, in the blocks that it has.

.. math:: H = I - C

over the parameters that a Newton step keeps and those that it eliminates bin by bin, see
:mod:`statmodel.model.histograms`. With formulas between the parameters and what the channels read,
:math:`I = J^\top I_v J` with the Jacobian J of what is read, and C has the curvature of the
formulas too. Constraints count as information.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ._constraints import JointGaussian
from ._expressions import Scalar
from ._model import Model, Prepared, constraint_log_prob
from ._parameters import FreeVector
from .histograms import (
    BlockExpansion,
    BlockMatrix,
    Coordinates,
    Variables,
    block_linear,
)


class Structured(NamedTuple):
    """Derivatives of `nll`: over kept parameters, and over eliminated ones bin by bin."""

    value: Scalar
    gradient: FreeVector
    information: BlockMatrix
    bends: BlockMatrix


def structured_nll(model: Model, prepared: Prepared, free: FreeVector) -> Structured:
    """`nll` of a model without unbinned channels at an internal vector.

    Args:
        model: has `coordinates`.
        prepared: bound data with counts.
        free: where.

    Raises:
        ValueError: the model has other channels, or no coordinates.
    """
    histograms, counts, coordinates = model.histograms, prepared.counts, model.coordinates
    if histograms is None or counts is None or coordinates is None:
        msg = "structured derivatives are those of a model of binned channels only"
        raise ValueError(msg)

    def variables(at: FreeVector) -> Variables:
        return histograms.variables(model.scope.at_free(at))

    here = histograms.expanded(variables(free), counts)

    def nll(at: FreeVector) -> Scalar:
        constraints = constraint_log_prob(model, model.scope.at_free(at), prepared)
        return -block_linear(here.gradient, *variables(at)) - constraints

    value, gradient = jax.value_and_grad(nll)(free)
    information, bends = _over_parameters(model, coordinates, here, free, variables)
    return Structured(
        value, gradient, _with_prior(model, coordinates, prepared, free, information), bends
    )


def assembled(found: Structured, coordinates: Coordinates) -> Float[Array, "parameter parameter"]:
    """The Hessian as one matrix."""
    size = found.gradient.size
    hessian = found.information.plus(found.bends, -1.0)
    kept, own = coordinates.kept, coordinates.own
    # What is not eliminated stands in a last row, which is cut off.
    whole = jnp.zeros((size + 1, size + 1), found.gradient.dtype)
    whole = whole.at[kept[:, None], kept[None]].set(hessian.shared)
    whole = whole.at[own[:, :, None], kept[None, None]].set(hessian.cross)
    whole = whole.at[kept[None, None], own[:, :, None]].set(hessian.cross)
    whole = whole.at[own[:, None], own[None]].set(hessian.local)
    return whole[:-1, :-1]


def _over_parameters(
    model: Model,
    coordinates: Coordinates,
    here: BlockExpansion,
    free: FreeVector,
    variables: Callable[[FreeVector], Variables],
) -> tuple[BlockMatrix, BlockMatrix]:
    """The two parts of the Hessian, from what the channels read to the parameters."""
    if coordinates.aligned and not coordinates.coupled:
        more = coordinates.kept.size - here.gradient.shared.size
        parts = [
            BlockMatrix(
                jnp.pad(part.shared, (0, more)),
                jnp.pad(part.cross, ((0, 0), (0, 0), (0, more))),
                part.local,
            )
            for part in (here.information, here.bends)
        ]
    else:

        def read(kept: Float[Array, " kept"]) -> Variables:
            return variables(free.at[coordinates.kept].set(kept))

        at = free[coordinates.kept]
        jacobian = jax.jacfwd(read)(at)
        parts = [_through(part, jacobian) for part in (here.information, here.bends)]
        if not coordinates.aligned:
            curved = jax.hessian(lambda kept: block_linear(here.gradient, *read(kept)))(at)
            parts[1] = parts[1]._replace(shared=parts[1].shared + curved)
    own = coordinates.own < model.space.size
    information, bends = (_only(part, own) for part in parts)
    same = jnp.eye(own.shape[0])[:, :, None]
    # What is not eliminated stands for itself, with a unit on the diagonal.
    return information._replace(
        local=information.local + same * jnp.where(own, 0.0, 1.0)[None]
    ), bends


def _through(part: BlockMatrix, jacobian: Variables) -> BlockMatrix:
    """The same quadratic form over kept parameters; `jacobian` has a last axis of these."""
    shared, local = jacobian
    crossed = part.cross @ shared
    within = jnp.einsum("ghb,hbk->gbk", part.local, local)
    both = jnp.einsum("gbk,gbl->kl", local, crossed)
    matrix = shared.T @ part.shared @ shared + both + both.T
    return BlockMatrix(
        matrix + jnp.einsum("gbk,gbl->kl", local, within), crossed + within, part.local
    )


def _only(part: BlockMatrix, own: Bool[Array, "gamma bin"]) -> BlockMatrix:
    """Without the rows of per-bin factors that are not eliminated."""
    both = own[:, None] & own[None]
    return BlockMatrix(
        part.shared,
        jnp.where(own[:, :, None], part.cross, 0.0),
        jnp.where(both, part.local, 0.0),
    )


def _with_prior(
    model: Model,
    coordinates: Coordinates,
    prepared: Prepared,
    free: FreeVector,
    information: BlockMatrix,
) -> BlockMatrix:
    """Adds the curvature of the constraints."""

    def log_prob(at: FreeVector, *, joint: bool) -> Scalar:
        values = model.space.to_values(at)
        total = jnp.zeros(())
        for block in model.constraints:
            if isinstance(block, JointGaussian) == joint:
                total = total - block.log_prob(prepared.auxiliary, values)
        return total

    # A sum of functions of one parameter each has a diagonal Hessian: its product with ones.
    single = jax.grad(lambda at: log_prob(at, joint=False))
    diagonal = jax.jvp(single, (free,), (jnp.ones_like(free),))[1]
    kept, padded = coordinates.kept, jnp.append(diagonal, 0.0)
    shared = information.shared + jnp.diag(diagonal[kept])
    if any(isinstance(block, JointGaussian) for block in model.constraints):
        together = jax.hessian(lambda at: log_prob(free.at[kept].set(at), joint=True))
        shared = shared + together(free[kept])
    same = jnp.eye(coordinates.own.shape[0])[:, :, None]
    local = information.local + same * padded[coordinates.own][None]
    return BlockMatrix(shared, information.cross, local)
