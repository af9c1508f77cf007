"""What confidence sets do in the long run, by toys that the critical values have not seen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel.infer._result_json import number
from statmodel.infer._results import Provenance
from statmodel.infer.toys import Tail

from ._coverage_surface import CoverageSurface, coverage_surface
from ._curve import CriticalCurve
from ._sets import Sets, sets_of
from ._tables import Values

_FAR = 3.0
"""Standard deviations."""


@final
@dataclass(frozen=True, kw_only=True)
class SetsAt:
    """Confidence sets of toys of one true value.

    Attributes:
        statistic: that was inverted.
        focus: fingerprint of its focus; empty without one.
        mu: the truth.
        nuisances: true values of nuisance parameters, of those that were not always at their start.
        level: nominal coverage.
        covered: toys whose set holds the truth.
        effective: toys that say as much as those of the critical values did.
        length: mean of the lengths.
        length_error: of that mean.
        median_length: of the lengths.
        lower: median of the first ends of sets that are not empty.
        upper: median of the last ends of these.
        disconnected: share of sets of several intervals.
        empty: share of sets without any.
        at_end: share of sets that reach the last hypothesis of the curve; lengths are cut there.
    """

    statistic: str
    focus: str
    mu: float
    nuisances: Mapping[str, float]
    level: float
    covered: Tail
    effective: float
    length: float
    length_error: float
    median_length: float
    lower: float
    upper: float
    disconnected: float
    empty: float
    at_end: float

    @property
    def away(self) -> float:
        """From nominal coverage, in standard deviations of these toys and those of the curve."""
        p = self.level
        variance = p * (1 - p) * (1 / self.covered.toys + 1 / self.effective)
        return (self.covered.probability - p) / np.sqrt(variance)


@final
@dataclass(frozen=True, kw_only=True)
class CoverageCertificate:
    """Coverage and lengths of confidence sets.

    Attributes:
        poi: the parameter.
        rows: one for each truth, statistic and level.
        ok: whether coverage is nominal everywhere, within three standard deviations.
        message: in words.
        provenance: the model.
    """

    poi: str
    rows: tuple[SetsAt, ...]
    ok: bool
    message: str
    provenance: Provenance

    @property
    def surfaces(self) -> tuple[CoverageSurface, ...]:
        """Coverage as a smooth function of true values; one for each statistic and level."""
        found: list[CoverageSurface | None] = []
        for statistic, level in dict.fromkeys((row.statistic, row.level) for row in self.rows):
            rows = [row for row in self.rows if (row.statistic, row.level) == (statistic, level)]
            others = {
                name: np.array([row.nuisances[name] for row in rows]) for name in rows[0].nuisances
            }
            found.append(
                coverage_surface(
                    {self.poi: np.array([row.mu for row in rows]), **others},
                    [row.covered for row in rows],
                    np.array([row.effective for row in rows]),
                    statistic=statistic,
                    level=level,
                )
            )
        return tuple(one for one in found if one is not None)

    def to_json(self) -> str:
        """A JSON document; undefined numbers are null."""
        numbers = (
            "mu", "level", "length", "length_error", "median_length", "lower", "upper",
            "disconnected", "empty", "at_end",
        )  # fmt: skip
        document = {
            "poi": self.poi,
            "status": {"ok": self.ok, "message": self.message},
            "rows": [
                {
                    "statistic": row.statistic,
                    "focus": row.focus,
                    "nuisances": dict(row.nuisances),
                    **{name: number(getattr(row, name)) for name in numbers},
                    "coverage": {
                        "probability": row.covered.probability,
                        "interval": list(row.covered.interval),
                        "covered": row.covered.above,
                        "toys": row.covered.toys,
                        "effective": number(row.effective),
                    },
                }
                for row in self.rows
            ],
            "surfaces": [one.to_document() for one in self.surfaces],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def certified(curve: CriticalCurve, rows: Sequence[SetsAt], toys: int) -> CoverageCertificate:
    """What the rows say.

    Args:
        curve: one of those that they are of.
        rows: of all true values.
        toys: of each.
    """
    far = [row for row in rows if abs(row.away) > _FAR]
    said = [
        f"{row.statistic} at {_where(curve.poi, row)} covers {100 * row.covered.probability:.1f} % "
        f"in place of {100 * row.level:.4g} %"
        for row in far
    ]
    least = f"{len(rows)} coverages within {_FAR:g} standard deviations of {toys} toys"
    return CoverageCertificate(
        poi=curve.poi,
        rows=tuple(rows),
        ok=not far,
        message="; ".join(said) or least,
        provenance=curve.provenance,
    )


def _where(poi: str, row: SetsAt) -> str:
    return ", ".join(
        f"{name} = {value:g}" for name, value in {poi: row.mu, **row.nuisances}.items()
    )


def sets_at(
    curve: CriticalCurve,
    grid: Float[np.ndarray, " place"],
    found: Values,
    truth: Mapping[str, float],
    levels: Sequence[float],
) -> list[SetsAt]:
    """The rows of one true value and one statistic.

    Args:
        curve: its critical values.
        grid: hypotheses.
        found: the statistic of toys at these, and at the true one in a last column.
        truth: by name.
        levels: confidence levels.
    """
    mu = float(truth[curve.poi])
    rows: list[SetsAt] = []
    for level in levels:
        excess = curve.excess(found, np.append(grid, mu), level)
        sets = sets_of(excess[:, :-1], grid, found.ok)
        rows.append(_row(curve, truth, level, excess[:, -1] <= 0, sets, ends=float(grid[-1])))
    return rows


def _row(  # noqa: PLR0913, PLR0917 (what a row is of)
    curve: CriticalCurve,
    truth: Mapping[str, float],
    level: float,
    covered: Float[np.ndarray, " toy"] | np.ndarray,
    sets: Sets,
    ends: float,
) -> SetsAt:
    some = sets.pieces > 0
    lower = float(np.median(sets.lower[some])) if some.any() else float("nan")
    upper = float(np.median(sets.upper[some])) if some.any() else float("nan")
    return SetsAt(
        statistic=curve.said,
        focus=curve.focus,
        mu=float(truth[curve.poi]),
        nuisances={name: float(v) for name, v in truth.items() if name != curve.poi},
        level=level,
        covered=Tail(int(covered.sum()), covered.size),
        effective=float(np.interp(truth[curve.poi], curve.mu, curve.effective)),
        length=float(sets.length.mean()),
        length_error=float(sets.length.std() / np.sqrt(sets.length.size)),
        median_length=float(np.median(sets.length)),
        lower=lower,
        upper=upper,
        disconnected=float((sets.pieces > 1).mean()),
        empty=float((sets.pieces == 0).mean()),
        at_end=float((sets.upper[some] >= ends).sum() / some.size),
    )
