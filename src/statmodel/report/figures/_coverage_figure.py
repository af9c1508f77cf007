"""Coverage and lengths of confidence sets against the true value, statistics side by side."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from statmodel.infer import CoverageCertificate, SetsAt
from statmodel.report._statistic_names import statistic_name

from ._labels import readable, shortened
from ._style import COLOURS, INK, SIZE, styled

Regions = Sequence[tuple[float, float]]
_LONGEST = 28
_PANEL = 2.8
_WIDE, _SIGN = 64, 5
"""Letters in a line of the legend, and those that a sign takes."""
_MARKERS = "osD^vP"
_APART = 0.008
"""Between points of one truth, as a share of the axis."""
_PLACES = 101
_CUT = 0.01
"""A share of sets that reach the last hypothesis, from which their lengths are said to be cut."""


class _Series(NamedTuple):
    """Rows of one statistic and one choice of nuisance parameters, in order of the truth."""

    name: str
    colour: str
    marker: str
    rows: tuple[SetsAt, ...]


def coverage_figure(found: CoverageCertificate, *, label: str | None = None) -> Figure:
    """Draw the share of toys whose set holds the truth, with 68 % intervals; a panel a level.

    The bands are one and two standard deviations of the binomial about nominal coverage, and lines
    with bands of their own the smooth surface through the points.

    Args:
        found: the certificate.
        label: how to write the parameter; LaTeX between dollars.
    """
    levels = list(dict.fromkeys(row.level for row in found.rows))
    with styled():
        size = SIZE[0], max(SIZE[1], 0.8 + _PANEL * len(levels))
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(len(levels), 1, sharex=True, squeeze=False)[:, 0]
        for axes, level in zip(panels, levels, strict=True):
            series = _series(found, level)
            _draw_surfaces(axes, found, level, series)
            _draw_coverage(axes, level, series)
        panels[-1].set_xlabel(f"true {readable(label or found.poi, found.poi)}")
        _legend(figure, panels[0])
    return figure


def lengths_figure(
    found: CoverageCertificate,
    *,
    level: float,
    foci: Mapping[str, Regions] | None = None,
    label: str | None = None,
) -> Figure:
    """Draw mean lengths with their errors, and below relative to the first statistic.

    Ratios have no errors here: the statistics share their toys, so that theirs are smaller than
    those of the lengths. Hollow points: more than 1 % of the sets reach the last hypothesis, where
    they are cut.

    Args:
        found: the certificate.
        level: of the sets.
        foci: of statistics by name, the region where their focus is, which is shaded.
        label: how to write the parameter; LaTeX between dollars.

    Raises:
        ValueError: the certificate has no set of that level.
    """
    series = _series(found, level)
    if not series:
        msg = f"lengths_figure(level={level:g}): the certificate has no set of that level"
        raise ValueError(msg)
    with styled():
        figure = Figure(figsize=(SIZE[0], 1.15 * SIZE[1]), layout="constrained")
        grid = figure.add_gridspec(2, 1, height_ratios=[1.6, 1.0], hspace=0.0)
        main = figure.add_subplot(grid[0])
        ratio = figure.add_subplot(grid[1], sharex=main)
        main.tick_params(labelbottom=False)
        ends = _limits(series)
        colours = {one.rows[0].statistic: one.colour for one in series}
        for statistic, regions in (foci or {}).items():
            for axes in (main, ratio):
                _shade(axes, regions, colours[statistic])
        for place, one in enumerate(series):
            _draw_lengths(main, one, _offset(place, len(series), ends))
            _draw_ratio(ratio, one, series)
        if foci:
            main.plot([], [], "s", color=COLOURS[8], alpha=0.4, markersize=9, label="focus, 68 %")
        if any(row.at_end > _CUT for one in series for row in one.rows):
            main.plot([], [], "o", color=INK, fillstyle="none", markersize=5, label="cut at end")
        main.set_xlim(*ends)
        main.set_ylim(0.0, 1.15 * main.get_ylim()[1])
        main.set_ylabel(f"mean length, {100 * level:.4g} %")
        first = shortened(statistic_name(found.rows[0].statistic), _LONGEST)
        ratio.axhline(1.0, color=INK, linewidth=0.8)
        ratio.set_ylabel(f"relative to {first}", loc="center")
        ratio.set_xlabel(f"true {readable(label or found.poi, found.poi)}")
        _legend(figure, main)
    return figure


def _shade(axes: Axes, regions: Regions, colour: str) -> None:
    for low, high in regions:
        axes.axvspan(low, high, color=colour, alpha=0.12, linewidth=0, zorder=0)


def _series(found: CoverageCertificate, level: float) -> list[_Series]:
    rows = [row for row in found.rows if row.level == level]
    statistics = list(dict.fromkeys(row.statistic for row in rows))
    elsewhere = list(dict.fromkeys(_nuisances(row) for row in rows))
    made: list[_Series] = []
    for place, statistic in enumerate(statistics):
        for other, nuisances in enumerate(elsewhere):
            mine = [r for r in rows if r.statistic == statistic and _nuisances(r) == nuisances]
            if mine:
                name = shortened(statistic_name(statistic), _LONGEST)
                made.append(
                    _Series(
                        f"{name}, {nuisances}" if nuisances else name,
                        COLOURS[place % len(COLOURS)],
                        _MARKERS[other % len(_MARKERS)],
                        tuple(sorted(mine, key=lambda row: row.mu)),
                    )
                )
    return made


def _nuisances(row: SetsAt) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in row.nuisances.items())


def _limits(series: Iterable[_Series]) -> tuple[float, float]:
    truths = [row.mu for one in series for row in one.rows]
    away = 0.06 * (max(truths) - min(truths)) or 0.5
    return min(truths) - away, max(truths) + away


def _offset(place: int, count: int, ends: tuple[float, float]) -> float:
    """Of one statistic's points, so that none hides another."""
    return (place - 0.5 * (count - 1)) * _APART * (ends[1] - ends[0])


