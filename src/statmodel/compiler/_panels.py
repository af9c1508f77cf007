r"""Panels of quadratures, chosen once so that a density is resolved wherever its parameters may go.

A rule is compared with a finer one, panel by panel and point by point,

.. math:: \epsilon_p = \sum_i \bigl| I_i^{coarse}(\theta_p) - I_i^{fine}(\theta_p) \bigr| \Big/
   \sum_i I_i^{fine}(\theta_p),

and the panels that differ most are halved, until :math:`\epsilon_p` is small at every point. The
finer rule has each panel in two parts, even panels besides, and ladders of panels around every
centre that the density shows, so that it sees peaks which the first one steps over. Constant panels
come first; where they do not suffice, ladders that move with the parameters are added.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from statmodel.model.densities import (
    AbstractIntegrated,
    Landmark,
    LineRule,
    PlaneRule,
    even_edges,
    slots_read,
)

from ._integrands import cut_panels, line_edges, line_integrals, places
from ._plane_panels import plane_errors, plane_rule
from ._resolved import Resolved

TOLERANCE = 1e-10
"""Relative error of an integral at which refinement stops: a million events feel 1e-4."""
_FIRST, _MODEST, _MOST, _WATCHING = 4, 40, 160, 32
_LADDERS, _CENTRES = 4, 8
_NARROWEST = 1e-13  # of the range

Points = Float[np.ndarray, "point slot"]


def resolved_rule(density: AbstractIntegrated, chosen: Points, checked: Points) -> Resolved:
    """The rule of a density, and its errors at the points of both sets, in their order.

    Args:
        density: what is integrated.
        chosen: slot values at which the rule is chosen.
        checked: others, at which its errors are looked at besides.
    """
    found = plane_rule(density, chosen) if len(density.axes) > 1 else _line(density, chosen)
    match found.rule:
        case LineRule():
            again = _shares(density, found.rule, checked).sum(axis=1)
        case PlaneRule(along_x=x, along_y=y):
            again = plane_errors(density, (np.asarray(x), np.asarray(y)), checked)
    return Resolved(found.rule, np.concatenate([found.errors, again]))


def _line(density: AbstractIntegrated, slots: Points) -> Resolved:
    best: Resolved | None = None
    for start, most in _attempts(density, slots):
        found = _refine(density, start, slots, most)
        if best is None or found.worst < best.worst:
            best = found
        if best.worst < TOLERANCE:
            break
    if best is None:
        msg = "no rule was tried"
        raise AssertionError(msg)
    return best


def _attempts(density: AbstractIntegrated, slots: Points) -> Iterator[tuple[LineRule, int]]:
    """Rules to begin with, each with the number of constant edges that it may grow to."""
    axis, (bound,) = density.axes[0], density.bounds
    edges = even_edges(bound, _FIRST, density.breaks(axis))
    inside = _inside(density.landmarks(), axis, bound, slots)
    sharp = tuple(one for one in inside if one.sharp)
    moving = tuple(one for one in inside if not one.sharp and slots_read(one))[:_LADDERS]
    ladders: list[tuple[Landmark, ...]] = [(), *((one,) for one in moving)]
    if len(moving) > 1:
        ladders.append(moving)
    for each in ladders:
        yield LineRule(axis, bound, edges, sharp, each), edges.size + _MODEST
    yield LineRule(axis, bound, edges, sharp, ladders[-1]), edges.size + _MOST


def _inside(
    landmarks: tuple[Landmark, ...], axis: int, bound: tuple[float, float], slots: Points
) -> tuple[Landmark, ...]:
    """Those that lie inside the range at some point."""

    def lies_inside(landmark: Landmark) -> bool:
        at = places(landmark, slots, axis, bound)
        return bool(((at > bound[0]) & (at < bound[1])).any())

    return tuple(one for one in landmarks if lies_inside(one))


def _refine(density: AbstractIntegrated, start: LineRule, slots: Points, most: int) -> Resolved:
    """Halve the panels that differ most from finer ones until none does, or they are too many."""
    edges = np.asarray(start.edges)
    narrowest = _NARROWEST * (start.bound[1] - start.bound[0])
    while True:
        rule = LineRule(start.axis, start.bound, edges, start.sharp, start.centres)
        shares = _shares(density, rule, slots)
        found = Resolved(rule, shares.sum(axis=1))
        room = most - edges.size
        if found.worst < TOLERANCE or room <= 0:
            return found
        score = np.nan_to_num(shares).max(axis=0)
        score = np.where(np.diff(edges) > narrowest, score, 0.0)
        halved = np.argsort(score)[::-1][:room]
        halved = halved[score[halved] > TOLERANCE / (2 * edges.size)]
        if not halved.size:
            return found
        edges = np.union1d(edges, 0.5 * (edges[halved] + edges[halved + 1]))


def _shares(
    density: AbstractIntegrated, rule: LineRule, slots: Points
) -> Float[np.ndarray, "point panel"]:
    """Differences from the finer rule over each constant panel, as shares of the whole."""
    panels = np.asarray(rule.edges)
    edges = line_edges(rule, slots)
    coarse = line_integrals(density, slots, edges, panels)
    fine = line_integrals(density, slots, _finer(density, rule, slots), panels)
    whole = fine.sum(axis=1, keepdims=True)
    usable = np.isfinite(whole) & (whole > 0.0)
    return np.abs(coarse - fine) / np.where(usable, whole, np.nan)


def _finer(
    density: AbstractIntegrated, rule: LineRule, slots: Points
) -> Float[np.ndarray, "point edge"]:
    """All panels cut in two, even ones besides, and ladders around every centre."""
    edges = np.union1d(rule.edges, even_edges(rule.bound, _WATCHING))
    centres = tuple(one for one in density.landmarks() if not one.sharp)[:_CENTRES]
    return cut_panels(
        line_edges(LineRule(rule.axis, rule.bound, edges, rule.sharp, centres), slots)
    )
