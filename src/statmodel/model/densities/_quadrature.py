r"""Integrals over the range of a density that is known only by its values.

.. math:: \int p\,dx \approx \sum_i w_i\,p(x_i)

Composite Gauss-Legendre rules on finite ranges, of one observable or of two (a product rule). Most
panel edges are constants, chosen when a document is compiled so that the density is resolved over
its parameters' ranges; others move with the parameters: one at each threshold, and a geometric
ladder of them,

.. math:: c(\theta) \pm 3^{-k} (b - a), \quad k = 1, 2, \dots

around the centre of a peak that may become narrow and may move. On any scale the integrand then
varies little within a panel.
"""

import abc
from collections.abc import Sequence
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import legendre_rule
from statmodel.model._expressions import Observables, Scalar, Slots

from ._base import AbstractDensity, log_of_integral
from ._landmarks import Landmark

LINE_ORDER = 12
PLANE_ORDER = 8
_OFF_EVEN = float(np.sqrt(2.0)) - 1.4
_LADDER = 3.0 ** -np.arange(1.0, 17.0)  # down to 2e-8 of the range


def _numbers(edges: Sequence[float] | Float[np.ndarray, " _"]) -> tuple[float, ...]:
    return tuple(float(edge) for edge in edges)


class AbstractRule(eqx.Module):
    """Nodes and weights that integrate a density over the range of its observables."""

    @abc.abstractmethod
    def nodes(self, at: Slots) -> tuple[Float[Array, "node column"], Float[Array, " node"]]:
        """Events, all columns but those of the rule zero, and their weights."""


@final
class LineRule(AbstractRule):
    """A rule along one axis.

    Attributes:
        axis: the column of the observable.
        edges: constant edges, in order, both ends of the range among them.
        sharp: where the density is not smooth: an edge each, of which derivatives take notice.
        centres: a ladder of edges around each, constants to derivatives.
    """

    axis: int = eqx.field(static=True)
    bound: tuple[float, float] = eqx.field(static=True)
    edges: tuple[float, ...] = eqx.field(static=True, converter=_numbers)
    sharp: tuple[Landmark, ...] = ()
    centres: tuple[Landmark, ...] = ()

    def nodes(self, at: Slots) -> tuple[Float[Array, "node column"], Float[Array, " node"]]:
        edges = jnp.asarray(np.asarray(self.edges))
        if self.sharp or self.centres:
            edges = jnp.sort(jnp.concatenate([edges, *self._moving(at)]))
        nodes, weights = _panels(edges, order=LINE_ORDER)
        return place(nodes, self.axis, self.axis + 1), weights

    def ladder(self) -> Float[np.ndarray, " step"]:
        """Where the edges of a ladder lie, from its centre, which is none: a threshold may be."""
        steps = (self.bound[1] - self.bound[0]) * _LADDER
        return np.concatenate([-steps, steps])

    def _moving(self, at: Slots) -> list[Float[Array, " edge"]]:
        fixed, steps = jax.lax.stop_gradient(at), jnp.asarray(self.ladder())
        sharp = [one.place(at, self.axis, self.bound)[None] for one in self.sharp]
        centres = [one.place(fixed, self.axis, self.bound) for one in self.centres]
        return [*sharp, *(jnp.clip(centre + steps, *self.bound) for centre in centres)]


@final
class PlaneRule(AbstractRule):
    """A product rule over two axes, its edges constant."""

    axes: tuple[int, int] = eqx.field(static=True)
    along_x: tuple[float, ...] = eqx.field(static=True, converter=_numbers)
    along_y: tuple[float, ...] = eqx.field(static=True, converter=_numbers)

    def nodes(self, at: Slots) -> tuple[Float[Array, "node column"], Float[Array, " node"]]:
        del at
        (x, x_weights), (y, y_weights) = (
            _panels(jnp.asarray(np.asarray(edges)), order=PLANE_ORDER)
            for edges in (self.along_x, self.along_y)
        )
        columns = max(self.axes) + 1
        grid_x, grid_y = (one.ravel() for one in jnp.meshgrid(x, y, indexing="ij"))
        events = place(grid_x, self.axes[0], columns) + place(grid_y, self.axes[1], columns)
        return events, (x_weights[:, None] * y_weights[None, :]).ravel()


