r"""Integrals over the range of a density that is known only by its values.

.. math:: \int p\,dx \approx \sum_i w_i\,p(x_i)

Composite Gauss-Legendre rules on finite ranges, of one observable or of two (a product rule). The
panels end at given breaks (histogram edges), and along one axis they are moved to where a density
is large, so that a narrow peak has nodes of its own. Moved nodes are constants to derivatives.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import legendre_rule
from statmodel.model._expressions import Observables, Scalar

from ._sampling import refined, relative

_PANELS = 64
_ORDER = 12
_SCOUTS = 1024
_PLANE_PANELS = 10
_PLANE_ORDER = 8


def place(values: Float[Array, "*node"], axis: int, columns: int) -> Float[Array, "*node column"]:
    """Values of one observable as events of `columns` columns, the others zero."""
    here = jnp.asarray(np.arange(columns) == axis, jnp.float64)
    return values[..., None] * here.reshape((1,) * values.ndim + (columns,))


def line_rule(
    log_density: Callable[[Observables], Scalar],
    axis: int,
    bound: tuple[float, float],
    breaks: Float[Array, " break"] | None = None,
) -> tuple[Float[Array, "node column"], Float[Array, " node"]]:
    """Events and weights along one axis, half of the panels where the density is large."""
    scouts = jnp.asarray(np.linspace(*bound, _SCOUTS + 1))
    logs = jax.vmap(log_density)(place(scouts, axis, axis + 1))
    moved = refined(scouts, relative(logs))[:: _SCOUTS // _PANELS]
    nodes, weights = _rule(jax.lax.stop_gradient(moved), breaks, bound, order=_ORDER)
    return place(nodes, axis, axis + 1), weights


def plane_rule(
    axes: tuple[int, ...],
    bounds: tuple[tuple[float, float], ...],
    breaks: tuple[Float[Array, " break"] | None, ...] = (None, None),
) -> tuple[Float[Array, "node column"], Float[Array, " node"]]:
    """Events and weights of a product rule over two axes, with even panels."""
    (x, x_weights), (y, y_weights) = (
        _rule(jnp.asarray(np.linspace(*bound, _PLANE_PANELS + 1)), inner, bound, order=_PLANE_ORDER)
        for bound, inner in zip(bounds, breaks, strict=True)
    )
    columns = max(axes) + 1
    grid_x, grid_y = (one.ravel() for one in jnp.meshgrid(x, y, indexing="ij"))
    events = place(grid_x, axes[0], columns) + place(grid_y, axes[1], columns)
    return events, (x_weights[:, None] * y_weights[None, :]).ravel()


def _rule(
    edges: Float[Array, " edge"],
    breaks: Float[Array, " break"] | None,
    bound: tuple[float, float],
    *,
    order: int,
) -> tuple[Float[Array, " node"], Float[Array, " node"]]:
    """Nodes and weights; a break outside the range makes a panel of no width."""
    if breaks is not None:
        edges = jnp.sort(jnp.concatenate([edges, jnp.clip(breaks, *bound)]))
    steps, weights = legendre_rule(np.array([0.0, 1.0]), order=order)
    panels = jnp.diff(edges)[:, None]
    nodes = edges[:-1, None] + panels * jnp.asarray(steps)[None, :]
    return nodes.ravel(), (panels * jnp.asarray(weights)[None, :]).ravel()
