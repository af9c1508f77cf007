"""Correlations of the fitted parameters as a map, strongest first chosen, in the model's order."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from statmodel.infer import FitResult

from ._style import COLOURS, INK, styled

_MOST = 25
_INCHES = 0.36
"""Of a cell."""
_PALE = 0.6
"""Numbers on darker cells are white."""


def correlation_figure(result: FitResult, *, most: int = _MOST) -> Figure:
    """Draw the correlation matrix of the parameters that have an error.

    Of more than `most` parameters those with the largest single correlations are shown.

    Args:
        result: of one data set.
        most: parameters shown.

    Raises:
        ValueError: fewer than two parameters have an error.
    """
    errors = np.asarray(result.errors)
    known = np.flatnonzero(np.isfinite(errors) & (errors > 0))
    if known.size < 2:  # noqa: PLR2004 (a correlation is of two)
        msg = "fewer than two parameters have an error, so there are no correlations"
        raise ValueError(msg)
    matrix = np.asarray(result.covariance.correlation().matrix)[np.ix_(known, known)]
    strongest = np.abs(matrix - np.eye(known.size)).max(axis=1)
    shown = np.sort(np.argsort(-strongest, kind="stable")[:most])
    names = [result.names[known[place]] for place in shown]
    return _drawn(matrix[np.ix_(shown, shown)], names, left_out=known.size - shown.size)


def _drawn(
    matrix: Float[np.ndarray, "parameter parameter"], names: list[str], *, left_out: int
) -> Figure:
    size = len(names)
    side = max(_INCHES * size, 2.0) + 0.085 * max(map(len, names)) + 0.6
    colours = LinearSegmentedColormap.from_list("signed", [COLOURS[0], "white", COLOURS[2]])
    with styled():
        figure = Figure(figsize=(side + 0.8, side), layout="constrained")
        axes = figure.add_subplot()
        drawn = axes.imshow(matrix, cmap=colours, vmin=-1.0, vmax=1.0)
        figure.colorbar(drawn, ax=axes, shrink=0.8).set_label("correlation; numbers in %")
        axes.set_xticks(range(size), names, rotation=90, fontsize=9)
        axes.set_yticks(range(size), names, fontsize=9)
        axes.tick_params(which="both", length=0)
        axes.minorticks_off()
        _write_numbers(axes, matrix)
        if left_out:
            axes.set_title(f"{left_out} parameters with weaker ones left out", fontsize=10)
    return figure


def _write_numbers(axes: Axes, matrix: Float[np.ndarray, "parameter parameter"]) -> None:
    for row, column in np.ndindex(matrix.shape):
        value = float(matrix[row, column])
        colour = "white" if abs(value) > _PALE else INK
        axes.text(
            column, row, f"{round(100 * value)}", ha="center", va="center", fontsize=7, color=colour
        )