class AbstractIntegrated(AbstractDensity):
    """A density of one observable or two that is normalised by quadrature."""

    rule: eqx.AbstractVar[AbstractRule | None]
    """What integrates it; None for `default_rule`."""

    @abc.abstractmethod
    def log_shape(self, x: Observables, at: Slots) -> Scalar:
        """Natural log of the unnormalised density; `-inf` where it is zero."""

    @abc.abstractmethod
    def default_rule(self) -> AbstractRule:
        """A rule that serves where nothing is known of the parameters."""

    @abc.abstractmethod
    def landmarks(self) -> tuple[Landmark, ...]:
        """Where a density of one observable is narrow, or not smooth, as far as it shows."""

    @abc.abstractmethod
    def breaks(self, axis: int) -> Float[np.ndarray, " break"]:
        """Where along one axis it jumps, whatever the parameters."""

    def quadrature(self) -> AbstractRule:
        """The rule in use."""
        return self.default_rule() if self.rule is None else self.rule

    def log_norm(self, at: Slots) -> Scalar:
        """Natural log of the integral of the shape over the range.

        `inf` where the integral is zero: the density vanishes there, instead of being infinite.
        """
        events, weights = self.quadrature().nodes(at)
        logs = jax.vmap(self.log_shape, in_axes=(0, None))(events, at)
        largest = jax.lax.stop_gradient(logs.max())
        offset = jnp.where(jnp.isfinite(largest), largest, 0.0)
        # Linear in the weights, so that the derivative of a panel of no width is not lost.
        present = logs != -jnp.inf
        relative = jnp.where(present, jnp.exp(jnp.where(present, logs, 0.0) - offset), 0.0)
        # A pole at an end of the range has a panel of no width where a landmark is cut to it.
        counted = (weights > 0.0) | (logs < jnp.inf)
        total = jnp.dot(jnp.where(counted, relative, 0.0), weights)
        return log_of_integral(total) + offset


def place(values: Float[Array, "*node"], axis: int, columns: int) -> Float[Array, "*node column"]:
    """Values of one observable as events of `columns` columns, the others zero."""
    here = jnp.asarray(np.arange(columns) == axis, jnp.float64)
    return values[..., None] * here.reshape((1,) * values.ndim + (columns,))


def even_edges(
    bound: tuple[float, float], panels: int, breaks: Float[np.ndarray, " break"] | None = None
) -> Float[np.ndarray, " edge"]:
    """Edges of nearly even panels, and those of `breaks` that lie inside the range.

    Inner edges are a little off the even ones, where round numbers do not lie: of two equal edges
    that part when a parameter moves, the panel between would have no derivative to speak of.
    """
    fractions = np.linspace(0.0, 1.0, panels + 1)
    fractions[1:-1] += _OFF_EVEN / panels
    edges = bound[0] + (bound[1] - bound[0]) * fractions
    edges[-1] = bound[1]
    return edges if breaks is None else np.union1d(edges, np.clip(breaks, *bound))


def _panels(
    edges: Float[Array, " edge"], *, order: int
) -> tuple[Float[Array, " node"], Float[Array, " node"]]:
    """Gauss-Legendre nodes and weights; equal edges make a panel of no width."""
    steps, weights = legendre_rule(np.array([0.0, 1.0]), order=order)
    panels = jnp.diff(edges)[:, None]
    nodes = edges[:-1, None] + panels * jnp.asarray(steps)[None, :]
    return nodes.ravel(), (panels * jnp.asarray(weights)[None, :]).ravel()
