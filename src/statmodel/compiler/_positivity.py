r"""Whether the total of a channel is positive where the events are.

.. math:: m(x_i \mid \theta) = \sum_j \lambda_j(\theta)\, p_j(x_i) > 0

Checked at nominal (a violation is an error), with one nuisance at a time moved by one and by two
widths, and at 256 Sobol points (violations are warnings: a minimiser sees minus infinity there).
Points at which no term can be negative are passed without looking at events.
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
from statmodel.model.channels import AbstractChannel, AbstractPrepared, RatioChannel, RatioEvents

from ._anchors import may_be_negative
from ._points import describe, moved_one_at_a_time, slots_at, sobol_points
from ._sample import Sample

_BATCH = 16  # points at once: enough work for each kernel, little memory


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
    at_nominal: list[str] = []
    elsewhere: list[str] = []
    for sample in samples:
        if not _suspicious(built, channel, sample.events, everywhere):
            continue
        fewer = sample.thinned()
        if fewer is sample:
            found = _Lowest.find(built, channel, sample, everywhere)
            here, there = found.only(slice(0, 1)), found.only(slice(1, None))
        else:
            here = _Lowest.find(built, channel, sample, nominal)
            there = _Lowest.find(built, channel, fewer, moved)
        if here.bad:
            at_nominal.append(f"{here.worst(built, channel)}.")
        elif there.bad:
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
        sample: Sample,
        points: Float[np.ndarray, "point parameter"],
    ) -> "_Lowest":
        """Visit every event at every point."""
        slots = slots_at(built.scope, jnp.asarray(points))
        found = _lowest(channel, sample.events, slots)
        return cls(sample, points, *(np.asarray(part) for part in found))

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
        return (
            f"the total is {self.totals[worst]:.3g} at {self.sample.kind} event {event}, at "
            f"{describe(built, self.points[worst])}; its lowest term is process "
            f"{channel.processes[int(np.argmin(terms))]}'s ({terms.min():.3g}). "
            f"Not positive at {count} point{'s' * (count != 1)}"
        )


@eqx.filter_jit
def _lowest(
    channel: AbstractChannel, events: AbstractPrepared, slots: Float[Array, "point slot"]
) -> tuple[Array, Array, Array]:
    """For each point: the lowest total over the events, its terms, and the event's number."""

    def visit(at: model.Slots) -> tuple[Array, Array, Array]:
        terms = channel.components(at, events)
        counted = events.mask & (events.weights != 0)
        totals = jnp.where(counted, terms.sum(axis=1), jnp.inf).ravel()
        # NaN counts as lowest: argmin returns it first.
        row = jnp.argmin(totals)
        chunk, place = row // events.mask.shape[1], row % events.mask.shape[1]
        return totals[row], terms[chunk, :, place], row

    return jax.lax.map(visit, slots, batch_size=_BATCH)


def _suspicious(
    built: model.Model,
    channel: AbstractChannel,
    events: AbstractPrepared,
    points: Float[np.ndarray, "point parameter"],
) -> bool:
    """Whether some total may not be positive at some event and point."""
    if isinstance(channel, RatioChannel) and isinstance(events, RatioEvents):
        largest = jnp.where(events.mask, events.ratios.max(axis=1), 1.0)
        if bool((events.ratios < 0).any()) or bool((largest <= 0).any()):
            return True
        if may_be_negative(channel, events):
            return True
    rates = _rates(channel, slots_at(built.scope, jnp.asarray(points)))
    return bool(jnp.any(~(rates >= 0)))


@eqx.filter_jit
def _rates(
    channel: AbstractChannel, slots: Float[Array, "point slot"]
) -> Float[Array, "point process"]:
    return jax.vmap(channel.rates)(slots)
