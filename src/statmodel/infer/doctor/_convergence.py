r"""How far a fit is from its minimum: EDM and gradient, in units in which parameters compare.

A gradient is told as :math:`g_k / \sqrt{H_{kk}}`, the distance to the minimum
in conditional errors.
"""

from collections.abc import Iterator

import numpy as np

from statmodel.infer._finding import Finding, Severity
from statmodel.infer.minimisers._minimise import TOLERANCE
from statmodel.infer.minimisers._status import Status

from ._case import Case, listed

_CLOSE = 1e-3


def not_converged(case: Case) -> Iterator[Finding]:
    """EDM and the steepest parameters, with what to try next."""
    if case.result.ok or case.status is Status.FLAT_DIRECTION:
        return
    edm = float(case.result.edm)
    if not case.usable:
        yield Finding(
            kind="not_converged",
            severity=Severity.ERROR,
            message="The fit did not begin: nll or a derivative of it is not finite at the start.",
            advice="See what is said of totals and formulas; then start elsewhere (`--start`).",
        )
        return
    curvature = np.abs(np.diagonal(case.hessian))
    slope = case.gradient / np.sqrt(np.where(curvature > 0, curvature, 1.0))
    slope = np.where(case.free, slope, 0.0)
    order = [int(i) for i in np.argsort(-np.abs(slope)) if slope[i] != 0]
    names = [case.names[i] for i in order]
    shown = listed(f"{case.names[i]} {slope[i]:+.2g}" for i in order)
    yield Finding(
        kind="not_converged",
        severity=Severity.ERROR,
        parameters=tuple(names),
        message=(
            f"The fit ended after {int(case.result.steps)} steps at an estimated distance (EDM) of "
            f"{edm:.2g}, where {TOLERANCE:g} is asked for. Slopes, in conditional errors: "
            f"{shown or 'none'}."
        ),
        advice=_next(case.status, edm),
        numbers=(
            ("edm", edm),
            ("tolerance", TOLERANCE),
            *((case.names[i], float(slope[i])) for i in order),
        ),
    )


def _next(status: Status, edm: float) -> str:
    """What to try."""
    match status:
        case Status.STEP_LIMIT | Status.RUNNING:
            if edm < _CLOSE:
                return "It is nearly there: fit again, started from these values, with more steps."
            return (
                "Start nearer (`--start`), fix the parameters with the largest slopes and release "
                "them in a second fit, or raise `max_steps`."
            )
        case Status.NO_DECREASE:
            return "Something bars the way: see what is said below of totals and kinks."
        case Status.UNBOUNDED:
            return "There is no lowest point: see what is said below, and set bounds."
        case Status.SADDLE_POINT:
            return "Start elsewhere, or from several points (`--starts N`)."
        case Status.BAD_START:
            return "Start elsewhere (`--start`)."
        case Status.CONVERGED | Status.FLAT_DIRECTION:
            return ""
