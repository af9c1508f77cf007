r"""Tail probabilities from toys, with what their number says of them.

With k of n toys in the tail the estimate is k/n; its interval is that of C. Clopper and E. Pearson,
Biometrika 26 (1934) 404: quantiles of Beta(k, n-k+1) and Beta(k+1, n-k).
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

_COVERAGE = 0.6827
TIE = 1e-5
"""Statistics of two fits that differ by less are equal: minima are known to 5e-6."""


@final
@dataclass(frozen=True)
class Tail:
    """A probability from toys.

    Attributes:
        above: toys in the tail, those with an equal statistic among them.
        toys: how many count.
    """

    above: int
    toys: int

    @property
    def probability(self) -> float:
        """The estimate; NaN without toys."""
        return self.above / self.toys if self.toys else math.nan

    @property
    def error(self) -> float:
        """Its standard deviation, of the binomial with the estimate; 0 at 0 and 1."""
        p = self.probability
        return math.sqrt(p * (1 - p) / self.toys) if self.toys else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """68.27 % central confidence interval, which is never empty."""
        from scipy import stats  # noqa: PLC0415 (to load it takes as long as a fit)

        if not self.toys:
            return math.nan, math.nan
        k, n, outside = self.above, self.toys, 0.5 * (1 - _COVERAGE)
        low = 0.0 if k == 0 else float(stats.beta.ppf(outside, k, n - k + 1))
        high = 1.0 if k == n else float(stats.beta.ppf(1 - outside, k + 1, n - k))
        return low, high

    @property
    def significance(self) -> float:
        """One-sided standard deviations; infinite where no toy is in the tail."""
        from scipy import stats  # noqa: PLC0415

        return float(stats.norm.isf(self.probability))

    def to_document(self) -> dict[str, object]:
        """Plain values, as JSON has them."""
        low, high = self.interval
        return {
            "probability": self.probability if self.toys else None,
            "error": self.error if self.toys else None,
            "interval": [low, high] if self.toys else None,
            "above": self.above,
            "toys": self.toys,
        }


def tail(statistics: Float[np.ndarray, " toy"], observed: float, *, tie: float = TIE) -> Tail:
    """How many toys have a statistic as large as observed, or larger; NaN do not count.

    Example:
        >>> found = tail(np.array([0.0, 1.0, 2.0, 3.0, np.nan]), 2.0)
        >>> found.probability, [round(one, 3) for one in found.interval]
        (0.5, [0.185, 0.815])
    """
    known = statistics[np.isfinite(statistics)]
    if not math.isfinite(observed):
        return Tail(0, 0)
    return Tail(int((known >= observed - tie).sum()), known.size)
