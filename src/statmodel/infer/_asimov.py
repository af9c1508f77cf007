r"""Asimov data: the weighted events that the model expects, so that the truth is the best fit.

Ratio channels use their pool, :math:`w_i\,m(x_i \mid \theta)`. Analytic channels use quadrature
nodes, :math:`w_q\,m(x_q \mid \theta)`: where the rule integrates every density to one, the weights
add up to :math:`\nu` and the score at the truth vanishes to rounding. Bins take what they expect,
auxiliary observations the values of their parameters. (G. Cowan et al., Eur. Phys. J. C 71 (2011)
1554, section 3.2.)
"""

from collections.abc import Mapping

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel._numerics import legendre_rule
from statmodel.data import make_events
from statmodel.model import Model, Prepared, Slots
from statmodel.model.channels import (
    AbstractChannel,
    AbstractPrepared,
    AnalyticChannel,
    RatioChannel,
)
from statmodel.model.histograms import Counts, Histograms

_ORDER = 8
_FIRST_PANELS = (64, 16, 4)  # by number of observables
_MOST_NODES = 1 << 20
_CLOSE = 1e-12
_TOLERATED = 1e-6


def asimov(model: Model, point: Mapping[str, ArrayLike]) -> Prepared:
    """The data that the model expects at a parameter point.

    Args:
        model: the compiled likelihood.
        point: every parameter by name; see `model.space.point`.

    Returns:
        Bound data, weighted.

    Raises:
        ValueError: where the total is negative, where a ratio channel has no pool, or where no
            quadrature rule of a million nodes integrates the densities of a channel.
    """
    at = model.scope.at_point(point)
    values = model.space.values(point)
    constrained = jnp.asarray(np.zeros(model.space.size, bool))
    for block in model.constraints:
        constrained = constrained.at[block.parameters].set(True)
    return Prepared(
        channels=tuple(_expected_events(channel, at) for channel in model.channels),
        auxiliary=jnp.where(constrained, values, 0.0),
        counts=None if model.histograms is None else _expected_counts(model.histograms, at),
    )


def _expected_counts(histograms: Histograms, at: Slots) -> Counts:
    expected = np.asarray(_counts_expected(histograms, at))
    edges = np.cumsum([0, *histograms.bins])
    for name, first, last in zip(histograms.channels, edges[:-1], edges[1:], strict=True):
        lowest = float(expected[first:last].min())
        if not lowest >= 0:
            msg = f"channel {name}: a bin expects {lowest:.3g} events here, hence no Asimov data"
            raise ValueError(msg)
    return histograms.bind(expected)


def reference_events(channel: AbstractChannel, at: Slots) -> AbstractPrepared:
    """Events whose weights times the total of the mixture are what the model expects.

    Args:
        channel: of the model.
        at: slot values where a quadrature must integrate the densities.

    Raises:
        ValueError: a ratio channel has no pool, or no rule integrates the densities.
    """
    match channel:
        case RatioChannel():
            return _pool_events(channel)
        case AnalyticChannel():
            return _nodes(channel, at)
        case _:
            msg = f"channel {channel.name} has no Asimov data"
            raise TypeError(msg)


def _expected_events(channel: AbstractChannel, at: Slots) -> AbstractPrepared:
    events = reference_events(channel, at)
    terms, _ = _components(channel, at, events)
    return _weighted(channel, events, terms.sum(axis=1))


def _pool_events(channel: RatioChannel) -> AbstractPrepared:
    if channel.pool is None:
        msg = (
            f"channel {channel.name} has no simulation: Asimov data of a ratio channel need a pool"
        )
        raise ValueError(msg)
    return channel.pool.events


def _nodes(channel: AnalyticChannel, at: Slots) -> AbstractPrepared:
    panels = _FIRST_PANELS[min(len(channel.ranges), len(_FIRST_PANELS)) - 1]
    before, error = np.inf, np.inf
    events = None
    while error > _CLOSE and (panels * _ORDER) ** len(channel.ranges) <= _MOST_NODES:
        nodes, weights = _product_rule(channel.ranges, panels)
        events = channel.bind(_events(channel, nodes, weights))
        before, error = error, _closure_error(channel, at, events)
        if error < _TOLERATED and error > 0.5 * before:
            break  # rounding, or a discontinuity: more nodes do not help
        panels *= 4
    if events is None or not error < _TOLERATED:
        msg = (
            f"channel {channel.name}: no quadrature rule of {_MOST_NODES} nodes integrates its "
            f"densities (worst error {error:.2g}); is a peak much narrower than its range?"
        )
        raise ValueError(msg)
    return events


def _weighted(
    channel: AbstractChannel, events: AbstractPrepared, totals: Float[Array, "chunk row"]
) -> AbstractPrepared:
    """The events with their weights multiplied by the totals of the mixture."""
    totals = jnp.where(events.mask, totals, 0.0)
    if float(totals.min()) < 0:
        msg = f"channel {channel.name}: the total is negative at this point, hence no Asimov data"
        raise ValueError(msg)
    return eqx.tree_at(lambda e: e.weights, events, events.weights * totals)


def _product_rule(
    ranges: tuple[tuple[float, float], ...], panels: int
) -> tuple[Float[np.ndarray, "observable node"], Float[np.ndarray, " node"]]:
    rules = [_line_rule(low, high, panels) for low, high in ranges]
    nodes = np.stack([grid.ravel() for grid in np.meshgrid(*(x for x, _ in rules), indexing="ij")])
    weights = np.ones(1)
    for _, each in rules:
        weights = np.outer(weights, each).ravel()
    return nodes, weights


def _line_rule(
    low: float, high: float, panels: int
) -> tuple[Float[np.ndarray, " node"], Float[np.ndarray, " node"]]:
    """Even panels on a finite range; an infinite end is mapped by t / (1 - t)."""
    t, weights = legendre_rule(np.linspace(0.0, 1.0, panels + 1), order=_ORDER)
    if np.isfinite(low) and np.isfinite(high):
        return low + (high - low) * t, (high - low) * weights
    if np.isfinite(low):
        return low + t / (1 - t), weights / (1 - t) ** 2
    if np.isfinite(high):
        return high - t / (1 - t), weights / (1 - t) ** 2
    u = 2 * t - 1
    return u / (1 - u**2), 2 * weights * (1 + u**2) / (1 - u**2) ** 2


def _events(
    channel: AnalyticChannel, nodes: Float[np.ndarray, "observable node"], weights: np.ndarray
):
    columns = dict(zip(channel.observables, nodes, strict=True))
    return make_events(columns, weights=weights, source="quadrature")


def _closure_error(channel: AnalyticChannel, at: Slots, events: AbstractPrepared) -> float:
    """The largest distance of an integral from its rate, in units of the largest rate."""
    terms, rates = _components(channel, at, events)
    sums = (terms * events.weights[:, None, :]).sum(axis=(0, 2))
    return float(jnp.abs(sums - rates).max() / jnp.abs(rates).max())


@eqx.filter_jit
def _counts_expected(histograms: Histograms, at: Slots) -> Float[Array, " bin"]:
    return histograms.expected(at)  # one program: a hundred operations compiled apart take seconds


@eqx.filter_jit
def _components(
    channel: AbstractChannel, at: Slots, events: AbstractPrepared
) -> tuple[Float[Array, "chunk process row"], Float[Array, " process"]]:
    return channel.components(at, events), channel.expected(at)
