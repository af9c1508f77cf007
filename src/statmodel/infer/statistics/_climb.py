r"""The highest point of a smooth function of one to three variables in a box. Pure, any `vmap`.

.. math:: p = M^{-1} g, \qquad M = |B| + \lambda D, \qquad B = -\nabla\nabla f

with the moduli of the eigenvalues of B, so that every step leads upward; :math:`\lambda` grows
tenfold where a step fails. A variable rests on its bound while the slope pushes it outward.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

Scalar = Float[Array, ""]
Vector = Float[Array, " poi"]
Matrix = Float[Array, "poi poi"]

_MOST_STEPS = 60
_RISE = 1e-13
"""Expected rise, per unit of the function, that is none."""
_FIRST_DAMPING = 0.1
_LARGEST_STEP = 0.25
"""Of the scale, which is a range."""


class Summit(NamedTuple):
    """Where a climb has ended."""

    at: Vector
    value: Scalar
    slope: Vector
    bend: Matrix
    """B there."""
    ok: Bool[Array, ""]
    """Whether the top was reached."""


class _State(NamedTuple):
    at: Vector
    value: Scalar
    slope: Vector
    bend: Matrix
    damping: Scalar
    steps: Int[Array, ""]
    done: Bool[Array, ""]
    ok: Bool[Array, ""]


def climb(
    function: Callable[[Vector], Scalar], start: Vector, lower: Vector, upper: Vector, scale: Vector
) -> Summit:
    """Climb to the next top.

    Args:
        function: twice differentiable where it is finite.
        start: where it is finite, in the box.
        lower: bounds.
        upper: bounds.
        scale: a range of each variable; no step exceeds a quarter of it.
    """

    def derivatives(at: Vector) -> tuple[Scalar, Vector, Matrix]:
        value, slope = jax.value_and_grad(function)(at)
        return value, slope, -jax.hessian(function)(at)

    def proposal(state: _State) -> tuple[Vector, Scalar]:
        outward = ((state.at <= lower) & (state.slope <= 0)) | (
            (state.at >= upper) & (state.slope >= 0)
        )
        slope = jnp.where(outward, 0.0, state.slope)
        diagonal = jnp.maximum(jnp.abs(jnp.diagonal(state.bend)), scale**-2)
        matrix = _positive(_restricted(state.bend, ~outward, diagonal)) + jnp.diag(
            state.damping * diagonal
        )
        step = jnp.linalg.solve(matrix, slope)
        return step, 0.5 * slope @ step

    def advance(state: _State) -> _State:
        step, rise = proposal(state)
        most = _LARGEST_STEP * scale
        shrunk = jnp.minimum(1.0, (most / jnp.maximum(jnp.abs(step), 1e-300)).min())
        trial = jnp.clip(state.at + shrunk * step, lower, upper)
        value, slope, bend = derivatives(trial)
        still = rise <= _RISE * jnp.maximum(jnp.abs(state.value), 1.0)
        sound = jnp.isfinite(value) & jnp.isfinite(slope).all() & jnp.isfinite(bend).all()
        taken = ~still & sound & (value >= state.value)
        damping = jnp.where(
            taken,
            jnp.where(state.damping > 1e-3, 0.1 * state.damping, 0.0),  # noqa: PLR2004
            jnp.maximum(10.0 * state.damping, _FIRST_DAMPING),
        )
        new = _State(trial, value, slope, bend, damping, state.steps, state.done, state.ok)
        kept = state._replace(damping=damping)
        moved = jax.tree.map(lambda yes, no: jnp.where(taken, yes, no), new, kept)
        steps = state.steps + 1
        lost = ~jnp.isfinite(rise) | (steps >= _MOST_STEPS)
        return moved._replace(steps=steps, done=still | lost, ok=still)

    value, slope, bend = derivatives(start)
    nothing = jnp.zeros((), bool)
    sound = jnp.isfinite(value) & jnp.isfinite(slope).all() & jnp.isfinite(bend).all()
    zero = jnp.zeros_like(value)
    state = _State(start, value, slope, bend, zero, jnp.asarray(0), ~sound, nothing)
    last = jax.lax.while_loop(lambda state: ~state.done, advance, state)
    return Summit(last.at, last.value, last.slope, last.bend, last.ok)


def _restricted(matrix: Matrix, free: Bool[Array, " poi"], diagonal: Vector) -> Matrix:
    """The matrix over the free variables; the others stand for themselves."""
    both = free[:, None] & free[None, :]
    return jnp.where(both, matrix, jnp.diag(diagonal))


def _positive(matrix: Matrix) -> Matrix:
    """The same with the moduli of its eigenvalues, none of which is nothing."""
    if matrix.shape[0] == 1:
        return jnp.maximum(jnp.abs(matrix), 1e-300)
    values, vectors = jnp.linalg.eigh(matrix)
    sizes = jnp.abs(values)
    return (vectors * jnp.maximum(sizes, 1e-14 * sizes.max())[None, :]) @ vectors.T
