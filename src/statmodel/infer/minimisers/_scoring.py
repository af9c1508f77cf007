r"""A search for models of binned channels: few Hessians, and gradients between them.

.. math:: \big( I - t\,C + \lambda\,\mathrm{diag}\,I \big)\, p = -g, \qquad t \in [0, 1]

It begins with expected information, that of the start first, once more where the minimum is close.
One factorised matrix serves for many steps, each of which teaches something about the Hessian
(:mod:`._walk`) and costs a gradient, a tenth of the second derivatives. Few searches need more.
Many fits begin together, with what is expected at one point. Matrices after these have the observed
information and a share t of its bends C: far from the minimum the exact Hessian :math:`I - C` is
often indefinite, and the information alone (Fisher scoring) converges slowly near it. t climbs a
short ladder, down again while the matrix is not positive definite; :math:`\lambda` grows where a
step fails (Levenberg and Marquardt). No eigenvalues are found here. :func:`certified` says where
the end is a minimum beyond doubt, which is nearly always; elsewhere the trust-region method of
:mod:`statmodel.infer.minimisers._minimise` goes on from there.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from statmodel.model import Structured, assembled
from statmodel.model.histograms import Coordinates

from ._block_system import (
    Factor,
    Metric,
    Scaling,
    factorised,
    informed,
    scaling_of,
    with_unit_diagonal,
)
from ._box import Box
from ._certificate import certificate_at
from ._extent import Extent
from ._minimise import Minimum, rounding
from ._status import Status
from ._trust_region import (
    Mask,
    Matrix,
    Scalar,
    Vector,
    inverse_of,
    inverse_root,
    restrict,
)
from ._walk import SEARCHED, Bounds, Place, Slope, Walked, walk

LADDER = (0.0, 0.4, 0.7, 0.9, 1.0)
"""Shares of the bends; measured on published workspaces."""
CLOSE = 1.0
"""EDM below which expected information is taken anew, and the exact Hessian is tried at once."""
_BEGINNINGS = 4
"""Metrics of expected information at most."""
MOST_POINTS = 100
_FIRST_DAMPING = 0.1
_LEAST_DAMPING = 1e-3
_BELOW = 8
"""Tries below the lowest rung, at each of which the damping grows tenfold."""


class Scored(NamedTuple):
    """Where the search ended."""

    at: Vector
    """Where second derivatives were last taken."""
    here: Structured
    walked: Walked
    """The end itself: the same point if the search was to be certain."""


class _State(NamedTuple):
    at: Vector
    here: Structured
    damping: Scalar
    rung: Int[Array, ""]
    """Of the ladder, on which the last matrix stood."""
    walked: Walked
    rounds: Int[Array, ""]
    done: Bool[Array, ""]


def begin(
    slope: Slope,
    metric_at: Callable[[Vector, Mask], Metric],
    start: Vector,
    *,
    box: Box,
    extent: Extent,
    most: Int[Array, ""] | int = MOST_POINTS,
) -> Walked:
    """Steps with expected information. Pure: may be jitted, and mapped over any of its arrays.

    Args:
        slope: value and gradient; where one is not finite, the point is refused.
        metric_at: the metric at a point, with the coordinates that are held there.
        start: first point; put into the box before use.
        box: where to search.
        extent: typical distances.
        most: points to look at; at least one is.
    """
    start = box.nearest(start)
    bounds = Bounds(box, extent, most, CLOSE)

    def further(state: tuple[Walked, Int[Array, ""]]) -> tuple[Walked, Int[Array, ""]]:
        walked, rounds = state
        here = walked.place
        metric = metric_at(here.at, box.held(here.at, here.gradient))
        return walk(slope, metric, here, walked.points, bounds), rounds + 1

    def far(state: tuple[Walked, Int[Array, ""]]) -> Bool[Array, ""]:
        walked, rounds = state
        led = (rounds == 0) | (walked.accepted > 0)
        able = led & walked.place.usable & (walked.points < most)
        return ~walked.near & able & (rounds < _BEGINNINGS)

    begun = Walked.begun(Place(start, *slope(start)))
    return jax.lax.while_loop(far, further, (begun, jnp.asarray(0)))[0]


def scoring(
    slope: Slope,
    derivatives: Callable[[Vector], Structured],
    coordinates: Coordinates,
    begun: Walked,
    *,
    box: Box,
    extent: Extent,
    most: Int[Array, ""] | int = MOST_POINTS,
    certain: bool = True,
) -> Scored:
    """Search for a local minimum. Pure, as `begin`.

    Args:
        slope: value and gradient.
        derivatives: of the function, in blocks.
        coordinates: which parameters the blocks are of.
        begun: where to go on from.
        box: where to search.
        extent: typical distances.
        most: points to look at, those before included.
        certain: whether the search ends with the exact Hessian only, which tells a minimum. Else
            it ends where the last matrix, of a point nearby, says that it is near.
    """
    most = jnp.minimum(most, MOST_POINTS)
    top = len(LADDER) - 1

    def advance(state: _State) -> _State:
        """Second derivatives at the present point, and steps with these if it is not the end."""
        here = derivatives(state.walked.place.at)
        arrived = state._replace(at=state.walked.place.at, here=here, done=jnp.ones((), bool))
        return jax.lax.cond(state.walked.near, lambda: arrived, lambda: walk_on(state, here))

    def walk_on(state: _State, here: Structured) -> _State:
        place, first = state.walked.place, state.rounds == 0
        refused = ~first & (state.walked.accepted == 0)
        eased = jnp.where(state.damping > _LEAST_DAMPING, 0.1 * state.damping, 0.0)
        raised = jnp.maximum(10.0 * state.damping, _FIRST_DAMPING)
        damping = jnp.where(refused, raised, eased)
        held = box.held(place.at, here.gradient)
        scaling = scaling_of(here.information, coordinates, held)
        climbed = jnp.where(refused, state.rung, state.rung + state.walked.accepted)
        close = ~refused & (state.walked.edm < CLOSE)
        highest = jnp.where(close, top, jnp.minimum(climbed, top))
        factor, rung, damped = _highest_sound(here, scaling, damping, highest)
        known = informed(here.information, coordinates, held)
        metric = Metric(scaling, factor, held, factor.sound & known & ~damped & (damping == 0))
        exact = (rung == top) & (damping == 0)
        edm = 0.5 * here.gradient @ metric.solve(here.gradient)
        enough = jnp.maximum(SEARCHED * extent.information, rounding(here.value))
        near = jnp.where(exact, edm <= enough, edm <= 0.1 * enough)
        lost = ~jnp.isfinite(edm) | ~jnp.isfinite(here.value)
        points = state.walked.points
        done = near | lost | (points >= most) | (state.rounds >= MOST_POINTS)
        last = Walked(place, edm, points, jnp.asarray(0), near & metric.trusted)
        walked = jax.lax.cond(
            done,
            lambda: last,
            lambda: walk(slope, metric, place, points, Bounds(box, extent, most)),
        )
        done = done | (walked.near & (not certain))
        return _State(place.at, here, damping, rung, walked, state.rounds + 1, done)

    nothing = jax.eval_shape(derivatives, begun.place.at)
    here = jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), nothing)
    none = jnp.asarray(0)
    zero = jnp.zeros_like(begun.edm)
    done = begun.near & (not certain)
    state = _State(begun.place.at, here, zero, none, begun, none, done)
    last = jax.lax.while_loop(lambda state: ~state.done, advance, state)
    return Scored(last.at, last.here, last.walked)


def certified(
    scored: Scored, coordinates: Coordinates, extent: Extent, box: Box
) -> tuple[Minimum, Matrix]:
    """The end of a search as a minimum, and the inverse of its Hessian.

    The status is `CONVERGED` where the point is a minimum beyond doubt: the Hessian over the
    parameters that no bound holds is positive definite by far, the distance to its minimum is
    small, and none is idle or beyond all sense. `RUNNING` elsewhere. The inverse is that over the
    parameters off their bounds; the others are few: those on which the data of a hypothesis at the
    bound do not push.
    """
    at, here = scored.at, scored.here
    derivatives = here.value, here.gradient, assembled(here, coordinates)
    found = certificate_at(derivatives, at, extent, box)
    free, inside = ~box.fixed & ~found.active, box.inside(at)
    status = jnp.where(found.sure, Status.CONVERGED.value, Status.RUNNING.value)
    minimum = Minimum(at, *derivatives, found.edm, found.active, scored.walked.points, status)
    within = jax.lax.cond(
        (free != inside).any(),
        lambda: inverse_root(restrict(found.whole, inside)),
        lambda: found.root,
    )
    return minimum, inverse_of(within) / (found.scale[:, None] * found.scale[None, :])


def _highest_sound(
    here: Structured, scaling: Scaling, damping: Scalar, highest: Int[Array, ""]
) -> tuple[Factor, Int[Array, ""], Bool[Array, ""]]:
    """The matrix on the highest sound rung, which it is, and whether it lies below the ladder.

    Below the ladder the matrix is damped, and counts as on the lowest rung.
    """
    shares = jnp.asarray([*[0.0] * _BELOW, *LADDER])
    more = jnp.asarray([10.0 ** (1 - k) for k in range(_BELOW)] + [0.0] * len(LADDER))
    information = with_unit_diagonal(scaling.of_matrix(here.information))
    bends = scaling.of_matrix(here.bends)

    def attempt(place: Int[Array, ""]) -> Factor:
        return factorised(information.plus(bends, -shares[place]), damping + more[place])

    def unsound(tried: tuple[Int[Array, ""], Factor]) -> Bool[Array, ""]:
        return ~tried[1].sound & (tried[0] > 0)

    shapes = jax.eval_shape(attempt, highest)
    nothing = jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), shapes)
    place, factor = jax.lax.while_loop(
        unsound,
        lambda tried: (tried[0] - 1, attempt(tried[0] - 1)),
        (highest + _BELOW + 1, nothing),
    )
    return factor, jnp.maximum(place - _BELOW, 0), place < _BELOW
