r"""Sums over events of the squares of their scores, :math:`s_i = \partial \log m(x_i)`.

.. math:: K = \sum_i v_i\, s_i s_i^T + \sum_b u_b\,
   \frac{\partial \log\lambda_b}{\partial\theta} \frac{\partial \log\lambda_b}{\partial\theta^T}

With the weights of Asimov data for v and u this is their Fisher information; with the squares of
the weights of events it is the variance of the score of weighted data. All in the user's units.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel.model import FreeVector, Model, Prepared
from statmodel.model.channels import AbstractChannel, AbstractPrepared

from .minimisers._trust_region import Matrix


@eqx.filter_jit
def squared_scores(
    model: Model, values: Float[Array, " parameter"], prepared: Prepared, *, squared: bool
) -> Matrix:
    """The sum over events and bins.

    Args:
        model: the compiled likelihood.
        values: of all parameters.
        prepared: the data.
        squared: whether events count with the squares of their weights; bins count as they are.
    """
    # In internal coordinates: a square root that vanishes there disturbs no other parameter.
    free = model.space.to_free(values)
    total = jnp.zeros((values.size, values.size))
    for channel, events in zip(model.channels, prepared.channels, strict=True):
        total = total + _of_events(model, channel, free, events, squared=squared)
    if model.histograms is not None and prepared.counts is not None:
        histograms, counts = model.histograms, prepared.counts

        def expected(at: FreeVector) -> Float[Array, " bin"]:
            return histograms.expected(model.scope.at_free(at))

        rate, slope = expected(free), jax.jacfwd(expected)(free)
        some = counts.mask & (rate > 0)
        each = jnp.where(some, counts.observed / jnp.where(some, rate, 1.0) ** 2, 0.0)
        total = total + (slope.T * each[None]) @ slope
    scale = model.space.jacobian(free)
    return total / (scale[:, None] * scale[None])


def _of_events(
    model: Model,
    channel: AbstractChannel,
    free: FreeVector,
    events: AbstractPrepared,
    *,
    squared: bool,
) -> Matrix:
    def total(at: FreeVector) -> Float[Array, " event"]:
        return channel.components(model.scope.at_free(at), events).sum(axis=1).ravel()

    intensity, slope = total(free), jax.jacfwd(total)(free)
    weights = events.weights.ravel()
    some = events.mask.ravel() & (weights != 0) & (intensity > 0)
    each = jnp.where(some, weights**2 if squared else weights, 0.0)
    each = jnp.where(some, each / jnp.where(some, intensity, 1.0) ** 2, 0.0)
    # An event without weight may have a slope that is no number.
    own = jnp.where(some[:, None], slope, 0.0)
    return (own.T * each[None]) @ own
