"""What a rule of quadrature does, at many parameter points at once and in NumPy."""

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import legendre_rule
from statmodel.model.densities import (
    LINE_ORDER,
    PLANE_ORDER,
    AbstractIntegrated,
    FormulaDensity,
    Landmark,
    LineRule,
)

from ._arrays import on_device
from ._formulas import evaluated

_BLOCK = 1024  # events that a compiled density is evaluated at together
_GOLDEN = 0.5 * (3.0 - float(np.sqrt(5.0)))
_OUTSIDE = -2.0  # a place outside [-1, 1], which is cut to the lower end of the range


def integrand(
    density: AbstractIntegrated,
    slots: Float[np.ndarray, "point slot"],
    events: Float[np.ndarray, "point node column"],
) -> Float[np.ndarray, "point node"]:
    """The unnormalised density."""
    if isinstance(density, FormulaDensity):
        values = evaluated(density.expression, slots, events)
        return np.where(np.isnan(values), 0.0, np.maximum(values, 0.0))
    nodes = events.shape[1]
    padded = np.pad(events, ((0, 0), (0, -nodes % _BLOCK), (0, 0)), mode="edge")
    at = on_device(slots)
    blocks = np.split(padded, padded.shape[1] // _BLOCK, axis=1)
    logs = np.concatenate([_log_shapes(density, at, on_device(one)) for one in blocks], axis=1)
    with np.errstate(over="ignore"):
        return np.exp(logs[:, :nodes])


def places(
    landmark: Landmark,
    slots: Float[np.ndarray, "point slot"],
    axis: int,
    bound: tuple[float, float],
) -> Float[np.ndarray, " point"]:
    """As `Landmark.place`."""
    low, high = bound
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    events = np.zeros((len(slots), 3, axis + 1))
    events[:, :, axis] = middle + half * np.array([-1.0, 0.0, 1.0])
    left, centre, right = evaluated(landmark.expression, slots, events).T
    if landmark.kind == "value":
        return np.clip(centre, low, high)
    q, r = 0.5 * (right - left), 0.5 * (right + left) - centre
    with np.errstate(all="ignore"):
        match landmark.kind:
            case "zero":
                u = -0.5 * (right + left) / q
            case "vertex":
                u = -0.5 * q / r
            case _:
                larger = -0.5 * (q + np.copysign(np.sqrt(q * q - 4.0 * centre * r), q))
                zeros = np.stack([larger / r, centre / larger])
                u = zeros.min(axis=0) if landmark.kind == "lower" else zeros.max(axis=0)
    return np.clip(middle + half * np.where(np.isfinite(u), u, _OUTSIDE), low, high)


def line_edges(
    rule: LineRule, slots: Float[np.ndarray, "point slot"]
) -> Float[np.ndarray, "point edge"]:
    """All edges of a rule, in order, at each point."""

    def at(landmark: Landmark) -> Float[np.ndarray, "point 1"]:
        return places(landmark, slots, rule.axis, rule.bound)[:, None]

    fixed = np.tile(np.asarray(rule.edges), (len(slots), 1))
    sharp = [at(one) for one in rule.sharp]
    ladders = [np.clip(at(one) + rule.ladder(), *rule.bound) for one in rule.centres]
    return np.sort(np.concatenate([fixed, *sharp, *ladders], axis=1), axis=1)


def line_integrals(
    density: AbstractIntegrated,
    slots: Float[np.ndarray, "point slot"],
    edges: Float[np.ndarray, "point edge"],
    panels: Float[np.ndarray, " panel_edge"],
) -> Float[np.ndarray, "point panel"]:
    """Integrals over constant panels by a rule whose edges contain theirs."""
    axis = density.axes[0]
    unit, weights = legendre_rule(np.array([0.0, 1.0]), order=LINE_ORDER)
    widths = np.diff(edges)[:, :, None]
    x = (edges[:, :-1, None] + widths * unit).reshape(len(slots), -1)
    events = x[:, :, None] * (np.arange(axis + 1) == axis)
    weights = (widths * weights).reshape(x.shape)
    values = np.where(weights > 0.0, integrand(density, slots, events), 0.0)
    with np.errstate(over="ignore"):
        terms = values * weights
    panel = np.searchsorted(panels[1:-1], x, side="right")
    place = panel + (panels.size - 1) * np.arange(len(slots))[:, None]
    size = (panels.size - 1) * len(slots)
    return np.bincount(place.ravel(), terms.ravel(), size).reshape(len(slots), -1)


def cut_panels(edges: Float[np.ndarray, "point edge"]) -> Float[np.ndarray, "point finer"]:
    """Each panel in two, unequal parts.

    Halves would be blind to a jump near the middle: six of twelve nodes lie on either side of it
    whether it is a little to the left or a little to the right, before as after.
    """
    inner = edges[:, :-1] + _GOLDEN * np.diff(edges)
    return np.sort(np.concatenate([edges, inner], axis=1), axis=1)


@eqx.filter_jit
def _log_shapes(
    density: AbstractIntegrated,
    slots: Float[Array, "point slot"],
    events: Float[Array, "point node column"],
) -> Float[Array, "point node"]:
    over_events = jax.vmap(density.log_shape, in_axes=(0, None))
    return jax.lax.map(lambda one: over_events(one[0], one[1]), (events, slots))


def plane_integrals(
    density: AbstractIntegrated,
    slots: Float[np.ndarray, "point slot"],
    edges: tuple[Float[np.ndarray, " edge_x"], Float[np.ndarray, " edge_y"]],
    panels: tuple[Float[np.ndarray, " panel_x"], Float[np.ndarray, " panel_y"]],
) -> Float[np.ndarray, "point x y"]:
    """Integrals over the cells between constant panels by a rule whose edges contain theirs."""
    (x, in_x), (y, in_y) = (legendre_rule(one, order=PLANE_ORDER) for one in edges)
    columns = np.arange(max(density.axes) + 1)
    events = x[:, None, None] * (columns == density.axes[0])
    events = (events + y[None, :, None] * (columns == density.axes[1])).reshape(-1, columns.size)
    place_x, place_y = (
        np.searchsorted(inner[1:-1], nodes, side="right")
        for inner, nodes in zip(panels, (x, y), strict=True)
    )
    shape = (panels[0].size - 1, panels[1].size - 1)
    cell = (place_x[:, None] * shape[1] + place_y[None, :]).ravel()
    weights = np.outer(in_x, in_y).ravel()
    each = []
    for at in slots:  # one at a time: there are tens of thousands of nodes
        with np.errstate(over="ignore"):
            terms = integrand(density, at[None], events[None])[0] * weights
        each.append(np.bincount(cell, terms, shape[0] * shape[1]).reshape(shape))
    return np.stack(each)
