r"""First-order minimisation in a box: L-BFGS with projected steps.

.. math:: d = -H_k g, \qquad u_{k+1} = P[u_k + t d]

:math:`H_k` is what the last pairs of steps and gradient differences make of the inverse Hessian at
the start (J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., algorithm 7.4); the projection P
puts what leaves the box on its bound, and parameters whose gradient pushes them out of it are left
out of the recursion (D. Bertsekas, SIAM J. Control Optim. 20 (1982) 221). The Hessian at the start
costs less than the gradients that would be spent on finding the scales.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ._extent import Extent
from ._minimise import FIRST_RADIUS, TOLERANCE, active_bounds, rounding, scale_of
from ._reached import Reached
from ._trust_region import Mask, Matrix, Scalar, Vector, restrict

MEMORY = 20
"""Pairs that are kept."""
_CURVED = 1e-6
"""The metric's eigenvalues are at least this share of the largest."""
_SUFFICIENT = 1e-4
_SHORTEST = 1e-8
_ACTIVE_SET_PASSES = 6


Shares: TypeAlias = Float[Array, " pair"]


class _Pairs(NamedTuple):
    """The last steps and gradient differences, newest first; zero where there is none yet."""

    step: Float[Array, "pair parameter"]
    change: Float[Array, "pair parameter"]


class _State(NamedTuple):
    at: Vector
    value: Scalar
    gradient: Vector
    trial: Vector
    share: Scalar
    """Of the direction that the trial takes."""
    pairs: _Pairs
    steps: Int[Array, ""]
    done: Bool[Array, ""]


def lbfgs(
    slope: Callable[[Vector], tuple[Scalar, Vector]],
    start: Vector,
    *,
    hessian: Matrix,
    fixed: Mask,
    lower: Vector,
    upper: Vector,
    max_steps: Int[Array, ""] | int,
    extent: Extent,
) -> Reached:
    """Walk down to where the estimated distance to the minimum is below the tolerance.

    Args:
        slope: value and gradient; where one is not finite, the point is refused.
        start: first point; put into the box before use.
        hessian: there, finite.
        fixed: coordinates that stay at `start`.
        lower: lower bounds, `-inf` where none.
        upper: upper bounds.
        max_steps: most evaluations.
        extent: typical distances.
    """
    start = jnp.where(fixed, start, jnp.clip(start, lower, upper))
    value, gradient = slope(start)
    scale = scale_of(hessian, extent)
    metric = _positive(hessian, scale)
    longest = FIRST_RADIUS * start.size**0.5
    tolerance = TOLERANCE * extent.information

    def aim(at: Vector, gradient: Vector, pairs: _Pairs) -> tuple[Vector, Scalar]:
        """The direction, and the estimated distance to the minimum."""
        resting = fixed | active_bounds(at, gradient, lower, upper)
        direction = _direction(at, gradient, pairs, metric, resting, lower, upper)
        return direction, -0.5 * gradient @ direction

    def try_out(state: _State) -> _State:
        new, slope_there = slope(state.trial)
        usable = jnp.isfinite(new) & jnp.isfinite(slope_there).all()
        moved = state.trial - state.at
        promised = -(state.gradient @ moved)
        gain = jnp.where(usable, state.value - new, -jnp.inf)
        noise = jnp.maximum(tolerance, rounding(state.value))
        settled = (promised <= noise) & (gain >= -noise)
        accepted = usable & ((gain >= _SUFFICIENT * promised) | settled)
        at, value, gradient = jax.tree.map(
            lambda yes, no: jnp.where(accepted, yes, no),
            (state.trial, new, slope_there),
            (state.at, state.value, state.gradient),
        )
        longer = _remember(state.pairs, moved, slope_there - state.gradient, accepted)
        direction, edm = aim(at, gradient, longer)
        share = jnp.minimum(1.0, longest / jnp.linalg.norm(direction * scale))
        # The parabola through the value, the slope and the refused value, where there is one.
        fitted = 0.5 * promised / jnp.where(usable, promised - gain, jnp.inf)
        shorter = state.share * jnp.clip(fitted, 0.1, 0.5)
        share = jnp.where(accepted, share, shorter)
        near = edm <= noise
        hopeless = ~accepted & (share < _SHORTEST)
        steps = state.steps + 1
        return _State(
            at=at,
            value=value,
            gradient=gradient,
            trial=jnp.where(fixed, at, jnp.clip(at + share * direction, lower, upper)),
            share=share,
            pairs=longer,
            steps=steps,
            done=near | hopeless | (steps >= max_steps),
        )

    empty = jnp.zeros((MEMORY, start.size), start.dtype)
    pairs = _Pairs(empty, empty)
    direction, edm = aim(start, gradient, pairs)
    share = jnp.minimum(1.0, longest / jnp.linalg.norm(direction * scale))
    usable = jnp.isfinite(value) & jnp.isfinite(gradient).all()
    first = _State(
        at=start,
        value=value,
        gradient=gradient,
        trial=jnp.where(fixed, start, jnp.clip(start + share * direction, lower, upper)),
        share=share,
        pairs=pairs,
        steps=jnp.asarray(1),
        done=~usable | (edm <= jnp.maximum(tolerance, rounding(value))),
    )
    last = jax.lax.while_loop(lambda state: ~state.done, try_out, first)
    return Reached(last.at, last.steps)


