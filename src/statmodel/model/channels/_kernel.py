r"""The products of a ratio channel with their derivatives: each stored ratio is read once.

.. math:: t_{ij} = r_{ij}\, \frac{\exp\big(\sum_k e_{ijk}(\alpha_k)\big)}{\prod_k g_{ijk}^{-1}},
   \qquad \partial_k \log t_{ij} = e_{ijk}' + g_{ijk}'/g_{ijk}

with g the factors of code 4 and e the exponents of all other responses, which are linear in what is
stored. Second derivatives of :math:`\log t` are diagonal. Factors enter by their inverses, which
the slopes need as well, so that every factor is found once.
"""

from typing import NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from statmodel import _elementary
from statmodel.model._response import AnchoredWeights, ExponentialWeights, weights_at

from ._algebra import Moments, Movement
from ._mixture import Group, RatioEvents, Shapes, Table, groups_of, plain_terms, product
from ._rows import add_to_rows, multiply_rows

_NEXT_TO_NOTHING = 1e-150
"""Stands for a factor of exactly zero, so that its inverse and the slope are finite."""


class Bearing(NamedTuple):
    """What the kernel needs of the parameters, found once for all chunks."""

    responses: tuple[ExponentialWeights | AnchoredWeights, ...]
    """One a block of pairs, over its pairs."""
    heads: Float[Array, " pair"]


def bearing(shapes: Shapes, variables: Float[Array, " variable"]) -> Bearing:
    """Weights of the responses at values of the variables."""
    heads = () if shapes.heads is None else shapes.heads.variables
    return Bearing(
        tuple(
            weights_at(block.code, variables[np.asarray(block.variables, int)])
            for block in shapes.responses
        ),
        variables[np.asarray(heads, int)],
    )


@eqx.filter_custom_jvp
def terms(
    shapes: Shapes, variables: Float[Array, " variable"], chunk: RatioEvents
) -> Float[Array, "process row"]:
    """The products t of one chunk of events (the chunk axis taken off).

    The plain products give the derivatives, of every order, in the variables only.
    """
    return moving_terms(shapes, bearing(shapes, variables), chunk)[0]


@terms.def_jvp
def _terms_jvp(
    primals: tuple[Shapes, Float[Array, " variable"], RatioEvents],
    tangents: tuple[PyTree, Float[Array, " variable"] | None, PyTree],
) -> tuple[Float[Array, "process row"], Float[Array, "process row"]]:
    shapes, variables, chunk = primals
    moved = jnp.zeros_like(variables) if tangents[1] is None else tangents[1]
    return jax.jvp(lambda here: plain_terms(shapes, here, chunk), (variables,), (moved,))


def moving_terms(
    shapes: Shapes, at: Bearing, chunk: RatioEvents
) -> tuple[Float[Array, "process row"], list[Movement]]:
    """The products t of one chunk of events, and what moves them."""
    exponent: Float[Array, "process row"] | None = None
    inverse: Float[Array, "process row"] | None = None
    zero, one = jnp.zeros_like(chunk.ratios), jnp.ones_like(chunk.ratios)
    movements: list[Movement] = []
    pairs = zip(shapes.responses, at.responses, chunk.log_up, chunk.log_down, strict=True)
    for block, weights, log_up, log_down in pairs:
        for group in groups_of(block):
            up, down = _stored(group, log_up), _stored(group, log_down)
            if isinstance(weights, AnchoredWeights):
                inverses, movement = _anchored(group, _own(weights, group), up, down)
                inverse = one if inverse is None else inverse
                inverse = multiply_rows(inverse, group.processes, product(inverses))
            else:
                part, movement = _exponential(group, _own(weights, group), up, down)
                exponent = zero if exponent is None else exponent
                exponent = add_to_rows(exponent, group.processes, part)
            movements.append(movement)
    if shapes.heads is not None and chunk.heads is not None:
        for group in groups_of(shapes.heads):
            slope = _stored(group, chunk.heads)
            part = (_of_group(at.heads, group)[None, :, None] * slope).sum(axis=1)
            exponent = zero if exponent is None else exponent
            exponent = add_to_rows(exponent, group.processes, part)
            movements.append(Movement(group.processes, group.variables, slope, _straight))
    terms = chunk.ratios
    if exponent is not None:
        terms = terms * _elementary.exp(exponent)
    return terms if inverse is None else terms / inverse, movements


def _exponential(
    group: Group, weights: ExponentialWeights, up: Table, down: Table
) -> tuple[Float[Array, "process row"], Movement]:
    """The sum of the exponents, and the movement."""

    def bent(q: Float[Array, "process row"], moments: Moments) -> Moments:
        above, below = weights.exponent[2][:, None]
        bend = above * jnp.einsum("jkr,jr->jk", up, q) + below * jnp.einsum("jkr,jr->jk", down, q)
        return moments + bend[:, :, None] * jnp.eye(bend.shape[1])[None]

    def linear(order: int) -> Table:
        above, below = weights.exponent[order][:, None, :, None]
        return above * up + below * down

    return linear(0).sum(axis=1), Movement(group.processes, group.variables, linear(1), bent)


def _anchored(
    group: Group, weights: AnchoredWeights, up: Table, down: Table
) -> tuple[Table, Movement]:
    """The inverse factors of code 4, and the movement."""
    above, below = weights.power[:, None, :, None]
    high, low = _elementary.exp(above * up), _elementary.exp(below * down)

    def carried(order: int) -> Table:
        a, b, c, d, e, f, g = weights.carried[order][:, None, :, None]
        return a + high * (b + up * (c + up * d)) + low * (e + down * (f + down * g))

    factor = carried(0)
    inverse = 1.0 / jnp.where(factor == 0, _NEXT_TO_NOTHING, factor)

    def bent(q: Float[Array, "process row"], moments: Moments) -> Moments:
        # The diagonal of both sums together is g''/g.
        diagonal = jnp.einsum("jkr,jr->jk", carried(2) * inverse, q)
        here = jnp.eye(diagonal.shape[1], dtype=bool)[None]
        return jnp.where(here, diagonal[:, :, None], moments)

    slope = carried(1) * inverse
    return inverse, Movement(group.processes, group.variables, slope, bent)


def _straight(_: Float[Array, "process row"], moments: Moments) -> Moments:
    return moments


def _stored(group: Group, pairs: Float[Array, "pair row"]) -> Table:
    return group.table(pairs).astype(jnp.float64)


Weights = TypeVar("Weights", ExponentialWeights, AnchoredWeights)


def _own(weights: Weights, group: Group) -> Weights:
    return jax.tree.map(lambda leaf: _of_group(leaf, group), weights)


def _of_group(pairs: Float[Array, "*any pair"], group: Group) -> Float[Array, "*any own"]:
    """The numbers of a group's variables, which are the same for each of its processes."""
    start = group.places.start
    return pairs[..., start : start + len(group.variables)]
