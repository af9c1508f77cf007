r"""Derivatives of the likelihood of a model of binned channels, in the blocks that it has.

.. math:: H = I - C

over the parameters that a Newton step keeps and those that it eliminates bin by bin, see
:mod:`statmodel.model.histograms`. With formulas between the parameters and what the channels read,
:math:`I = J^\top I_v J` with the Jacobian J of what is read, and C has the curvature of the
formulas too. Constraints count as information.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ._constraints import JointGaussian
from ._expressions import Scalar
from ._model import Model, Prepared, constraint_log_prob
from ._parameters import FreeVector
from .histograms import (
    BlockMatrix,
    Coordinates,
    Counts,
    Histograms,
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
    histograms, counts, coordinates = _parts(model, prepared)
    variables = _reader(model, histograms)
    here = histograms.expanded(variables(free), counts)

    def nll(at: FreeVector) -> Scalar:
        constraints = constraint_log_prob(model, model.scope.at_free(at), prepared)
        return -block_linear(here.gradient, *variables(at)) - constraints

    value, gradient = jax.value_and_grad(nll)(free)
    parts = (here.information, here.bends)
    information, bends = _over_parameters(coordinates, parts, free, variables)
    if not coordinates.aligned:

        def read(kept: Float[Array, " kept"]) -> Scalar:
            return block_linear(here.gradient, *variables(free.at[coordinates.kept].set(kept)))

        curved = jax.hessian(read)(free[coordinates.kept])
        bends = bends._replace(shared=bends.shared + curved)
    own = coordinates.own < model.space.size
    information = _completed(model, coordinates, prepared, free, _only(information, own))
    return Structured(value, gradient, information, _only(bends, own))


def expected_information(model: Model, prepared: Prepared, free: FreeVector) -> BlockMatrix:
    r"""The information of `nll` on average over counts, which is never negative.

    .. math:: \sum_b \frac{1}{\nu_b}\,\nabla\nu_b\,\nabla\nu_b^\top

    with the curvature of the constraints. It is a metric that knows the likelihood before any data
    have been seen; it costs a third of `structured_nll`.

    Args:
        model: has `coordinates`.
        prepared: bound data with counts, of which the mask is read.
        free: where.

    Raises:
        ValueError: the model has other channels, or no coordinates.
    """
    histograms, counts, coordinates = _parts(model, prepared)
    variables = _reader(model, histograms)
    part = histograms.expected_information(variables(free), counts)
    (information,) = _over_parameters(coordinates, (part,), free, variables)
    own = coordinates.own < model.space.size
    return _completed(model, coordinates, prepared, free, _only(information, own))


def _parts(model: Model, prepared: Prepared) -> tuple[Histograms, Counts, Coordinates]:
    if model.histograms is None or prepared.counts is None or model.coordinates is None:
        msg = "structured derivatives are those of a model of binned channels only"
        raise ValueError(msg)
    return model.histograms, prepared.counts, model.coordinates


def _reader(model: Model, histograms: Histograms) -> Callable[[FreeVector], Variables]:
    """What the channels read, as a function of the internal vector."""
    return lambda at: histograms.variables(model.scope.at_free(at))


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
    coordinates: Coordinates,
    parts: Sequence[BlockMatrix],
    free: FreeVector,
    variables: Callable[[FreeVector], Variables],
) -> list[BlockMatrix]:
    """Quadratic forms in what the channels read, as such in the parameters."""
    if coordinates.aligned and not coordinates.coupled:
        return [_widened(part, coordinates.kept.size - part.shared.shape[0]) for part in parts]

    def read(kept: Float[Array, " kept"]) -> Variables:
        return variables(free.at[coordinates.kept].set(kept))

    jacobian = jax.jacfwd(read)(free[coordinates.kept])
    return [_through(part, jacobian) for part in parts]


def _widened(part: BlockMatrix, more: int) -> BlockMatrix:
    """With so many parameters more that no channel reads."""
    shared = jnp.pad(part.shared, (0, more))
    return BlockMatrix(shared, jnp.pad(part.cross, ((0, 0), (0, 0), (0, more))), part.local)


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


def _completed(
    model: Model,
    coordinates: Coordinates,
    prepared: Prepared,
    free: FreeVector,
    information: BlockMatrix,
) -> BlockMatrix:
    """With the curvature of the constraints; what is not eliminated stands for itself.

    The latter has a unit on the diagonal.
    """

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
    unit = jnp.eye(kept.size, dtype=bool)
    shared = information.shared + jnp.where(unit, diagonal[kept][None], 0.0)
    if any(isinstance(block, JointGaussian) for block in model.constraints):
        together = jax.hessian(lambda at: log_prob(free.at[kept].set(at), joint=True))
        shared = shared + together(free[kept])
    same = jnp.eye(coordinates.own.shape[0])[:, :, None]
    missing = jnp.where(coordinates.own < model.space.size, 0.0, 1.0)
    local = information.local + same * (padded[coordinates.own] + missing)[None]
    return BlockMatrix(shared, information.cross, local)
