"""The distribution of a test statistic under some hypotheses, from weighted toys."""

from collections.abc import Sequence

import numpy as np
import scipy.stats
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from statmodel.infer import LEVELS, LRS, CriticalCurve
from statmodel.report._statistic_names import statistic_name

from ._labels import readable, shortened
from ._style import COLOURS, INK, SIZE, styled

_BINS = 40
_REACH = 0.9995
"""The share of the toys that is shown at least on either side."""
_LONGEST = 24
_PANEL = 2.6
_DEEP = 1e-5


def statistic_figure(
    curve: CriticalCurve,
    at: Sequence[float],
    *,
    levels: Sequence[float] = LEVELS,
    label: str | None = None,
) -> Figure:
    r"""Draw densities of a statistic, with its critical values as lines.

    Errors are those of the weights. Beside the likelihood ratio stands :math:`\chi^2` with one
    degree of freedom, averaged over each bin.

    Args:
        curve: with its toys.
        at: hypotheses, a panel each; the nearest of the curve are taken.
        levels: whose critical values are drawn.
        label: how to write the parameter; LaTeX between dollars.

    Raises:
        ValueError: there is no hypothesis.
    """
    places = list(dict.fromkeys(int(np.abs(curve.mu - one).argmin()) for one in at))
    if not places:
        msg = "statistic_figure(at=...): at least one hypothesis is wanted"
        raise ValueError(msg)
    shown = readable(label or curve.poi, curve.poi)
    with styled():
        size = SIZE[0], max(SIZE[1], 0.6 + _PANEL * len(places))
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(len(places), 1, squeeze=False)[:, 0]
        for axes, place in zip(panels, places, strict=True):
            _draw(axes, curve, place, levels)
            axes.set_title(f"{shown} = {curve.mu[place]:.4g}", loc="left", fontsize=13)
            axes.set_ylabel("density")
        panels[0].legend(loc="upper right")
        panels[-1].set_xlabel(shortened(statistic_name(curve.said), _LONGEST))
    return figure


def _draw(axes: Axes, curve: CriticalCurve, place: int, levels: Sequence[float]) -> None:
    values, weights = curve.distribution.toys(place)
    judged = np.isfinite(values) & (weights > 0)
    critical = [float(curve.critical(level)[place]) for level in levels]
    edges = _edges(values[judged], weights[judged], critical)
    if isinstance(curve.statistic, LRS):
        edges = np.linspace(0.0, edges[-1], _BINS + 1)
    width = np.diff(edges)
    share = weights[judged] / weights.sum()
    height = np.histogram(values[judged], edges, weights=share)[0] / width
    error = np.sqrt(np.histogram(values[judged], edges, weights=share**2)[0]) / width
    axes.stairs(
        height + error, edges, baseline=np.maximum(height - error, 0.0), fill=True, color=INK,
        alpha=0.25, linewidth=0,
    )  # fmt: skip
    axes.stairs(height, edges, color=INK, linewidth=1.4, label="toys, weighted")
    if isinstance(curve.statistic, LRS):
        theirs = np.diff(scipy.stats.chi2.cdf(edges, 1)) / width
        axes.stairs(theirs, edges, color=COLOURS[9], linewidth=1.4, linestyle="--", baseline=None,
                    label=r"$\chi^2_1$")  # fmt: skip
    for colour, level, at in zip(COLOURS, levels, critical, strict=False):
        if np.isfinite(at):
            axes.axvline(at, color=colour, label=f"critical, {100 * level:.4g} %")
    lost = 1.0 - float(share.sum())
    if lost > _DEEP:
        axes.plot([], [], " ", label=f"{100 * lost:.2g} % cannot be judged")
    axes.set_yscale("log")
    top = float(height.max())
    lowest = float(height[height > 0].min())
    axes.set_ylim(max(0.5 * lowest, _DEEP * top), 6.0 * top)
    axes.set_xlim(edges[0], edges[-1])


def _edges(
    values: Float[np.ndarray, " toy"],
    weights: Float[np.ndarray, " toy"],
    critical: Sequence[float],
) -> Float[np.ndarray, " edge"]:
    order = np.argsort(values)
    below = np.cumsum(weights[order]) / weights.sum()
    low = float(values[order][int(np.searchsorted(below, 1.0 - _REACH))])
    high = float(values[order][min(int(np.searchsorted(below, _REACH)), values.size - 1)])
    high = max([high, *(one for one in critical if np.isfinite(one))])
    return np.linspace(low, high + 0.05 * max(high - low, 1e-3), _BINS + 1)
