r"""Steps with one factorised matrix, each of which teaches something about the Hessian.

.. math:: p = -V_k\, g, \qquad V_{k+1} = V_k + \text{what the step has taught}

(:mod:`._broyden`). A step costs a gradient. One search may walk alone, or many side by side: then
each number that is read serves all of them, and so does each call of a kernel. A walk that has
ended waits for the others, at whose ends nothing of it has changed.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ._block_system import Metric
from ._box import Box
from ._broyden import Pair, Pairs, pair_of
from ._extent import Extent
from ._minimise import TOLERANCE, rounding
from ._trust_region import Mask, Scalar, Vector

SEARCHED = 0.5 * TOLERANCE
"""EDM at which the search ends, per unit of information."""
_SURE = 0.25
"""The share of it that is asked for, as the matrix is not the Hessian."""
_TAUGHT_ALONE = 20
"""Steps that are learnt from, where a fresh matrix follows."""
_TAUGHT_TOGETHER = 40
_REFUSED = 2
"""Steps one after the other after which a walk is given up."""

Data = TypeVar("Data")
Slope: TypeAlias = Callable[[Vector], tuple[Scalar, Vector]]


class Place(NamedTuple):
    """A point of the search, in internal coordinates."""

    at: Vector
    value: Scalar
    gradient: Vector

    @property
    def usable(self) -> Bool[Array, ""]:
        """Whether a search can go on from here."""
        return jnp.isfinite(self.value) & jnp.isfinite(self.gradient).all()


class Walked(NamedTuple):
    """Where steps with one matrix have led."""

    place: Place
    edm: Scalar
    """By that matrix."""
    points: Int[Array, ""]
    """At which the function was evaluated, those before included."""
    accepted: Int[Array, ""]
    """Steps."""
    near: Bool[Array, ""]
    """Whether the distance to the minimum is small, as far as that matrix can tell."""

    @classmethod
    def begun(cls, place: Place) -> "Walked":
        """At the first point."""
        nowhere = jnp.full_like(place.value, jnp.inf)
        return cls(place, nowhere, jnp.asarray(1), jnp.asarray(0), jnp.zeros((), bool))


class Bounds(NamedTuple):
    """Where a walk may go, and how far."""

    box: Box
    extent: Extent
    most: Int[Array, ""] | int
    """Points to look at, those before included."""
    down_to: Scalar | float = 0.0
    """An EDM; a walk that falls below ends."""


class _Steps(NamedTuple):
    walked: Walked
    down: Vector
    """The inverse of the present matrix times the gradient."""
    refused: Int[Array, ""]
    """Steps that were, or have taught nothing, one after the other."""
    far: Bool[Array, ""]
    """Whether the walk began farther away than it is to lead."""
    done: Bool[Array, ""]


def walk(
    slope: Slope, metric: Metric, place: Place, points: Int[Array, ""], bounds: Bounds
) -> Walked:
    """Steps until they fail, or lead near the minimum."""

    def advance(state: tuple[_Steps, Pairs]) -> tuple[_Steps, Pairs]:
        steps, pair = _advanced(slope, metric, bounds, *state)
        return steps, state[1].and_(pair)

    first = _first(metric, bounds, place, points)
    state = (first, Pairs.none(place.at, _TAUGHT_ALONE))
    return jax.lax.while_loop(lambda now: ~now[0].done & ~now[1].full, advance, state)[0].walked


def walk_together(
    slope: Callable[[Data, Vector], tuple[Scalar, Vector]],
    data: Data,
    start: Float[Array, "walk parameter"],
    metric: Metric,
    bounds: Bounds,
    *,
    each_its_own: bool,
    wanted: Bool[Array, " walk"],
) -> Walked:
    """Many walks side by side, each from its start; a leading axis on every result.

    Args:
        slope: value and gradient for given data.
        data: of each walk, along a leading axis.
        start: first points, in the box.
        metric: one for all, or each its own along a leading axis.
        bounds: with fixed coordinates and extents of each walk.
        each_its_own: says which it is.
        wanted: walks that are not are at their end where they begin.
    """
    own = 0 if each_its_own else None

    def limits(fixed: Mask, extent: Extent) -> Bounds:
        return bounds._replace(box=bounds.box._replace(fixed=fixed), extent=extent)

    def begin(data: Data, metric: Metric, fixed: Mask, extent: Extent, at: Vector) -> _Steps:
        begun = Walked.begun(Place(at, *slope(data, at)))
        return _first(metric, limits(fixed, extent), begun.place, begun.points)

    def advance(state: tuple[_Steps, Pairs]) -> tuple[_Steps, Pairs]:
        pairs = state[1]

        def step(  # noqa: PLR0913, PLR0917 (all that each walk has for itself)
            data: Data,
            metric: Metric,
            fixed: Mask,
            extent: Extent,
            steps: _Steps,
            rows: Float[Array, "row parameter"],
            alone: Float[Array, " pair"],
            mixed: Float[Array, " pair"],
        ) -> tuple[_Steps, Pair]:
            taught = Pairs(rows, alone, mixed, pairs.steps)
            return _advanced(
                lambda at: slope(data, at), metric, limits(fixed, extent), steps, taught
            )

        several = jax.vmap(step, (0, own, 0, 0, 0, 0, 0, 0))
        steps, new = several(*given, state[0], pairs.rows, pairs.own, pairs.mixed)
        return steps, pairs.and_(new)

    given = (data, metric, bounds.box.fixed, bounds.extent)
    first = jax.vmap(begin, (0, own, 0, 0, 0))(*given, start)
    first = first._replace(done=first.done | ~wanted)
    return jax.lax.while_loop(
        lambda now: ~now[0].done.all() & ~now[1].full,
        advance,
        (first, Pairs.none(start, _TAUGHT_TOGETHER)),
    )[0].walked


def _first(metric: Metric, bounds: Bounds, place: Place, points: Int[Array, ""]) -> _Steps:
    down = metric.solve(place.gradient)
    edm = 0.5 * place.gradient @ down
    none = jnp.asarray(0)
    far = edm >= bounds.down_to
    walked = Walked(place, edm, points, none, jnp.zeros((), bool))
    near, done = _ended(metric, bounds, walked, far)
    lost = ~metric.factor.sound | ~place.usable
    return _Steps(walked._replace(near=near & ~lost), down, none, far, done | lost)


def _advanced(
    slope: Slope, metric: Metric, bounds: Bounds, state: _Steps, pairs: Pairs
) -> tuple[_Steps, Pair]:
    """One step, and what it has taught; nothing where the walk is done."""
    walked, box, going = state.walked, bounds.box, ~state.done
    old = walked.place
    stay = metric.held | state.done
    trial = jnp.where(stay, old.at, box.nearest(old.at - state.down))
    new = Place(trial, *slope(trial))
    taken = going & new.usable & (new.value <= old.value + rounding(old.value))
    change = jnp.where(stay, 0.0, new.gradient - old.gradient)
    ahead = metric.solve(new.gradient) + pairs.correction(new.gradient)
    pair = pair_of(new.at - old.at, change, ahead - state.down)
    place = jax.tree.map(lambda yes, no: jnp.where(taken, yes, no), new, old)
    down = jnp.where(taken, ahead, state.down) + pair.correction(place.gradient)
    present = 0.5 * place.gradient @ down
    accepted = walked.accepted + taken.astype(int)
    walked = Walked(place, present, walked.points + going.astype(int), accepted, walked.near)
    refused = jnp.where(taken & pair.learnt, 0, state.refused + 1)
    near, ended = _ended(metric, bounds, walked, state.far)
    near = jnp.where(going, near, walked.near)
    lost = ~new.usable | (refused >= _REFUSED) | (~taken & ~pair.learnt)
    done = state.done | ended | lost
    return _Steps(walked._replace(near=near), down, refused, state.far, done), pair


def _ended(
    metric: Metric, bounds: Bounds, walked: Walked, far: Bool[Array, ""]
) -> tuple[Bool[Array, ""], Bool[Array, ""]]:
    """Whether the minimum is near, and whether the walk is at its end."""
    place = walked.place
    enough = jnp.maximum(_SURE * SEARCHED * bounds.extent.information, rounding(place.value))
    there = walked.edm <= enough
    arrived = there | ((walked.edm < bounds.down_to) & far)
    same = (bounds.box.held(place.at, place.gradient) == metric.held).all()
    return metric.trusted & same & there, arrived | ~same | (walked.points >= bounds.most)
