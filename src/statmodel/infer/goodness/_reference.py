r"""The density of a channel as weighted points: rows of its pool, or nodes of a quadrature.

.. math:: F(x \mid \theta) = \frac{\sum_{r:\,x_r \le x} w_r\, m(x_r \mid \theta)}
                                 {\sum_r w_r\, m(x_r \mid \theta)}

Between two points, F goes on in a straight line from the middle of one step to that of the next.
"""

from dataclasses import dataclass
from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Int

from statmodel.infer._asimov import reference_events
from statmodel.model import Scope
from statmodel.model.channels import (
    AbstractChannel,
    AbstractPrepared,
    AnalyticEvents,
    RatioChannel,
)


@final
@dataclass(frozen=True, eq=False)
class Reference:
    """Points that stand for the density of a channel at every parameter point.

    Attributes:
        scope: of the model.
        channel: of the model.
        events: the points, as the channel reads them.
        x: their observables.
        weights: what the total of the mixture is multiplied by.
        order: of each observable, the places of points in increasing order.
    """

    scope: Scope
    channel: AbstractChannel
    events: AbstractPrepared
    x: Float[np.ndarray, "point axis"]
    weights: Float[np.ndarray, " point"]
    order: Int[np.ndarray, "point axis"]

    @classmethod
    def of(
        cls, scope: Scope, channel: AbstractChannel, values: Float[ArrayLike, " parameter"]
    ) -> "Reference":
        """Points of a channel; a quadrature must integrate its densities at these values.

        Raises:
            ValueError: a ratio channel has no pool, or no rule integrates the densities.
        """
        events = reference_events(channel, scope.at_values(jnp.asarray(values)))
        if isinstance(events, AnalyticEvents):
            columns = events.x
        else:
            assert isinstance(channel, RatioChannel)
            assert channel.pool is not None
            columns = channel.pool.x
        mask = np.asarray(events.mask).ravel()
        flat = np.moveaxis(np.asarray(columns), 1, 2).reshape(mask.size, columns.shape[1])[mask]
        return cls(
            scope=scope,
            channel=channel,
            events=events,
            x=flat,
            weights=np.asarray(events.weights).ravel()[mask],
            order=np.argsort(flat, axis=0, kind="stable"),
        )

    def expected(self, values: Float[ArrayLike, " parameter"]) -> Float[np.ndarray, " point"]:
        """Expected events at each point; their sum is what the channel expects."""
        given = jnp.asarray(values)
        total = np.asarray(_totals(self.scope, self.channel, given, self.events)).ravel()
        return self.weights * total[np.asarray(self.events.mask).ravel()]

    def cumulative(
        self,
        expected: Float[np.ndarray, " point"],
        axis: int,
        values: Float[np.ndarray, " event"],
    ) -> Float[np.ndarray, " event"]:
        """The distribution function of an observable at the values.

        Args:
            expected: as the method of this name gives them.
            axis: which observable.
            values: where.
        """
        order = self.order[:, axis]
        steps = expected[order]
        middle = np.cumsum(steps) - 0.5 * steps
        return np.interp(values, self.x[order, axis], middle / expected.sum())


@eqx.filter_jit
def _totals(
    scope: Scope,
    channel: AbstractChannel,
    values: Float[Array, " parameter"],
    events: AbstractPrepared,
) -> Float[Array, "chunk row"]:
    return channel.components(scope.at_values(values), events).sum(axis=1)
