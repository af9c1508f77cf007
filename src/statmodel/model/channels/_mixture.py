r"""The inner loop of a ratio channel: per-event ratios times shape responses, with derivatives.

.. math:: t_{ij}(\theta) = r_{ij} \prod_k g_{ijk}(\alpha_k) \prod_A e^{\nu_A(\alpha) \Delta_{ijA}}

`r` is stored as it is (it may be negative), anchors of `g` as logarithms, log-polynomial heads as
they are. All (process, nuisance) pairs of one interpolation code are stacked, absent pairs are
nowhere stored, and the traced program does not grow with the number of nuisance parameters. This
file is the one place where the loop over events, processes and nuisances is written.

The variables that move shapes are the distinct nuisances of the pairs, then the distinct monomials
:math:`\nu_A`. Because responses multiply, :math:`\partial_k \log t` belongs to one pair alone, and
second derivatives of :math:`\log t` are diagonal.
"""

from collections.abc import Sequence
from typing import TypeAlias, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.model._expressions import Slots
from statmodel.model._interpolation import InterpolationCode
from statmodel.model._response import response, with_derivatives

from ._algebra import Component
from ._base import AbstractPrepared

Pairs: TypeAlias = Float[Array, "_ row"]


@final
class ResponseBlock(eqx.Module):
    """All (process, nuisance) pairs of one interpolation code."""

    code: InterpolationCode = eqx.field(static=True)
    processes: tuple[int, ...] = eqx.field(static=True)
    """The process of each pair."""
    variables: tuple[int, ...] = eqx.field(static=True)
    """The variable of each pair."""


@final
class HeadBlock(eqx.Module):
    """All (process, monomial) pairs of log-polynomial responses."""

    processes: tuple[int, ...] = eqx.field(static=True)
    variables: tuple[int, ...] = eqx.field(static=True)


@final
class Shapes(eqx.Module):
    """What moves the shapes of a channel's processes."""

    processes: int = eqx.field(static=True)
    nuisances: Int[Array, " nuisance"]
    """Slots of the first variables."""
    monomials: Int[Array, "monomial degree"]
    """Slots whose product is each further variable; padded with the slot that holds one."""
    responses: tuple[ResponseBlock, ...] = ()
    heads: HeadBlock | None = None

    @property
    def size(self) -> int:
        """The number of variables."""
        return self.nuisances.size + self.monomials.shape[0]

    def variables(self, at: Slots) -> Float[Array, " variable"]:
        """The variables at slot values."""
        return jnp.concatenate([at[self.nuisances], at[self.monomials].prod(axis=1)])


@final
class RatioEvents(AbstractPrepared):
    """Ratios and responses of the events of one channel, pairs in the order of the blocks."""

    ratios: Float[Array, "chunk process row"]
    log_up: tuple[Float[Array, "chunk _ row"], ...]
    log_down: tuple[Float[Array, "chunk _ row"], ...]
    heads: Float[Array, "chunk _ row"] | None
    weights: Float[Array, "chunk row"]
    mask: Bool[Array, "chunk row"]


def terms(
    shapes: Shapes, variables: Float[Array, " variable"], chunk: RatioEvents
) -> Float[Array, "process row"]:
    """The products t of one chunk of events (the chunk axis taken off)."""
    factors = [
        response(block.code, variables[np.asarray(block.variables)][:, None], up, down)
        for block, up, down in zip(shapes.responses, chunk.log_up, chunk.log_down, strict=True)
    ]
    return _products(shapes, variables, chunk, factors)


def components(
    shapes: Shapes, variables: Float[Array, " variable"], chunk: RatioEvents
) -> tuple[Component, ...]:
    """The products t of one chunk of events, with the derivatives of their logarithms."""
    triples = [
        with_derivatives(block.code, variables[np.asarray(block.variables)][:, None], up, down)
        for block, up, down in zip(shapes.responses, chunk.log_up, chunk.log_down, strict=True)
    ]
    products = _products(shapes, variables, chunk, [factor for factor, _, _ in triples])
    slopes: list[list[Pairs]] = [[] for _ in products]
    bends: list[list[Pairs]] = [[] for _ in products]

    def keep(processes: tuple[int, ...], slope: Pairs, bend: Pairs) -> None:
        for process in dict.fromkeys(processes):
            places = _where(processes, process)
            slopes[process].append(slope[places])
            bends[process].append(bend[places])

    for block, (factor, first, second) in zip(shapes.responses, triples, strict=True):
        # Where a response vanishes so does its term, and its derivatives are left out.
        present = factor != 0
        inverse = jnp.where(present, 1.0 / jnp.where(present, factor, 1.0), 0.0)
        slope = first * inverse
        keep(block.processes, slope, second * inverse - slope * slope)
    if shapes.heads is not None and chunk.heads is not None:
        keep(shapes.heads.processes, chunk.heads, jnp.zeros_like(chunk.heads))
    none = jnp.zeros((0, products.shape[1]), products.dtype)
    return tuple(
        Component(
            term,
            own,
            jnp.concatenate([none, *slopes[index]]),
            jnp.concatenate([none, *bends[index]]),
        )
        for index, (term, own) in enumerate(zip(products, moved_by(shapes), strict=True))
    )


def moved_by(shapes: Shapes) -> tuple[Int[np.ndarray, " own"], ...]:
    """For each process, the variables that move its shape, in the order of its pairs."""
    own: list[list[int]] = [[] for _ in range(shapes.processes)]
    for block in (*shapes.responses, *([shapes.heads] if shapes.heads is not None else [])):
        for process in dict.fromkeys(block.processes):
            own[process] += block.variables[_where(block.processes, process)]
    return tuple(np.asarray(one, int) for one in own)


def _products(
    shapes: Shapes,
    variables: Float[Array, " variable"],
    chunk: RatioEvents,
    factors: Sequence[Pairs],
) -> Float[Array, "process row"]:
    rows = list(chunk.ratios)
    for block, each in zip(shapes.responses, factors, strict=True):
        for process in dict.fromkeys(block.processes):
            rows[process] = rows[process] * _product(each[_where(block.processes, process)])
    if shapes.heads is not None and chunk.heads is not None:
        exponents = variables[np.asarray(shapes.heads.variables)][:, None] * chunk.heads
        for process in dict.fromkeys(shapes.heads.processes):
            chosen = exponents[_where(shapes.heads.processes, process)]
            rows[process] = rows[process] * jnp.exp(chosen.sum(axis=0))
    return jnp.stack(rows)


def _where(processes: tuple[int, ...], process: int) -> slice:
    """The places of a process's pairs in their block; pairs stand in the order of processes."""
    first = processes.index(process)
    return slice(first, first + processes.count(process))


def _product(factors: Pairs) -> Float[Array, " row"]:
    """The product over the first axis as a binary tree: cheaper to differentiate than a chain."""
    while factors.shape[0] > 1:
        half = factors.shape[0] // 2
        paired = factors[:half] * factors[half : 2 * half]
        factors = jnp.concatenate([paired, factors[2 * half :]])
    return factors[0]
