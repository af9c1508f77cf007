r"""A profile likelihood: :math:`-2\,\Delta\ln L` of one parameter, all others fitted.

Where it crosses one is found on the signed root of the curve, :math:`\pm\sqrt{t}`, which is
straight for a parabola, so that linear interpolation between scanned points suffices.
"""

from itertools import pairwise

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from statmodel.infer import Scan
from statmodel.report._numbers import with_errors

from ._labels import readable
from ._style import COLOURS, SIZE, styled

LEVELS = ((1.0, "68.27 %"), (3.84, "95 %"))
"""Heights, and the coverage that they have where the parabola is exact."""
LEVEL = 0.6827
"""Of the crossings that are drawn."""


def profile_figure(scan: Scan, *, best: float | None = None, label: str | None = None) -> Figure:
    """Draw a scan with its levels and its crossings of one; failed points are gaps.

    Args:
        scan: of one parameter.
        best: its value in the unconditional fit, for the numbers in the title.
        label: how to write the parameter; LaTeX between dollars.
    """
    name = readable(label or scan.name, scan.name)
    grid, t = np.asarray(scan.grid), np.asarray(scan.t)
    with styled():
        figure = Figure(figsize=(SIZE[0], 0.8 * SIZE[1]), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(grid, t, "-", color=COLOURS[0], zorder=3)
        axes.plot(grid, t, "o", color=COLOURS[0], markersize=3.5, zorder=4)
        axes.set_xlim(float(grid[0]), float(grid[-1]))
        top = float(np.nanmax(t)) if np.isfinite(t).any() else 0.0
        axes.set_ylim(0.0, 1.08 * max(top, 1.5))
        axes.set_xlabel(name)
        axes.set_ylabel(r"$-2\,\Delta\ln L$")
        _draw_levels(axes)
        exact = tuple(one.value for one in scan.crossings if one.level == LEVEL)
        found = exact or crossings(grid, t, 1.0)
        _draw_crossings(axes, found)
        _draw_failures(axes, grid, t)
        axes.set_title(_summary(name, best, found), loc="left", fontsize=13)
    return figure


def crossings(
    grid: Float[np.ndarray, " point"], t: Float[np.ndarray, " point"], level: float
) -> tuple[float, ...]:
    """Where a curve passes through a level, in the order of the grid.

    Neighbours that failed (NaN) have no crossing between them.

    Example:
        >>> x = np.linspace(-3.0, 3.0, 41)
        >>> [round(at, 6) for at in crossings(x, (x - 0.2) ** 2, 1.0)]
        [-0.8, 1.2]
    """
    if not np.isfinite(t).any():
        return ()
    below = np.arange(t.size) < np.nanargmin(t)
    root = np.where(below, -1.0, 1.0) * np.sqrt(np.maximum(t, 0.0))
    found: list[float] = []
    for a, b in pairwise(range(t.size)):
        if np.isfinite(t[a] + t[b]) and (t[a] > level) != (t[b] > level):
            higher = root[a] if t[a] > t[b] else root[b]
            share = (np.copysign(np.sqrt(level), higher) - root[a]) / (root[b] - root[a])
            found.append(float(grid[a] + share * (grid[b] - grid[a])))
    return tuple(found)


def _draw_levels(axes: Axes) -> None:
    """A line at each height, its coverage at the right of the frame."""
    for height, coverage in LEVELS:
        if height < axes.get_ylim()[1]:
            axes.axhline(height, color="#717581", linewidth=1.0, linestyle="--", zorder=1)
            axes.annotate(
                coverage,
                (1.0, height),
                xycoords=("axes fraction", "data"),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=10,
                color="#717581",
            )


def _draw_crossings(axes: Axes, found: tuple[float, ...]) -> None:
    for place in found:
        axes.plot([place, place], [0.0, 1.0], color=COLOURS[2], linewidth=1.2, zorder=2)
        axes.plot([place], [1.0], "o", color=COLOURS[2], markersize=6, zorder=5)


def _draw_failures(
    axes: Axes, grid: Float[np.ndarray, " point"], t: Float[np.ndarray, " point"]
) -> None:
    failed = ~np.isfinite(t)
    if failed.any():
        axes.plot(
            grid[failed], np.zeros(int(failed.sum())), "x", color=COLOURS[2], clip_on=False,
            label=f"{int(failed.sum())} fits failed",
        )  # fmt: skip
        axes.legend(loc="upper center")


def _summary(name: str, best: float | None, found: tuple[float, ...]) -> str:
    """`name = value -a +b`, or the crossings that there are."""
    if best is None or not found:
        places = ", ".join(f"{place:.4g}" for place in found)
        return f"{name}: {f'crosses 1 at {places}' if found else 'no crossing of 1 in the range'}"
    below = max((place for place in found if place < best), default=None)
    above = min((place for place in found if place > best), default=None)
    value, minus, plus = with_errors(
        best, 0.0 if below is None else best - below, 0.0 if above is None else above - best
    )
    ends = (f"^{{+{plus}}}" if plus else "") + (f"_{{-{minus}}}" if minus else "")
    one_sided = "" if plus and minus else f" (no crossing {'above' if minus else 'below'})"
    return f"{name} $= {value}{ends}${one_sided}"
