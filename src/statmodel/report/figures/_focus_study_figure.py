"""Mean lengths of confidence sets against the width of a focus."""

import numpy as np
from matplotlib.figure import Figure

from statmodel.infer import FocusStudy

from ._labels import readable
from ._style import COLOURS, INK, SIZE, styled


def focus_study_figure(found: FocusStudy, *, label: str | None = None) -> Figure:
    """Draw mean lengths against the width, a line a centre; the likelihood ratio is level.

    Errors are those of the difference to the likelihood ratio, which all candidates share their
    toys with. Hollow points: critical values that may not be used.

    Args:
        found: the study.
        label: how to write the parameter; LaTeX between dollars.
    """
    name = readable(label or found.poi, found.poi)
    with styled():
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.subplots()
        for one in found.rows:
            if one.centre is None:
                axes.axhline(one.length, color=INK, linewidth=1.0, linestyle="--", label="LRS")
        centres = dict.fromkeys(one.centre for one in found.rows if one.centre is not None)
        for place, centre in enumerate(centres):
            colour = COLOURS[place % len(COLOURS)]
            rows = [one for one in found.rows if one.centre == centre]
            rows.sort(key=lambda one: one.width or 0.0)
            width = np.array([one.width for one in rows], float)
            length = np.array([one.length for one in rows])
            error = np.array([one.shorter_error for one in rows])
            good = np.array([one.ok for one in rows])
            axes.plot(width, length, color=colour, linewidth=1.0, alpha=0.6)
            axes.errorbar(width, length, yerr=error, fmt="none", ecolor=colour, elinewidth=1.2)
            axes.plot(width[good], length[good], "o", color=colour, label=f"centre {centre:g}")
            axes.plot(width[~good], length[~good], "o", color=colour, fillstyle="none")
        widths = sorted({one.width for one in found.rows if one.width is not None})
        axes.set_xscale("log")
        axes.set_xticks(widths, [f"{one:g}" for one in widths])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(f"width of the focus on {name}")
        axes.set_ylabel(f"mean length, {100 * found.level:.4g} %")
        axes.set_title(f"true values: {found.truth}", fontsize="small", loc="left")
        axes.legend(frameon=False)
    return figure
