r"""Makes tables of the pool averages, and tells how good they are.

Nodes are Chebyshev-Lobatto points of panels that end at -1 and 1, where code 4 and log_smooth
change their form, and with code 1 also at 0. Logarithms of the averages at nodes of one axis and of
two are what the table interpolates; at any other point the pool itself can be asked.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from ._mixture import RatioEvents, Shapes
from ._pool_sums import Axes, PoolSums, axes_of, compared, pool_sums
from ._ratio import RatioChannel
from ._table import TABLE_REACH, ClosureTable, NoTableError

SIGNED_SHARE = 0.05
"""Of the magnitude of its ratios: a component of both signs whose Z is smaller has no table."""
_FEW_AXES = 4
_DEGREE, _DEGREE_OF_MANY = 16, 10


@final
@dataclass(frozen=True)
class Tabulation:
    """How the averages over a pool are tabulated, and what tells whether the table is good."""

    channel: RatioChannel
    pool: RatioEvents
    axes: Axes

    # In quotes, as `Self` is refused by the type checker of the tests (beartype, PEP 673).
    @classmethod
    def of(cls, channel: RatioChannel, *, one: int) -> "Tabulation":
        """That of a channel.

        Args:
            channel: with a pool, and a policy that needs it.
            one: the slot that holds one, `model.scope.one`.

        Raises:
            NoTableError: where there can be no table.
        """
        if channel.pool is None or channel.normalization == "analytic":
            msg = f"channel {channel.name} needs no averages over a pool"
            raise NoTableError(msg)
        return cls(channel, channel.pool.events, axes_of(channel.shapes, one=one))

    @property
    def edges(self) -> tuple[float, ...]:
        """The ends of the panels."""
        kinks = (0.0,) if any(one.code == "code1" for one in self.channel.shapes.responses) else ()
        return (-TABLE_REACH, -1.0, *kinks, 1.0, TABLE_REACH)

    @property
    def degree(self) -> int:
        """Of the Chebyshev series."""
        return _DEGREE if len(self.axes.slots) <= _FEW_AXES else _DEGREE_OF_MANY

    @property
    def nodes(self) -> Float[np.ndarray, " node"]:
        """Of all panels; neighbours share the one between."""
        local = _lobatto(self.degree)
        panels = zip(self.edges[:-1], self.edges[1:], strict=True)
        each = [0.5 * (low + high) + 0.5 * (high - low) * local for low, high in panels]
        return np.concatenate([each[0][:1], *(one[1:] for one in each)])

    def table(self) -> ClosureTable:
        """The table.

        Raises:
            NoTableError: where some Z is not of one sign, or not finite, at some node.
        """
        nodes = self.nodes
        sums = self._sums(np.tile(nodes, (len(self.axes.slots), 1)))
        nominal, single, pairs = (
            np.asarray(one) for one in (sums.nominal, sums.single, sums.pairs)
        )
        moved = _moved(self.channel.shapes)
        first, second = np.triu_indices(len(self.axes.slots), 1)
        pairs = pairs.transpose(1, 3, 0, 2, 4)[first, second]
        lowest = np.where(np.asarray(self.pool.ratios).min(axis=(0, 2)) < 0, SIGNED_SHARE, 0.0)
        lowest = lowest * np.asarray(sums.magnitude)
        self._check_signs(moved, nominal, lowest, [single.transpose(1, 0, 2), pairs])
        # Where nothing moves, Z may be anything, and what the table interpolates is ln 1.
        unit = np.where(moved, nominal, 1.0)[:, None, None]
        ones = np.log(np.where(moved[:, None, None], single / unit, 1.0))
        twos = np.log(np.where(moved[:, None, None], pairs / unit, 1.0))
        ones = ones.transpose(1, 0, 2)
        twos = twos - ones[first][..., :, None] - ones[second][..., None, :]
        series, panels = _series(self.degree), self._panels()
        return ClosureTable(
            slots=jnp.asarray(np.asarray(self.axes.slots, int)),
            edges=jnp.asarray(np.asarray(self.edges)),
            nominal=jnp.asarray(nominal),
            single=jnp.asarray(np.einsum("nv,kjpv->kpjn", series, ones[..., panels])),
            pairs=jnp.asarray(
                np.einsum(
                    "mu,nv,ejpuqv->epqjmn",
                    series,
                    series,
                    twos[..., panels[:, :, None, None], panels[None, None]],
                    optimize=True,
                )
            ),
            bias=jnp.asarray(np.nan),
        )

    def compared(
        self, table: ClosureTable, points: Float[np.ndarray, "point axis"]
    ) -> tuple[Float[np.ndarray, "point process"], Float[np.ndarray, "point process"]]:
        """Z at values of the axes, from the table and from the pool."""
        found, exact = compared(
            self.channel.shapes, self.axes, self.pool, table, jnp.asarray(points)
        )
        return np.asarray(found), np.asarray(exact)

    def errors_of_pairs(
        self, points: Float[np.ndarray, "node axis"], *, step: int
    ) -> Float[np.ndarray, "node process"]:
        """What three axes and more add to ln Z together, over one in `step` chunks of the pool.

        There are as many points as `nodes`: the program is that of the table.
        """
        sums = self._sums(points.T, step=step)
        nominal = np.asarray(sums.nominal)
        first, second = np.triu_indices(len(self.axes.slots), 1)
        each = np.arange(len(points))
        with np.errstate(invalid="ignore", divide="ignore"):
            single = np.log(np.abs(np.asarray(sums.single) / nominal[:, None, None]))
            pairs = np.asarray(sums.pairs)[:, first[:, None], each, second[:, None], each]
            pairs = np.log(np.abs(pairs / nominal[:, None, None]))
            whole = np.log(np.abs(np.asarray(sums.together) / nominal[:, None]))
        # Each axis stands in one pair less than there are axes.
        told = pairs.sum(axis=1) - (len(self.axes.slots) - 2) * single.sum(axis=1)
        return np.where(_moved(self.channel.shapes)[:, None], whole - told, 0.0).T

    def _sums(self, nodes: Float[np.ndarray, "axis node"], *, step: int = 1) -> PoolSums:
        shapes, placed = self.channel.shapes, jnp.asarray(nodes)
        return pool_sums(shapes, self.axes, self.pool, placed, step=jnp.asarray(step))

    def _check_signs(
        self,
        moved: Bool[np.ndarray, " process"],
        nominal: Float[np.ndarray, " process"],
        lowest: Float[np.ndarray, " process"],
        sums: Sequence[Float[np.ndarray, "..."]],
    ) -> None:
        """Refuse a Z that changes its sign, or comes near to it, at some node of the table."""
        for process in np.flatnonzero(moved):
            sign = np.sign(nominal[process])
            size = np.concatenate([sign * one[:, process].ravel() for one in sums])
            if not (np.isfinite(size).all() and size.min(initial=np.inf) > lowest[process]):
                msg = (
                    f"Z of process {self.channel.processes[process]} is not clearly of one sign "
                    f"where nuisances are moved by up to {TABLE_REACH:g}"
                )
                raise NoTableError(msg)

    def _panels(self) -> Int[np.ndarray, "panel node"]:
        """The numbers of each panel's nodes."""
        starts = self.degree * np.arange(len(self.edges) - 1)
        return starts[:, None] + np.arange(self.degree + 1)


def _moved(shapes: Shapes) -> Bool[np.ndarray, " process"]:
    found = np.zeros(shapes.processes, bool)
    for block in (*shapes.responses, *(() if shapes.heads is None else (shapes.heads,))):
        found[np.asarray(block.processes, int)] = True
    return found


def _lobatto(degree: int) -> Float[np.ndarray, " node"]:
    # A sine, so that the middle one is 0 exactly.
    return np.sin(0.5 * np.pi * np.arange(-degree, degree + 1, 2) / degree)


def _series(degree: int) -> Float[np.ndarray, "term node"]:
    """From values at the nodes to coefficients."""
    return np.linalg.inv(np.polynomial.chebyshev.chebvander(_lobatto(degree), degree))


def tabulated(channel: RatioChannel, *, one: int) -> RatioChannel:
    """The channel with a table of the averages over its pool.

    How good it is where more than two parameters move shapes, `Tabulation.compared` tells, which
    `compile` asks.

    Args:
        channel: with a pool, and a policy that needs it.
        one: the slot that holds one, `model.scope.one`.

    Raises:
        NoTableError: where there can be no table, and why.
    """
    return dataclasses.replace(channel, table=Tabulation.of(channel, one=one).table())
