"""Profile-likelihood intervals that are more, or less, than two errors."""

from collections.abc import Iterator

from statmodel.infer._finding import Finding, Severity
from statmodel.infer._intervals import IntervalStatus, ProfileInterval

from ._case import Case


def intervals(case: Case) -> Iterator[Finding]:
    """One finding for each interval in several pieces, open, or not found."""
    if case.result.profile_errors is None:
        return
    for one in case.result.profile_errors.intervals:
        if one.disjoint:
            yield _disjoint(one)
        if one.status in (IntervalStatus.OPEN, IntervalStatus.FAILED):
            yield _unfinished(one)
    found = case.result.profile_errors.new_minimum
    if found is not None:
        yield Finding(
            kind="new_minimum",
            severity=Severity.ERROR,
            message=(
                f"The search for profile errors met a lower minimum: nll {found.nll:.10g}, "
                f"{float(case.result.nll) - found.nll:.3g} below this fit's."
            ),
            advice="Fit again from there: the values and errors here are those of a higher one.",
            numbers=(("nll", found.nll),),
        )


def _disjoint(one: ProfileInterval) -> Finding:
    pieces = " and ".join(f"[{piece.low:.5g}, {piece.high:.5g}]" for piece in one.segments)
    ends = tuple(
        (f"{side}_{number}", value)
        for number, piece in enumerate(one.segments, start=1)
        for side, value in (("low", piece.low), ("high", piece.high))
    )
    return Finding(
        kind="disjoint_interval",
        severity=Severity.WARNING,
        parameters=(one.name,),
        message=f"The interval of {one.name} is in {len(one.segments)} pieces: {pieces}.",
        advice="The errors around the best fit describe one of them only: quote all.",
        numbers=ends,
    )


def _unfinished(one: ProfileInterval) -> Finding:
    own = one.own
    ends = (("low", own.low), ("high", own.high)) if own is not None else ()
    message = one.status.message
    return Finding(
        kind=f"{one.status.value}_interval",
        severity=Severity.WARNING,
        parameters=(one.name,),
        message=f"Profile of {one.name}: {message}.",
        advice="Quote a limit on the other side only, or draw the profile (`--plots`).",
        numbers=ends,
    )
