"""How fast a campaign goes, and how long it will take."""

from dataclasses import dataclass, field
from typing import final

_MINUTE, _HOUR = 60, 3600


@final
@dataclass(frozen=True)
class Pace:
    """How far a run has come.

    Attributes:
        done: pieces that are done, those of earlier runs too.
        total: pieces of the campaign, or of its shard.
        before: pieces that were done when this run began.
        seconds: that this run has lasted.
    """

    done: int
    total: int
    before: int
    seconds: float = field(compare=False)

    @property
    def rate(self) -> float:
        """Pieces a second, of this run; NaN before the first."""
        made = self.done - self.before
        return made / self.seconds if made and self.seconds > 0 else float("nan")

    @property
    def left(self) -> float:
        """Seconds, at this rate."""
        return (self.total - self.done) / self.rate if self.done < self.total else 0.0


def in_words(seconds: float) -> str:
    """A duration for a reader.

    Example:
        >>> in_words(7.3), in_words(130), in_words(7500), in_words(float("nan"))
        ('7 s', '2 min 10 s', '2 h 5 min', 'unknown')
    """
    if not seconds < float("inf"):
        return "unknown"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
