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

LARGEST_SAMPLE = 65_536
"""Rows of a sample that are looked at beyond nominal; more would cost minutes."""
_BATCH = 16  # points at once: enough work for each kernel, little memory


@final
@dataclass(frozen=True)
class NegativeTotals:
    """Messages, for the two kinds of points."""

    at_nominal: tuple[str, ...]
    elsewhere: tuple[str, ...]


def negative_totals(
    built: model.Model,
    channel: AbstractChannel,
    samples: Sequence[tuple[str, AbstractPrepared]],
) -> NegativeTotals:
    """Look for negative totals of one channel at the events of its samples."""
    nominal = np.asarray(built.space.init)[None]
    moved = np.concatenate([moved_one_at_a_time(built, (-2, -1, 1, 2)), sobol_points(built)])
    at_nominal: list[str] = []
    elsewhere: list[str] = []
    for kind, events in samples:
        if not _suspicious(built, channel, events, np.concatenate([nominal, moved])):
            continue
        looked_at = _thinned(events)
        if looked_at is events:
            found = _Lowest.find(built, channel, events, np.concatenate([nominal, moved]))
            here, there = found.only(slice(0, 1)), found.only(slice(1, None))
        else:
            here = _Lowest.find(built, channel, events, nominal)
            there = _Lowest.find(built, channel, looked_at, moved)
        if here.negative:
            at_nominal.append(here.worst(built, channel, kind))
        elif there.negative:
            elsewhere.append(f"{there.worst(built, channel, kind)} of {len(moved)} looked at.")
    return NegativeTotals(tuple(at_nominal), tuple(elsewhere))


@final
@dataclass(frozen=True)
class _Lowest:
    """The lowest total over the events, for each of some points."""

    points: Float[np.ndarray, "point parameter"]
    totals: Float[np.ndarray, " point"]
    terms: Float[np.ndarray, "point process"]
    rows: Int[np.ndarray, " point"]

    @classmethod
    def find(
        cls,
        built: model.Model,
        channel: AbstractChannel,
        events: AbstractPrepared,
        points: Float[np.ndarray, "point parameter"],
    ) -> "_Lowest":
        """Visit every event at every point."""
        slots = slots_at(built.scope, jnp.asarray(points))
        totals, terms, rows = (np.asarray(part) for part in _lowest(channel, events, slots))
        return cls(points, totals, terms, rows)

    def only(self, places: slice) -> "_Lowest":
        """Some of the points."""
        parts = (self.points, self.totals, self.terms, self.rows)
        return _Lowest(*(part[places] for part in parts))

    @property
    def negative(self) -> int:
        """At how many points a total is negative or NaN."""
        return int((~(self.totals >= 0)).sum())

    def worst(self, built: model.Model, channel: AbstractChannel, kind: str) -> str:
        """Where the total is lowest, and by which process."""
        worst = int(np.argmin(np.nan_to_num(self.totals, nan=-np.inf)))
        terms = self.terms[worst]
        count = self.negative
        return (
            f"the total is {self.totals[worst]:.3g} at {kind} event {self.rows[worst]}, at "
            f"{describe(built, self.points[worst])}; its lowest term is process "
            f"{channel.processes[int(np.argmin(terms))]}'s ({terms.min():.3g}). "
            f"Negative at {count} point{'s' * (count != 1)}"
        )


@eqx.filter_jit
def _lowest(
    channel: AbstractChannel, events: AbstractPrepared, slots: Float[Array, "point slot"]
) -> tuple[Array, Array, Array]:
    """For each point: the lowest total over the events, its terms, and the event's number."""

    def visit(at: model.Slots) -> tuple[Array, Array, Array]:
        terms = channel.components(at, events)
        totals = jnp.where(events.mask, terms.sum(axis=1), jnp.inf).ravel()
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
    """Whether some term may be negative at some event and point."""
    if isinstance(channel, RatioChannel) and isinstance(events, RatioEvents):
        signed = bool((events.ratios < 0).any()) or may_be_negative(channel, events)
        if signed:
            return True
    rates = _rates(channel, slots_at(built.scope, jnp.asarray(points)))
    return bool(jnp.any(~(rates >= 0)))


@eqx.filter_jit
def _rates(
    channel: AbstractChannel, slots: Float[Array, "point slot"]
) -> Float[Array, "point process"]:
    return jax.vmap(channel.rates)(slots)


def _thinned(events: AbstractPrepared) -> AbstractPrepared:
    """Every so manieth chunk, so that about `LARGEST_SAMPLE` rows remain; small samples whole."""
    chunks, rows = events.mask.shape
    step = -(-chunks * rows // LARGEST_SAMPLE)
    return jax.tree.map(lambda leaf: leaf[::step], events) if step > 1 else events
