r"""The inner loop of a ratio channel: per-event ratios times shape responses, with derivatives.

.. math:: t_{ij}(\theta) = r_{ij} \prod_k g_{ijk}(\alpha_k) \prod_A e^{\nu_A(\alpha) \Delta_{ijA}}

`r` is stored as it is (it may be negative), anchors of `g` as logarithms, log-polynomial heads as
they are. All (process, nuisance) pairs of one interpolation code are stacked, absent pairs are
nowhere stored, and the traced program does not grow with the number of nuisance parameters. The
products are written here as plainly as can be, for autodiff to any order; `_kernel.py` finds the
same products with their first and second derivatives.

The variables that move shapes are the distinct nuisances of the pairs, then the distinct monomials
:math:`\nu_A`. Because responses multiply, :math:`\partial_k \log t` belongs to one pair alone, and
second derivatives of :math:`\log t` are diagonal.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.model._expressions import Slots
from statmodel.model._interpolation import InterpolationCode
from statmodel.model._response import response

from ._base import AbstractPrepared
from ._rows import multiply_rows

Pairs: TypeAlias = Float[Array, "_ row"]
Table: TypeAlias = Float[Array, "process own row"]


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


def plain_terms(
    shapes: Shapes, variables: Float[Array, " variable"], chunk: RatioEvents
) -> Float[Array, "process row"]:
    """The products t of one chunk of events (the chunk axis taken off)."""
    factors = [
        response(
            block.code,
            variables[np.asarray(block.variables)][:, None],
            up.astype(jnp.float64),
            down.astype(jnp.float64),
        )
        for block, up, down in zip(shapes.responses, chunk.log_up, chunk.log_down, strict=True)
    ]
    return _products(shapes, variables, chunk, factors)


class Group(NamedTuple):
    """Processes of a block that the same variables move: their pairs are a table."""

    places: slice
    """Where the pairs stand in the block, in the order (process, variable)."""
    processes: tuple[int, ...]
    variables: tuple[int, ...]

    def table(self, pairs: Pairs) -> Table:
        """The group's pairs of a block."""
        return pairs[self.places].reshape(len(self.processes), len(self.variables), -1)


def groups_of(block: ResponseBlock | HeadBlock) -> tuple[Group, ...]:
    """The pairs of a block as few tables as can be; pairs stand in the order of processes."""
    found: list[Group] = []
    for process in dict.fromkeys(block.processes):
        first, count = block.processes.index(process), block.processes.count(process)
        own = block.variables[first : first + count]
        last = found[-1] if found else None
        if last is not None and last.variables == own:
            found[-1] = Group(
                slice(last.places.start, first + count), (*last.processes, process), own
            )
        else:
            found.append(Group(slice(first, first + count), (process,), own))
    return tuple(found)


def _products(
    shapes: Shapes,
    variables: Float[Array, " variable"],
    chunk: RatioEvents,
    factors: Sequence[Pairs],
) -> Float[Array, "process row"]:
    found = chunk.ratios
    for block, each in zip(shapes.responses, factors, strict=True):
        for group in groups_of(block):
            found = multiply_rows(found, group.processes, product(group.table(each)))
    if shapes.heads is not None and chunk.heads is not None:
        exponents = variables[np.asarray(shapes.heads.variables)][:, None] * chunk.heads
        for group in groups_of(shapes.heads):
            factor = jnp.exp(group.table(exponents).sum(axis=1))
            found = multiply_rows(found, group.processes, factor)
    return found


def product(factors: Table) -> Float[Array, "process row"]:
    """The product over the middle axis as a binary tree: cheaper to differentiate than a chain."""
    while factors.shape[1] > 1:
        half = factors.shape[1] // 2
        paired = factors[:, :half] * factors[:, half : 2 * half]
        rest = factors[:, 2 * half :]
        factors = jnp.concatenate([paired, rest], axis=1) if rest.shape[1] else paired
    return factors[:, 0]
