r"""Second-order minimisation in a box: a trust-region Newton method with the exact Hessian.

Coordinates are scaled by the square roots of the Hessian's diagonal, so that the trust region is
round in units of each parameter's own curvature. Bounds are an active set: a parameter rests *on*
its bound, exactly, while the gradient pushes it outward. Convergence is judged by the estimated
distance to the minimum, :math:`\mathrm{EDM} = \tfrac12 g^\top H^{-1} g` over the free parameters.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from ._extent import Extent, unknown_extent
from ._probe import Probes, failed, next_probe, no_probes, resting, waiting
from ._status import Status
from ._trust_region import FLAT, Mask, Matrix, Scalar, Step, Vector, propose

Derivatives: TypeAlias = tuple[Scalar, Vector, Matrix]

TOLERANCE = 1e-10
"""EDM below which a minimum is reached, in units of the negative log likelihood."""
MAX_STEPS = 200
FIRST_RADIUS = 10.0
"""Radius per square root of the number of parameters, in units of each one's own curvature."""
_SMALLEST_RADIUS = 1e-10
_POLISHED = 3
"""Steps at a minimum after which a small eigenvalue is believed."""
_NOTHING = 1e-13
"""Curvature over a typical distance, per unit of information, that is none but for rounding."""
_ENDLESS = 40
"""Steps down, one after another, without ever a convex likelihood: there is no lowest point."""
_ASTRAY = 8
"""Steps down beyond all sense."""


class Minimum(NamedTuple):
    """Where a minimisation ended, in internal coordinates."""

    at: Vector
    value: Scalar
    gradient: Vector
    hessian: Matrix
    edm: Scalar
    active: Mask
    """Parameters that rest on a bound: `nll` is lowest there."""
    steps: Int[Array, ""]
    status: Int[Array, ""]


class _Descent(NamedTuple):
    """What a likelihood without a lowest point is recognised by."""

    indefinite: Int[Array, ""]
    """Steps down, one after another, that ended where the Hessian has a negative eigenvalue."""
    astray: Int[Array, ""]
    """Steps down, one after another, that ended beyond all sense."""
    outside: Bool[Array, ""]
    """Whether the present point is beyond all sense."""


class _State(NamedTuple):
    at: Vector
    derivatives: Derivatives
    trial: Vector
    step: Step
    radius: Scalar
    probes: Probes
    descent: _Descent
    near: Int[Array, ""]
    """How often the coordinates that have a curvature have been at their minimum."""
    steps: Int[Array, ""]
    status: Int[Array, ""]


