"""Counts of the bins of one channel: checked, frozen."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float

from statmodel._errors import DataError


@final
@dataclass(frozen=True, eq=False)
class BinCounts:
    """What was counted in the bins of a channel.

    Attributes:
        values: counts, not necessarily whole (Asimov data). Unit: events.
        mask: true for bins that count; a masked bin is as if it were not measured.
    """

    values: Float[np.ndarray, " bin"]
    mask: Bool[np.ndarray, " bin"]

    @property
    def size(self) -> int:
        """The number of bins, masked ones included."""
        return self.values.size

    def digest(self) -> str:
        """SHA-256 of the counts that count."""
        total = hashlib.sha256(b"counts 1")
        total.update(self.mask.tobytes())
        total.update(np.where(self.mask, self.values, 0.0).astype("<f8").tobytes())
        return total.hexdigest()


def make_counts(values: Sequence[float], *, mask: Sequence[bool] | None = None) -> BinCounts:
    """Counts of the bins of one channel.

    Args:
        values: one number a bin, finite and not negative where it counts.
        mask: true for bins that count; all of them by default.

    Raises:
        DataError: a mask of another length, or a count that is none.

    Example:
        >>> make_counts([3, 0, 5]).size
        3
    """
    counted = np.asarray(values, float).reshape(-1)
    kept = np.ones(counted.size, bool) if mask is None else np.asarray(mask, bool).reshape(-1)
    if kept.size != counted.size:
        msg = f"{counted.size} counts, but a mask of {kept.size} bins."
        raise DataError(msg)
    wrong = np.flatnonzero(kept & ~(np.isfinite(counted) & (counted >= 0)))
    if wrong.size:
        said = ", ".join(f"{counted[i]:g} in bin {i}" for i in wrong[:3])
        msg = f"counts must be finite and not negative, got {said}."
        raise DataError(msg)
    return BinCounts(counted, kept)
