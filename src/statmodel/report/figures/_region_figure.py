"""Confidence regions of two parameters, statistics and levels side by side."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from statmodel.infer import ConfidenceRegion
from statmodel.report._statistic_names import statistic_name

from ._labels import readable, shortened
from ._style import COLOURS, SIZE, styled

_LINES = ("-", "--", ":", "-.")
_LONGEST = 28


def region_figure(
    found: Sequence[ConfidenceRegion], *, labels: tuple[str, str] | None = None
) -> Figure:
    """Draw the boundaries of regions: a colour a statistic, a kind of line a level.

    Args:
        found: regions of the same two parameters, one at least.
        labels: how to write the parameters; LaTeX between dollars.

    Raises:
        ValueError: there is no region, or they are of different parameters.
    """
    if len({one.pois for one in found}) != 1:
        msg = "region_figure: regions of the same two parameters are wanted"
        raise ValueError(msg)
    first = found[0]
    statistics = list(dict.fromkeys(one.statistic for one in found))
    levels = list(dict.fromkeys(one.level for one in found))
    x, y = (
        readable(label or name, name)
        for label, name in zip(labels or first.pois, first.pois, strict=True)
    )
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        for one in found:
            colour = COLOURS[statistics.index(one.statistic) % len(COLOURS)]
            line = _LINES[levels.index(one.level) % len(_LINES)]
            name = shortened(statistic_name(one.statistic), _LONGEST)
            said = f"{name}, {100 * one.level:.4g} %"
            axes.plot([], [], line, color=colour, label=said if one.polygons else f"{said}: empty")
            for ring in (ring for piece in one.polygons for ring in piece):
                axes.plot(*ring.T, line, color=colour, linewidth=1.8)
        axes.set_xlim(float(first.x[0]), float(first.x[-1]))
        axes.set_ylim(float(first.y[0]), float(first.y[-1]))
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.legend(frameon=False)
    return figure
