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
from jaxtyping import Array, Bool, Float

from statmodel import model
from statmodel.model.channels import AbstractChannel, AbstractPrepared, RatioChannel, RatioEvents

from ._anchors import may_be_negative
from ._points import describe, moved_one_at_a_time, slots_at, sobol_points

LARGEST_SAMPLE = 65_536
"""Rows of a sample that are looked at beyond nominal; more would cost minutes."""


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
    nominal = np.asarray(built.space.init)
    at_nominal = [
        message
        for kind, events in samples
        if (message := _worst(built, channel, kind, events, nominal[None]))
    ]
    points = np.concatenate([moved_one_at_a_time(built, (-2, -1, 1, 2))[1], sobol_points(built)])
    elsewhere: list[str] = []
    for kind, events in samples:
        suspect = points[_suspect(built, channel, events, points)]
        if suspect.size and not at_nominal:
            message = _worst(built, channel, kind, _thinned(events), suspect)
            if message:
                elsewhere.append(f"{message} Of {len(points)} points looked at.")
    return NegativeTotals(tuple(at_nominal), tuple(elsewhere))


def _worst(
    built: model.Model,
    channel: AbstractChannel,
    kind: str,
    events: AbstractPrepared,
    points: Float[np.ndarray, "point parameter"],
) -> str:
    slots = jnp.stack([slots_at(built, point) for point in points])
    lowest, terms, rows = (np.asarray(part) for part in _lowest(channel, events, slots))
    bad = np.flatnonzero(~(lowest >= 0))
    if not bad.size:
        return ""
    worst = bad[np.argmin(np.nan_to_num(lowest[bad], nan=-np.inf))]
    process = channel.processes[int(np.argmin(terms[worst]))]
    return (
        f"the total is {lowest[worst]:.3g} at {kind} event {rows[worst]}, at "
        f"{describe(built, points[worst])}; the most negative term is process {process}'s "
        f"({terms[worst].min():.3g}). Negative at {bad.size} point{'s' * (bad.size > 1)}."
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

    return jax.lax.map(visit, slots)


def _suspect(
    built: model.Model,
    channel: AbstractChannel,
    events: AbstractPrepared,
    points: Float[np.ndarray, "point parameter"],
) -> Bool[np.ndarray, " point"]:
    """Points at which some term may be negative somewhere."""
    if isinstance(channel, RatioChannel) and isinstance(events, RatioEvents):
        signed = bool((events.ratios < 0).any()) or may_be_negative(channel, events)
        if signed:
            return np.ones(len(points), bool)
    slots = jnp.stack([slots_at(built, point) for point in points])
    rates = jax.vmap(channel.rates)(slots)
    return np.asarray(~(rates >= 0).all(axis=1))


def _thinned(events: AbstractPrepared) -> AbstractPrepared:
    """Every so manieth chunk, so that at most `LARGEST_SAMPLE` rows remain."""
    chunks, rows = events.mask.shape
    step = -(-chunks * rows // LARGEST_SAMPLE)
    return jax.tree.map(lambda leaf: leaf[::step], events) if step > 1 else events
