r"""Whether the total of a channel is positive where the events are.

.. math:: m(x_i \mid \theta) = \sum_j \lambda_j(\theta)\, p_j(x_i) > 0

Checked at nominal (a violation is an error), with one nuisance at a time moved by one and by two
widths, and at 256 Sobol points (violations are warnings: a minimiser sees minus infinity there).
Points at which no term can be negative are passed without looking at events; analytic densities
that may vanish, as histograms with empty bins, are looked at at nominal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from statmodel import model
from statmodel._kept import kept
from statmodel.model.channels import (
    AbstractChannel,
    AbstractPrepared,
    AnalyticChannel,
    AnalyticEvents,
    RatioChannel,
    RatioEvents,
)

from ._anchors import may_be_negative
from ._points import (
    BATCH,
    describe,
    in_batches,
    moved_one_at_a_time,
    rates_at,
    slots_at,
    sobol_points,
)
from ._sample import Sample, grouped, joined
from ._vanishing import surely_positive


@final
@dataclass(frozen=True)
class NegativeTotals:
    """Messages, for the two kinds of points."""

    at_nominal: tuple[str, ...]
    elsewhere: tuple[str, ...]


def negative_totals(
    built: model.Model, channel: AbstractChannel, samples: Sequence[Sample]
) -> NegativeTotals:
    """Look for totals of one channel that are not positive, at the events of its samples."""
    nominal = np.asarray(built.space.init)[None]
    moved = np.concatenate([moved_one_at_a_time(built, (-2, -1, 1, 2)), sobol_points(built)])
    everywhere = np.concatenate([nominal, moved])
    if not samples:
        return NegativeTotals((), ())
    rates = np.asarray(rates_at(channel, slots_at(built.scope, in_batches(everywhere))))
    negative = bool((~(rates >= 0)).any())
    vanishing = isinstance(channel, AnalyticChannel) and not surely_positive(channel, rates[0])
    suspicious = [one for one in samples if negative or _negative_ratios(channel, one.events)]
    found: list[tuple[_Lowest, _Lowest | None]] = []
    for group in grouped(suspicious):
        if len(group) > 1 or (fewer := group[0].thinned()) is group[0]:
            found += [
                (one.only(slice(0, 1)), one.only(slice(1, None)))
                for one in _Lowest.find(built, channel, group, everywhere)
            ]
        else:
            [here] = _Lowest.find(built, channel, group, nominal)
            [there] = _Lowest.find(built, channel, [fewer], moved)
            found.append((here, there))
    if vanishing and not suspicious:
        found += [(_Lowest.find(built, channel, [one], nominal)[0], None) for one in samples]
    at_nominal: list[str] = []
    elsewhere: list[str] = []
    for here, there in found:
        if here.bad:
            at_nominal.append(f"{here.worst(built, channel)}.")
        elif there is not None and there.bad:
            elsewhere.append(f"{there.worst(built, channel)} of {len(moved)} looked at.")
    return NegativeTotals(tuple(at_nominal), tuple(elsewhere))


@final
@dataclass(frozen=True)
class _Lowest:
    """The lowest total over the events, for each of some points."""

    sample: Sample
    points: Float[np.ndarray, "point parameter"]
    totals: Float[np.ndarray, " point"]
    terms: Float[np.ndarray, "point process"]
    rows: Int[np.ndarray, " point"]

    @classmethod
    def find(
        cls,
        built: model.Model,
        channel: AbstractChannel,
        samples: Sequence[Sample],
        points: Float[np.ndarray, "point parameter"],
    ) -> "list[_Lowest]":
        """Visit every event of the samples at every point, all samples in one program."""
        events, places = joined(samples)
        slots = slots_at(built.scope, in_batches(points))
        found = [np.asarray(part)[: len(points)] for part in _lowest(channel, events, slots)]
        each = np.arange(len(points))
        lowest: list[_Lowest] = []
        for sample, chunks in zip(samples, places, strict=True):
            totals, terms, rows = (part[:, chunks] for part in found)
            # NaN counts as lowest, here and in the chunks: argmin returns it first.
            chunk = np.argmin(totals, axis=1)
            row = chunk * sample.events.mask.shape[1] + rows[each, chunk]
            lowest.append(cls(sample, points, totals[each, chunk], terms[each, chunk], row))
        return lowest

    def only(self, places: slice) -> "_Lowest":
        """Some of the points."""
        parts = (self.points, self.totals, self.terms, self.rows)
        return _Lowest(self.sample, *(part[places] for part in parts))

    @property
    def bad(self) -> int:
        """At how many points some total is not positive."""
        return int((~(self.totals > 0)).sum())

    def worst(self, built: model.Model, channel: AbstractChannel) -> str:
        """Where the total is lowest, and by which process."""
        worst = int(np.argmin(np.nan_to_num(self.totals, nan=-np.inf)))
        terms = self.terms[worst]
        count = self.bad
        event = self.sample.rows[self.rows[worst]]
        place = f"at {self.sample.kind} event {event}{self._place(channel, int(self.rows[worst]))}"
        point = f"at {describe(built, self.points[worst])}"
        lowest = (
            f"its lowest term is process {channel.processes[int(np.argmin(terms))]}'s "
            f"({terms.min():.3g})"
            if terms.any()
            else "no process that expects events has a density there"
        )
        return (
            f"the total is {terms.sum():.3g} {place}, {point}; {lowest}. "
            f"Not positive at {count} point{'s' * (count != 1)}"
        )

    def _place(self, channel: AbstractChannel, row: int) -> str:
        """The observables of an event, where the densities are functions of them."""
        events = self.sample.events
        if not isinstance(events, AnalyticEvents):
            return ""
        x = events.x[row // events.x.shape[2], :, row % events.x.shape[2]]
        pairs = zip(channel.observables, np.asarray(x), strict=True)
        return f" ({', '.join(f'{name} = {value:.6g}' for name, value in pairs)})"


@eqx.filter_jit
@kept(returns=(0, 0, 0))
def _lowest(
    channel: AbstractChannel, events: AbstractPrepared, slots: Float[Array, "point slot"]
) -> tuple[Array, Array, Array]:
    """For each point and chunk: the lowest total over the events, its terms, and its row.

    Totals of analytic channels are in units of the largest term of their event, each its own.
    """

    def visit(at: model.Slots) -> tuple[Array, Array, Array]:
        terms, log_unit = _terms(channel, at, events)
        counted = events.mask & (events.weights != 0)
        totals = jnp.where(counted, terms.sum(axis=1), jnp.inf)
        row = jnp.argmin(totals, axis=1)
        each = jnp.arange(row.size)
        unit = jnp.exp(log_unit[each, row])[:, None]
        return totals[each, row], terms[each, :, row] * unit, row

    return jax.lax.map(visit, slots, batch_size=BATCH)


def _terms(
    channel: AbstractChannel, at: model.Slots, events: AbstractPrepared
) -> tuple[Float[Array, "chunk process row"], Float[Array, "chunk row"]]:
    """The terms of the mixture, and the log of the unit that they are in: densities underflow."""
    if not (isinstance(channel, AnalyticChannel) and isinstance(events, AnalyticEvents)):
        return channel.components(at, events), jnp.zeros(events.mask.shape)
    rates = channel.rates(at)[None, :, None]

    def log_densities(x: Float[Array, "observable row"]) -> Float[Array, "process row"]:
        each = [jax.vmap(one.log_prob, in_axes=(1, None))(x, at) for one in channel.densities]
        return jnp.stack(each)

    logs = jax.lax.map(log_densities, events.x)
    largest = jnp.where(rates != 0, logs, -jnp.inf).max(axis=1)
    log_unit = jnp.where(jnp.isfinite(largest), largest, 0.0)
    relative = jnp.where(rates != 0, jnp.exp(logs - log_unit[:, None, :]), 0.0)
    return rates * relative, log_unit


def _negative_ratios(channel: AbstractChannel, events: AbstractPrepared) -> bool:
    """Whether ratios, or responses between their anchors, are negative at some event."""
    if not (isinstance(channel, RatioChannel) and isinstance(events, RatioEvents)):
        return False
    ratios = np.asarray(events.ratios)
    largest = np.where(events.mask, ratios.max(axis=1), 1.0)
    negative = bool((ratios < 0).any()) or bool((largest <= 0).any())
    return negative or may_be_negative(channel, events)
