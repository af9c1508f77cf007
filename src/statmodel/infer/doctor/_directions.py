r"""Directions along which nll is flat, nearly flat or falls, by parameter name; degenerate pairs.

The Hessian over the free parameters is scaled to a unit diagonal, so that units do not matter.
Eigenvalues are told relative to the largest one.
"""

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from statmodel.infer._degeneracy import flat_directions, flat_findings
from statmodel.infer._finding import Finding, Severity
from statmodel.infer.minimisers._extent import extent_of
from statmodel.infer.minimisers._minimise import scale_of
from statmodel.infer.minimisers._status import Status
from statmodel.infer.minimisers._trust_region import FLAT

from ._case import Case, listed

NEARLY_FLAT = 1e-5
"""Relative eigenvalue below which errors are inflated three hundredfold."""
DEGENERATE = 0.99
"""Correlation beyond which a pair is named: knowing one would divide the other's error by seven."""
_SHARE = 0.1
_MOST_PAIRS = 5


def directions(case: Case) -> Iterator[Finding]:
    """Flat directions, then nearly flat ones, then those along which nll falls."""
    places = np.flatnonzero(case.free)
    if not places.size:
        return
    scale = _scale(case)
    if not case.result.ok and case.status is not Status.FLAT_DIRECTION:  # else the fit told them
        yield from flat_findings(case.names, flat_directions(case.hessian, case.free, scale))
    scaled = (case.hessian / np.outer(scale, scale))[np.ix_(places, places)]
    values, vectors = np.linalg.eigh(scaled)
    relative = values / max(float(np.abs(values).max()), 1e-300)
    for value, vector in zip(relative, vectors.T, strict=True):
        whole = np.zeros(case.values.size)
        whole[places] = vector
        if FLAT < value < NEARLY_FLAT:
            yield _nearly_flat(case, float(value), whole)
        elif value < -FLAT:
            yield _falling(case, float(value), whole)


def degenerate_pairs(case: Case) -> Iterator[Finding]:
    """Pairs of nearly full correlation, of a fit that converged."""
    if not case.result.ok:
        return
    matrix = np.asarray(case.result.covariance.correlation().matrix)
    rows, columns = np.nonzero(np.triu(np.abs(matrix) > DEGENERATE, k=1))
    order = np.argsort(-np.abs(matrix[rows, columns]), kind="stable")
    for number, place in enumerate(order[:_MOST_PAIRS]):
        first, second = int(rows[place]), int(columns[place])
        correlation = float(matrix[first, second])
        known = (1 - min(abs(correlation), 1.0) ** 2) ** 0.5
        hidden = order.size - _MOST_PAIRS if number == 0 else 0
        more = f" {hidden} more pairs are beyond {DEGENERATE:g}." if hidden > 0 else ""
        yield Finding(
            kind="degenerate_pair",
            severity=Severity.WARNING,
            parameters=(case.names[first], case.names[second]),
            message=(
                f"{case.names[first]} and {case.names[second]} are nearly degenerate: correlation "
                f"{correlation:+.4f}. Were one known, the other's error would be {known:.2g} of "
                f"what it is.{more}"
            ),
            advice="Constrain one of them, or fit the combination that the data determine.",
            numbers=(("correlation", correlation), ("error_ratio", known)),
        )


def _scale(case: Case) -> Float[np.ndarray, " parameter"]:
    here = case.model.space.to_free(jnp.asarray(case.values))
    extent = extent_of(case.model, case.prepared, here)
    return np.asarray(scale_of(jnp.asarray(case.hessian), extent))


def _nearly_flat(case: Case, value: float, vector: Float[np.ndarray, " parameter"]) -> Finding:
    names, shown = _direction(case, vector)
    return Finding(
        kind="nearly_flat_direction",
        severity=Severity.WARNING,
        parameters=names,
        message=(
            f"nll is nearly flat along {shown}: its curvature there is {value:.1e} of the largest."
        ),
        advice=(
            "These errors rest on the last digits of the Hessian: compare them with the profile's "
            "(`--errors profile`), or constrain one of the parameters."
        ),
        numbers=(("relative_eigenvalue", value),),
    )


def _falling(case: Case, value: float, vector: Float[np.ndarray, " parameter"]) -> Finding:
    names, shown = _direction(case, vector)
    return Finding(
        kind="negative_curvature",
        severity=Severity.ERROR,
        parameters=names,
        message=f"nll curves downward along {shown}: where the fit ended is no minimum.",
        advice="Start elsewhere (`--start NAME=VALUE`), or from several points (`--starts N`).",
        numbers=(("relative_eigenvalue", value),),
    )


def _direction(case: Case, vector: Float[np.ndarray, " parameter"]) -> tuple[tuple[str, ...], str]:
    """Names, largest weights first, and the same with their weights in scaled coordinates."""
    order = np.argsort(-np.abs(vector), kind="stable")
    signed = vector * np.sign(vector[order[0]])
    shown = [i for i in order if abs(vector[i]) > _SHARE * abs(vector[order[0]])]
    names = tuple(case.names[i] for i in shown)
    return names, listed(f"{case.names[i]} ({signed[i]:+.2f})" for i in shown)
