"""The ranking plot: impacts as bars, pulls as points with the widths that the fit has left."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from statmodel.infer import Impact, Impacts, Pull, Pulls

from ._labels import readable, shortened
from ._style import COLOURS, INK, SIZE, styled

_ROW = 0.34  # inches
_FRAME = 2.1
_UP, _DOWN = COLOURS[0], COLOURS[1]
_LONGEST = 34
_REACH = 2.4
_KINDS = ("prefit", "postfit")


def ranking_figure(found: Impacts, *, most: int = 20, label: str | None = None) -> Figure:
    """Draw the largest impacts, and the pulls of the same parameters.

    Filled bars are shifts by the width after the fit, outlined ones by the width before; true fits
    where they were made, else linear ones.

    Args:
        found: the impacts.
        most: parameters shown.
        label: how to write the parameter of interest; LaTeX between dollars.
    """
    rows = found.rows[:most]
    name = readable(label or found.poi, found.poi)
    with styled():
        figure = Figure(
            figsize=(SIZE[0] + 1.2, _FRAME + _ROW * max(len(rows), 1)), layout="constrained"
        )
        pulls = figure.add_subplot()
        shifts = pulls.twiny()
        pulls.set_zorder(shifts.get_zorder() + 1)
        pulls.patch.set_visible(False)
        _draw_bars(shifts, rows)
        _draw_pulls(pulls, [(row.pull, row.constraint) for row in rows])
        _label_rows(pulls, [(row.label, row.name) for row in rows])
        shifts.set_xlabel(rf"$\Delta$ {name}")
        pulls.set_xlabel(r"$(\hat\alpha - \alpha_0)\,/\,\delta$")
        shifts.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0 + 0.75 / figure.get_figheight()),
            ncols=4,
            columnspacing=1.0,
            handlelength=1.4,
            frameon=False,
        )
    return figure


def pulls_figure(found: Pulls, *, most: int = 40) -> Figure:
    """Draw the pulls of the constrained parameters, those pulled farthest first if they are many.

    Args:
        found: the pulls.
        most: parameters shown.
    """
    rows: Sequence[Pull] = found.rows
    if len(rows) > most:
        rows = sorted(rows, key=_pulled)[:most]
    with styled():
        figure = Figure(
            figsize=(SIZE[0], _FRAME / 2 + _ROW * max(len(rows), 1)), layout="constrained"
        )
        axes = figure.add_subplot()
        _draw_pulls(axes, [(row.prefit, row.constraint) for row in rows])
        _label_rows(axes, [(row.label, row.name) for row in rows])
        axes.set_xlabel(r"$(\hat\alpha - \alpha_0)\,/\,\delta$")
    return figure


def _draw_bars(axes: Axes, rows: Sequence[Impact]) -> None:
    drawn: set[str] = set()
    for place, row in enumerate(rows):
        for side, colour in (("up", _UP), ("down", _DOWN)):
            for kind in _KINDS:
                width = _shift(row, kind, side)
                if not math.isfinite(width):
                    continue
                filled = kind == "postfit"
                said = f"{'post' if filled else 'pre'}-fit, {'+' if side == 'up' else '−'}"
                axes.barh(
                    place,
                    width,
                    height=0.72,
                    color=colour if filled else "none",
                    alpha=0.85 if filled else 1.0,
                    edgecolor=colour,
                    linewidth=0.0 if filled else 1.3,
                    label="" if said in drawn else said,
                    zorder=2 if filled else 3,
                )
                drawn.add(said)
    shifts = [_shift(row, kind, side) for row in rows for kind in _KINDS for side in ("up", "down")]
    reach = max((abs(one) for one in shifts if math.isfinite(one)), default=0.0) or 1.0
    axes.set_xlim(-1.12 * reach, 1.12 * reach)
    axes.minorticks_on()
    axes.tick_params(axis="y", which="both", left=False, right=False)


def _draw_pulls(axes: Axes, rows: Sequence[tuple[float, float]]) -> None:
    for edge, style in ((0.0, "-"), (-1.0, ":"), (1.0, ":")):
        axes.axvline(edge, color="0.55", linestyle=style, linewidth=1.0, zorder=0)
    known = [
        (k, pull, bar if math.isfinite(bar) else 0.0)
        for k, (pull, bar) in enumerate(rows)
        if math.isfinite(pull)
    ]
    for place, pull, bar in known:
        axes.errorbar(
            pull,
            place,
            xerr=bar,
            fmt="o",
            color=INK,
            markersize=4.5,
            capsize=0,
            elinewidth=1.5,
            zorder=5,
        )
    reach = max(
        (abs(pull) + (bar if math.isfinite(bar) else 0.0) for _, pull, bar in known), default=0.0
    )
    axes.set_xlim(-max(_REACH, 1.1 * reach), max(_REACH, 1.1 * reach))
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.tick_params(axis="y", which="both", left=False, right=False)


def _label_rows(axes: Axes, names: Sequence[tuple[str, str]]) -> None:
    written = [
        shortened(name, _LONGEST) if label == name else readable(label, name)
        for label, name in names
    ]
    axes.set_yticks(range(len(names)), written)
    axes.tick_params(axis="y", which="minor", left=False, right=False)


def _shift(row: Impact, kind: str, side: str) -> float:
    made = row.refits.get(f"{kind}_{side}")
    if made is not None:
        return made.shift
    linear = row.postfit if kind == "postfit" else row.prefit
    return linear if side == "up" else -linear


def _pulled(row: Pull) -> float:
    return -abs(row.prefit) if math.isfinite(row.prefit) else 0.0
