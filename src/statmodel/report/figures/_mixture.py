r"""Expected events of each process in bins of one observable.

.. math:: \nu_{jb} = \int_b dx \int dx_\perp\, \lambda_j\, p_j(x, x_\perp)
   \quad\text{(analytic)}, \qquad
   \nu_{jb} = \sum_{i \in b} w_i\, c_j\, r_{ij} \prod_k g_{ijk} \quad\text{(ratios, over the pool)}

The terms come from the channel; here they are only summed. Integrals are tensor grids of
Gauss-Legendre panels for one other observable, scrambled Sobol points for several.
"""

from dataclasses import dataclass
from typing import final

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from scipy.stats import qmc

from statmodel.data import make_events
from statmodel.model import Slots
from statmodel.model.channels import (
    AbstractChannel,
    AbstractPrepared,
    AnalyticChannel,
    Pool,
    RatioChannel,
)

_NODES = 4
"""Gauss-Legendre nodes a panel."""
_PANELS_OF_BIN = 4
_PANELS_OF_RANGE = 64
_SOBOL_POINTS = 2048


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class BinnedMixture:
    """Expected events in bins.

    Attributes:
        processes: their names.
        counts: signed expected events.
        simulation_error: of their sum, from the finite pool; zero for analytic channels.
    """

    processes: tuple[str, ...]
    counts: Float[np.ndarray, "process bin"]
    simulation_error: Float[np.ndarray, " bin"]

    @property
    def total(self) -> Float[np.ndarray, " bin"]:
        """The sum over processes."""
        return self.counts.sum(axis=0)


def binned_mixture(
    channel: AbstractChannel,
    at: Slots,
    *,
    axis: int,
    edges: Float[np.ndarray, " edge"],
    typical: Float[np.ndarray, "axis 2"],
) -> BinnedMixture | None:
    """The channel's prediction in bins, or None for a ratio channel without a pool.

    Args:
        channel: of the model.
        at: slot values.
        axis: which observable.
        edges: bin edges, increasing, finite.
        typical: centre and spread of each observable, where open ranges are integrated.
    """
    if isinstance(channel, AnalyticChannel):
        counts = _integrals(channel, at, axis, edges, typical)
        nothing = np.zeros(edges.size - 1)
        return BinnedMixture(processes=channel.processes, counts=counts, simulation_error=nothing)
    if isinstance(channel, RatioChannel) and channel.pool is not None:
        return _pool_sums(channel, channel.pool, at, axis, edges)
    return None


def _pool_sums(
    channel: RatioChannel, pool: Pool, at: Slots, axis: int, edges: Float[np.ndarray, " edge"]
) -> BinnedMixture:
    terms = np.asarray(_components(channel, at, pool.events))
    mask = np.asarray(pool.events.mask).ravel()
    x = np.asarray(pool.x)[:, axis].ravel()[mask]
    events = terms.transpose(1, 0, 2).reshape(len(channel.processes), -1)[:, mask]
    events = events * np.asarray(pool.events.weights).ravel()[mask]
    counts = np.stack([np.histogram(x, edges, weights=row)[0] for row in events])
    variance = np.histogram(x, edges, weights=events.sum(axis=0) ** 2)[0]
    return BinnedMixture(
        processes=channel.processes, counts=counts, simulation_error=np.sqrt(variance)
    )


def _integrals(
    channel: AnalyticChannel,
    at: Slots,
    axis: int,
    edges: Float[np.ndarray, " edge"],
    typical: Float[np.ndarray, "axis 2"],
) -> Float[np.ndarray, "process bin"]:
    x, dx = _panels(edges, _PANELS_OF_BIN)
    others = [i for i in range(len(channel.observables)) if i != axis]
    rest, drest = _other_points(
        [channel.ranges[i] for i in others], [(typical[i, 0], typical[i, 1]) for i in others]
    )
    columns = {channel.observables[axis]: np.repeat(x, drest.size)}
    for place, other in enumerate(others):
        columns[channel.observables[other]] = np.tile(rest[:, place], x.size)
    events = channel.bind(make_events(columns))
    terms = np.asarray(_components(channel, at, events)).transpose(1, 0, 2)
    density = terms.reshape(len(channel.processes), -1)[:, : x.size * drest.size]
    marginal = density.reshape(-1, x.size, drest.size) @ drest
    return (marginal * dx).reshape(len(channel.processes), edges.size - 1, -1).sum(axis=2)


@eqx.filter_jit
def _components(
    channel: AbstractChannel, at: Slots, events: AbstractPrepared
) -> Float[Array, "chunk process row"]:
    return channel.components(at, events)


def _panels(
    edges: Float[np.ndarray, " edge"], panels: int
) -> tuple[Float[np.ndarray, " node"], Float[np.ndarray, " node"]]:
    """Nodes and weights of Gauss-Legendre rules, `panels` of them in each bin."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    steps = np.linspace(0.0, 1.0, panels + 1)[:-1]
    lower = (edges[:-1, None] + np.diff(edges)[:, None] * steps).ravel()
    width = np.repeat(np.diff(edges) / panels, panels)
    x = lower[:, None] + width[:, None] * (0.5 + 0.5 * nodes)
    return x.ravel(), (0.5 * width[:, None] * weights).ravel()


def _other_points(
    ranges: list[tuple[float, float]], typical: list[tuple[float, float]]
) -> tuple[Float[np.ndarray, "point other"], Float[np.ndarray, " point"]]:
    """Points and weights that integrate over the observables that are not drawn."""
    if not ranges:
        return np.zeros((1, 0)), np.ones(1)
    if len(ranges) == 1:
        unit, weights = _panels(np.linspace(0.0, 1.0, _PANELS_OF_RANGE + 1), 1)
        units = unit[:, None]
    else:
        # One seed for every picture: the same model gives the same figure.
        units = qmc.Sobol(len(ranges), rng=0).random(_SOBOL_POINTS)
        weights = np.full(_SOBOL_POINTS, 1.0 / _SOBOL_POINTS)
    columns = [_stretched(units[:, i], bounds, *typical[i]) for i, bounds in enumerate(ranges)]
    jacobian = np.prod([slope for _, slope in columns], axis=0)
    return np.stack([x for x, _ in columns], axis=1), weights * jacobian


def _stretched(
    unit: Float[np.ndarray, " point"], bounds: tuple[float, float], centre: float, spread: float
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """The unit interval onto a range, and the slope of the map; open ends go to infinity."""
    low, high = bounds
    if np.isfinite(low) and np.isfinite(high):
        return low + (high - low) * unit, np.full(unit.shape, high - low)
    if np.isfinite(low) or np.isfinite(high):
        far = spread * unit / (1.0 - unit)
        slope = spread / (1.0 - unit) ** 2
        return (low + far if np.isfinite(low) else high - far), slope
    u = 2.0 * unit - 1.0
    return centre + spread * u / (1.0 - u**2), 2.0 * spread * (1.0 + u**2) / (1.0 - u**2) ** 2
