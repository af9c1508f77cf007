"""The strokes of a picture of yields: stacks on both sides of zero, bands, points, ratios."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ._histogram import poisson_interval
from ._labels import shortened
from ._style import COLOURS, INK

_LOGARITHMIC_BEYOND = 200.0
"""Ratio of the largest to the smallest expectation from which the axis is logarithmic."""
_MOST_SAMPLES = 8
"""Of their own colour; the smallest of more are drawn as one."""
_ONE_COLUMN = 3
"""So many samples stand in one column of the legend, with everything else that it names."""
_LONGEST = (30, 21)
"""Signs of a name in a legend of one column, and of two."""
_NARROWEST, _WIDEST = 0.12, 1.0
"""Half of the range of the ratio."""
_GREY = "#717581"
_OTHERS = "#c9cbd0"


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Bars:
    """What is drawn of a channel, in events per width of a plain bin but for `observed`.

    Attributes:
        edges: of the bins.
        samples: their names.
        colours: theirs, the same in all channels.
        heights: of each sample.
        total: their sum.
        error: of the sum; 0 where it is unknown.
        observed: counts; NaN where masked; None without data.
        scale: from counts to heights.
    """

    edges: Float[np.ndarray, " edge"]
    samples: tuple[str, ...]
    colours: tuple[str, ...]
    heights: Float[np.ndarray, "sample bin"]
    total: Float[np.ndarray, " bin"]
    error: Float[np.ndarray, " bin"]
    observed: Float[np.ndarray, " bin"] | None
    scale: Float[np.ndarray, " bin"]

    @property
    def centres(self) -> Float[np.ndarray, " bin"]:
        """Of the bins."""
        return 0.5 * (self.edges[:-1] + self.edges[1:])

    @property
    def masked(self) -> Float[np.ndarray, " bin"]:
        """1 where a bin does not count."""
        none = np.zeros(self.total.size)
        return none if self.observed is None else np.isnan(self.observed).astype(float)

    @property
    def points(self) -> Float[np.ndarray, "side bin"]:
        """Observed heights, and the ends of their intervals; NaN where masked or without data."""
        if self.observed is None:
            return np.full((3, self.total.size), np.nan)
        counts = np.nan_to_num(self.observed)
        every = np.stack([counts, *poisson_interval(counts)]) * self.scale
        return np.where(np.isnan(self.observed), np.nan, every)

    @property
    def highest(self) -> Float[np.ndarray, " bin"]:
        """The highest stroke in each bin."""
        stack = np.maximum(self.heights, 0.0).sum(axis=0)
        return np.fmax(np.maximum(stack, self.total + self.error), self.points[2])

    @property
    def lowest(self) -> float:
        """The lowest stroke, 0 at most."""
        stack = np.minimum(self.heights, 0.0).sum(axis=0)
        return float(min(stack.min(), (self.total - self.error).min(), 0.0))


def draw_bars(axes: Axes, bars: Bars, *, labels: Mapping[str, str], title: str) -> None:
    """Stacks, the line of the total, its band; masked bins shaded."""
    edges, signed = bars.edges, bool((bars.heights < 0).any())
    positive = bars.total[bars.total > 0]
    ratio = positive.max() / positive.min() if positive.size else 1.0
    logarithmic = ratio > _LOGARITHMIC_BEYOND and not signed and positive.size == bars.total.size
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.2 * float(positive.min()), top=2.0 * float(bars.highest.max()))
    else:
        top = float(bars.highest.max())
        below = (bars.total - bars.error).min() < 0 or signed
        low = 1.15 * bars.lowest if below else 0.0
        axes.set_ylim(low, 1.1 * top if top > low else low + 1.0)
    above, under = np.zeros(bars.total.size), np.zeros(bars.total.size)
    for height, colour, name in reversed(list(_layers(bars, labels, above, under))):
        axes.stairs(
            height[1], edges, baseline=height[0], fill=True, facecolor=colour, alpha=0.9,
            linewidth=0, label=name, zorder=1,
        )  # fmt: skip
        if height[2].any():
            axes.stairs(
                height[3], edges, baseline=height[3] + height[2], fill=True, facecolor=colour,
                alpha=0.9, hatch="xxx", edgecolor="white", linewidth=0, zorder=1,
            )  # fmt: skip
    if signed:
        axes.axhline(0.0, color=INK, linewidth=0.8, zorder=3)
    axes.stairs(bars.total, edges, baseline=None, color=INK, linewidth=1.6, label=title, zorder=4)
    _draw_band(axes, bars.total, bars.error, edges, name="Uncertainty")
    if bars.masked.any():
        _shade(axes, bars, name="Masked")


def draw_points(axes: Axes, bars: Bars, scale: Float[np.ndarray, " bin"]) -> None:
    """Data with their Poisson intervals; on a logarithmic axis empty bins have the upper end."""
    value, low, high = bars.points
    shown = np.isfinite(value)
    uneven = np.ptp(scale) > 0
    half = 0.5 * np.diff(bars.edges)
    axes.errorbar(
        bars.centres[shown],
        value[shown],
        xerr=half[shown] if uneven else None,
        yerr=np.stack([value - low, high - value])[:, shown],
        fmt="o",
        markersize=4,
        color=INK,
        elinewidth=1.1,
        capsize=0,
        label="Data",
        zorder=5,
    )


def draw_ratio(axes: Axes, bars: Bars, *, title: str) -> None:
    """Data over the total, and the relative uncertainty of the total around one.

    Points out of range are arrows at the frame. A bin that expects nothing has no ratio.
    """
    known = bars.total > 0
    safe = np.where(known, bars.total, 1.0)
    ratio, low, high = np.where(known, bars.points / safe, np.nan)
    band = np.where(known, bars.error / safe, 0.0)
    farthest = np.nanmax(np.abs(np.stack([low, high, 1.0 + band])[:, known] - 1.0), initial=0.0)
    half = float(np.clip(1.15 * farthest, _NARROWEST, _WIDEST))
    axes.set_ylim(1.0 - half, 1.0 + half)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], prune="upper"))
    axes.set_ylabel(title if bars.observed is not None else "Relative", loc="center")
    axes.axhline(1.0, color=INK, linewidth=1.0, zorder=2)
    _draw_band(axes, np.where(known, 1.0, np.nan), band, bars.edges, name="")
    if bars.masked.any():
        _shade(axes, bars, name="")
    shown = np.isfinite(ratio)
    inside = shown & (np.abs(ratio - 1.0) <= half)
    axes.errorbar(
        bars.centres[inside],
        ratio[inside],
        yerr=np.stack([ratio - low, high - ratio])[:, inside],
        fmt="o",
        markersize=4,
        color=INK,
        elinewidth=1.1,
        capsize=0,
        zorder=5,
    )
    for sign, marker in ((1.0, "^"), (-1.0, "v")):
        beyond = shown & (sign * (ratio - 1.0) > half)
        place = np.full(int(beyond.sum()), 1.0 + sign * 0.92 * half)
        axes.plot(bars.centres[beyond], place, marker, color=COLOURS[2], markersize=6, zorder=5)


def _layers(
    bars: Bars,
    labels: Mapping[str, str],
    above: Float[np.ndarray, " bin"],
    under: Float[np.ndarray, " bin"],
) -> Iterator[tuple[Float[np.ndarray, "end bin"], str, str]]:
    """Of each sample, the largest first: ends of the part above zero, length and end of the other.

    Its colour and its name.
    """
    size = np.abs(bars.heights).sum(axis=1)
    order = np.argsort(-size, kind="stable")
    few = order if order.size <= _MOST_SAMPLES else order[: _MOST_SAMPLES - 1]
    rest = order[few.size :]
    longest = _LONGEST[0 if few.size <= _ONE_COLUMN else 1]
    parts = [
        (
            bars.heights[j],
            bars.colours[j],
            labels.get(bars.samples[j], shortened(bars.samples[j], longest)),
        )
        for j in few
    ]
    if rest.size:
        parts.append((bars.heights[rest].sum(axis=0), _OTHERS, f"{rest.size} others"))
    for height, colour, name in parts:
        up, down = np.maximum(height, 0.0), np.maximum(-height, 0.0)
        yield np.stack([above, above + up, down, -(under + down)]), colour, name
        above, under = above + up, under + down


def _draw_band(
    axes: Axes,
    total: Float[np.ndarray, " bin"],
    error: Float[np.ndarray, " bin"],
    edges: Float[np.ndarray, " edge"],
    *,
    name: str,
) -> None:
    if not (error > 0).any():
        return
    axes.stairs(
        total + error, edges, baseline=total - error, fill=True, facecolor="none",
        edgecolor=_GREY, hatch="//////", linewidth=0, label=name or None, zorder=3,
    )  # fmt: skip


def _shade(axes: Axes, bars: Bars, *, name: str) -> None:
    """Masked bins, from the lower end of the frame to the upper."""
    for place in np.flatnonzero(bars.masked):
        axes.axvspan(
            bars.edges[place], bars.edges[place + 1], color="#000000", alpha=0.07, linewidth=0,
            label=name or None, zorder=0,
        )  # fmt: skip
        name = ""
