"""Critical values of a test statistic, with their bands, and the statistic of the data."""

from collections.abc import Sequence

import numpy as np
import scipy.stats
from jaxtyping import Float
from matplotlib.figure import Figure

from statmodel.infer import LEVELS, LRS, CriticalCurve

from ._labels import readable
from ._style import COLOURS, INK, SIZE, styled


def critical_figure(
    curve: CriticalCurve,
    *,
    levels: Sequence[float] = LEVELS,
    data: tuple[Float[np.ndarray, " place"], Float[np.ndarray, " place"]] | None = None,
    label: str | None = None,
) -> Figure:
    """Where the data lie below a line, the hypothesis is in the confidence set of that level.

    Args:
        curve: critical values.
        levels: a line each, with a band of one standard deviation of the toys.
        data: hypotheses, and the statistic of the data there.
        label: how to write the parameter; LaTeX between dollars.
    """
    shown = readable(label or curve.poi, curve.poi)
    tops = [float(curve.critical(level).max()) for level in levels]
    lows = [float(curve.critical(level).min()) for level in levels]
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        for place, level in enumerate(levels):
            colour = COLOURS[place]
            low, high = curve.band(level)
            axes.fill_between(curve.mu, low, high, color=colour, alpha=0.3, linewidth=0)
            axes.plot(curve.mu, curve.critical(level), color=colour, label=f"{100 * level:.4g} %")
            if isinstance(curve.statistic, LRS):
                height = float(scipy.stats.chi2.ppf(level, 1))
                axes.axhline(height, color=colour, linestyle=":", linewidth=1)
        if data is not None:
            axes.plot(*data, color=INK, label="data")
        height = max(tops) - min(*lows, 0.0)
        axes.set_ylim(min(*lows, 0.0) - 0.1 * height, max(tops) + 0.5 * height)
        axes.set_xlim(curve.mu[0], curve.mu[-1])
        axes.set_xlabel(shown)
        axes.set_ylabel(curve.said)
        axes.legend(loc="best")
    return figure
