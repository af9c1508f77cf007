r"""Sampling by a numerical inverse of the cumulative distribution.

A density is tabulated twice: on an even grid, and on one whose cells hold equal shares of a half
and half mixture of the first table with the uniform density. In a cell the density is linear, so
its error is :math:`O(h^2)` with `h` the width of a cell, and cells are small where events are many.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model._expressions import Scalar

_CELLS = 2048
_CELLS_PER_AXIS = 256


def uniforms(key: Array, n: int) -> Float[Array, " event"]:
    """`n` uniform numbers, none of them zero."""
    return jax.random.uniform(key, (n,), jnp.float64, minval=float(np.finfo(np.float64).tiny))


def sample_line(
    log_density: Callable[[Scalar], Scalar],
    low: Scalar | float,
    high: Scalar | float,
    *,
    key: Array,
    n: int,
    places: Float[Array, " node"] | None = None,
) -> Float[Array, " event"]:
    """`n` draws from the density `exp(log_density)`, of any norm, on `[low, high]`.

    Args:
        log_density: natural log of the density, unnormalised.
        low: lower end of the range.
        high: upper end of the range.
        key: of the draws.
        n: how many.
        places: where to tabulate the density beside the even grid, lest it step over a peak.
    """
    steps = jnp.asarray(np.linspace(0.0, 1.0, _CELLS + 1))
    coarse = low + (high - low) * steps
    if places is not None:
        coarse = jnp.sort(jnp.concatenate([coarse, places]))
    fine = refined(coarse, relative(jax.vmap(log_density)(coarse)))
    if places is not None:
        # Cells are equal shares: the one beside a narrow peak would reach far beyond its tail.
        fine = jnp.sort(jnp.concatenate([fine, places]))
    density = relative(jax.vmap(log_density)(fine))
    cumulative = _cumulative(fine, density)
    return _invert(uniforms(key, n), fine, density, cumulative)


def sample_plane(
    log_density: Callable[[Scalar, Scalar], Scalar],
    low: tuple[float, float],
    high: tuple[float, float],
    *,
    key: Array,
    n: int,
) -> Float[Array, "{n} 2"]:
    """`n` draws from a density of two observables: first axis from its margin, then the second.

    Between two rows of the table the conditional density is a mixture of theirs, so that a row is
    chosen by its share and then inverted.
    """
    steps = jnp.asarray(np.linspace(0.0, 1.0, _CELLS_PER_AXIS + 1))
    x, y = (a + (b - a) * steps for a, b in zip(low, high, strict=True))

    def table(x: Float[Array, " row"], y: Float[Array, " column"]) -> Float[Array, "row column"]:
        over_y = jax.vmap(log_density, in_axes=(None, 0))
        return relative(jax.vmap(over_y, in_axes=(0, None))(x, y))

    coarse = table(x, y)
    x_margin = jax.vmap(jnp.trapezoid, in_axes=(0, None))(coarse, y)
    y_margin = jax.vmap(jnp.trapezoid, in_axes=(1, None))(coarse, x)
    x, y = refined(x, x_margin), refined(y, y_margin)
    density = table(x, y)
    rows = jax.vmap(_cumulative, in_axes=(None, 0))(y, density)
    margin = rows[:, -1]
    key_x, key_row, key_y = jax.random.split(key, 3)
    drawn = _invert(uniforms(key_x, n), x, margin, _cumulative(x, margin))
    cell = jnp.clip(jnp.searchsorted(x, drawn, side="right") - 1, 0, x.size - 2)
    along = (drawn - x[cell]) / (x[cell + 1] - x[cell])
    upper_share = along * margin[cell + 1]
    total = upper_share + (1.0 - along) * margin[cell]
    row = cell + jnp.asarray(uniforms(key_row, n) * total < upper_share, cell.dtype)
    return jnp.stack([drawn, _invert_rows(uniforms(key_y, n), row, y, density, rows)], axis=1)


def refined(nodes: Float[Array, " node"], density: Float[Array, " node"]) -> Float[Array, " node"]:
    """As many nodes again, dense where the tabulated density is large."""
    cumulative = _cumulative(nodes, density)
    share = cumulative / jnp.where(cumulative[-1] > 0.0, cumulative[-1], 1.0)
    even = (nodes - nodes[0]) / (nodes[-1] - nodes[0])
    steps = jnp.asarray(np.linspace(0.0, 1.0, nodes.size))
    mixture = 0.5 * (share + even)
    return jnp.interp(steps * mixture[-1], mixture, nodes)


def relative(log_density: Float[Array, "*node"]) -> Float[Array, "*node"]:
    """The density over its largest tabulated value; 0 where it is undefined or infinite."""
    usable = log_density < jnp.inf
    largest = jnp.where(usable, log_density, -jnp.inf).max()
    offset = jnp.where(jnp.isfinite(largest), largest, 0.0)
    return jnp.where(usable, jnp.exp(jnp.where(usable, log_density, -jnp.inf) - offset), 0.0)


def _cumulative(
    nodes: Float[Array, " node"], density: Float[Array, " node"]
) -> Float[Array, " node"]:
    cells = 0.5 * (density[1:] + density[:-1]) * jnp.diff(nodes)
    return jnp.concatenate([jnp.zeros(1, nodes.dtype), jnp.cumsum(cells)])


def _invert(
    u: Float[Array, " event"],
    nodes: Float[Array, " node"],
    density: Float[Array, " node"],
    cumulative: Float[Array, " node"],
) -> Float[Array, " event"]:
    target = u * cumulative[-1]
    cell = jnp.clip(jnp.searchsorted(cumulative, target, side="right") - 1, 0, nodes.size - 2)
    return _within(
        target - cumulative[cell], nodes[cell], nodes[cell + 1], density[cell], density[cell + 1]
    )


def _invert_rows(
    u: Float[Array, " event"],
    row: Array,
    nodes: Float[Array, " node"],
    density: Float[Array, "row node"],
    cumulative: Float[Array, "row node"],
) -> Float[Array, " event"]:
    """As `_invert`, each event in a row of its own: all rows in one sorted table, row i from i."""
    total = jnp.where(cumulative[:, -1:] > 0.0, cumulative[:, -1:], 1.0)
    offsets = jnp.asarray(np.arange(cumulative.shape[0], dtype=np.float64))
    table = (cumulative / total + offsets[:, None]).ravel()
    place = jnp.searchsorted(table, u + offsets[row], side="right") - 1
    cell = jnp.clip(place - row * nodes.size, 0, nodes.size - 2)
    return _within(
        u * total[row, 0] - cumulative[row, cell],
        nodes[cell],
        nodes[cell + 1],
        density[row, cell],
        density[row, cell + 1],
    )


def _within(
    area: Float[Array, " event"],
    low: Float[Array, " event"],
    high: Float[Array, " event"],
    start: Float[Array, " event"],
    stop: Float[Array, " event"],
) -> Float[Array, " event"]:
    """The point of a cell below which `area` lies, the density linear from `start` to `stop`."""
    slope = (stop - start) / (high - low)
    root = jnp.sqrt(jnp.maximum(start * start + 2.0 * area * slope, 0.0))
    divisor = start + root
    step = 2.0 * area / jnp.where(divisor > 0.0, divisor, 1.0)
    return jnp.clip(low + step, low, high)
