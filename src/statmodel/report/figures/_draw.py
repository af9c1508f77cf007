"""The strokes of the data picture: two panels, points, stacked or signed components, pulls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ._histogram import DataHistogram
from ._mixture import BinnedMixture
from ._style import COLOURS, INK, SIZE

_LOGARITHMIC_BEYOND = 200.0
"""Ratio of the largest to the smallest expectation from which the axis is logarithmic."""
_PULLS_SHOWN = 3.0
_NEGLIGIBLE = 1e-6
_LINES_OF_A_COLUMN = 6
_LINE_HEIGHT = 0.066
"""Of a line of the legend, as a share of the upper panel."""


@final
@dataclass(frozen=True, eq=False)
class Panels:
    """A figure with a panel for events and one for pulls."""

    figure: Figure
    main: Axes
    pulls: Axes

    def say(self, line: str) -> None:
        """A sentence in the upper panel, below those that stand there."""
        place = 0.93 - 0.07 * sum(text.get_text().count("\n") + 1 for text in self.main.texts)
        self.main.text(
            0.04, place, line, transform=self.main.transAxes, va="top", color="#bd1f01", fontsize=11
        )

    def legend(self, edges: Float[np.ndarray, " edge"], tops: Float[np.ndarray, " bin"]) -> None:
        """The names of everything drawn, data first, above what is drawn on the freer side.

        Args:
            edges: of the bins.
            tops: the highest stroke in each bin.
        """
        handles, names = self.main.get_legend_handles_labels()
        if not handles:
            return
        order = sorted(range(len(names)), key=lambda i: names[i] != "Data")
        columns = 1 if len(names) <= _LINES_OF_A_COLUMN else 2
        share = (edges[1:] - edges[0]) / (edges[-1] - edges[0])
        width = 0.45 if columns == 1 else 0.7
        right, left = share > 1.0 - width, share - np.diff(share, prepend=0.0) < width
        sentences = bool(self.main.texts)  # they stand at the left
        to_the_left = not sentences and float(tops[left].max()) < 0.7 * float(tops[right].max())
        covered = float(tops[left if to_the_left else right].max())
        lines = -(-len(names) // columns)
        _raise_above(self.main, covered, free=_LINE_HEIGHT * (lines + 1))
        self.main.legend(
            [handles[i] for i in order],
            [names[i] for i in order],
            ncols=columns,
            loc="upper left" if to_the_left else "upper right",
        )


def panels(
    *, x_label: str, y_label: str, title: str, subtitle: str, limits: tuple[float, float]
) -> Panels:
    """An empty picture."""
    figure = Figure(figsize=SIZE, layout="constrained")
    grid = figure.add_gridspec(2, 1, height_ratios=[3.2, 1.0], hspace=0.0)
    main = figure.add_subplot(grid[0])
    pulls = figure.add_subplot(grid[1], sharex=main)
    main.set_title(title, loc="left", fontsize=13, fontweight="bold")
    main.set_title(subtitle, loc="right", fontsize=11)
    main.set_ylabel(y_label)
    main.tick_params(labelbottom=False)
    main.set_xlim(*limits)
    pulls.set_xlabel(x_label)
    pulls.set_ylabel("Pull", loc="center")
    pulls.set_ylim(-_PULLS_SHOWN - 0.5, _PULLS_SHOWN + 0.5)
    pulls.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, symmetric=True))
    return Panels(figure, main, pulls)


def draw_data(drawn: Panels, counted: DataHistogram, *, width: float) -> None:
    """Points with error bars; on a logarithmic axis empty bins have none."""
    scale = width / np.diff(counted.edges)
    logarithmic = drawn.main.get_yscale() == "log"
    shown = counted.counts > 0 if logarithmic else np.ones(counted.counts.size, bool)
    half = 0.5 * np.diff(counted.edges)
    top = float(((counted.counts + counted.upper) * scale).max())
    drawn.main.errorbar(
        _centres(counted.edges)[shown],
        (counted.counts * scale)[shown],
        xerr=np.where(half > 0.5001 * width, half, 0.0)[shown],  # joined bins show their width
        yerr=np.stack([counted.lower * scale, counted.upper * scale])[:, shown],
        fmt="o",
        markersize=4,
        color=INK,
        elinewidth=1.1,
        capsize=0,
        label="Data",
        zorder=5,
    )
    _make_room(drawn.main, top, float(((counted.counts - counted.lower) * scale).min()))


def draw_mixture(
    drawn: Panels,
    mixture: BinnedMixture,
    *,
    edges: Float[np.ndarray, " edge"],
    width: float,
    labels: Mapping[str, str],
) -> None:
    """Components stacked where none is negative, else as lines; their total; its band."""
    scale = width / np.diff(edges)
    heights, total = mixture.counts * scale, mixture.total * scale
    size = np.abs(mixture.counts).sum(axis=1)
    kept = [j for j in range(len(mixture.processes)) if size[j] > _NEGLIGIBLE * size.sum()]
    names = [labels.get(mixture.processes[j], mixture.processes[j]) for j in kept]
    signed = bool((heights < -_NEGLIGIBLE * np.abs(heights).max()).any())
    positive = total[total > 0]
    if positive.size and positive.max() > _LOGARITHMIC_BEYOND * positive.min():
        drawn.main.set_yscale("log")
        drawn.main.set_ylim(bottom=0.2 * float(positive.min()))
    if len(kept) > 1 and signed:
        _draw_signed(drawn.main, heights[kept], edges, names)
    elif len(kept) > 1:
        _draw_stack(drawn.main, heights[kept], edges, names)
    drawn.main.stairs(total, edges, color=INK, linewidth=1.8, label="Fit", zorder=4)
    _draw_band(drawn.main, total, mixture.simulation_error * scale, edges)
    _make_room(drawn.main, float(total.max()))


def draw_pulls(
    drawn: Panels, counted: DataHistogram, mixture: BinnedMixture, *, shown: bool
) -> None:
    """Distances of the data from the fit, over bands of one and two standard deviations."""
    axes = drawn.pulls
    for sigma, shade in ((2.0, "#eeeeee"), (1.0, "#dcdcdc")):
        axes.axhspan(-sigma, sigma, color=shade, linewidth=0, zorder=0)
    axes.axhline(0.0, color=INK, linewidth=1.0)
    pulls = counted.pulls(mixture.total)
    if not shown or not np.isfinite(pulls).any():
        return
    axes.plot(_centres(counted.edges), pulls, "o", markersize=4, color=INK, label="pulls")
    farthest = max(_PULLS_SHOWN, float(np.nanmax(np.abs(pulls))))
    axes.set_ylim(-farthest - 0.5, farthest + 0.5)


def _draw_stack(
    axes: Axes,
    heights: Float[np.ndarray, "process bin"],
    edges: Float[np.ndarray, " edge"],
    names: list[str],
) -> None:
    """The largest at the bottom; the legend reads from top to bottom as the picture does."""
    order = np.argsort(-heights.sum(axis=1), kind="stable")
    tops = np.cumsum(heights[order], axis=0)
    for level in reversed(range(len(order))):
        j = int(order[level])
        below = tops[level - 1] if level else np.zeros(edges.size - 1)
        axes.stairs(
            tops[level], edges, baseline=below, fill=True, color=_colour(j), alpha=0.85,
            linewidth=0, label=names[j], zorder=1,
        )  # fmt: skip


def _draw_signed(
    axes: Axes,
    heights: Float[np.ndarray, "process bin"],
    edges: Float[np.ndarray, " edge"],
    names: list[str],
) -> None:
    """A line each; on a logarithmic axis what is negative stands dashed, as its size."""
    logarithmic = axes.get_yscale() == "log"
    for j, height in enumerate(heights):
        negative = bool((height < 0).any())
        if not logarithmic:
            axes.stairs(
                height, edges, baseline=None, color=_colour(j), linewidth=1.6, label=names[j]
            )
            continue
        name = f"{names[j]} (dashed: negative)" if negative else names[j]
        _draw_part(
            axes, np.where(height > 0, height, np.nan), edges, index=j, dashes="-", name=name
        )
        if negative:
            name = "" if (height > 0).any() else name
            _draw_part(
                axes, np.where(height < 0, -height, np.nan), edges, index=j, dashes="--", name=name
            )
    if not logarithmic:
        axes.axhline(0.0, color=INK, linewidth=0.8)
        axes.set_ylim(bottom=1.15 * float(min(heights.min(), 0.0)))


def _draw_part(
    axes: Axes,
    height: Float[np.ndarray, " bin"],
    edges: Float[np.ndarray, " edge"],
    *,
    index: int,
    dashes: str,
    name: str,
) -> None:
    if np.isfinite(height).any():
        axes.stairs(
            height, edges, baseline=None, color=_colour(index), linestyle=dashes, linewidth=1.6,
            label=name or None,
        )  # fmt: skip


def _draw_band(
    axes: Axes,
    total: Float[np.ndarray, " bin"],
    error: Float[np.ndarray, " bin"],
    edges: Float[np.ndarray, " edge"],
) -> None:
    if not (error > 0).any():
        return
    axes.stairs(
        total + error, edges, baseline=total - error, fill=True, facecolor="none",
        edgecolor="#717581", hatch="//////", linewidth=0, label="Simulation stat.", zorder=3,
    )  # fmt: skip


def _make_room(axes: Axes, top: float, bottom: float = 0.0) -> None:
    """The axis from zero, or from `bottom` below it; its upper end never comes down."""
    if top <= 0:
        return
    begun = axes.get_autoscaley_on()  # false once limits were set
    low, high = axes.get_ylim()
    if axes.get_yscale() == "log":
        axes.set_ylim(top=max(high, top * (top / low) ** 0.08))
    else:
        axes.set_ylim(
            min(0.0 if begun else low, 1.1 * bottom), max(0.0 if begun else high, 1.1 * top)
        )


def _raise_above(axes: Axes, height: float, *, free: float) -> None:
    """Raise the upper end so that `height` leaves that share of the axis free above it."""
    low, high = axes.get_ylim()
    if axes.get_yscale() == "log":
        if height > low:
            axes.set_ylim(top=max(high, low * (height / low) ** (1.0 / (1.0 - free))))
    else:
        axes.set_ylim(top=max(high, low + (height - low) / (1.0 - free)))


def _centres(edges: Float[np.ndarray, " edge"]) -> Float[np.ndarray, " bin"]:
    return 0.5 * (edges[:-1] + edges[1:])


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]
