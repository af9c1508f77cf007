r"""Observed events in bins, with the errors and pulls that a picture shows.

Counts have central 68.27 % Poisson intervals (F. Garwood, Biometrika 28 (1936) 437); weighted data
have :math:`\sqrt{\sum w^2}`. Pulls: :math:`(n - \nu)/\sqrt\nu`, or
:math:`(\sum w - \nu)/\sqrt{\sum w^2}` for weighted data.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.stats import chi2, norm

from ._observed import Observed

_TAIL = float(norm.sf(1.0))
"""What a central interval of one standard deviation leaves out on each side."""


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DataHistogram:
    """Sums of weights in bins.

    Attributes:
        edges: of the bins.
        counts: sum of weights.
        lower: length of the error bar below.
        upper: length of the error bar above.
        weighted: whether weights are anything but one.
    """

    edges: Float[np.ndarray, " edge"]
    counts: Float[np.ndarray, " bin"]
    lower: Float[np.ndarray, " bin"]
    upper: Float[np.ndarray, " bin"]
    weighted: bool

    def pulls(self, expected: Float[np.ndarray, " bin"]) -> Float[np.ndarray, " bin"]:
        """Distances from an expectation in standard deviations; NaN where there is no scale."""
        variance = self.upper**2 if self.weighted else expected
        known = variance > 0
        scale = np.sqrt(np.where(known, variance, 1.0))
        return np.where(known, (self.counts - expected) / scale, np.nan)


def histogram(data: Observed, edges: Float[np.ndarray, " edge"]) -> DataHistogram:
    """Fill bins; events on the last edge belong to the last bin."""
    counts = np.histogram(data.values, edges, weights=data.weights)[0].astype(float)
    if data.weighted:
        error = np.sqrt(np.histogram(data.values, edges, weights=data.weights**2)[0])
        return DataHistogram(edges=edges, counts=counts, lower=error, upper=error, weighted=True)
    low, high = poisson_interval(counts)
    return DataHistogram(
        edges=edges, counts=counts, lower=counts - low, upper=high - counts, weighted=False
    )


def poisson_interval(
    counts: Float[np.ndarray, " bin"],
) -> tuple[Float[np.ndarray, " bin"], Float[np.ndarray, " bin"]]:
    """The ends of the central 68.27 % interval for the mean of each count."""
    low = np.where(counts > 0, 0.5 * chi2.ppf(_TAIL, 2 * np.maximum(counts, 0.5)), 0.0)
    return low, 0.5 * chi2.isf(_TAIL, 2 * (counts + 1))