def _draw_coverage(axes: Axes, level: float, series: Sequence[_Series]) -> None:
    ends = _limits(series)
    sigma = np.sqrt(level * (1 - level) / min(r.covered.toys for s in series for r in s.rows))
    for many, shade in ((2.0, "#eeeeee"), (1.0, "#dcdcdc")):
        axes.axhspan(level - many * sigma, level + many * sigma, color=shade, linewidth=0, zorder=0)
    axes.axhline(level, color=INK, linewidth=1.0, zorder=1)
    reach = 4.0 * sigma
    for place, one in enumerate(series):
        value = np.array([row.covered.probability for row in one.rows])
        low, high = np.array([row.covered.interval for row in one.rows]).T
        reach = max(reach, 1.1 * float(np.abs(np.stack([low, high]) - level).max()))
        axes.errorbar(
            np.array([row.mu for row in one.rows]) + _offset(place, len(series), ends),
            value,
            yerr=np.maximum(np.stack([value - low, high - value]), 0.0),
            fmt=one.marker,
            color=one.colour,
            markersize=5,
            elinewidth=1.2,
            capsize=0,
            label=one.name,
        )
    axes.set_xlim(*ends)
    axes.set_ylim(level - reach, min(level + reach, 1.0 + 0.1 * reach))
    axes.set_ylabel(f"coverage, {100 * level:.4g} %")


def _draw_surfaces(
    axes: Axes, found: CoverageCertificate, level: float, series: Sequence[_Series]
) -> None:
    surfaces = {one.statistic: one for one in found.surfaces if one.level == level}
    for one in series:
        first, last = one.rows[0], one.rows[-1]
        surface = surfaces.get(first.statistic)
        if surface is None or found.poi not in surface.names:
            continue
        mu = np.linspace(first.mu, last.mu, _PLACES)
        at = {**first.nuisances, found.poi: mu}
        axes.plot(mu, surface.probability(at), color=one.colour, linewidth=1.0, alpha=0.7)
        low, high = surface.band(at)
        axes.fill_between(mu, low, high, color=one.colour, alpha=0.15, linewidth=0)


def _draw_lengths(axes: Axes, one: _Series, offset: float) -> None:
    mu = np.array([row.mu for row in one.rows]) + offset
    length = np.array([row.length for row in one.rows])
    error = np.array([row.length_error for row in one.rows])
    cut = np.array([row.at_end > _CUT for row in one.rows])
    axes.plot(mu, length, color=one.colour, linewidth=1.0, alpha=0.6)
    axes.errorbar(mu, length, yerr=error, fmt="none", ecolor=one.colour, elinewidth=1.2)
    axes.plot([], [], one.marker, color=one.colour, markersize=5, label=one.name)
    for some, fill in ((~cut, "full"), (cut, "none")):
        axes.plot(
            mu[some], length[some], one.marker, color=one.colour, markersize=5, fillstyle=fill
        )


def _draw_ratio(axes: Axes, one: _Series, series: Sequence[_Series]) -> None:
    base = {(row.mu, _nuisances(row)): row.length for s in series for row in s.rows
            if row.statistic == series[0].rows[0].statistic}  # fmt: skip
    pairs = [(row.mu, row.length / base[row.mu, _nuisances(row)]) for row in one.rows]
    if one.rows[0].statistic != series[0].rows[0].statistic:
        axes.plot(*zip(*pairs, strict=True), color=one.colour, marker=one.marker, markersize=5)


def _legend(figure: Figure, axes: Axes) -> None:
    """Above the panels: points may be anywhere in them."""
    handles, names = axes.get_legend_handles_labels()
    longest = max(len(name) for name in names) + _SIGN
    columns = max(1, min(len(names), _WIDE // longest))
    figure.legend(handles, names, loc="outside upper center", ncols=columns, frameon=False)
