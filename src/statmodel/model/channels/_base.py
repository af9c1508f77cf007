r"""What a channel of the likelihood is.

.. math:: \log L = -\nu(\theta) + \sum_i w_i \log m(x_i \mid \theta), \qquad
   m = \sum_j \lambda_j(\theta)\, p_j(x \mid \theta)

The term :math:`\log n!` is left out. Densities of one channel share a base measure, named by
`measure`; values of channels with another measure differ by a constant of the data.
"""

import abc
from typing import TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Shaped

from statmodel import _elementary
from statmodel.data import Events
from statmodel.model._expressions import Scalar, Slots
from statmodel.model._layout import Storage
from statmodel.model._rates import Rates

_Row: TypeAlias = Float[Array, " row"]
_Offset: TypeAlias = _Row | Float[Array, ""] | float
_Arguments: TypeAlias = tuple[_Row, _Offset, _Row, Bool[Array, " row"]]
# The mask has no tangent: JAX gives NumPy's zeros of no size.
_Tangents: TypeAlias = tuple[_Row, _Offset, _Row, Shaped[Array | np.ndarray, " row"]]


class AbstractPrepared(eqx.Module):
    """The events of one channel, as `bind` left them: padded, chunked, data-only work done."""

    weights: eqx.AbstractVar[Float[Array, "chunk row"]]
    """Event weights; 0 in padding."""
    mask: eqx.AbstractVar[Bool[Array, "chunk row"]]
    """True for events, false for padding."""


class AbstractChannel(eqx.Module):
    """One term of the likelihood."""

    name: eqx.AbstractVar[str]
    observables: eqx.AbstractVar[tuple[str, ...]]
    ranges: eqx.AbstractVar[tuple[tuple[float, float], ...]]
    processes: eqx.AbstractVar[tuple[str, ...]]
    rates: eqx.AbstractVar[Rates]
    measure: eqx.AbstractVar[str]

    @abc.abstractmethod
    def bind(self, events: Events, *, storage: Storage = "float64") -> AbstractPrepared:
        """Do once what depends on the events only; `storage` is that of ratios."""

    @abc.abstractmethod
    def components(
        self, at: Slots, prepared: AbstractPrepared
    ) -> Float[Array, "chunk process row"]:
        """The signed terms of the mixture at each event, expected events times density."""

    @abc.abstractmethod
    def expected(self, at: Slots) -> Float[Array, " process"]:
        """Expected events of each process; their sum is the channel's total."""

    @abc.abstractmethod
    def log_prob(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        """Its extended log likelihood, without log n!; `-inf` where a total is negative."""

    @abc.abstractmethod
    def log_prob_to_first_order(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        """The same number as `log_prob`, with the same gradient, found more cheaply.

        Derivatives beyond the first are not those of `log_prob`. A channel without structure of
        its own returns `log_prob`.
        """

    @abc.abstractmethod
    def log_prob_to_second_order(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        """The same number as `log_prob`, with the same gradient and Hessian, found more cheaply.

        Derivatives beyond the second are not those of `log_prob`. A channel without structure of
        its own returns `log_prob`.
        """


def extended_log_prob(total: Scalar, weighted_sum: Scalar) -> Scalar:
    """`-total + weighted_sum`, and `-inf` where the expected number of events is negative.

    Example:
        >>> float(extended_log_prob(jnp.array(2.0), jnp.array(-1.0)))
        -3.0
        >>> float(extended_log_prob(jnp.array(-2.0), jnp.array(-1.0)))
        -inf
    """
    return jnp.where(total >= 0, weighted_sum - total, -jnp.inf)


@jax.custom_jvp
def weighted_log_sum(
    intensity: Float[Array, " row"],
    offset: _Offset,
    weights: Float[Array, " row"],
    mask: Bool[Array, " row"],
) -> Scalar:
    """The sum of `w (log m + offset)` over the events of a chunk; `-inf` where some `m <= 0`.

    An event of weight 0 counts for nothing, whatever its intensity.
    """
    # The log itself says what is not positive: to look for it first would cost as much again.
    total = weights @ _logs(intensity, offset, mask & (weights != 0))
    return jnp.where(jnp.isfinite(total), total, -jnp.inf)


@weighted_log_sum.defjvp
def _weighted_log_sum_jvp(primals: _Arguments, tangents: _Tangents) -> tuple[Scalar, Scalar]:
    intensity, offset, weights, mask = primals
    # Masked on the way in and on the way out, so that padding disturbs no derivative.
    counted = mask & (weights != 0) & (intensity > 0)
    share = jnp.where(counted, weights / jnp.where(counted, intensity, 1.0), 0.0)
    moved = share @ jnp.where(counted, tangents[0], 0.0)
    shifted = jnp.where(counted, weights, 0.0) @ jnp.where(counted, tangents[1], 0.0)
    reweighted = tangents[2] @ _logs(intensity, offset, counted)
    return weighted_log_sum(*primals), moved + shifted + reweighted


def _logs(
    intensity: Float[Array, " row"], offset: _Offset, counted: Bool[Array, " row"]
) -> Float[Array, " row"]:
    logs = _elementary.log(jnp.where(counted, intensity, 1.0))
    return jnp.where(counted, logs + offset, 0.0)
