"""Critical values of a test statistic, with their bands, and the statistic of the data."""

from collections.abc import Sequence

import numpy as np
import scipy.stats
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from statmodel.infer import LEVELS, LRS, ConfidenceSet, CriticalCurve, Intervals, ObservedStatistics
from statmodel.report._statistic_names import statistic_name

from ._labels import readable, shortened
from ._style import COLOURS, INK, SIZE, styled

Along = tuple[Float[np.ndarray, " place"], Float[np.ndarray, " place"]]
"""Hypotheses, and a statistic there."""
_LONGEST = 24
_PANEL = 2.9
"""Inches of height."""
_PALE = 0.2
_BEYOND = 1.6
"""What is shown beyond the widest set, as a multiple of its last end."""


def critical_figure(
    curve: CriticalCurve,
    *,
    levels: Sequence[float] = LEVELS,
    data: Along | None = None,
    label: str | None = None,
) -> Figure:
    r"""Where the data lie below a line, the hypothesis is in the confidence set of that level.

    Dotted beside critical values of the likelihood ratio: quantiles of :math:`\chi^2` with one
    degree of freedom.

    Args:
        curve: critical values.
        levels: a line each, with a band of one standard deviation of the toys.
        data: hypotheses, and the statistic of the data there.
        label: how to write the parameter; LaTeX between dollars.
    """
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        _draw(axes, curve, levels, data)
        axes.set_xlim(curve.mu[0], curve.mu[-1])
        _scale(axes, curve, levels, data, (float(curve.mu[0]), float(curve.mu[-1])))
        axes.set_xlabel(readable(label or curve.poi, curve.poi))
        axes.legend(loc="best")
    return figure


def observed_figure(
    found: Intervals, data: ObservedStatistics, *, label: str | None = None
) -> Figure:
    """Every statistic of the data with its critical values; confidence sets are shaded.

    Hypotheses are shown to a little beyond the widest set.

    Args:
        found: confidence sets, with critical values.
        data: the same statistics, in the same order, at hypotheses along the curves.
        label: how to write the parameter; LaTeX between dollars.

    Raises:
        ValueError: the statistics are not those of the curves.
    """
    if [one.said for one in found.curves] != [one.statistic for one in data.statistics]:
        msg = "observed_figure: the statistics of the data are not those of the confidence sets"
        raise ValueError(msg)
    levels = tuple(dict.fromkeys(one.level for one in found.sets))
    count = len(found.curves)
    ends, limits = _shown(found)
    with styled():
        size = SIZE[0], max(SIZE[1], 0.6 + _PANEL * count)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
        for place, (axes, curve, one) in enumerate(
            zip(panels, found.curves, data.statistics, strict=True)
        ):
            _draw(axes, curve, levels, (data.mu, one.values))
            axes.set_xlim(*limits)
            _scale(axes, curve, levels, (data.mu, one.values), ends)
            mine = found.sets[place * len(levels) : (place + 1) * len(levels)]
            for colour, each in sorted(
                zip(COLOURS, mine, strict=False), key=lambda pair: -pair[1].level
            ):
                _shade(axes, each, colour)
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=2, frameon=False)
        figure.align_ylabels(panels)
        panels[-1].set_xlabel(readable(label or data.poi, data.poi))
    return figure


def _shown(found: Intervals) -> tuple[tuple[float, float], tuple[float, float]]:
    """From where to where sets are, and what is shown about them; all where there is none."""
    first = found.curves[0]
    low, high = float(first.mu[0]), float(first.mu[-1])
    ends = [end for one in found.sets for pair in one.intervals for end in pair]
    if not ends:
        return (low, high), (low, high)
    away = (_BEYOND - 1.0) * max(max(ends) - min(ends), (high - low) / (first.mu.size - 1))
    shown = max(low, min(ends) - away), min(high, max(ends) + away)
    return (min(ends), max(ends)), shown


def _draw(axes: Axes, curve: CriticalCurve, levels: Sequence[float], data: Along | None) -> None:
    for colour, level in zip(COLOURS, levels, strict=False):
        values, (low, high) = curve.critical(level), curve.band(level)
        axes.fill_between(curve.mu, low, high, color=colour, alpha=0.3, linewidth=0)
        axes.plot(curve.mu, values, color=colour, label=f"critical, {100 * level:.4g} %")
        if isinstance(curve.statistic, LRS):
            height = float(scipy.stats.chi2.ppf(level, 1))
            axes.axhline(height, color=colour, linestyle=":", linewidth=1)
    if isinstance(curve.statistic, LRS):
        axes.plot([], [], color=INK, linestyle=":", linewidth=1, label=r"quantiles of $\chi^2_1$")
    if data is not None:
        axes.plot(*data, color=INK, label="data")
    axes.set_ylabel(shortened(statistic_name(curve.said), _LONGEST))


def _scale(
    axes: Axes,
    curve: CriticalCurve,
    levels: Sequence[float],
    data: Along | None,
    ends: tuple[float, float],
) -> None:
    """Everything between these ends can be seen, but for data far above critical values."""
    values = [one for level in levels for one in _within(ends, curve.mu, curve.critical(level))]
    if isinstance(curve.statistic, LRS):
        values += [float(scipy.stats.chi2.ppf(level, 1)) for level in levels]
    low, high = min([0.0, *values]), max([0.0, *values])
    if data is not None:
        low = min([low, *_within(ends, *data)])
    reach = high - low or 1.0
    axes.set_ylim(low - 0.1 * reach, high + 0.35 * reach)


def _within(
    ends: tuple[float, float],
    mu: Float[np.ndarray, " place"],
    values: Float[np.ndarray, " place"],
) -> list[float]:
    return values[(mu >= ends[0]) & (mu <= ends[1]) & np.isfinite(values)].tolist()


def _shade(axes: Axes, one: ConfidenceSet, colour: str) -> None:
    for low, high in one.intervals:
        pale = 1.0 - _PALE * (1.0 - np.array(to_rgb(colour)))
        axes.axvspan(low, high, color=tuple(pale.tolist()), linewidth=0, zorder=0)
        for end in (low, high):
            axes.axvline(end, color=colour, linewidth=0.8, linestyle="--", zorder=1)
