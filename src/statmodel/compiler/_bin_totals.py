r"""Whether the bins of binned channels expect what can be expected.

.. math:: \nu_b(\theta) = \sum_s \nu_{sb}(\theta) \ge 0, \qquad \nu_b > 0 \text{ where } n_b > 0

Looked at where the totals of unbinned channels are: a negative total at nominal is an error, one
at moved nuisance parameters or at Sobol points a warning. A bin that was observed full and expects
nothing at nominal leaves a likelihood of zero: an error where it expects nothing at all points
looked at, a warning where it expects something at some.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel import model, spec
from statmodel._kept import kept
from statmodel.model.histograms import Histograms

from ._arrays import on_device
from ._points import describe, moved_one_at_a_time, slots_at, sobol_points

_TOGETHER = 256
_BATCH = 64


@final
@dataclass(frozen=True)
class ImpossibleBins:
    """Problems with their channels, and what is worth a warning."""

    errors: tuple[tuple[spec.DocumentPath, str], ...]
    warnings: tuple[str, ...]


def impossible_bins(
    built: model.Model,
    histograms: Histograms,
    resolved: Sequence[spec.ResolvedBinnedChannel],
    counts: Mapping[str, Sequence[float]],
) -> ImpossibleBins:
    """What is wrong with the totals of binned channels.

    Args:
        built: the model.
        histograms: its binned channels.
        resolved: the same channels in the document.
        counts: what was observed, by channel; a channel may have none.
    """
    nominal = np.asarray(built.space.init)[None]
    moved = np.concatenate([moved_one_at_a_time(built, (-2, -1, 1, 2)), sobol_points(built)])
    look = _Look(built, histograms, np.concatenate([nominal, moved]))
    here, there = _Totals.at(look, slice(0, 1)), _Totals.at(look, slice(1, None))
    errors: list[tuple[spec.DocumentPath, str]] = []
    warnings: list[str] = []
    edges = np.cumsum([0, *histograms.bins])
    for channel, first, last in zip(resolved, edges[:-1], edges[1:], strict=True):
        bins = slice(int(first), int(last))
        negative = here.bad[bins] > 0
        if negative.any():
            errors.append((channel.path, f"{look.worst(here, bins)}{_more(negative)}."))
        elif channel.name in counts:
            observed = np.asarray(counts[channel.name])
            never, yet = _unexpected(channel, observed, here.highest[bins], there.highest[bins])
            errors += [(channel.path, message) for message in never]
            warnings += yet
    suspicious = there.bad > 0
    if suspicious.any() and not errors:
        times = there.bad[int(there.lowest.argmin())]
        warnings.append(
            f"{look.worst(there, slice(0, int(edges[-1])))}. Negative at {times} of {len(moved)} "
            f"points looked at{_more(suspicious)}."
        )
    return ImpossibleBins(tuple(errors), tuple(warnings))


def _unexpected(
    channel: spec.ResolvedBinnedChannel,
    observed: Float[np.ndarray, " bin"],
    nominal: Float[np.ndarray, " bin"],
    highest: Float[np.ndarray, " bin"],
) -> tuple[list[str], list[str]]:
    """Bins that are full and expect nothing: nowhere, and at nominal only."""
    full = (observed > 0) & (nominal == 0)
    said: list[list[str]] = []
    for places, end in (
        (full & ~(highest > 0), "nor at any point looked at. Give it an expectation"),
        (full & (highest > 0), "so the likelihood is zero there. Start a fit elsewhere"),
    ):
        named = [
            f"channel {channel.name}: bin {place} has {observed[place]:g} observed events"
            f"{_more(places)}, and no sample expects any at nominal, {end}."
            for place in np.flatnonzero(places)[:1]
        ]
        said.append(named)
    return said[0], said[1]


def _more(places: Bool[np.ndarray, " bin"]) -> str:
    """How many bins else."""
    others = int(places.sum()) - 1
    return f" (and so in {others} other bin{'s' * (others != 1)})" if others else ""


@final
@dataclass(frozen=True)
class _Look:
    """A model, and where it is looked at."""

    built: model.Model
    histograms: Histograms
    points: Float[np.ndarray, "point parameter"]

    def worst(self, found: "_Totals", bins: slice) -> str:
        """The lowest total among some bins, and the sample that makes it so."""
        place = bins.start + int(np.argmin(found.lowest[bins]))
        point = self.points[found.where[place]]
        ends = np.cumsum(self.histograms.bins)
        channel = int(np.searchsorted(ends, place, side="right"))
        within = place - int(ends[channel]) + self.histograms.bins[channel]
        names = self.histograms.samples[channel]
        slots = slots_at(self.built.scope, on_device(point[None]))[0]
        terms = np.asarray(_components(self.histograms, slots))[: len(names), place]
        # NaN counts as lowest: argmin returns it first.
        lowest = int(np.argmin(terms))
        return (
            f"channel {self.histograms.channels[channel]}: the total is {terms.sum():.3g} in bin "
            f"{within}, at {describe(self.built, point)}; its lowest term is sample "
            f"{names[lowest]}'s ({terms[lowest]:.3g})"
        )


@final
@dataclass(frozen=True)
class _Totals:
    """Of every bin over some points; NaN counts as minus infinity."""

    lowest: Float[np.ndarray, " bin"]
    highest: Float[np.ndarray, " bin"]
    where: Int[np.ndarray, " bin"]
    """The point of the lowest total."""
    bad: Int[np.ndarray, " bin"]
    """At how many points the total is negative."""

    @classmethod
    def at(cls, look: _Look, places: slice) -> "_Totals":
        """Visit the points, so many together that one program does for all numbers of them."""
        first, last, _ = places.indices(len(look.points))
        bins = sum(look.histograms.bins)
        lowest, highest = np.full(bins, np.inf), np.full(bins, -np.inf)
        where, bad = np.zeros(bins, int), np.zeros(bins, int)
        for begin in range(first, last, _TOGETHER):
            points = look.points[begin : min(begin + _TOGETHER, last)]
            size = _TOGETHER if last - first > 1 else 1
            padded = np.pad(points, ((0, size - len(points)), (0, 0)), mode="edge")
            slots = slots_at(look.built.scope, on_device(padded))
            totals = np.asarray(_totals(look.histograms, slots))[: len(points)]
            totals = np.where(np.isnan(totals), -np.inf, totals)
            row = totals.argmin(axis=0)
            least = totals[row, np.arange(bins)]
            where = np.where(least < lowest, begin + row, where)
            lowest, highest = np.minimum(lowest, least), np.maximum(highest, totals.max(axis=0))
            bad += (totals < 0).sum(axis=0)
        return cls(lowest, highest, where, bad)


@eqx.filter_jit
@kept(returns=0)
def _totals(histograms: Histograms, slots: Float[Array, "point slot"]) -> Float[Array, "point bin"]:
    return jax.lax.map(histograms.expected, slots, batch_size=_BATCH)


@eqx.filter_jit
@kept(returns=0)
def _components(histograms: Histograms, slots: model.Slots) -> Float[Array, "sample bin"]:
    return histograms.components(slots)
