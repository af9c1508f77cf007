"""Parameters that rest on a bound, with the slope of nll there, and those that are close to one."""

from collections.abc import Iterator

import numpy as np

from statmodel.infer._finding import Finding, Severity

from ._case import MOST_NAMED, Case, listed, plural


def at_bounds(case: Case) -> Iterator[Finding]:
    """One finding for each parameter on a bound; those beyond half a dozen in one."""
    resting = [int(index) for index in np.flatnonzero(np.asarray(case.result.at_bound))]
    for index in resting[:MOST_NAMED]:
        yield _at_bound(case, index)
    others = [case.names[index] for index in resting[MOST_NAMED:]]
    if others:
        yield Finding(
            kind="at_bound",
            severity=Severity.WARNING,
            parameters=tuple(others),
            message=f"{plural(len(others), 'more parameter')} on bounds: {listed(others)}.",
            advice="So many bounds are a sign of a model that the data do not determine.",
        )


def _at_bound(case: Case, index: int) -> Finding:
    name, value = case.names[index], float(case.values[index])
    low, high = case.model.space.bounds[index]
    side = "lower" if abs(value - low) <= abs(value - high) else "upper"
    slope, unit = float(case.gradient[index]), name
    if index in case.model.space.rooted:
        jacobian = float(case.jacobian[index])
        # At 0 the derivative in p is infinite, the one in s = sqrt(p) is not.
        slope, unit = (slope / jacobian, name) if jacobian else (slope, f"sqrt({name})")
    pushed = (
        f"Beyond it nll would fall further, at first by {abs(slope):.3g} a unit of {unit}."
        if slope
        else "Nothing pushes it there: nll has no slope."
    )
    return Finding(
        kind="at_bound",
        severity=Severity.WARNING,
        parameters=(name,),
        message=f"{name} rests on its {side} bound {value:g}. {pushed}",
        advice=(
            "It has no symmetric error, and the errors of the others are those with it held there: "
            "take its interval from the profile (`--errors profile`). Widen the bound if nature "
            "does not set it."
        ),
        numbers=(("bound", value), ("slope", slope)),
    )


def near_bounds(case: Case) -> Iterator[Finding]:
    """Parameters less than one error from a bound: their symmetric errors reach across it."""
    errors = np.asarray(case.result.errors)
    low, high = np.asarray(case.model.space.bounds).reshape(-1, 2).T
    with np.errstate(invalid="ignore"):
        reach = np.minimum(case.values - low, high - case.values) / errors
    near = np.flatnonzero(case.free & (reach < 1))
    if not near.size:
        return
    order = near[np.argsort(reach[near])]
    names = [case.names[index] for index in order]
    verb = "is" if near.size == 1 else "are"
    yield Finding(
        kind="near_bound",
        severity=Severity.NOTE,
        parameters=tuple(names),
        message=(
            f"{listed(names)} {verb} less than one error from a bound, so that the symmetric "
            f"error{'' if near.size == 1 else 's'} would reach across it."
        ),
        advice="The profile's errors (`--errors profile`) end at the bound.",
        numbers=tuple(
            (name, float(reach[index])) for name, index in zip(names, order, strict=True)
        ),
    )
