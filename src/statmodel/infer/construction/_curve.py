"""Critical values of a test statistic, with what their toys say of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel.infer._result_json import number
from statmodel.infer._results import Provenance
from statmodel.infer.statistics import AbstractStatistic

from ._quantiles import effective, quantiles, tail

LEVELS = (0.6827, 0.9545)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CriticalCurve:
    """A test statistic of toys, weighted for each hypothesis of a grid.

    Attributes:
        poi: the parameter of interest.
        statistic: the test statistic.
        said: its name, and that of its focus.
        focus: fingerprint of the focus density; empty without one.
        mu: hypotheses, in order, in the user's units.
        values: of each toy under each hypothesis; infinite for toys that cannot be judged.
        weights: of each toy under each hypothesis; they sum to one.
        fixed: parameters that were held, and where.
        ensemble: where nuisance parameters of the toys are, in words; empty without any.
        failed: toys that cannot be judged.
        ok: whether critical values may be used.
        message: what to think of them.
        key: that the toys were drawn with, in words.
        provenance: the model.
    """

    poi: str
    statistic: AbstractStatistic
    said: str
    focus: str
    mu: Float[np.ndarray, " point"]
    values: Float[np.ndarray, "toy point"]
    weights: Float[np.ndarray, "toy point"]
    fixed: Mapping[str, float]
    ensemble: str
    failed: int
    ok: bool
    message: str
    key: str
    provenance: Provenance

    @property
    def toys(self) -> int:
        """How many."""
        return len(self.values)

    @property
    def effective(self) -> Float[np.ndarray, " point"]:
        """Toys that would say as much without weights, for each hypothesis."""
        return effective(self.weights)

    def critical(self, level: float) -> Float[np.ndarray, " point"]:
        """Critical values on the grid: data are accepted where the statistic is no larger."""
        return self._quantiles(np.full(self.mu.size, level))

    def band(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """One standard deviation of these below and above, by the effective number of toys."""
        error = np.sqrt(level * (1 - level) / self.effective)
        return self._quantiles(level - error), self._quantiles(level + error)

    def at(self, mu: Float[np.ndarray, " place"], level: float) -> Float[np.ndarray, " place"]:
        """Critical values between those of the grid, on straight lines."""
        return np.interp(mu, self.mu, self.critical(level))

    def p_value(self, mu: float, value: float) -> float:
        """The probability of a statistic as large as this under a hypothesis, or larger."""
        place = int(np.clip(np.searchsorted(self.mu, mu), 1, self.mu.size - 1))
        low, high = self.mu[place - 1], self.mu[place]
        share = float(np.clip((mu - low) / (high - low), 0.0, 1.0))
        ends = [tail(self.values[:, k], self.weights[:, k], value) for k in (place - 1, place)]
        return (1 - share) * ends[0] + share * ends[1]

    def _quantiles(self, probabilities: Float[np.ndarray, " point"]) -> np.ndarray:
        each = zip(self.values.T, self.weights.T, probabilities, strict=True)
        return np.array([quantiles(v, w, np.array([p]))[0] for v, w, p in each])

    def to_json(self, levels: Sequence[float] = LEVELS) -> str:
        """A JSON document of the curve; infinite values are null."""

        def plain(values: np.ndarray) -> list[float | None]:
            return [number(float(one)) for one in values]

        document = {
            "poi": self.poi,
            "statistic": self.said,
            "focus": self.focus,
            "status": {"ok": self.ok, "message": self.message},
            "toys": self.toys,
            "failed": self.failed,
            "fixed": dict(self.fixed),
            "ensemble": self.ensemble,
            "key": self.key,
            "mu": self.mu.tolist(),
            "effective": plain(self.effective),
            "critical": [
                {
                    "level": level,
                    "values": plain(self.critical(level)),
                    "band": [plain(one) for one in self.band(level)],
                }
                for level in levels
            ],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)