def minimise(
    derivatives: Callable[[Vector], Derivatives],
    start: Vector,
    *,
    fixed: Mask,
    lower: Vector,
    upper: Vector,
    max_steps: Int[Array, ""] | int = MAX_STEPS,
    extent: Extent | None = None,
) -> Minimum:
    """Find a local minimum. Pure: may be jitted and vmapped over any of its arrays.

    Args:
        derivatives: value, gradient and Hessian; where one is not finite, the point is refused.
        start: first point; put into the box before use.
        fixed: coordinates that stay at `start`.
        lower: lower bounds, `-inf` where none.
        upper: upper bounds.
        max_steps: most evaluations.
        extent: typical distances, where they are known.
    """
    size = start.size
    start = jnp.where(fixed, start, jnp.clip(start, lower, upper))
    known = unknown_extent(start) if extent is None else extent
    zero, none = jnp.zeros((), start.dtype), jnp.asarray(0)
    nowhere = (jnp.full((), jnp.inf, start.dtype), jnp.zeros_like(start), jnp.eye(size))
    state = _State(
        at=start,
        derivatives=nowhere,
        trial=start,
        step=Step(jnp.zeros_like(start), zero, zero, zero, zero, zero),
        radius=jnp.asarray(FIRST_RADIUS * size**0.5, start.dtype),
        probes=no_probes(start),
        descent=_Descent(none, none, jnp.zeros((), bool)),
        near=none,
        steps=none,
        status=jnp.asarray(Status.RUNNING.value),
    )
    tolerance = TOLERANCE * known.information

    def running(state: _State) -> Array:
        return state.status == Status.RUNNING

    def advance(state: _State) -> _State:
        """Judge the trial point, then propose the next one. The first trial is the start itself."""
        new = derivatives(state.trial)
        first, probing = state.steps == 0, state.probes.now.any()
        accepted, fell, radius = _judge(state, new, tolerance)
        at, now = jax.tree.map(
            lambda yes, no: jnp.where(accepted, yes, no),
            (state.trial, new),
            (state.at, state.derivatives),
        )
        noise = jnp.maximum(tolerance, rounding(now[0]))
        rose = new[0] > state.derivatives[0] + noise
        probes = failed(state.probes, ~accepted, rose=rose)
        rests = resting(probes, at, now[1], known, lower=lower, upper=upper)
        free = ~fixed & ~active_bounds(at, now[1], lower, upper) & ~rests
        unmoved = free & idle(now, known)
        moving = free & ((state.near > 0) | ~unmoved)
        step, trial = _next(at, now, radius, known, moving=moving, lower=lower, upper=upper)

        settled = (step.edm <= rounding(now[0])) & (state.step.edm <= rounding(now[0]))
        near = (step.edm <= tolerance) | (settled & (step.edm > 0.1 * state.step.edm) & ~first)
        flat = jnp.maximum(FLAT, step.vague)
        stuck = near & (step.lowest < -flat) & (step.predicted <= noise)
        candidates = waiting(
            probes, at, now, known, free=free, stuck=stuck, lower=lower, upper=upper
        )
        probes = next_probe(probes, candidates & near)
        trial = jnp.where(probes.now, probes.trial(at, known, upper), trial)
        trial = jnp.where(probes.now.any() & ~probes.now, at, trial)

        # What remains of the gradient would hide a flat direction: such a minimum is polished.
        clear = (jnp.abs(step.lowest) > step.vague) | (state.near >= _POLISHED)
        complete = near & ~candidates.any() & ~(unmoved & ~moving).any()
        descent = _follow(state.descent, at, step, known, fell=fell, accepted=accepted, free=free)
        steps = state.steps + 1
        status = jnp.where(steps >= max_steps, Status.STEP_LIMIT.value, Status.RUNNING.value)
        status = jnp.where(radius < _SMALLEST_RADIUS, Status.NO_DECREASE.value, status)
        status = jnp.where(complete & stuck & ~probing, Status.SADDLE_POINT.value, status)
        found = jnp.where(step.lowest > flat, Status.CONVERGED.value, Status.FLAT_DIRECTION.value)
        status = jnp.where(complete & clear & (step.lowest > -flat), found, status)
        status = _unless_unbounded(status, descent)
        status = jnp.where(first & ~accepted, Status.BAD_START.value, status)
        count = state.near + jnp.where(near, 1, 0)
        return _State(at, now, trial, step, radius, probes, descent, count, steps, status)

    done = jax.lax.while_loop(running, advance, state)
    value, gradient, hessian = done.derivatives
    pushed = active_bounds(done.at, gradient, lower, upper)
    rests = resting(done.probes, done.at, gradient, known, lower=lower, upper=upper)
    active = ~fixed & (pushed | rests)
    return Minimum(
        done.at, value, gradient, hessian, done.step.edm, active, done.steps, done.status
    )


def active_bounds(at: Vector, gradient: Vector, lower: Vector, upper: Vector) -> Mask:
    """Coordinates on a bound whose gradient pushes them outward."""
    return ((at <= lower) & (gradient > 0)) | ((at >= upper) & (gradient < 0))


def scale_of(hessian: Matrix, extent: Extent) -> Vector:
    """Inverse lengths: the square roots of the curvatures, a typical distance's where none is."""
    curvature = jnp.abs(jnp.diagonal(hessian))
    curved = curvature * extent.size**2 > _NOTHING * extent.information
    return jnp.where(curved, jnp.sqrt(jnp.where(curved, curvature, 1.0)), 1.0 / extent.size)


