"""Posterior densities of parameters of interest: each alone, and every pair."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import scipy.ndimage
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from statmodel.bayes import LEVELS, Posterior

from ._labels import readable
from ._style import COLOURS, INK, SIZE, styled

_BINS = 32
_CELLS = 60
_BLUR = 2.5
"""Cells that contours of pairs are smoothed over."""
_BEYOND = 0.001
"""Of the draws, that a picture may leave out on either side."""
_ALPHAS = (0.55, 0.25)


def posterior_figure(found: Posterior, *, labels: Mapping[str, str] | None = None) -> Figure:
    """Histograms with the shortest intervals of 68 and 95 %, and contours of pairs.

    Args:
        found: with draws of at least one parameter of interest.
        labels: how to write the parameters; LaTeX between dollars.

    Raises:
        ValueError: no parameter of interest was free.
    """
    names = [name for name in found.pois if name in found.draws]
    if not names:
        msg = "no parameter of interest was free, so there is no density to draw"
        raise ValueError(msg)
    shown = {name: readable((labels or {}).get(name, name), name) for name in names}
    size = len(names)
    with styled():
        scale = 1.0 if size == 1 else 0.55 * size
        figure = Figure(figsize=(scale * SIZE[0], scale * SIZE[1]), layout="constrained")
        grid = figure.subplots(size, size, squeeze=False)
        for place, name in enumerate(names):
            _alone(grid[place, place], found, name)
            grid[-1, place].set_xlabel(shown[name])
        for column, row in combinations(range(size), 2):
            _pair(grid[row, column], found, names[column], names[row])
            grid[column, row].set_axis_off()
        for row in range(1, size):
            grid[row, 0].set_ylabel(shown[names[row]])
        grid[0, 0].set_ylabel("posterior density")
        grid[0, 0].legend(loc="upper right")
    return figure


def _alone(axes: Axes, found: Posterior, name: str) -> None:
    draws = np.asarray(found.draws[name]).ravel()
    ends = _ends(draws)
    heights, edges = np.histogram(draws, _BINS, ends, density=True)
    for level, alpha in reversed(list(zip(LEVELS, _ALPHAS, strict=True))):
        low, high = found.hpd(name, level)
        # Within the interval alone, to its very ends.
        at = np.clip(np.repeat(edges, 2)[1:-1], low, high)
        axes.fill_between(
            at, np.repeat(heights, 2), color=COLOURS[0], alpha=alpha, linewidth=0,
            label=f"{100 * level:.4g} %",
        )  # fmt: skip
    axes.stairs(heights, edges, color=INK, linewidth=1.4)
    axes.set_xlim(*ends)
    axes.set_ylim(0.0, 1.25 * float(heights.max()))


def _pair(axes: Axes, found: Posterior, first: str, second: str) -> None:
    x, y = (np.asarray(found.draws[name]).ravel() for name in (first, second))
    counts, across, along = np.histogram2d(x, y, _CELLS, (_ends(x), _ends(y)))
    smooth = scipy.ndimage.gaussian_filter(counts, _BLUR, mode="nearest")
    middles = [0.5 * (edges[1:] + edges[:-1]) for edges in (across, along)]
    heights = sorted(_height(smooth, level) for level in LEVELS)
    shades = [COLOURS[0]] * len(heights)
    for height, shade, alpha in zip(heights, shades, reversed(_ALPHAS), strict=True):
        axes.contourf(*middles, smooth.T, [height, smooth.max()], colors=[shade], alpha=alpha)
    axes.contour(*middles, smooth.T, heights, colors=INK, linewidths=1.2)
    axes.set_xlim(across[0], across[-1])
    axes.set_ylim(along[0], along[-1])


def _height(density: Float[np.ndarray, "x y"], level: float) -> float:
    """That of the contour which holds this much of the probability."""
    falling = np.sort(density.ravel())[::-1]
    held = np.cumsum(falling) / falling.sum()
    return float(falling[int(np.searchsorted(held, level))])


def _ends(draws: Float[np.ndarray, " draw"]) -> tuple[float, float]:
    low, high = np.quantile(draws, [_BEYOND, 1.0 - _BEYOND]).tolist()
    return low, high
