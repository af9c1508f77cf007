r"""The inner loop of a ratio channel: a signed mixture of per-event ratios with shape responses.

.. math:: m(x_i \mid \theta) = \sum_j c_j(\theta)\, r_{ij} \prod_k g_{ijk}(\alpha_k)
   \prod_A e^{\nu_A(\alpha) \Delta_{ijA}}

`r` is stored as it is (it may be negative), anchors of `g` as logarithms, log-polynomial heads as
they are. Responses of one process and one interpolation code are stacked, so the traced program
does not grow with the number of nuisance parameters, and an absent (process, nuisance) pair is
nowhere stored. This file is the one place where the loop over events, processes and nuisances is
written; channels, normalisation and positivity checks all call :func:`terms`.
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from .._expressions import Slots
from .._interpolation import InterpolationCode, interpolate
from ._base import AbstractPrepared


@final
class ShapeResponse(eqx.Module):
    """Which slots move the shape of one process through up/down ratios of one code."""

    code: InterpolationCode = eqx.field(static=True)
    slots: Int[Array, " nuisance"]


@final
class LogPolynomial(eqx.Module):
    """Monomials of nuisances in the exponent of one process's response: one row of slots a term."""

    slots: Int[Array, "term degree"]
    """Padded with the slot that holds one."""

    def coefficients(self, at: Slots) -> Float[Array, " term"]:
        """The value of each monomial."""
        return at[self.slots].prod(axis=1)


@final
class ProcessShape(eqx.Module):
    """Everything that moves the shape of one process."""

    responses: tuple[ShapeResponse, ...] = ()
    polynomial: LogPolynomial | None = None


@final
class ShapeColumns(eqx.Module):
    """The stored columns of one process, in the order of its `ProcessShape`."""

    log_up: tuple[Float[Array, "chunk nuisance row"], ...]
    log_down: tuple[Float[Array, "chunk nuisance row"], ...]
    heads: Float[Array, "chunk term row"] | None


@final
class RatioEvents(AbstractPrepared):
    """Ratios and responses of the events of one channel."""

    ratios: Float[Array, "chunk process row"]
    shapes: tuple[ShapeColumns, ...]
    weights: Float[Array, "chunk row"]
    mask: Bool[Array, "chunk row"]


def terms(
    shapes: tuple[ProcessShape, ...], at: Slots, chunk: RatioEvents
) -> Float[Array, "process row"]:
    r"""The products :math:`r_{ij} \prod_k g_{ijk}` of one chunk of events.

    Args:
        shapes: what moves each process's shape.
        at: slot values.
        chunk: events with the chunk axis taken off.
    """
    rows = [
        ratio * _response(shape, at, columns)
        for ratio, shape, columns in zip(chunk.ratios, shapes, chunk.shapes, strict=True)
    ]
    return jnp.stack(rows)


def _response(shape: ProcessShape, at: Slots, columns: ShapeColumns) -> Float[Array, " row"] | float:
    factor: Float[Array, " row"] | float = 1.0
    for response, up, down in zip(shape.responses, columns.log_up, columns.log_down, strict=True):
        alpha = at[response.slots][:, None]
        factor = factor * _product(interpolate(response.code, alpha, up, down))
    if shape.polynomial is not None and columns.heads is not None:
        factor = factor * jnp.exp(shape.polynomial.coefficients(at) @ columns.heads)
    return factor


def _product(factors: Float[Array, "nuisance row"]) -> Float[Array, " row"]:
    """The product over the first axis as a binary tree: cheaper to differentiate than a chain."""
    while factors.shape[0] > 1:
        half = factors.shape[0] // 2
        paired = factors[:half] * factors[half : 2 * half]
        factors = jnp.concatenate([paired, factors[2 * half :]])
    return factors[0]
