r"""Contours of :math:`-2\,\Delta\ln L` over two parameters, all others fitted."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from statmodel.infer import Contours

from ._labels import readable
from ._style import COLOURS, SIZE, styled

_LINES = ("-", "--", ":", "-.")
_DEEP = "#9cc7ec"
_TOP = 1.6
"""Colours end at this multiple of the highest level."""


def contour_figure(found: Contours, *, labels: tuple[str, str] | None = None) -> Figure:
    """Draw the contours, the best fit, and how high it is between; failed places are crosses.

    Args:
        found: of two parameters.
        labels: how to write the parameters; LaTeX between dollars.
    """
    names = [
        readable(label or name, name)
        for label, name in zip(labels or found.over, found.over, strict=True)
    ]
    t, x, y = np.asarray(found.t), np.asarray(found.x), np.asarray(found.y)
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        pale = LinearSegmentedColormap.from_list("pale", [_DEEP, "white"])
        top = _TOP * max(found.heights, default=6.0)
        drawn = axes.pcolormesh(
            x, y, np.ma.masked_invalid(t), cmap=pale, vmin=0.0, vmax=top, shading="nearest",
            rasterized=True,
        )  # fmt: skip
        bar = figure.colorbar(drawn, ax=axes, extend="max")
        bar.set_label(r"$-2\,\Delta\ln L$")
        _draw_lines(axes, found)
        axes.plot(*found.best, "+", color="black", markersize=12, markeredgewidth=2, zorder=6,
                  label="best fit")  # fmt: skip
        _draw_failures(axes, found)
        axes.set_xlim(float(x[0]), float(x[-1]))
        axes.set_ylim(float(y[0]), float(y[-1]))
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        axes.legend(loc="upper right", frameon=True, framealpha=0.85, edgecolor="none")
    return figure


def _draw_lines(axes: Axes, found: Contours) -> None:
    for number, level in enumerate(found.levels):
        label = f"{100 * level:.4g} %"
        for line in found.lines(level):
            axes.plot(
                *line.T, _LINES[number % len(_LINES)], color=COLOURS[2], linewidth=1.8, zorder=4,
                label=label,
            )  # fmt: skip
            label = None  # one entry of the legend for all pieces


def _draw_failures(axes: Axes, found: Contours) -> None:
    row, column = np.nonzero(~np.isfinite(np.asarray(found.t)))
    if row.size:
        axes.plot(
            np.asarray(found.x)[column], np.asarray(found.y)[row], "x", color=COLOURS[2],
            markersize=4, zorder=5, label=f"{row.size} fits failed",
        )  # fmt: skip
