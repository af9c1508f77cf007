r"""Newton's method for many small problems side by side, a step of all at a time.

.. math:: p = -H^{-1} g, \qquad \theta \leftarrow \theta + 2^{-r} p

A likelihood of a thousand events is a few hundred short kernels, and to call one costs as much as
to run it: here each call serves all problems. The problems are those that cause no trouble, with a
Hessian that is positive definite by far at every step, steps that need not be halved more than
twice, and an end that is a minimum beyond doubt. A problem that is none of these is left as
`RUNNING`, for the trust-region method to solve alone.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ._box import Box
from ._certificate import Certificate, certificate_at
from ._extent import Extent
from ._minimise import Derivatives, Minimum, rounding
from ._status import Status
from ._trust_region import Mask, Matrix, Vector, inverse_of

_HALVED = 2
"""How often a step is."""
_MOST_POINTS = 30

Data = TypeVar("Data")


class Solved(NamedTuple):
    """An end, and the inverse of the Hessian there over the coordinates off their bounds."""

    minimum: Minimum
    inverse: Matrix


class _Lane(NamedTuple):
    at: Vector
    derivatives: Derivatives
    certificate: Certificate
    step: Vector
    halved: Int[Array, ""]
    points: Int[Array, ""]
    done: Bool[Array, ""]


def lockstep(
    derivatives: Callable[[Data, Vector], Derivatives],
    data: Data,
    start: Float[Array, "lane parameter"],
    fixed: Bool[Array, "lane parameter"],
    extent: Extent,
    box: Box,
    wanted: Bool[Array, " lane"],
) -> Solved:
    """Minima, `CONVERGED` or left `RUNNING`, with a leading axis on every array.

    Args:
        derivatives: value, gradient and Hessian for given data.
        data: of each problem, along a leading axis.
        start: first points.
        fixed: coordinates that stay there.
        extent: typical distances, of each problem.
        box: the bounds; what it says of fixed coordinates does not count.
        wanted: problems that are solved at all.
    """

    def begin(data: Data, at: Vector, fixed: Mask, extent: Extent, wanted: Array) -> _Lane:
        own = box._replace(fixed=fixed)
        at = own.nearest(at)
        found = derivatives(data, at)
        here = certificate_at(found, at, extent, own)
        done = ~wanted | here.sure | ~here.sound
        none, one = jnp.asarray(0), jnp.asarray(1)
        return _Lane(at, found, here, here.step, none, one, done)

    def advance(lane: _Lane, data: Data, fixed: Mask, extent: Extent) -> _Lane:
        own = box._replace(fixed=fixed)
        trial = own.nearest(lane.at + lane.step)
        found = derivatives(data, trial)
        there = certificate_at(found, trial, extent, own)
        value = lane.derivatives[0]
        taken = found[0] <= value + rounding(value)
        new = _Lane(
            trial, found, there, there.step, jnp.asarray(0), lane.points, there.sure | ~there.sound
        )
        again = lane.halved >= _HALVED
        old = lane._replace(step=0.5 * lane.step, halved=lane.halved + 1, done=again)
        moved = jax.tree.map(lambda yes, no: jnp.where(taken, yes, no), new, old)
        points = lane.points + 1
        moved = moved._replace(points=points, done=moved.done | (points >= _MOST_POINTS))
        return jax.tree.map(lambda before, now: jnp.where(lane.done, before, now), lane, moved)

    first = jax.vmap(begin)(data, start, fixed, extent, wanted)
    last = jax.lax.while_loop(
        lambda lanes: ~lanes.done.all(),
        lambda lanes: jax.vmap(advance)(lanes, data, fixed, extent),
        first,
    )

    def resting(lane: _Lane, fixed: Mask) -> Bool[Array, ""]:
        inside = box._replace(fixed=fixed).inside(lane.at)
        return (inside != ~fixed & ~lane.certificate.active).any()

    return jax.vmap(_ended)(last, jax.vmap(resting)(last, fixed))


def _ended(lane: _Lane, resting: Bool[Array, ""]) -> Solved:
    value, gradient, hessian = lane.derivatives
    here = lane.certificate
    # On a bound that nothing pushes against, errors are of another matrix.
    status = jnp.where(here.sure & ~resting, Status.CONVERGED.value, Status.RUNNING.value)
    end = Minimum(lane.at, value, gradient, hessian, here.edm, here.active, lane.points, status)
    lengths = here.scale[:, None] * here.scale[None, :]
    return Solved(end, inverse_of(here.root) / lengths)
