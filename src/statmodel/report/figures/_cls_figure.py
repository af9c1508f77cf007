"""CLs against the parameter of interest, with the bands expected without a signal.

Between tested values its logarithm is interpolated by monotone cubics (F. Fritsch, J. Butland,
SIAM J. Sci. Stat. Comput. 5 (1984) 300).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.interpolate import PchipInterpolator

from statmodel.infer import LimitResult, TestPoint

from ._labels import readable
from ._style import COLOURS, INK, SIZE, styled

ONE, TWO = "#607641", "#f5bb54"
"""Bands of one and two standard deviations; told apart with any colour vision."""
_BETWEEN = 16
_LOWEST = 1e-4
_TOP = 1.3


def cls_figure(result: LimitResult, *, label: str | None = None) -> Figure:
    """Draw the observed CLs, its expectation, and where they reach the level.

    Args:
        result: of `upper_limit`; with `points=` the curves are smooth.
        label: how to write the parameter; LaTeX between dollars.
    """
    name = readable(label or result.poi, result.poi)
    points = [one for one in result.scan if one.ok and one.has_cls]
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        _draw_bands(axes, points)
        _draw_level(axes, result)
        _draw_limits(axes, result)
        lost = len(result.scan) - len(points)
        if lost:
            axes.plot([], [], " ", label=f"{lost} values could not be tested")
        axes.set_yscale("log")
        axes.set_ylim(_LOWEST, _TOP)
        axes.set_xlim(0.0, max((one.mu for one in points), default=1.0) or 1.0)
        axes.set_xlabel(name)
        axes.set_ylabel(r"$\mathrm{CL}_s$")
        axes.set_title(_summary(name, result), loc="left", fontsize=13)
        axes.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
    return figure


def _draw_bands(axes: Axes, points: Sequence[TestPoint]) -> None:
    if not points:
        return
    mu = np.array([one.mu for one in points])
    fine = np.unique(
        np.concatenate([np.linspace(a, b, _BETWEEN) for a, b in zip(mu, mu[1:], strict=False)])
        if mu.size > 1
        else mu
    )
    observed = _between(fine, mu, np.array([one.CLs_obs for one in points]))
    bands = [
        _between(fine, mu, np.array([one.CLs_exp[k] for one in points]))
        for k in range(len(points[0].CLs_exp))
    ]
    axes.fill_between(fine, bands[0], bands[4], color=TWO, linewidth=0, zorder=1,
                      label=r"expected $\pm 2\sigma$")  # fmt: skip
    axes.fill_between(fine, bands[1], bands[3], color=ONE, linewidth=0, zorder=2,
                      label=r"expected $\pm 1\sigma$")  # fmt: skip
    axes.plot(fine, bands[2], "--", color=INK, linewidth=1.4, zorder=3, label="expected")
    axes.plot(fine, observed, "-", color=INK, linewidth=1.8, zorder=4, label="observed")
    axes.plot(mu, [one.CLs_obs for one in points], "o", color=INK, markersize=3, zorder=4)


def _between(
    fine: Float[np.ndarray, " place"],
    mu: Float[np.ndarray, " point"],
    cls: Float[np.ndarray, " point"],
) -> Float[np.ndarray, " place"]:
    logs = np.log(np.maximum(cls, np.finfo(np.float64).tiny))
    return np.exp(PchipInterpolator(mu, logs)(fine) if mu.size > 1 else logs)


def _draw_level(axes: Axes, result: LimitResult) -> None:
    alpha = 1 - result.level
    axes.axhline(alpha, color=COLOURS[2], linewidth=1.2, zorder=5)
    axes.annotate(
        f"{alpha:.3g}",
        (1.0, alpha),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=11,
        color=COLOURS[2],
    )


def _draw_limits(axes: Axes, result: LimitResult) -> None:
    alpha = 1 - result.level
    for value, filled in ((result.obs_limit, True), (result.exp_limits[2], False)):
        if np.isfinite(value):
            axes.plot([value, value], [_LOWEST, alpha], color=COLOURS[2], linewidth=1.0,
                      linestyle="-" if filled else "--", zorder=5)  # fmt: skip
            axes.plot([value], [alpha], "o", color=COLOURS[2], zorder=6, markersize=6,
                      fillstyle="full" if filled else "none")  # fmt: skip


def _summary(name: str, result: LimitResult) -> str:
    """The limits in words."""
    percent = f"{100 * result.level:.4g}"
    found = [
        f"{name} < {value:.4g} {word}"
        for value, word in ((result.obs_limit, "observed"), (result.exp_limits[2], "expected"))
        if np.isfinite(value)
    ]
    return f"{percent} %: {', '.join(found)}" if found else f"{percent} %: no limit in the range"