def rounding(value: Scalar) -> Scalar:
    """The rounding error of a negative log likelihood."""
    return 8 * jnp.finfo(value.dtype).eps * jnp.abs(value)


def idle(derivatives: Derivatives, extent: Extent) -> Mask:
    """Coordinates with neither slope nor curvature of their own.

    The mass of a signal of strength 0 is one: what the mixed derivative says of it holds only while
    the strength has hardly moved. It waits for the others.
    """
    _, gradient, hessian = derivatives
    none = _NOTHING * extent.information
    flat = jnp.abs(jnp.diagonal(hessian)) * extent.size**2 <= none
    return flat & (jnp.abs(gradient) * extent.size <= none**0.5)


def _judge(
    state: _State, new: Derivatives, tolerance: Scalar
) -> tuple[Bool[Array, ""], Bool[Array, ""], Scalar]:
    """Whether the trial is accepted, whether `nll` has fallen, and the next radius."""
    value, gradient, hessian = new
    usable = jnp.isfinite(value) & jnp.isfinite(gradient).all() & jnp.isfinite(hessian).all()
    first, probing = state.steps == 0, state.probes.now.any()
    old = jnp.where(first, value, state.derivatives[0])
    gain = jnp.where(usable, old - value, -jnp.inf)
    predicted = state.step.predicted
    noise = jnp.maximum(tolerance, rounding(old))
    fell = gain > noise
    # Near the minimum the gain drowns in rounding: such a step is taken, and settles nothing.
    settled = (predicted <= noise) & (gain >= -noise)
    accepted = usable & (first | settled | (gain > 1e-4 * predicted))
    at_edge = state.step.length > 0.9 * state.radius
    grown = jnp.where((gain > 0.75 * predicted) & at_edge, 3.0 * state.radius, state.radius)
    radius = jnp.where(gain > 0.25 * predicted, grown, 0.25 * state.step.length)
    radius = jnp.where(first | settled | probing, state.radius, radius)
    return jnp.where(probing, usable & fell, accepted), fell, radius


def _next(
    at: Vector,
    derivatives: Derivatives,
    radius: Scalar,
    extent: Extent,
    *,
    moving: Mask,
    lower: Vector,
    upper: Vector,
) -> tuple[Step, Vector]:
    _, gradient, hessian = derivatives
    scale = scale_of(hessian, extent)
    step = propose(
        gradient / scale,
        hessian / (scale[:, None] * scale[None, :]),
        free=moving,
        lower=(lower - at) * scale,
        upper=(upper - at) * scale,
        radius=radius,
    )
    # Exactly on the bound where the step reaches it: rounding must not leave a gap.
    return step, jnp.where(moving, jnp.clip(at + step.step / scale, lower, upper), at)


def _follow(
    before: _Descent,
    at: Vector,
    step: Step,
    extent: Extent,
    *,
    fell: Array,
    accepted: Array,
    free: Mask,
) -> _Descent:
    outside = (free & ((at < extent.low) | (at > extent.high))).any()
    down = accepted & fell

    def count(number: Array, holds: Array) -> Array:
        return jnp.where(down, jnp.where(holds, number + 1, 0), number)

    return _Descent(
        indefinite=count(before.indefinite, step.lowest < -FLAT),
        astray=count(before.astray, outside),
        outside=outside,
    )


def _unless_unbounded(status: Array, descent: _Descent) -> Array:
    """A minimum beyond all sense is none, and neither is a descent that never ends."""
    endless = (descent.indefinite >= _ENDLESS) | (descent.astray >= _ASTRAY)
    ended = (status != Status.RUNNING) & (status != Status.FLAT_DIRECTION)
    given_up = (status == Status.NO_DECREASE) | (status == Status.STEP_LIMIT)
    late = given_up & (descent.indefinite >= _ENDLESS // 4)
    unbounded = endless | (ended & descent.outside) | late
    return jnp.where(unbounded, Status.UNBOUNDED.value, status)
