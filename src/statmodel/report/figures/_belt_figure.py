"""The confidence belt of a test statistic against the best fit."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from statmodel.infer import Belt, ConfidenceSet
from statmodel.report._statistic_names import statistic_name

from ._labels import readable, shortened
from ._style import COLOURS, INK, SIZE, styled

_GROUP = 60
"""Toys side by side."""
_LONGEST = 24
_SCATTER = (0.16, 0.5, 0.84)


def belt_figure(
    found: Belt,
    *,
    data: tuple[float, Sequence[ConfidenceSet]] | None = None,
    label: str | None = None,
) -> Figure:
    r"""What each hypothesis accepts, in the best fit: read upwards, the confidence set of data.

    Lines are medians of the first and last ends of the sets of toys that have nearly the same best
    fit, bands hold 68 % of these ends. A test that looks at the best fit only has no bands; a wide
    one means that data of the same best fit may have rather different sets. Toys at a bound are a
    group of their own, and empty sets have no ends.

    Args:
        found: sets of toys.
        data: the best fit, and the confidence sets, of the data; those of the belt's levels count.
        label: how to write the parameter; LaTeX between dollars.
    """
    shown = readable(label or found.poi, found.poi)
    groups = list(_groups(found.best))
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        axes.plot(found.span, found.span, ":", color=COLOURS[9], linewidth=1.0)
        x = np.array([float(np.median(found.best[one])) for one in groups])
        for colour, level, *ends in zip(
            COLOURS, found.levels, found.lower, found.upper, strict=False
        ):
            for place, each in enumerate(ends):
                _draw(axes, x, each, groups, colour, "" if place else f"{100 * level:.4g} %")
        if data is not None:
            _draw_data(axes, found, *data)
        empty = [float((one == 0).mean()) for one in found.pieces]
        if any(empty):
            axes.plot([], [], " ", label=f"empty: {', '.join(f'{100 * e:.2g} %' for e in empty)}")
        axes.set_xlim(*found.span)
        axes.set_ylim(*found.span)
        axes.set_xlabel(f"best fit of {shown}")
        axes.set_ylabel(f"{shown} ({shortened(statistic_name(found.statistic), _LONGEST)})")
        axes.legend(loc="best")
    return figure


def _groups(best: Float[np.ndarray, " toy"]) -> Iterator[Int[np.ndarray, " _"]]:
    """Toys of nearly the same best fit, in order; those that are the same are together."""
    order = np.argsort(best, kind="stable")
    ties = np.flatnonzero(np.diff(best[order], prepend=-np.inf) > 0)
    begin = 0
    for end in [*ties.tolist(), order.size]:
        if end - begin >= _GROUP or (end == order.size and end > begin):
            yield order[begin:end]
            begin = end


def _draw(
    axes: Axes,
    x: Float[np.ndarray, " group"],
    ends: Float[np.ndarray, " toy"],
    groups: Sequence[Int[np.ndarray, " _"]],
    colour: str,
    name: str,
) -> None:
    known = [ends[one][np.isfinite(ends[one])] for one in groups]
    low, middle, high = np.array(
        [np.quantile(one, _SCATTER) if one.size else np.full(3, np.nan) for one in known]
    ).T
    axes.fill_between(x, low, high, color=colour, alpha=0.3, linewidth=0)
    axes.plot(x, middle, color=colour, label=name or None)


def _draw_data(axes: Axes, found: Belt, best: float, sets: Sequence[ConfidenceSet]) -> None:
    axes.axvline(best, color=INK, linewidth=1.0, linestyle="--", label="data")
    for colour, level in zip(COLOURS, found.levels, strict=False):
        for one in sets:
            if one.level == level and one.statistic == found.statistic:
                for low, high in one.intervals:
                    axes.plot([best, best], [low, high], "_", color=colour, markersize=14,
                              markeredgewidth=2.5, zorder=5, clip_on=False)  # fmt: skip
