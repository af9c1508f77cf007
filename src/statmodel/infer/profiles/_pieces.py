"""From the boundaries that searches have found to the pieces of an interval."""

from collections.abc import Iterator, Sequence

import numpy as np

from statmodel.infer._intervals import End, IntervalStatus, ProfileInterval, Segment

from ._crossings import Boundary


def interval(
    name: str, best: float, pieces: Sequence[Segment], *, rooted: bool, fits: int
) -> ProfileInterval:
    """The interval of one parameter.

    Args:
        name: the parameter.
        best: its best fit, in the user's unit.
        pieces: in internal coordinates; they may overlap.
        rooted: whether the internal coordinate is the square root.
        fits: how many conditional fits were made.
    """
    merged = _merged(pieces)
    segments = tuple(_in_users_unit(piece) if rooted else piece for piece in merged)
    own = min(segments, key=lambda one: max(one.low - best, best - one.high))
    return ProfileInterval(
        name=name,
        best=best,
        minus=max(best - own.low, 0.0) if own.low_end is End.CROSSING else np.nan,
        plus=max(own.high - best, 0.0) if own.high_end is End.CROSSING else np.nan,
        status=_status(own),
        segments=segments,
        fits=fits,
    )


def void(name: str, best: float, *, fits: int) -> ProfileInterval:
    """What is left where a lower minimum was met."""
    return ProfileInterval(
        name=name,
        best=best,
        minus=np.nan,
        plus=np.nan,
        status=IntervalStatus.NEW_MINIMUM,
        segments=(),
        fits=fits,
    )


def pieces_of(down: Sequence[Boundary], up: Sequence[Boundary]) -> Iterator[Segment]:
    """The pieces that two searches from one place inside have found, the place's own first.

    Args:
        down: the boundaries met on the way down: leaving, entering, leaving, ...
        up: those met on the way up.
    """
    yield Segment(low=down[0].value, high=up[0].value, low_end=down[0].end, high_end=up[0].end)
    for enter, leave in zip(up[1::2], up[2::2], strict=True):
        yield Segment(low=enter.value, high=leave.value, low_end=enter.end, high_end=leave.end)
    for enter, leave in zip(down[1::2], down[2::2], strict=True):
        yield Segment(low=leave.value, high=enter.value, low_end=leave.end, high_end=enter.end)


def _merged(pieces: Sequence[Segment]) -> list[Segment]:
    """The union, in increasing order."""
    found: list[Segment] = []
    for piece in sorted(pieces, key=lambda one: one.low):
        if found and piece.low <= found[-1].high:
            last = found.pop()
            further = piece if piece.high > last.high else last
            found.append(
                Segment(
                    low=last.low,
                    high=further.high,
                    low_end=last.low_end,
                    high_end=further.high_end,
                )
            )
        else:
            found.append(piece)
    return found


def _in_users_unit(piece: Segment) -> Segment:
    """From s to p = s**2, which keeps the order."""
    return Segment(
        low=piece.low**2, high=piece.high**2, low_end=piece.low_end, high_end=piece.high_end
    )


def _status(own: Segment) -> IntervalStatus:
    ends = {own.low_end, own.high_end}
    if End.FAILED in ends:
        return IntervalStatus.FAILED
    if End.OPEN in ends:
        return IntervalStatus.OPEN
    return IntervalStatus.AT_BOUND if End.BOUND in ends else IntervalStatus.CLOSED
