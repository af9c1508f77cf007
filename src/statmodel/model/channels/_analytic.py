r"""Unbinned channels of analytic densities, over Lebesgue measure.

Densities that read no parameter are evaluated once, when data are bound. The mixture is summed
linearly, because rates may be negative, after the largest log density of each event has been taken
out, because densities underflow long before their logarithms do. Where no density reads a
parameter, that too is done when data are bound: about the middle of the largest and the smallest,
so that terms up to e^600 apart are kept, whichever rates are zero.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.data import Events
from statmodel.model._expansion import Expansion, Gradient, linear, quadratic
from statmodel.model._expressions import Scalar, Slots
from statmodel.model._layout import (
    Storage,
    accumulate,
    in_chunks,
    row_mask,
    sum_over_chunks,
)
from statmodel.model._rates import Rates
from statmodel.model.densities import AbstractDensity, slots_read

from ._algebra import Movement, expand_log_mixture, linearise_log_mixture
from ._base import AbstractChannel, AbstractPrepared, extended_log_prob, weighted_log_sum

Rows: TypeAlias = list[Float[Array, " row"]]
"""One a process."""

_PAIR = 2
_LARGEST_IDLE_LOG = 300.0  # its exponential squared is a float64


@final
class AnalyticEvents(AbstractPrepared):
    """Observables of the events, and what no parameter moves."""

    x: Float[Array, "chunk observable row"]
    fixed: Float[Array, "chunk fixed row"]
    """Log densities; those of a channel that has no others are divided by `offset`, and no logs."""
    offset: Float[Array, "chunk row"] | None
    """Of such a channel: natural logs; None of others."""
    weights: Float[Array, "chunk row"]
    mask: Bool[Array, "chunk row"]


@final
class AnalyticChannel(AbstractChannel):
    """A mixture of analytic densities."""

    name: str = eqx.field(static=True)
    observables: tuple[str, ...] = eqx.field(static=True)
    ranges: tuple[tuple[float, float], ...] = eqx.field(static=True)
    processes: tuple[str, ...] = eqx.field(static=True)
    rates: Rates
    densities: tuple[AbstractDensity, ...]
    measure: str = eqx.field(static=True, default="lebesgue")

    def __check_init__(self) -> None:
        if not len(self.processes) == len(self.densities) == self.rates.nominal.size:
            msg = f"channel {self.name}: one density and one rate for each process"
            raise ValueError(msg)

    def fixed(self) -> tuple[bool, ...]:
        """Which densities read no parameter."""
        return tuple(not slots_read(density) for density in self.densities)

    def bind(self, events: Events, *, storage: Storage = "float64") -> AnalyticEvents:
        del storage  # no ratio is stored
        inside = [
            0.5 * (low + high) if np.isfinite(low + high) else 0.0 for low, high in self.ranges
        ]
        columns = [events.columns[name] for name in self.observables]
        x = jnp.asarray(in_chunks(columns, 0.0))
        mask = jnp.asarray(row_mask(events.size))
        x = jnp.where(mask[:, None, :], x, jnp.asarray(inside)[None, :, None])
        weights = np.ones(events.size) if events.weights is None else events.weights
        return self.prepare(x, jnp.asarray(in_chunks([weights], 0.0)[:, 0]), mask)

    def prepare(
        self,
        x: Float[Array, "chunk observable row"],
        weights: Float[Array, "chunk row"],
        mask: Bool[Array, "chunk row"],
    ) -> AnalyticEvents:
        """What depends on the events only; rows of padding lie inside the ranges."""
        logs = _fixed_columns(self, x)
        fixed, offset = _levelled(logs) if all(self.fixed()) else (logs, None)
        return AnalyticEvents(x=x, fixed=fixed, offset=offset, weights=weights, mask=mask)

    def components(
        self, at: Slots, prepared: AbstractPrepared
    ) -> Float[Array, "chunk process row"]:
        rates = self.rates(at)

        def visit(chunk: AnalyticEvents) -> Float[Array, "process row"]:
            if chunk.offset is not None:
                return rates[:, None] * chunk.fixed * jnp.exp(chunk.offset)[None, :]
            return rates[:, None] * jnp.exp(jnp.stack(self._log_densities(at, chunk)))

        return jax.lax.map(visit, self._own(prepared))

    def expected(self, at: Slots) -> Float[Array, " process"]:
        return self.rates(at)

    def log_prob(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        rates = self.rates(at)

        def visit(chunk: AnalyticEvents) -> Scalar:
            relative, offset = self._relative(rates, at, chunk)
            signed = [rate * row for rate, row in zip(rates, relative, strict=True)]
            intensity = functools.reduce(jnp.add, signed)
            return weighted_log_sum(intensity, offset, chunk.weights, chunk.mask)

        return extended_log_prob(rates.sum(), sum_over_chunks(visit, self._own(prepared)))

    def log_prob_to_first_order(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        rates = self.rates(at)
        moving = self._moving()
        here_rates, here = jax.lax.stop_gradient((rates, at))

        def visit(chunk: AnalyticEvents) -> Gradient:
            relative, offset = self._relative(here_rates, here, chunk)
            return linearise_log_mixture(
                here_rates,
                jnp.stack(relative),
                self._movements(here, moving, relative, chunk),
                size=moving.size,
                offset=offset,
                weights=chunk.weights,
                mask=chunk.mask,
            )

        own = self._own(prepared)
        found = accumulate(visit, own, own.mask)
        return extended_log_prob(rates.sum(), linear(found, jnp.concatenate([rates, at[moving]])))

    def log_prob_to_second_order(self, at: Slots, prepared: AbstractPrepared) -> Scalar:
        rates = self.rates(at)
        moving = self._moving()
        here_rates, here = jax.lax.stop_gradient((rates, at))

        def visit(chunk: AnalyticEvents) -> Expansion:
            relative, offset = self._relative(here_rates, here, chunk)
            return expand_log_mixture(
                here_rates,
                jnp.stack(relative),
                self._movements(here, moving, relative, chunk),
                size=moving.size,
                offset=offset,
                weights=chunk.weights,
                mask=chunk.mask,
            )

        own = self._own(prepared)
        found = accumulate(visit, own, own.mask)
        log_sum = quadratic(found, jnp.concatenate([rates, at[moving]]))
        return extended_log_prob(rates.sum(), log_sum)

    def _relative(
        self, rates: Float[Array, " process"], at: Slots, chunk: AnalyticEvents
    ) -> tuple[Rows, Float[Array, " row"]]:
        """Densities, and the log of what all of them have been divided by."""
        if chunk.offset is not None:
            return list(chunk.fixed), chunk.offset
        return _relative(rates, self._log_densities(at, chunk))

    def _own(self, prepared: AbstractPrepared) -> AnalyticEvents:
        if not isinstance(prepared, AnalyticEvents):
            msg = f"channel {self.name} was given {type(prepared).__name__}; bind its own events"
            raise TypeError(msg)
        return prepared

    def _moving(self) -> Int[np.ndarray, " variable"]:
        """The slots that some density reads."""
        return np.asarray(sorted(slots_read(self.densities)), int)

    def _movements(
        self,
        at: Slots,
        moving: Int[np.ndarray, " variable"],
        relative: Rows,
        chunk: AnalyticEvents,
    ) -> list[Movement]:
        """Derivatives of the densities, by forward mode over the few slots that each reads."""
        found: list[Movement] = []
        for process, density in enumerate(self.densities):
            slots = np.asarray(sorted(slots_read(density)), int)
            if slots.size:
                present = relative[process] > 0
                own = _Shape(density, at, slots, chunk.x, present)
                variables = tuple(np.searchsorted(moving, slots).tolist())
                found.append(Movement((process,), variables, own.slope(), own.bent))
        return found

    def _log_densities(self, at: Slots, chunk: AnalyticEvents) -> Rows:
        rows: list[Float[Array, " row"]] = []
        taken = 0
        for density, fixed in zip(self.densities, self.fixed(), strict=True):
            if fixed:
                rows.append(chunk.fixed[taken])
                taken += 1
            else:
                rows.append(jax.vmap(density.log_prob, in_axes=(1, None))(chunk.x, at))
        return rows


def _relative(rates: Float[Array, " process"], log_p: Rows) -> tuple[Rows, Float[Array, " row"]]:
    """Densities divided by the largest one that counts, and the log of that one."""
    # Row by row: as one table the rows would be written to memory before every step.
    idle = [rate == 0 for rate in rates]
    if len(log_p) == _PAIR:
        return _relative_pair(idle, log_p)
    counting = [jnp.where(no, -jnp.inf, row) for no, row in zip(idle, log_p, strict=True)]
    largest = functools.reduce(jnp.maximum, counting)
    offset = jax.lax.stop_gradient(jnp.where(jnp.isfinite(largest), largest, 0.0))
    relative: list[Float[Array, " row"]] = []
    for no, row in zip(idle, log_p, strict=True):
        # A density that vanishes at an event must not send NaN through exp(-inf - -inf); one that
        # is NaN itself must not pass for one that vanishes.
        present = row != -jnp.inf
        away = jnp.where(present, row, 0.0) - offset
        # A term of rate 0 adds nothing, however large its density; only its derivatives are cut.
        away = jnp.where(no, jnp.minimum(away, _LARGEST_IDLE_LOG), away)
        # XLA keeps the results of its own exponential; another one it would find again and again.
        relative.append(jnp.where(present, jnp.exp(away), 0.0))
    return relative, offset


def _relative_pair(
    idle: Sequence[Bool[Array, ""]], log_p: Rows
) -> tuple[Rows, Float[Array, " row"]]:
    """The same of two densities: one of the two is 1, so one exponential will do."""
    one, two = log_p
    first = jnp.where(idle[0], -jnp.inf, one) >= jnp.where(idle[1], -jnp.inf, two)
    largest = jnp.where(first, one, two)
    nothing = largest == -jnp.inf
    offset = jnp.where(nothing, 0.0, largest)
    away = jnp.where(first, two, one) - offset
    small = jnp.exp(jnp.minimum(away, _LARGEST_IDLE_LOG))
    top = jnp.where(nothing, 0.0, 1.0)
    return [jnp.where(first, top, small), jnp.where(first, small, top)], offset


class _Shape(NamedTuple):
    """One density at the events of a chunk, and the slots that it reads."""

    density: AbstractDensity
    at: Slots
    slots: Int[np.ndarray, " own"]
    x: Float[Array, "observable row"]
    present: Bool[Array, " row"]
    """Where the density does not vanish."""

    def slope(self) -> Float[Array, "1 own row"]:
        """First derivatives of the log density."""
        first = jax.jacfwd(self._log_p)(self.at[self.slots])
        return jnp.where(self.present[None], first.T, 0.0)[None]

    def bent(
        self, weights: Float[Array, "1 row"], moments: Float[Array, "1 own own"]
    ) -> Float[Array, "1 own own"]:
        """Add the weighted sums of the second derivatives."""
        second = jax.jacfwd(jax.jacfwd(self._log_p))(self.at[self.slots])
        second = jnp.where(self.present[:, None, None], second, 0.0)
        return moments + jnp.einsum("rkl,r->kl", second, weights[0])[None]

    def _log_p(self, own: Float[Array, " own"]) -> Float[Array, " row"]:
        at = self.at.at[self.slots].set(own)
        return jax.vmap(self.density.log_prob, in_axes=(1, None))(self.x, at)


def _levelled(
    logs: Float[Array, "chunk process row"],
) -> tuple[Float[Array, "chunk process row"], Float[Array, "chunk row"]]:
    """Densities divided by what lies between them, and the log of that."""
    vanishing = logs == -jnp.inf
    top = logs.max(axis=1)
    top = jnp.where(top == -jnp.inf, 0.0, top)
    bottom = jnp.where(vanishing, top[:, None], logs).min(axis=1)
    offset = jnp.maximum(0.5 * (top + bottom), top - _LARGEST_IDLE_LOG)
    away = jnp.where(vanishing, 0.0, logs) - offset[:, None]
    return jnp.where(vanishing, 0.0, jnp.exp(away)), offset


@eqx.filter_jit
def _fixed_columns(
    channel: AnalyticChannel, x: Float[Array, "chunk observable row"]
) -> Float[Array, "chunk fixed row"]:
    kept = [d for d, fixed in zip(channel.densities, channel.fixed(), strict=True) if fixed]
    nothing = jnp.zeros(0)  # no slot is read
    each = [
        jax.vmap(jax.vmap(density.log_prob, in_axes=(1, None)), in_axes=(0, None))(x, nothing)
        for density in kept
    ]
    return jnp.stack(each, axis=1) if each else jnp.zeros((x.shape[0], 0, x.shape[2]))