def _positive(hessian: Matrix, scale: Vector) -> Matrix:
    """The Hessian with its eigenvalues made positive, in scaled coordinates."""
    lengths = scale[:, None] * scale[None, :]
    values, vectors = jnp.linalg.eigh(hessian / lengths)
    largest = jnp.abs(values).max()
    floored = jnp.maximum(jnp.abs(values), jnp.where(largest > 0, _CURVED * largest, 1.0))
    return lengths * ((vectors * floored[None, :]) @ vectors.T)


def _remember(pairs: _Pairs, step: Vector, change: Vector, accepted: Array) -> _Pairs:
    curved = step @ change > 1e-10 * jnp.linalg.norm(step) * jnp.linalg.norm(change)
    keep = accepted & curved
    added = _Pairs(
        jnp.concatenate([step[None], pairs.step[:-1]]),
        jnp.concatenate([change[None], pairs.change[:-1]]),
    )
    return jax.tree.map(lambda new, old: jnp.where(keep, new, old), added, pairs)


def _direction(
    at: Vector,
    gradient: Vector,
    pairs: _Pairs,
    metric: Matrix,
    resting: Mask,
    lower: Vector,
    upper: Vector,
) -> Vector:
    """The quasi-Newton direction over coordinates that neither rest nor are led out of the box."""

    def solve(rests: Mask) -> Vector:
        free = jnp.where(rests, 0.0, 1.0)
        step, change = pairs.step * free[None, :], pairs.change * free[None, :]
        curvature = (step * change).sum(axis=1)
        used = curvature > 1e-12 * jnp.linalg.norm(step, axis=1) * jnp.linalg.norm(change, axis=1)
        inverse = jnp.where(used, 1.0 / jnp.where(used, curvature, 1.0), 0.0)

        def down(pair: Array, carry: tuple[Vector, Shares]) -> tuple[Vector, Shares]:
            left, kept = carry
            share = inverse[pair] * (step[pair] @ left)
            return left - share * change[pair], kept.at[pair].set(share)

        def up(back: Array, result: Vector) -> Vector:
            pair = MEMORY - 1 - back
            share = inverse[pair] * (change[pair] @ result)
            return result + step[pair] * (kept[pair] - share)

        left, kept = jax.lax.fori_loop(0, MEMORY, down, (gradient * free, jnp.zeros(MEMORY)))
        factor = jax.scipy.linalg.cho_factor(restrict(metric, ~rests))
        result = jax.scipy.linalg.cho_solve(factor, left)
        return -free * jax.lax.fori_loop(0, MEMORY, up, result)

    def blocked(direction: Vector) -> Mask:
        return ((at <= lower) & (direction < 0)) | ((at >= upper) & (direction > 0))

    def again(carry: tuple[Mask, Vector, Array]) -> tuple[Mask, Vector, Array]:
        rests, direction, number = carry
        rests = rests | blocked(direction)
        return rests, solve(rests), number + 1

    def unfinished(carry: tuple[Mask, Vector, Array]) -> Array:
        return blocked(carry[1]).any() & (carry[2] < _ACTIVE_SET_PASSES)

    first = (resting, solve(resting), jnp.asarray(0))
    return jax.lax.while_loop(unfinished, again, first)[1]
