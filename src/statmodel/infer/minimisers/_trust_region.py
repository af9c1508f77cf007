r"""One step of Newton's method inside a trust region and a box.

.. math:: \min_p \; g^\top p + \tfrac12 p^\top H p, \qquad \lVert p \rVert \le \Delta, \quad
   l \le u + p \le b

The ball is solved exactly by an eigendecomposition (J. Nocedal, S. Wright, Numerical Optimization,
2nd ed., section 4.3), so an indefinite Hessian is no obstacle: along negative curvature the step
goes to the edge of the ball, to the side on which the box lets it descend further. The box is an
active set: coordinates that leave it are put on their bound, and the rest is solved again. Where a
Cholesky factorisation shows that the Hessian is positive definite by far, and the ball does not
matter, Newton's step follows without eigenvalues.
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
SUSPECT = 1e-4
"""An eigenvalue below this share of the largest may be that of a flat direction."""
_SETTLING = 1e-2
"""EDM below which what remains of the gradient is held against small eigenvalues."""
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
    vague: Scalar
    """Eigenvalues below, relative to the largest, may owe their size to the gradient."""


class _Ball(NamedTuple):
    step: Vector
    mirrored: Vector
    """The step to the other side where both sides descend alike (the hard case), else the same."""
    edm: Scalar
    lowest: Scalar
    vague: Scalar


class _Pass(NamedTuple):
    step: Vector
    moving: Mask
    number: Array
    clipped: Array
    first: _Ball
    """Of the first pass, in which no coordinate has been clipped."""


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

    def decrease(step: Vector) -> Scalar:
        return -(gradient @ step + 0.5 * step @ (hessian @ step))

    def visit(last: _Pass) -> _Pass:
        held = jnp.where(last.moving, 0.0, last.step)
        ball = _minimum_in_ball(gradient + hessian @ held, hessian, last.moving, radius)
        here, there = (held + jnp.where(last.moving, p, 0.0) for p in (ball.step, ball.mirrored))
        inside, beyond = jnp.clip(here, lower, upper), jnp.clip(there, lower, upper)
        turn = decrease(beyond) > decrease(inside)
        trial, step = jnp.where(turn, there, here), jnp.where(turn, beyond, inside)
        left = last.moving & (step != trial)
        first = jax.tree.map(
            lambda new, old: jnp.where(last.number == 0, new, old), ball, last.first
        )
        return _Pass(step, last.moving & ~left, last.number + 1, left.any(), first)

    def unfinished(last: _Pass) -> Array:
        return last.clipped & (last.number < _ACTIVE_SET_PASSES)

    nothing, nowhere = jnp.zeros((), gradient.dtype), jnp.zeros_like(gradient)
    none = _Ball(nowhere, nowhere, nothing, nothing, nothing)
    start = _Pass(nowhere, free, jnp.asarray(0), jnp.ones((), bool), none)
    last = jax.lax.while_loop(unfinished, visit, start)
    length = jnp.linalg.norm(last.step)
    _, _, edm, lowest, vague = last.first
    return Step(last.step, decrease(last.step), length, edm, lowest, vague)


def restrict(hessian: Matrix, free: Mask, *, diagonal: float = 1.0) -> Matrix:
    """The Hessian of the free coordinates; the others become a multiple of the identity."""
    both = free[:, None] & free[None, :]
    return jnp.where(both, hessian, jnp.diag(jnp.where(free, 0.0, diagonal)))


def inverse_root(matrix: Matrix) -> Matrix:
    r"""Upper-triangular U with :math:`U U^\top` the inverse; NaN if not positive definite."""
    factor = jax.lax.linalg.cholesky(matrix, symmetrize_input=False)
    unit = jnp.eye(matrix.shape[0], dtype=matrix.dtype)
    return jax.lax.linalg.triangular_solve(
        factor, unit, left_side=True, lower=True, transpose_a=True
    )


def inverse_of(root: Matrix) -> Matrix:
    r""":math:`U U^\top` of an upper-triangular matrix, half of whose zeros are left out."""
    half = root.shape[0] // 2
    above, below = root[:half], root[half:, half:]
    inverse = jnp.zeros_like(root)
    inverse = jax.lax.dynamic_update_slice(inverse, above @ above.T, (0, 0))
    inverse = jax.lax.dynamic_update_slice(inverse, below @ below.T, (half, half))
    across = above[:, half:] @ below.T
    inverse = jax.lax.dynamic_update_slice(inverse, across, (0, half))
    return jax.lax.dynamic_update_slice(inverse, across.T, (half, 0))


def _minimum_in_ball(gradient: Vector, hessian: Matrix, free: Mask, radius: Scalar) -> _Ball:
    """The exact minimum of the quadratic model in the ball, over the free coordinates."""
    matrix, slope = restrict(hessian, free), jnp.where(free, gradient, 0.0)
    newton, sound = _newton(slope, matrix, radius)
    return jax.lax.cond(sound, lambda: newton, lambda: _by_eigenvalues(slope, matrix, radius))


def _newton(gradient: Vector, matrix: Matrix, radius: Scalar) -> tuple[_Ball, Bool[Array, ""]]:
    """Newton's step, and whether it is the minimum in the ball, and a clear one.

    The trace of the inverse bounds the smallest eigenvalue from below, the largest sum of a row
    the largest one from above.
    """
    root = inverse_root(matrix)
    step = -root @ (gradient @ root)
    largest = jnp.maximum(jnp.abs(matrix).sum(axis=1).max(), _SMALLEST_CURVATURE)
    lowest = 1.0 / (root**2).sum()
    vague = jnp.minimum(jnp.linalg.norm(gradient), SUSPECT * largest)
    sound = (lowest > jnp.maximum(FLAT * largest, vague)) & (step @ step <= radius**2)
    edm = -0.5 * gradient @ step
    return _Ball(step, step, edm, lowest / largest, vague / largest), sound


def _by_eigenvalues(gradient: Vector, matrix: Matrix, radius: Scalar) -> _Ball:
    values, vectors = jnp.linalg.eigh(matrix)
    slope = vectors.T @ gradient
    largest = jnp.maximum(jnp.abs(values).max(), _SMALLEST_CURVATURE)
    # A slope along which nothing curves is no small distance: it counts in full.
    curved = jnp.abs(values) > FLAT * largest
    edm = 0.5 * (slope**2 / jnp.where(curved, jnp.abs(values), 1.0)).sum()
    # Along a curved valley, as of a product of two parameters, the Hessian is not flat before the
    # gradient vanishes. A shift of the size of the gradient keeps Newton's rate in such a valley
    # (N. Yamashita, M. Fukushima, Computing Suppl. 15 (2001) 239), and leaves others alone.
    vague = jnp.minimum(jnp.linalg.norm(slope), SUSPECT * largest)
    none = jnp.maximum(FLAT * largest, jnp.where(edm < _SETTLING, vague, 0.0))
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
    hard = inside & (values[0] < -none)
    downhill = jnp.where(hard, jnp.where(step[0] < 0, -room, room), 0.0)
    mirrored, step = step.at[0].add(-downhill), step.at[0].add(downhill)
    return _Ball(vectors @ step, vectors @ mirrored, edm, values[0] / largest, vague / largest)
