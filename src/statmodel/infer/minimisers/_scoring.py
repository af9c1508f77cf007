r"""A search for models of binned channels: Newton steps between information and exact Hessian.

.. math:: \big( I - t\,C + \lambda\,\mathrm{diag}\,I \big)\, p = -g, \qquad t \in [0, 1]

Far from the minimum the exact Hessian :math:`I - C` is often indefinite, and the information I
alone (Fisher scoring) converges slowly near it. t climbs a short ladder, one rung a step, down
again while the matrix is not positive definite; :math:`\lambda` grows where a step fails (Levenberg
and Marquardt). Per-bin factors are eliminated by a Schur complement, and the rest is factorised by
Cholesky: no eigenvalues are found here. :func:`certified` says where the end is a minimum beyond
doubt, which is nearly always; elsewhere the trust-region method of
:mod:`statmodel.infer.minimisers._minimise` goes on from there.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from statmodel.model import Structured, assembled
from statmodel.model.histograms import BlockMatrix, Coordinates

from ._extent import Extent, outside
from ._minimise import TOLERANCE, Minimum, active_bounds, idle, rounding, scale_of
from ._status import Status
from ._trust_region import FLAT, SUSPECT, Mask, Matrix, Scalar, Vector, inverse_factor, restrict

LADDER = (0.0, 0.4, 0.7, 0.9, 1.0)
"""Shares of the bends; measured on published workspaces."""
SEARCHED = 0.5 * TOLERANCE
"""EDM at which the search ends, per unit of information."""
MOST_STEPS = 60
_FIRST_DAMPING = 0.1
_LEAST_DAMPING = 1e-3
_BELOW = 8
"""Tries below the lowest rung, at each of which the damping grows tenfold."""
_LEAST_PIVOT = 1e-9
"""A squared pivot below, of a matrix with a unit diagonal, is none."""


class _System(NamedTuple):
    """What a step is solved from, in coordinates in which the information has a unit diagonal.

    Held coordinates have no gradient, and stand for themselves in the information.
    """

    information: BlockMatrix
    bends: BlockMatrix
    kept: Float[Array, " kept"]
    """The gradient."""
    own: Float[Array, "gamma bin"]
    """The same of the eliminated parameters."""


class _Factor(NamedTuple):
    """A factorised matrix."""

    local: Float[Array, "gamma gamma bin"]
    """Lower-triangular, of each bin."""
    cross: Float[Array, "gamma bin kept"]
    """The cross block, whitened by it."""
    shared: Float[Array, "kept kept"]
    """Lower-triangular, of the Schur complement."""
    sound: Bool[Array, ""]


class Scored(NamedTuple):
    """Where the search ended, in internal coordinates."""

    at: Vector
    here: Structured
    steps: Int[Array, ""]
    """Evaluations made."""


class _State(NamedTuple):
    at: Vector
    here: Structured
    trial: Vector
    damping: Scalar
    rung: Int[Array, ""]
    """Of the ladder, on which the last step stood."""
    steps: Int[Array, ""]
    done: Bool[Array, ""]


def scoring(
    derivatives: Callable[[Vector], Structured],
    coordinates: Coordinates,
    start: Vector,
    *,
    fixed: Mask,
    lower: Vector,
    upper: Vector,
    extent: Extent,
    max_steps: Int[Array, ""] | int = MOST_STEPS,
) -> Scored:
    """Search for a local minimum. Pure: may be jitted and vmapped over any of its arrays.

    Args:
        derivatives: of the function, in blocks.
        coordinates: which parameters the blocks are of.
        start: first point; put into the box before use.
        fixed: coordinates that stay at `start`.
        lower: lower bounds, `-inf` where none.
        upper: upper bounds.
        extent: typical distances.
        max_steps: most evaluations; at least one is made.
    """
    start = jnp.where(fixed, start, jnp.clip(start, lower, upper))

    def advance(state: _State) -> _State:
        """Judge the trial point, then propose the next one. The first trial is the start itself."""
        new = derivatives(state.trial)
        first = state.steps == 0
        usable = jnp.isfinite(new.value) & jnp.isfinite(new.gradient).all()
        noise = rounding(state.here.value)
        accepted = first | (usable & (new.value <= state.here.value + noise))
        at, here = jax.tree.map(
            lambda yes, no: jnp.where(accepted, yes, no),
            (state.trial, new),
            (state.at, state.here),
        )
        eased = jnp.where(state.damping > _LEAST_DAMPING, 0.1 * state.damping, 0.0)
        raised = jnp.maximum(10.0 * state.damping, _FIRST_DAMPING)
        damping = jnp.where(accepted, eased, raised)
        held = fixed | active_bounds(at, here.gradient, lower, upper)
        system, scales = _system(coordinates, here, held)
        highest = jnp.minimum(jnp.where(first, 0, state.rung + 1), len(LADDER) - 1)
        (kept, own), rung = _step(system, damping, highest)
        exact = (rung == len(LADDER) - 1) & (damping == 0)
        moved = _scattered(coordinates, kept / scales[0], own / scales[1], at.size)
        edm = -0.5 * here.gradient @ moved
        trial = jnp.where(held, at, jnp.clip(at + moved, lower, upper))
        enough = jnp.maximum(SEARCHED * extent.information, rounding(here.value))
        near = jnp.where(exact, edm <= enough, edm <= 0.1 * enough)
        steps = state.steps + 1
        lost = (first & ~usable) | ~jnp.isfinite(edm)
        return _State(at, here, trial, damping, rung, steps, near | lost | (steps >= most))

    zero = jnp.zeros((), start.dtype)
    nothing = jax.eval_shape(derivatives, start)
    here = jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), nothing)
    none = jnp.asarray(0)
    most = jnp.minimum(max_steps, MOST_STEPS)
    state = _State(start, here, start, zero, none, none, jnp.zeros((), bool))
    last = jax.lax.while_loop(lambda state: ~state.done, advance, state)
    return Scored(last.at, last.here, last.steps)


def certified(
    scored: Scored,
    coordinates: Coordinates,
    extent: Extent,
    *,
    fixed: Mask,
    lower: Vector,
    upper: Vector,
) -> tuple[Minimum, Matrix]:
    """The end of a search as a minimum, and the inverse of its Hessian.

    The status is `CONVERGED` where the point is a minimum beyond doubt: the Hessian over the
    parameters off their bounds is positive definite by far, the distance to its minimum is small,
    those on a bound are pushed outward, and none is idle or beyond all sense. `RUNNING` elsewhere.
    """
    at, here = scored.at, scored.here
    hessian = assembled(here, coordinates)
    active = ~fixed & active_bounds(at, here.gradient, lower, upper)
    resting = ~fixed & ((at <= lower) | (at >= upper))
    free = ~fixed & ~resting
    scale = scale_of(hessian, extent)
    lengths = scale[:, None] * scale[None, :]
    scaled = restrict(hessian / lengths, free)
    slope = jnp.where(free, here.gradient / scale, 0.0)
    factor = inverse_factor(scaled)
    # The trace of the inverse bounds the smallest eigenvalue, sums of rows the largest.
    lowest, largest = 1.0 / (factor**2).sum(), jnp.abs(scaled).sum(axis=1).max()
    vague = jnp.minimum(jnp.linalg.norm(slope), SUSPECT * largest)
    edm = 0.5 * ((factor @ slope) ** 2).sum()
    near = edm <= jnp.maximum(TOLERANCE * extent.information, rounding(here.value))
    clear = lowest > jnp.maximum(FLAT * largest, vague)
    idling = idle((here.value, here.gradient, hessian), extent) & ~fixed
    doubtful = idling | (resting & ~active) | (free & (outside(extent, at) > 0))
    sure = jnp.isfinite(here.value) & near & clear & ~doubtful.any()
    status = jnp.where(sure, Status.CONVERGED.value, Status.RUNNING.value)
    minimum = Minimum(at, here.value, here.gradient, hessian, edm, active, scored.steps, status)
    return minimum, (factor.T @ factor) / lengths


def _system(
    coordinates: Coordinates, here: Structured, held: Mask
) -> tuple[_System, tuple[Float[Array, " kept"], Float[Array, "gamma bin"]]]:
    """The scaled system of the coordinates that are not held, and the scales."""
    own_held = jnp.append(held, True)[coordinates.own]  # noqa: FBT003 (what is not eliminated)
    kept_held = held[coordinates.kept]
    diagonal = jnp.diagonal(here.information.shared)
    within = jnp.moveaxis(jnp.diagonal(here.information.local, axis1=0, axis2=1), -1, 0)
    scale, own_scale = (jnp.where(one > 0, jnp.sqrt(one), 1.0) for one in (diagonal, within))
    by_kept = jnp.where(kept_held, 0.0, 1.0 / scale)
    by_own = jnp.where(own_held, 0.0, 1.0 / own_scale)

    def scaled(part: BlockMatrix) -> BlockMatrix:
        return BlockMatrix(
            part.shared * by_kept[:, None] * by_kept[None],
            part.cross * by_own[:, :, None] * by_kept[None, None],
            part.local * by_own[:, None] * by_own[None],
        )

    information = scaled(here.information)
    size, gammas = kept_held.size, own_held.shape[0]
    unit, single = jnp.eye(size, dtype=bool), jnp.eye(gammas, dtype=bool)[:, :, None]
    information = BlockMatrix(
        jnp.where(unit, 1.0, information.shared),
        information.cross,
        jnp.where(single, 1.0, information.local),
    )
    gradient = jnp.append(here.gradient, 0.0)
    kept, own = here.gradient[coordinates.kept] * by_kept, gradient[coordinates.own] * by_own
    return _System(information, scaled(here.bends), kept, own), (scale, own_scale)


def _step(
    system: _System, damping: Scalar, highest: Int[Array, ""]
) -> tuple[tuple[Float[Array, " kept"], Float[Array, "gamma bin"]], Int[Array, ""]]:
    """The step from the highest sound rung, and which it is; below the ladder it is the lowest."""
    shares = jnp.asarray([*[0.0] * _BELOW, *LADDER])
    more = jnp.asarray([10.0 ** (1 - k) for k in range(_BELOW)] + [0.0] * len(LADDER))

    def attempt(place: Int[Array, ""]) -> _Factor:
        matrix = system.information.plus(system.bends, -shares[place])
        return _factorised(matrix, damping + more[place])

    def unsound(tried: tuple[Int[Array, ""], _Factor]) -> Bool[Array, ""]:
        return ~tried[1].sound & (tried[0] > 0)

    shapes = jax.eval_shape(attempt, highest)
    nothing = jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), shapes)
    place, factor = jax.lax.while_loop(
        unsound,
        lambda tried: (tried[0] - 1, attempt(tried[0] - 1)),
        (highest + _BELOW + 1, nothing),
    )
    return _solved(factor, system), jnp.maximum(place - _BELOW, 0)


def _factorised(matrix: BlockMatrix, damping: Scalar) -> _Factor:
    """Cholesky factors of the blocks, and whether the whole is positive definite."""
    gammas, bins, size = matrix.cross.shape
    local = _cholesky(matrix.local + damping * jnp.eye(gammas)[:, :, None])
    cross = _forward(local, matrix.cross)
    white = cross.reshape(gammas * bins, size)
    complement = matrix.shared + damping * jnp.eye(size) - white.T @ white
    shared = jax.lax.linalg.cholesky(complement, symmetrize_input=False)
    pivots = [jnp.diagonal(shared), *(local[g, g] for g in range(gammas))]
    sound = jnp.stack([(one**2 > _LEAST_PIVOT).all() for one in pivots]).all()
    return _Factor(local, cross, shared, sound)


def _solved(
    factor: _Factor, system: _System
) -> tuple[Float[Array, " kept"], Float[Array, "gamma bin"]]:
    white = _forward(factor.local, system.own[:, :, None])
    right = system.kept - (factor.cross * white).sum(axis=(0, 1))
    kept = -jax.scipy.linalg.cho_solve((factor.shared, True), right)
    own = _backward(factor.local, -white[:, :, 0] - factor.cross @ kept)
    return kept, own


def _cholesky(matrix: Float[Array, "gamma gamma bin"]) -> Float[Array, "gamma gamma bin"]:
    """Of the small matrix of each bin; written out, as bins are many and matrices small."""
    gammas = matrix.shape[0]
    factor = jnp.zeros_like(matrix)
    for i in range(gammas):
        for j in range(i + 1):
            rest = matrix[i, j] - (factor[i, :j] * factor[j, :j]).sum(axis=0)
            entry = jnp.sqrt(rest) if i == j else rest / factor[j, j]
            factor = factor.at[i, j].set(entry)
    return factor


def _forward(
    factor: Float[Array, "gamma gamma bin"], right: Float[Array, "gamma bin column"]
) -> Float[Array, "gamma bin column"]:
    """The solution of L y = b in each bin."""
    for i in range(factor.shape[0]):
        rest = right[i] - (factor[i, :i, :, None] * right[:i]).sum(axis=0)
        right = right.at[i].set(rest / factor[i, i][:, None])
    return right


def _backward(
    factor: Float[Array, "gamma gamma bin"], right: Float[Array, "gamma bin"]
) -> Float[Array, "gamma bin"]:
    """The solution of transposed L x = y in each bin."""
    for i in reversed(range(factor.shape[0])):
        rest = right[i] - (factor[i + 1 :, i] * right[i + 1 :]).sum(axis=0)
        right = right.at[i].set(rest / factor[i, i])
    return right


def _scattered(
    coordinates: Coordinates,
    kept: Float[Array, " kept"],
    own: Float[Array, "gamma bin"],
    size: int,
) -> Vector:
    """Kept and eliminated parameters as one vector."""
    whole = jnp.zeros(size + 1, kept.dtype).at[coordinates.own].set(own)
    return whole[:-1].at[coordinates.kept].set(kept)
