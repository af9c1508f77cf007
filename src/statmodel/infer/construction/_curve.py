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

from ._calibrations import AbstractDistribution, CalibrationMethod, Regressed
from ._tables import Values

LEVELS = (0.6827, 0.9545)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CriticalCurve:
    """A test statistic's distribution under each hypothesis of a grid.

    Attributes:
        poi: the parameter of interest.
        statistic: the test statistic.
        said: its name, and that of its focus.
        focus: fingerprint of the focus density; empty without one.
        mu: hypotheses, in order, in the user's units.
        distribution: of the statistic under each.
        calibration: how that was found.
        toys: how many, in all.
        fixed: parameters that were held, and where.
        ensemble: where nuisance parameters of the toys are, in words; empty without any.
        on_nuisances: whether critical values are functions of nuisance parameters too, those of
            `critical` being at the conditional estimates of the data that it was made for.
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
    distribution: AbstractDistribution
    calibration: CalibrationMethod
    toys: int
    fixed: Mapping[str, float]
    ensemble: str
    on_nuisances: bool
    failed: int
    ok: bool
    message: str
    key: str
    provenance: Provenance

    @property
    def effective(self) -> Float[np.ndarray, " point"]:
        """Toys that would say as much, drawn under each hypothesis."""
        return self.distribution.effective

    def critical(self, level: float) -> Float[np.ndarray, " point"]:
        """Critical values on the grid: data are accepted where the statistic is no larger."""
        return self.distribution.quantiles(np.full(self.mu.size, level))

    def band(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """One standard deviation of these below and above, by the effective number of toys."""
        error = np.sqrt(level * (1 - level) / self.effective)
        quantiles = self.distribution.quantiles
        return quantiles(np.maximum(level - error, 0.0)), quantiles(level + error)

    def at(self, mu: Float[np.ndarray, " place"], level: float) -> Float[np.ndarray, " place"]:
        """Critical values between those of the grid, on straight lines."""
        return np.interp(mu, self.mu, self.critical(level))

    def excess(
        self, found: Values, mu: Float[np.ndarray, " place"], level: float
    ) -> Float[np.ndarray, "toy place"]:
        """How much a statistic of data sets exceeds critical values.

        Args:
            found: the statistic under hypotheses, with conditional estimates of nuisance parameters
                where critical values are functions of these.
            mu: the hypotheses.
            level: of the critical values.
        """
        by = self.distribution
        if not (self.on_nuisances and isinstance(by, Regressed) and found.nuisances is not None):
            return found.values - self.at(mu, level)[None, :]
        toys, places, size = found.nuisances.shape
        along = np.broadcast_to(mu[None, :, None], (toys, places, 1))
        inputs = np.concatenate([along, found.nuisances], axis=2).reshape(-1, 1 + size)
        return found.values - by.at(inputs, level).reshape(toys, places)

    def p_value(self, mu: float, value: float) -> float:
        """The probability of a statistic as large as this under a hypothesis, or larger."""
        place = int(np.clip(np.searchsorted(self.mu, mu), 1, self.mu.size - 1))
        low, high = self.mu[place - 1], self.mu[place]
        share = float(np.clip((mu - low) / (high - low), 0.0, 1.0))
        ends = [self.distribution.tail(one, value) for one in (place - 1, place)]
        return (1 - share) * ends[0] + share * ends[1]

    def to_json(self, levels: Sequence[float] = LEVELS) -> str:
        """A JSON document of the curve; infinite values are null."""

        def plain(values: np.ndarray) -> list[float | None]:
            return [number(float(one)) for one in values]

        document = {
            "poi": self.poi,
            "statistic": self.said,
            "focus": self.focus,
            "status": {"ok": self.ok, "message": self.message},
            "calibration": self.calibration,
            "toys": self.toys,
            "failed": self.failed,
            "fixed": dict(self.fixed),
            "ensemble": self.ensemble,
            "on_nuisances": self.on_nuisances,
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
