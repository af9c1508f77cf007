"""Test statistics of the observed data, side by side, before any toy."""

import numpy as np
from matplotlib.figure import Figure

from statmodel.infer import ObservedStatistics
from statmodel.report._statistic_names import statistic_name

from ._labels import readable, shortened
from ._style import COLOURS, INK, SIZE, styled

_LONGEST = 24
_HIGHEST = 15.0
_DASHES = ("-", "--", "-.", ":")


def statistics_figure(found: ObservedStatistics, *, label: str | None = None) -> Figure:
    """LRS and FTS of the data against the hypothesis.

    All are one curve, twice the negative log likelihood, at different heights: only critical values
    (:func:`observed_figure`) make them differ. Marks: where each has its reference, the best fit of
    the likelihood ratio and the top of likelihood times focus of the others.

    Args:
        found: at hypotheses in order.
        label: how to write the parameter; LaTeX between dollars.
    """
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        axes.axhline(0.0, color=INK, linewidth=0.8)
        lows, highs = [0.0], [1.0]
        for place, one in enumerate(found.statistics):
            known = np.isfinite(one.values)
            name = shortened(statistic_name(one.statistic), _LONGEST)
            if not known.any():
                axes.plot([], [], " ", label=f"{name}: not found")
                continue
            colour = COLOURS[place % len(COLOURS)]
            dashes = _DASHES[place % len(_DASHES)]
            axes.plot(found.mu, one.values, color=colour, linestyle=dashes, label=name)
            if found.mu[0] <= one.top <= found.mu[-1]:
                at = float(np.interp(one.top, found.mu, one.values))
                axes.plot([one.top], [at], "o", color=colour, markersize=5)
            lows.append(float(one.values[known].min()))
            highs.append(float(one.values[known].max()))
        low, high = min(lows), min(max(highs), min(lows) + _HIGHEST)
        axes.set_ylim(low - 0.08 * (high - low), high + 0.08 * (high - low))
        if found.mu.size > 1:
            axes.set_xlim(found.mu.min(), found.mu.max())
        axes.set_xlabel(readable(label or found.poi, found.poi))
        axes.set_ylabel("test statistic of the data")
        axes.legend(loc="best")
    return figure
