r"""Unbinned channels of per-event density ratios to a reference (neural simulation-based inference).

.. math:: m(x_i) = \sum_j \lambda_j \frac{r_{ij} \prod_k g_{ijk}}{Z_j}, \qquad
   Z_j(\alpha) = \sum_i w_i\, r_{ij} \prod_k g_{ijk} \ \text{over the pool}

The three policies: `analytic` takes Z = 1; `reference` divides by Z, the nominal included;
`simulation_sum` divides by nothing and counts the pool, :math:`\nu = \sum_i w_i m(x_i)`.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel.data import Events

from .._expressions import Scalar, Slots
from .._layout import sum_over_chunks
from .._rates import Rates
from ._base import AbstractChannel, extended_log_prob, weighted_log_sum
from ._columns import RatioColumns
from ._mixture import ProcessShape, RatioEvents, terms

Normalization: TypeAlias = Literal["analytic", "reference", "simulation_sum"]


@final
class Pool(eqx.Module):
    """Simulated events distributed as the reference density: positive weights that sum to one."""

    events: RatioEvents
    x: Float[Array, "chunk observable row"]
    """Observables of the pool's events, for pictures."""


@final
class RatioChannel(AbstractChannel):
    """A mixture of per-event ratios with separable shape responses."""

    name: str = eqx.field(static=True)
    observables: tuple[str, ...] = eqx.field(static=True)
    ranges: tuple[tuple[float, float], ...] = eqx.field(static=True)
    processes: tuple[str, ...] = eqx.field(static=True)
    rates: Rates
    measure: str = eqx.field(static=True)
    """The name of the reference density."""
    columns: RatioColumns = eqx.field(static=True)
    """Which columns of a table hold what."""
    shapes: tuple[ProcessShape, ...]
    normalization: Normalization = eqx.field(static=True)
    pool: Pool | None = None

    def __check_init__(self) -> None:
        if self.pool is None and self.normalization != "analytic":
            msg = f"channel {self.name}: normalization {self.normalization!r} needs a pool"
            raise ValueError(msg)

    def bind(self, events: Events) -> RatioEvents:
        return self.columns.prepare(events)

    def components(self, at: Slots, prepared: RatioEvents) -> Float[Array, "chunk process row"]:
        coefficients = self.coefficients(at)

        def visit(chunk: RatioEvents) -> Float[Array, "process row"]:
            return coefficients[:, None] * terms(self.shapes, at, chunk)

        return jax.lax.map(visit, prepared)

    def expected(self, at: Slots) -> Float[Array, " process"]:
        rates = self.rates(at)
        return rates * self.closure(at) if self.normalization == "simulation_sum" else rates

    def log_prob(self, at: Slots, prepared: RatioEvents) -> Scalar:
        coefficients = self.coefficients(at)

        def visit(chunk: RatioEvents) -> Scalar:
            intensity = coefficients @ terms(self.shapes, at, chunk)
            return weighted_log_sum(intensity, 0.0, chunk.weights, chunk.mask)

        return extended_log_prob(self.expected(at).sum(), sum_over_chunks(visit, prepared))

    def coefficients(self, at: Slots) -> Float[Array, " process"]:
        """What multiplies each process's ratio: its rate, divided by Z under `reference`."""
        rates = self.rates(at)
        return rates / self.closure(at) if self.normalization == "reference" else rates

    def closure(self, at: Slots) -> Float[Array, " process"]:
        """Z_j: the pool's average of each process's ratio times responses; 1 when all is well.

        Raises:
            ValueError: if the channel has no pool.
        """
        if self.pool is None:
            msg = f"channel {self.name}: closure cannot be computed without a pool"
            raise ValueError(msg)
        visit: Callable[[RatioEvents], Array] = lambda chunk: (
            terms(self.shapes, at, chunk) @ chunk.weights
        )
        return sum_over_chunks(visit, self.pool.events)
