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

from ._status import Status
from ._trust_region import FLAT, Mask, Matrix, Scalar, Step, Vector, propose

Derivatives: TypeAlias = tuple[Scalar, Vector, Matrix]

TOLERANCE = 1e-10
"""EDM below which a minimum is reached, in units of the negative log likelihood."""
MAX_STEPS = 200
_FIRST_RADIUS = 10.0
"""Radius per square root of the number of parameters, in units of each one's own curvature."""
_SMALLEST_RADIUS = 1e-10
_SUSPECT = 1e-4
"""A smallest relative eigenvalue below this may be that of a flat direction."""


class Minimum(NamedTuple):
    """Where a minimisation ended, in internal coordinates."""

    at: Vector
    value: Scalar
    gradient: Vector
    hessian: Matrix
    edm: Scalar
    active: Mask
    """Parameters that rest on a bound."""
    steps: Int[Array, ""]
    status: Int[Array, ""]


class _State(NamedTuple):
    at: Vector
    derivatives: Derivatives
    trial: Vector
    step: Step
    radius: Scalar
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
) -> Minimum:
    """Find a local minimum. Pure: may be jitted and vmapped over any of its arrays.

    Args:
        derivatives: value, gradient and Hessian; where one is not finite, the point is refused.
        start: first point; put into the box before use.
        fixed: coordinates that stay at `start`.
        lower: lower bounds, `-inf` where none.
        upper: upper bounds.
        max_steps: most evaluations.
    """
    size = start.size
    start = jnp.where(fixed, start, jnp.clip(start, lower, upper))
    zero = jnp.zeros((), start.dtype)
    nowhere = (jnp.full((), jnp.inf, start.dtype), jnp.zeros_like(start), jnp.eye(size))
    state = _State(
        at=start,
        derivatives=nowhere,
        trial=start,
        step=Step(jnp.zeros_like(start), zero, zero, zero, zero),
        radius=jnp.asarray(_FIRST_RADIUS * size**0.5, start.dtype),
        steps=jnp.asarray(0),
        status=jnp.asarray(Status.RUNNING.value),
    )

    def running(state: _State) -> Array:
        return state.status == Status.RUNNING

    def advance(state: _State) -> _State:
        """Judge the trial point, then propose the next one. The first trial is the start itself."""
        new = derivatives(state.trial)
        first = state.steps == 0
        accepted, radius = _judge(state, new)
        at, now = jax.tree.map(
            lambda yes, no: jnp.where(accepted, yes, no),
            (state.trial, new),
            (state.at, state.derivatives),
        )
        step, trial = _next(at, now, radius, fixed=fixed, lower=lower, upper=upper)
        steps = state.steps + 1
        status = jnp.where(steps >= max_steps, Status.STEP_LIMIT.value, Status.RUNNING.value)
        status = jnp.where(radius < _SMALLEST_RADIUS, Status.NO_DECREASE.value, status)
        near = step.edm <= _noise(now[0])
        # What remains of the gradient would hide a flat direction: such a minimum is polished once.
        clear = (step.lowest > _SUSPECT) | (~first & (state.step.edm <= _noise(now[0])))
        done = near & clear & (step.lowest > -FLAT)
        found = jnp.where(step.lowest > FLAT, Status.CONVERGED.value, Status.FLAT_DIRECTION.value)
        status = jnp.where(done, found, status)
        status = jnp.where(first & ~accepted, Status.BAD_START.value, status)
        return _State(at, now, trial, step, radius, steps, status)

    done = jax.lax.while_loop(running, advance, state)
    value, gradient, hessian = done.derivatives
    active = ~fixed & active_bounds(done.at, gradient, lower, upper)
    return Minimum(
        done.at, value, gradient, hessian, done.step.edm, active, done.steps, done.status
    )


def active_bounds(at: Vector, gradient: Vector, lower: Vector, upper: Vector) -> Mask:
    """Coordinates on a bound whose gradient pushes them outward."""
    return ((at <= lower) & (gradient > 0)) | ((at >= upper) & (gradient < 0))


def scale_of(hessian: Matrix) -> Vector:
    """Inverse lengths: the square roots of the curvatures, 1 where there is none."""
    curvature = jnp.abs(jnp.diagonal(hessian))
    return jnp.where(curvature > 0, jnp.sqrt(jnp.where(curvature > 0, curvature, 1.0)), 1.0)


def _judge(state: _State, new: Derivatives) -> tuple[Bool[Array, ""], Scalar]:
    """Whether the trial is accepted, and the next radius."""
    value, gradient, hessian = new
    usable = jnp.isfinite(value) & jnp.isfinite(gradient).all() & jnp.isfinite(hessian).all()
    first = state.steps == 0
    old = jnp.where(first, value, state.derivatives[0])
    gain = jnp.where(usable, old - value, -jnp.inf)
    predicted = state.step.predicted
    # Near the minimum the gain drowns in rounding: such a step is taken, and settles nothing.
    settled = (predicted <= _noise(old)) & (gain >= -_noise(old))
    accepted = usable & (first | settled | (gain > 1e-4 * predicted))
    at_edge = state.step.length > 0.9 * state.radius
    grown = jnp.where((gain > 0.75 * predicted) & at_edge, 3.0 * state.radius, state.radius)
    radius = jnp.where(gain > 0.25 * predicted, grown, 0.25 * state.step.length)
    return accepted, jnp.where(first | settled, state.radius, radius)


def _next(
    at: Vector,
    derivatives: Derivatives,
    radius: Scalar,
    *,
    fixed: Mask,
    lower: Vector,
    upper: Vector,
) -> tuple[Step, Vector]:
    _, gradient, hessian = derivatives
    free = ~fixed & ~active_bounds(at, gradient, lower, upper)
    scale = scale_of(hessian)
    step = propose(
        gradient / scale,
        hessian / (scale[:, None] * scale[None, :]),
        free=free,
        lower=(lower - at) * scale,
        upper=(upper - at) * scale,
        radius=radius,
    )
    # Exactly on the bound where the step reaches it: rounding must not leave a gap.
    return step, jnp.where(free, jnp.clip(at + step.step / scale, lower, upper), at)


def _noise(value: Scalar) -> Scalar:
    """The distance in `nll` that counts as none: the tolerance, or rounding where that is more."""
    return jnp.maximum(TOLERANCE, 8 * jnp.finfo(value.dtype).eps * jnp.abs(value))
