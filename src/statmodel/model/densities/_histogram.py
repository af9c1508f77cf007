r"""A density constant in bins, of any number of observables.

.. math:: p(x) = \frac{c_b / V_b}{\sum_{b'} c_{b'}\,V^{\mathrm{cut}}_{b'} / V_{b'}}
   \quad \text{for } x \text{ in bin } b

:math:`c_b` is the content of a bin, :math:`V_b` its volume, :math:`V^{\mathrm{cut}}_b` the part of
it inside the range. Bins hold their lower edge; the last one holds its upper edge too.
"""

from collections.abc import Sequence
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from statmodel.model._expressions import Observables, Scalar, Slots

from ._base import AbstractDensity
from ._sampling import uniforms


@final
class HistogramDensity(AbstractDensity):
    """Bin contents over bin volumes, cut to the range and normalised there.

    Attributes:
        edges: the edges of each axis, cut to the range.
        log_density: natural log of the density, one axis an observable; `-inf` where empty.
        log_volume: natural log of the volumes of the cut bins, same shape.
    """

    axes: tuple[int, ...] = eqx.field(static=True)
    bounds: tuple[tuple[float, float], ...] = eqx.field(static=True)
    edges: tuple[Float[np.ndarray, " edge"], ...]
    log_density: Float[np.ndarray, "*bin"]
    log_volume: Float[np.ndarray, "*bin"]

    def __init__(
        self,
        axes: tuple[int, ...],
        lower: tuple[float, ...],
        upper: tuple[float, ...],
        edges: Sequence[ArrayLike],
        values: ArrayLike,
    ) -> None:
        """Cut and normalise.

        Args:
            axes: the columns of the channel.
            lower: lower end of the range of each axis; may lie inside a bin, or be `-inf`.
            upper: upper end of the range of each axis.
            edges: increasing bin edges of each axis, in the unit of its observable.
            values: bin contents, >= 0, of any common scale; shape (bins of first axis, ...).

        Raises:
            ValueError: shapes that do not fit, edges out of order, or no content in the range.
        """
        old = [np.asarray(one, np.float64) for one in edges]
        contents = np.asarray(values, np.float64)
        _check(old, contents, len(axes), len(lower), len(upper))
        kept = [_cut(e, a, b) for e, a, b in zip(old, lower, upper, strict=True)]
        for place, (bins, _) in enumerate(kept):
            contents = np.take(contents, bins, axis=place)
        whole = _volumes([np.diff(e)[bins] for e, (bins, _) in zip(old, kept, strict=True)])
        volume = _volumes([np.diff(e) for _, e in kept])
        total = (contents / whole * volume).sum()
        if not total > 0.0:
            msg = f"the histogram is empty between {lower} and {upper}"
            raise ValueError(msg)
        self.axes = axes
        self.edges = tuple(e for _, e in kept)
        self.bounds = tuple((float(e[0]), float(e[-1])) for e in self.edges)
        with np.errstate(divide="ignore"):
            self.log_density = np.log(contents / whole / total)
        self.log_volume = np.log(volume)

    def log_prob(self, x: Observables, at: Slots) -> Scalar:
        del at
        inside = self.inside(x)
        return jnp.where(inside, jnp.asarray(self.log_density).ravel()[self.bin(x)], -jnp.inf)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        del at
        return self.sample_bins(jnp.asarray(self.log_density + self.log_volume), key=key, n=n)

    def sample_bins(
        self, log_contents: Float[Array, "*bin"], *, key: Array, n: int
    ) -> Float[Array, "{n} axis"]:
        """`n` events, even in their bins, the bins drawn by other contents than these."""
        bin_key, *keys = jax.random.split(key, len(self.axes) + 1)
        flat = log_contents.ravel()
        cumulative = jnp.cumsum(jnp.exp(flat - flat.max()))
        chosen = jnp.searchsorted(cumulative, uniforms(bin_key, n) * cumulative[-1], side="left")
        places = jnp.unravel_index(chosen, self.log_density.shape)
        columns = []
        for edges, place, one in zip(self.edges, places, keys, strict=True):
            low, width = jnp.asarray(edges[:-1])[place], jnp.diff(jnp.asarray(edges))[place]
            columns.append(low + width * uniforms(one, n))
        return jnp.stack(columns, axis=1)

    def inside(self, x: Observables) -> Array:
        """Whether an event is in the range."""
        flags = [
            (x[axis] >= edges[0]) & (x[axis] <= edges[-1])
            for axis, edges in zip(self.axes, self.edges, strict=True)
        ]
        return jnp.stack(flags).all()

    def bin(self, x: Observables) -> Int[Array, ""]:
        """The bin of an event in the flattened table; a bin at the border where it is outside."""
        flat: Array | int = 0
        for axis, edges in zip(self.axes, self.edges, strict=True):
            place = jnp.searchsorted(jnp.asarray(edges), x[axis], side="right", method="scan") - 1
            size = edges.size - 1
            flat = flat * size + jnp.clip(place, 0, size - 1)
        return jnp.asarray(flat)


def _check(edges: list[np.ndarray], contents: np.ndarray, *counts: int) -> None:
    if set(counts) != {len(edges)}:
        msg = f"a histogram needs one column, one range and one list of edges an axis, got {counts}"
        raise ValueError(msg)
    if any(one.ndim != 1 or one.size < 2 or not (np.diff(one) > 0).all() for one in edges):  # noqa: PLR2004
        msg = "histogram edges must increase, at least two an axis"
        raise ValueError(msg)
    expected = tuple(one.size - 1 for one in edges)
    if contents.shape != expected:
        msg = f"histogram values must have the shape {expected} of the bins, got {contents.shape}"
        raise ValueError(msg)
    if not (np.isfinite(contents).all() and (contents >= 0.0).all()):
        place = tuple(int(i) for i in np.argwhere(~(contents >= 0.0) | np.isinf(contents))[0])
        msg = f"histogram values must be finite and not negative, got {contents[place]} at {place}"
        raise ValueError(msg)


def _cut(
    edges: Float[np.ndarray, " edge"], lower: float, upper: float
) -> tuple[Int[np.ndarray, " kept"], Float[np.ndarray, " cut"]]:
    """Which bins the range touches, and their edges cut to it."""
    clipped = np.clip(edges, lower, upper)
    kept = np.flatnonzero(np.diff(clipped) > 0.0)
    if kept.size == 0:
        msg = f"the histogram, from {edges[0]} to {edges[-1]}, is outside {lower} to {upper}"
        raise ValueError(msg)
    return kept, clipped[kept[0] : kept[-1] + 2]


def _volumes(widths: list[np.ndarray]) -> np.ndarray:
    """Outer product of the widths along each axis."""
    volume = np.ones(())
    for width in widths:
        volume = volume[..., None] * width
    return volume
