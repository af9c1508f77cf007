"""A rule of quadrature with what a finer one says of it."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel.model.densities import LineRule, PlaneRule


@final
@dataclass(frozen=True)
class Resolved:
    """A rule, and its errors at some parameter points."""

    rule: LineRule | PlaneRule
    errors: Float[np.ndarray, " point"]
    """Relative errors of the integral; NaN where the integral is not positive and finite."""

    @property
    def worst(self) -> float:
        """The largest error at the points where there is an integral."""
        return float(np.max(self.errors, initial=0.0, where=np.isfinite(self.errors)))
