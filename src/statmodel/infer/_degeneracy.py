r"""Directions along which the likelihood is flat, by parameter name, each with few parameters.

The null space of the scaled Hessian is spanned by eigenvectors that mix all its directions at will.
Its reduced row echelon form with complete pivoting separates them: each basis vector has one
parameter of its own, and degeneracies that share no parameter come apart. (G. Golub, C. Van Loan,
Matrix Computations, 4th ed., section 3.4, for the pivoting.)
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from ._finding import Finding, Severity
from .minimisers._trust_region import FLAT

_NO_SHARE = 1e-3
"""Components of a direction below this share of the largest are rounding."""
_NAMED = 6


def flat_directions(
    hessian: Float[np.ndarray, "parameter parameter"],
    free: Bool[np.ndarray, " parameter"],
    scale: Float[np.ndarray, " parameter"],
) -> Float[np.ndarray, "direction parameter"]:
    """A sparse basis of the directions without curvature, unit vectors in scaled coordinates.

    Args:
        hessian: of `nll`, internal coordinates.
        free: parameters that may move.
        scale: inverse lengths, see :func:`statmodel.infer.minimisers._minimise.scale_of`.

    Returns:
        No row where nothing is flat. Directions of fewest parameters come first.
    """
    places = np.flatnonzero(free)
    if not places.size or not np.isfinite(hessian).all():
        return np.zeros((0, free.size))
    scaled = (hessian / scale[:, None] / scale[None, :])[np.ix_(places, places)]
    values, vectors = np.linalg.eigh(scaled)
    null = vectors[:, values <= FLAT * max(float(np.abs(values).max()), 1e-200)]
    basis = np.zeros((null.shape[1], free.size))
    basis[:, places] = _echelon(null.T)
    return basis[np.lexsort((np.abs(basis).argmax(axis=1), (basis != 0).sum(axis=1)))]


def flat_findings(
    names: Sequence[str], directions: Float[np.ndarray, "direction parameter"]
) -> tuple[Finding, ...]:
    """One finding a direction."""
    return tuple(_flat(names, direction) for direction in directions)


def runaway_finding(
    names: Sequence[str],
    values: Float[np.ndarray, " parameter"],
    distance: Float[np.ndarray, " parameter"],
) -> Finding:
    """Which parameters the fall of `nll` leads away, and where to.

    Args:
        names: parameters.
        values: where the descent was given up, in the user's units.
        distance: how far each has gone, in any unit.
    """
    far = [int(k) for k in np.argsort(-distance)[:_NAMED]]
    order = [k for k in far if distance[k] > 0.1 * distance.max()]
    where = ", ".join(f"{names[k]} = {values[k]:.4g}" for k in order)
    return Finding(
        kind="runaway",
        severity=Severity.ERROR,
        parameters=tuple(names[k] for k in order),
        message=f"nll keeps falling as far as it was followed, to {where}.",
        advice=(
            "Look for negative event weights, for widths that may vanish, and for responses "
            "extrapolated far beyond their anchors (`normalization: reference` divides their "
            "growth out); set bounds."
        ),
        numbers=tuple((names[k], float(values[k])) for k in order),
    )


def root_finding(names: Sequence[str]) -> Finding:
    """That one start may have missed a minimum, where interference can make two."""
    said = ", ".join(names)
    return Finding(
        kind="square_root",
        severity=Severity.NOTE,
        parameters=tuple(names),
        message=(
            f"{said}: under a square root, so that nll can have two minima; one start finds one."
        ),
        advice="`fit(starts=8)` looks for others.",
    )


def _flat(names: Sequence[str], direction: Float[np.ndarray, " parameter"]) -> Finding:
    order = [int(k) for k in np.argsort(-np.abs(direction), kind="stable") if direction[k] != 0]
    shown = ", ".join(f"{names[k]} ({direction[k]:+.2f})" for k in order[:_NAMED])
    more = f" and {len(order) - _NAMED} more" if len(order) > _NAMED else ""
    alone = len(order) == 1
    return Finding(
        kind="flat_direction",
        severity=Severity.ERROR,
        parameters=tuple(names[k] for k in order),
        message=(
            f"Nothing here depends on {names[order[0]]}."
            if alone
            else f"The likelihood is flat along {shown}{more}."
        ),
        advice=(
            f"Fix {names[order[0]]}, constrain it, or drop it: what it moves may vanish here."
            if alone
            else "Fix or constrain one of them, or let one take the place of the others."
        ),
        numbers=tuple((names[k], float(direction[k])) for k in order),
    )


def _echelon(
    rows: Float[np.ndarray, "direction own"],
) -> Float[np.ndarray, "direction own"]:
    """The reduced row echelon form, its rows made unit vectors with a positive largest entry."""
    reduced = rows.copy()
    for step in range(reduced.shape[0]):
        row, column = divmod(int(np.abs(reduced[step:]).argmax()), reduced.shape[1])
        reduced[[step, step + row]] = reduced[[step + row, step]]
        reduced[step] /= reduced[step, column]
        others = np.arange(reduced.shape[0]) != step
        reduced[others] -= np.outer(reduced[others, column], reduced[step])
    largest = np.abs(reduced).max(axis=1, keepdims=True, initial=1e-300)
    reduced[np.abs(reduced) < _NO_SHARE * largest] = 0.0
    signs = np.sign(np.take_along_axis(reduced, np.abs(reduced).argmax(axis=1)[:, None], axis=1))
    return signs * reduced / np.linalg.norm(reduced, axis=1, keepdims=True)
