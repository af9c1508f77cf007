r"""Unbinned channels of density ratios to a reference (neural simulation-based inference).

.. math:: m(x_i) = \sum_j \lambda_j \frac{r_{ij} \prod_k g_{ijk}}{Z_j}, \qquad
   Z_j(\alpha) = \sum_i w_i\, r_{ij} \prod_k g_{ijk} \ \text{over the pool}

The three policies: `analytic` takes Z = 1; `reference` divides by Z, the nominal included;
`simulation_sum` divides by nothing and counts the pool, :math:`\nu = \sum_i w_i m(x_i)`. Where a
channel has a table, Z is read from it, else the pool is read at every evaluation.
"""

from typing import Literal, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel.data import Events
from statmodel.model._expansion import Expansion, Gradient, linear, quadratic
from statmodel.model._expressions import Scalar, Slots
from statmodel.model._layout import Storage, accumulate, sum_over_chunks
from statmodel.model._rates import Rates

from ._algebra import expand_log_mixture, linearise_log_mixture
from ._base import AbstractChannel, AbstractPrepared, extended_log_prob, weighted_log_sum
from ._closure import expanded_closure, linear_closure
from ._columns import RatioColumns
from ._kernel import bearing, moving_terms, terms
from ._mixture import RatioEvents, Shapes
from ._table import ClosureTable

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
    shapes: Shapes
    normalization: Normalization = eqx.field(static=True)
    pool: Pool | None = None
    table: ClosureTable | None = None
    """Of the averages over the pool; without it the pool is streamed."""
    streamed_because: str = eqx.field(static=True, default="")
    """Why there is no table, where one was wanted."""

    def __check_init__(self) -> None:
        if self.pool is None and self.normalization != "analytic":
            msg = f"channel {self.name}: normalization {self.normalization!r} needs a pool"
            raise ValueError(msg)

    def bind(self, events: Events, *, storage: Storage = "float64") -> RatioEvents:
        return self.columns.prepare(events, storage=storage)

    def components(
        self, at: Slots, prepared: AbstractPrepared
    ) -> Float[Array, "chunk process row"]:
        rates = self.rates(at)
        divided = rates / self.closure(at) if self.normalization == "reference" else rates
        variables = self.shapes.variables(at)

        def visit(chunk: RatioEvents) -> Float[Array, "process row"]:
            return divided[:, None] * terms(self.shapes, variables, chunk)

        return jax.lax.map(visit, self._own(prepared))

    def expected(self, at: Slots) -> Float[Array, " process"]:
        rates = self.rates(at)
        return rates * self.closure(at) if self.normalization == "simulation_sum" else rates

    def log_prob(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        closure = None if self.normalization == "analytic" else self.closure(at)
        coefficients, total = self._mixed(at, closure)
        variables = self.shapes.variables(at)

        def visit(chunk: RatioEvents) -> Scalar:
            intensity = coefficients @ terms(self.shapes, variables, chunk)
            return weighted_log_sum(intensity, 0.0, chunk.weights, chunk.mask)

        return extended_log_prob(total, sum_over_chunks(visit, self._own(prepared)))

    def log_prob_to_first_order(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        variables = self.shapes.variables(at)
        closure = None
        if self.normalization != "analytic":
            closure = (
                linear_closure(self.shapes, variables, self._pool().events)
                if self.table is None
                else self.table(at)
            )
        coefficients, total = self._mixed(at, closure)
        here = jax.lax.stop_gradient(coefficients)
        bearing_here = bearing(self.shapes, jax.lax.stop_gradient(variables))

        def visit(chunk: RatioEvents) -> Gradient:
            return linearise_log_mixture(
                here,
                *moving_terms(self.shapes, bearing_here, chunk),
                size=self.shapes.size,
                offset=0.0,
                weights=chunk.weights,
                mask=chunk.mask,
            )

        own = self._own(prepared)
        found = accumulate(visit, own, own.mask)
        return extended_log_prob(total, linear(found, jnp.concatenate([coefficients, variables])))

    def log_prob_to_second_order(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        variables = self.shapes.variables(at)
        closure = None
        if self.normalization != "analytic":
            closure = (
                expanded_closure(self.shapes, variables, self._pool().events)
                if self.table is None
                else self.table(at)
            )
        coefficients, total = self._mixed(at, closure)
        here = jax.lax.stop_gradient(coefficients)
        bearing_here = bearing(self.shapes, jax.lax.stop_gradient(variables))

        def visit(chunk: RatioEvents) -> Expansion:
            return expand_log_mixture(
                here,
                *moving_terms(self.shapes, bearing_here, chunk),
                size=self.shapes.size,
                offset=0.0,
                weights=chunk.weights,
                mask=chunk.mask,
            )

        own = self._own(prepared)
        found = accumulate(visit, own, own.mask)
        log_sum = quadratic(found, jnp.concatenate([coefficients, variables]))
        return extended_log_prob(total, log_sum)

    def closure(self, at: Slots) -> Float[Array, " process"]:
        """Z_j as the likelihood takes it, from the table if there is one; 1 when all is well.

        Raises:
            ValueError: if the channel has no pool.
        """
        return self.streamed_closure(at) if self.table is None else self.table(at)

    def streamed_closure(self, at: Slots) -> Float[Array, " process"]:
        """Z_j: the pool's average of each process's ratio times responses.

        Raises:
            ValueError: if the channel has no pool.
        """
        variables = self.shapes.variables(at)

        def visit(chunk: RatioEvents) -> Float[Array, " process"]:
            # A product with the vector of weights would be found slower, one row at a time.
            return (terms(self.shapes, variables, chunk) * chunk.weights[None]).sum(axis=1)

        return sum_over_chunks(visit, self._pool().events)

    def _own(self, prepared: AbstractPrepared) -> RatioEvents:
        if not isinstance(prepared, RatioEvents):
            msg = f"channel {self.name} was given {type(prepared).__name__}; bind its own events"
            raise TypeError(msg)
        return prepared

    def _pool(self) -> Pool:
        if self.pool is None:
            msg = f"channel {self.name}: closure cannot be computed without a pool"
            raise ValueError(msg)
        return self.pool

    def _mixed(
        self, at: Slots, closure: Float[Array, " process"] | None
    ) -> tuple[Float[Array, " process"], Scalar]:
        """What multiplies each ratio, and the expected total, under the channel's policy."""
        rates = self.rates(at)
        if closure is None:
            return rates, rates.sum()
        if self.normalization == "reference":
            return rates / closure, rates.sum()
        return rates, rates @ closure
