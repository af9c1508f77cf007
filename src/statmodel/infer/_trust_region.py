r"""One step of Newton's method inside a trust region and a box.

.. math:: \min_p \; g^\top p + \tfrac12 p^\top H p, \qquad \lVert p \rVert \le \Delta, \quad
   l \le u + p \le b

The ball is solved exactly by an eigendecomposition (J. Nocedal, S. Wright, Numerical Optimization,
2nd ed., section 4.3), so an indefinite Hessian is no obstacle: along negative curvature the step
goes to the edge of the ball. The box is an active set: coordinates that leave it are put on their
bound, and the rest is solved again.
"""

from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Scalar: TypeAlias = Float[Array, ""]
Vector: TypeAlias = Float[Array, " parameter"]
Matrix: TypeAlias = Float[Array, "parameter parameter"]
Mask: TypeAlias = Bool[Array, " parameter"]

FLAT = 1e-8
"""An eigenvalue below this share of the largest is taken for none: errors would be inflated ten
thousandfold, and the Hessian is not known to more digits than that."""
_SECULAR_STEPS = 40
_SMALLEST_CURVATURE = 1e-200  # a Hessian of zeros: no event, and nothing constrained
_ACTIVE_SET_PASSES = 6


class Step(NamedTuple):
    """A proposed step, and what its computation tells of the point that it starts from."""

    step: Vector
    predicted: Scalar
    """Decrease of the quadratic model, >= 0."""
    length: Scalar
    edm: Scalar
    """Half of g H^-1 g over the free coordinates, with absolute curvatures."""
    lowest: Scalar
    """The smallest eigenvalue over the free coordinates, relative to the largest."""


class _Ball(NamedTuple):
    step: Vector
    edm: Scalar
    lowest: Scalar


class _Pass(NamedTuple):
    step: Vector
    moving: Mask
    number: Array
    clipped: Array
    edm: Scalar
    lowest: Scalar


def propose(
    gradient: Vector, hessian: Matrix, *, free: Mask, lower: Vector, upper: Vector, radius: Scalar
) -> Step:
    """The step of the quadratic model within the ball and the box.

    Args:
        gradient: at the present point, in coordinates in which the ball is round.
        hessian: symmetric, possibly indefinite, same coordinates.
        free: coordinates that may move.
        lower: lowest step of each coordinate, <= 0.
        upper: highest step of each coordinate, >= 0.
        radius: of the ball.
    """

    def visit(last: _Pass) -> _Pass:
        held = jnp.where(last.moving, 0.0, last.step)
        ball = _minimum_in_ball(gradient + hessian @ held, hessian, last.moving, radius)
        trial = held + ball.step
        step = jnp.clip(trial, lower, upper)
        left = last.moving & (step != trial)
        first = last.number == 0
        return _Pass(
            step,
            last.moving & ~left,
            last.number + 1,
            left.any(),
            jnp.where(first, ball.edm, last.edm),
            jnp.where(first, ball.lowest, last.lowest),
        )

    def unfinished(last: _Pass) -> Array:
        return last.clipped & (last.number < _ACTIVE_SET_PASSES)

    nothing = jnp.zeros((), gradient.dtype)
    start = _Pass(
        jnp.zeros_like(gradient), free, jnp.asarray(0), jnp.ones((), bool), nothing, nothing
    )
    last = jax.lax.while_loop(unfinished, visit, start)
    predicted = -(gradient @ last.step + 0.5 * last.step @ hessian @ last.step)
    return Step(last.step, predicted, jnp.linalg.norm(last.step), last.edm, last.lowest)


def restrict(hessian: Matrix, free: Mask) -> Matrix:
    """The Hessian of the free coordinates; the others become an identity block."""
    both = free[:, None] & free[None, :]
    return jnp.where(both, hessian, jnp.diag(jnp.where(free, 0.0, 1.0)))


def _minimum_in_ball(gradient: Vector, hessian: Matrix, free: Mask, radius: Scalar) -> _Ball:
    """The exact minimum of the quadratic model in the ball, over the free coordinates."""
    values, vectors = jnp.linalg.eigh(restrict(hessian, free))
    slope = vectors.T @ jnp.where(free, gradient, 0.0)
    largest = jnp.maximum(jnp.abs(values).max(), _SMALLEST_CURVATURE)
    none = FLAT * largest
    # Below `floor` the shifted Hessian is not positive definite.
    floor = jnp.maximum(-values[0], 0.0) + jnp.where(values[0] > none, 0.0, none)

    def length(shift: Scalar) -> Scalar:
        return jnp.linalg.norm(slope / (values + shift))

    def halve(_: Array, ends: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
        low, high = ends
        # The root may lie many decades below the upper end: bisect in the logarithm above `floor`.
        above = jnp.sqrt(jnp.maximum(low - floor, none) * jnp.maximum(high - floor, none))
        too_long = length(floor + above) > radius
        return jnp.where(too_long, floor + above, low), jnp.where(too_long, high, floor + above)

    highest = floor + jnp.linalg.norm(slope) / radius
    _, shift = jax.lax.fori_loop(0, _SECULAR_STEPS, halve, (floor, highest))
    inside = length(floor) <= radius
    step = -slope / (values + jnp.where(inside, floor, shift))
    # The hard case: no slope along the most negative curvature, so go along it to the edge.
    room = jnp.sqrt(jnp.maximum(radius**2 - step @ step, 0.0))
    downhill = jnp.where(step[0] < 0, -room, room)
    step = step.at[0].add(jnp.where(inside & (values[0] < -none), downhill, 0.0))
    curved = jnp.abs(values) > none
    # A slope along which nothing curves is no small distance: it counts in full.
    share = slope**2 / jnp.where(curved, jnp.abs(values), 1.0)
    return _Ball(jnp.where(free, vectors @ step, 0.0), 0.5 * share.sum(), values[0] / largest)
