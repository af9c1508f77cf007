"""Panels of product rules over two observables, halved along the axis that needs it."""

import numpy as np
from jaxtyping import Float

from statmodel.model.densities import AbstractIntegrated, PlaneRule, even_edges

from ._integrands import cut_panels, plane_integrals
from ._resolved import Resolved

_TOLERANCE = 1e-8
_FIRST, _MOST, _WATCHING = 4, 16, 12
Points = Float[np.ndarray, "point slot"]
Edges = tuple[Float[np.ndarray, " edge_x"], Float[np.ndarray, " edge_y"]]


def plane_rule(density: AbstractIntegrated, slots: Points) -> Resolved:
    """The rule of a density of two observables, and its errors.

    Args:
        density: what is integrated.
        slots: slot values at which the rule is chosen.
    """
    edges = _even(density, _FIRST)
    most = [one.size + _MOST for one in _even(density, 0)]
    while True:
        found = Resolved(PlaneRule(_axes(density), *edges), plane_errors(density, edges, slots))
        if found.worst < _TOLERANCE:
            return found
        scores = _scores(density, edges, slots)
        finer = tuple(
            _halved(one, score, room) for one, score, room in zip(edges, scores, most, strict=True)
        )
        if all(new.size == old.size for new, old in zip(finer, edges, strict=True)):
            return found
        edges = (finer[0], finer[1])


def plane_errors(
    density: AbstractIntegrated, edges: Edges, slots: Points
) -> Float[np.ndarray, " point"]:
    """Relative errors of the integral; NaN where it is not positive and finite."""
    watching = _even(density, _WATCHING)
    first, second = (
        cut_panels(np.union1d(*pair)[None])[0] for pair in zip(edges, watching, strict=True)
    )
    coarse = plane_integrals(density, slots, edges, edges)
    fine = plane_integrals(density, slots, (first, second), edges)
    return np.abs(coarse - fine).sum(axis=(1, 2)) / _usable(fine)


def _scores(
    density: AbstractIntegrated, edges: Edges, slots: Points
) -> tuple[Float[np.ndarray, " panel_x"], Float[np.ndarray, " panel_y"]]:
    """What cutting the panels of either axis alone changes, by panel, at the worst point."""
    x, y = edges
    coarse = plane_integrals(density, slots, edges, edges)
    whole = _usable(coarse)[:, None]
    along_x = np.abs(plane_integrals(density, slots, (_cut(x), y), edges) - coarse)
    along_y = np.abs(plane_integrals(density, slots, (x, _cut(y)), edges) - coarse)
    return (
        np.nan_to_num(along_x.sum(axis=2) / whole).max(axis=0),
        np.nan_to_num(along_y.sum(axis=1) / whole).max(axis=0),
    )


def _halved(
    edges: Float[np.ndarray, " edge"], score: Float[np.ndarray, " panel"], most: int
) -> Float[np.ndarray, " finer"]:
    chosen = np.argsort(score)[::-1][: max(most - edges.size, 0)]
    chosen = chosen[score[chosen] > _TOLERANCE / (4 * edges.size)]
    return np.union1d(edges, 0.5 * (edges[chosen] + edges[chosen + 1]))


def _even(density: AbstractIntegrated, panels: int) -> Edges:
    along_x, along_y = (
        even_edges(bound, max(panels, 1), density.breaks(axis))
        for axis, bound in zip(density.axes, density.bounds, strict=True)
    )
    return along_x, along_y


def _cut(edges: Float[np.ndarray, " edge"]) -> Float[np.ndarray, " finer"]:
    return cut_panels(edges[None])[0]


def _axes(density: AbstractIntegrated) -> tuple[int, int]:
    first, second = density.axes
    return first, second


def _usable(cells: Float[np.ndarray, "point x y"]) -> Float[np.ndarray, " point"]:
    whole = cells.sum(axis=(1, 2))
    return np.where(np.isfinite(whole) & (whole > 0.0), whole, np.nan)
