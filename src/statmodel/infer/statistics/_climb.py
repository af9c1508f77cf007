r"""The highest point of a smooth function in a box. Pure, any `vmap`.

.. math:: p = M^{-1} g, \qquad M = |B| + \lambda D, \qquad B = -\nabla\nabla f

with the moduli of the eigenvalues of B where there are three variables or fewer, so that every
step leads upward; of more, where M has no Cholesky factor, :math:`\lambda` grows tenfold, as it
does where a step fails. A variable rests on its bound while the slope pushes it outward.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from statmodel.infer.minimisers._objective import with_derivatives

Scalar = Float[Array, ""]
Vector = Float[Array, " variable"]
Matrix = Float[Array, "variable variable"]
Mask = Bool[Array, " variable"]
Derivatives: TypeAlias = tuple[Scalar, Vector, Matrix]
"""Value, slope, and B."""

_MOST_STEPS = 60
_RISE = 1e-13
"""Expected rise, per unit of the function, that is none."""
_FIRST_DAMPING = 0.1
_LARGEST_STEP = 0.25
"""Of the scale, which is a range."""
_PAIR = 2
_MOST_BY_EIGENVALUES = 3


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
    step: Vector
    rise: Scalar
    """What is expected of the step."""
    damping: Scalar
    steps: Int[Array, ""]


def derivatives_of(function: Callable[[Vector], Scalar]) -> Callable[[Vector], Derivatives]:
    """Of a function that is differentiable twice where it is finite."""
    whole = with_derivatives(function)

    def derivatives(at: Vector) -> Derivatives:
        value, slope, hessian = whole(at)
        return value, slope, -hessian

    return derivatives


def climb(
    derivatives: Callable[[Vector], Derivatives],
    start: Vector,
    lower: Vector,
    upper: Vector,
    scale: Vector,
    *,
    held: Mask | None = None,
    rise: float = 0.0,
    floor: Scalar | None = None,
) -> Summit:
    """Climb to the next top.

    Args:
        derivatives: value, slope and B.
        start: where the function is finite, in the box.
        lower: bounds.
        upper: bounds.
        scale: a range of each variable; no step exceeds a quarter of it.
        held: variables that stay.
        rise: an expected rise that is none; rounding is none anyway.
        floor: a top that cannot be expected to lie above is given up.
    """

    def least(value: Scalar) -> Scalar:
        return jnp.maximum(_RISE * jnp.maximum(jnp.abs(value), 1.0), rise)

    def proposal(at: Vector, slope: Vector, bend: Matrix, damping: Scalar) -> tuple[Vector, Scalar]:
        free = free_at(at, slope, lower, upper, held)
        slope = jnp.where(free, slope, 0.0)
        step = _step(restricted(bend, free, scale), slope, scale, damping)
        return step, 0.5 * slope @ step

    def running(state: _State) -> Bool[Array, ""]:
        worth = ~(state.rise <= least(state.value)) & (state.steps < _MOST_STEPS)
        if floor is None:
            return worth
        hopeless = (state.steps > 0) & (state.value + 2.0 * state.rise < floor)
        return worth & ~hopeless

    def advance(state: _State) -> _State:
        """Judge the trial point, then propose the next. The first trial is the start itself."""
        first = state.steps == 0
        most = _LARGEST_STEP * scale
        shrunk = jnp.minimum(1.0, (most / jnp.maximum(jnp.abs(state.step), 1e-300)).min())
        trial = jnp.where(first, start, jnp.clip(state.at + shrunk * state.step, lower, upper))
        value, slope, bend = derivatives(trial)
        sound = jnp.isfinite(value) & jnp.isfinite(slope).all() & jnp.isfinite(bend).all()
        taken = first | (sound & (value >= state.value))
        eased = jnp.where(state.damping > 1e-3, 0.1 * state.damping, 0.0)  # noqa: PLR2004
        damping = jnp.where(taken, eased, jnp.maximum(10.0 * state.damping, _FIRST_DAMPING))
        at, value, slope, bend = jax.tree.map(
            lambda new, old: jnp.where(taken, new, old),
            (trial, value, slope, bend),
            (state.at, state.value, state.slope, state.bend),
        )
        step, gain = proposal(at, slope, bend, damping)
        steps = jnp.where(first & ~sound, _MOST_STEPS, state.steps + 1)
        return _State(at, value, slope, bend, step, gain, damping, steps)

    zero, none = jnp.zeros(()), jnp.zeros_like(start)
    endless = jnp.asarray(jnp.inf)
    begin = _State(start, zero, none, jnp.diag(none), none, endless, zero, jnp.asarray(0))
    last = jax.lax.while_loop(running, advance, begin)
    ok = last.rise <= least(last.value)
    at = jnp.where(ok, jnp.clip(last.at + last.step, lower, upper), last.at)
    gain = jnp.where(ok, last.rise, 0.0)
    return Summit(at, last.value + gain, last.slope, last.bend, ok)


def free_at(at: Vector, slope: Vector, lower: Vector, upper: Vector, held: Mask | None) -> Mask:
    """Variables that are neither held nor pushed against a bound."""
    outward = ((at <= lower) & (slope <= 0)) | ((at >= upper) & (slope >= 0))
    return ~outward if held is None else ~(outward | held)


def restricted(matrix: Matrix, free: Mask, scale: Vector) -> Matrix:
    """The matrix over the free variables; each of the others stands for itself."""
    both = free[:, None] & free[None, :]
    return jnp.where(both, matrix, jnp.diag(_sizes(matrix, scale)))


def _sizes(matrix: Matrix, scale: Vector) -> Vector:
    return jnp.maximum(jnp.abs(jnp.diagonal(matrix)), scale**-2)


def _step(matrix: Matrix, slope: Vector, scale: Vector, damping: Scalar) -> Vector:
    sizes = _sizes(matrix, scale)
    if slope.size == 1:
        return slope / (jnp.maximum(jnp.abs(matrix[0]), 1e-300) + damping * sizes)
    if slope.size == _PAIR:
        (a, b), (_, c) = _positive_pair(matrix) + jnp.diag(damping * sizes)
        turned = jnp.stack([c * slope[0] - b * slope[1], a * slope[1] - b * slope[0]])
        return turned / (a * c - b * b)
    if slope.size <= _MOST_BY_EIGENVALUES:
        return jnp.linalg.solve(_positive(matrix) + jnp.diag(damping * sizes), slope)
    lengths = jnp.sqrt(sizes)
    unit = matrix / (lengths[:, None] * lengths[None, :])
    factor = jnp.linalg.cholesky(unit + damping * jnp.eye(slope.size), symmetrize_input=False)
    return jax.scipy.linalg.cho_solve((factor, True), slope / lengths) / lengths


def _positive_pair(matrix: Matrix) -> Matrix:
    r"""The same of two variables, without eigenvectors.

    .. math:: |B| = \sqrt{B^2} = \frac{B^2 + |\det B|\, 1}{\sqrt{\mathrm{tr} B^2 + 2 |\det B|}}
    """
    size = jnp.maximum(jnp.abs(matrix).max(), 1e-300)
    unit = matrix / size
    squared = unit @ unit
    volume = jnp.abs(unit[0, 0] * unit[1, 1] - unit[0, 1] * unit[1, 0])
    root = jnp.sqrt(jnp.maximum(jnp.trace(squared) + 2.0 * volume, 1e-300))
    return size * ((squared + volume * jnp.eye(2)) / root + 1e-14 * jnp.eye(2))


def _positive(matrix: Matrix) -> Matrix:
    """The same with the moduli of its eigenvalues, none of which is nothing."""
    values, vectors = jnp.linalg.eigh(matrix)
    sizes = jnp.abs(values)
    return (vectors * jnp.maximum(sizes, 1e-14 * sizes.max())[None, :]) @ vectors.T
