"""What confidence sets do in the long run, by toys that the critical values have not seen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax
import numpy as np
from jaxtyping import Array, Float

from statmodel.infer._result_json import number
from statmodel.infer._results import Provenance
from statmodel.infer.toys import Tail
from statmodel.model import Model

from ._coverage_surface import CoverageSurface, coverage_surface
from ._curve import LEVELS, CriticalCurve
from ._sets import Sets, sets_of
from ._tables import Values
from ._values import alike, values_at

_OTHERS = 1 << 31
"""Keys of toys of a coverage, those of critical values being below."""
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


def coverage(
    model: Model,
    curves: Sequence[CriticalCurve],
    at: Sequence[float | Mapping[str, float]],
    *,
    key: Array,
    toys: int = 4000,
    levels: Sequence[float] = LEVELS,
) -> CoverageCertificate:
    """Coverage and lengths of the confidence sets of several curves, side by side.

    The toys are other ones than those of the curves, also with the same key.

    Args:
        model: that of the curves.
        curves: of one parameter.
        at: true values; by name where nuisance parameters are not at their start.
        key: a typed key.
        toys: of each true value; the same for all curves.
        levels: confidence levels.

    Raises:
        ValueError: a curve is of another model or another parameter, there is none, a truth is not
            among its hypotheses, or a level is none.
    """
    if not curves or len({(one.poi, tuple(sorted(one.fixed.items()))) for one in curves}) > 1:
        msg = "coverage: curves of one parameter are compared, with the same parameters held"
        raise ValueError(msg)
    first = curves[0]
    truths = [dict(one) if isinstance(one, Mapping) else {first.poi: one} for one in at]
    ends = max(one.mu[0] for one in curves), min(one.mu[-1] for one in curves)
    if not at or any(not ends[0] <= one.get(first.poi, np.nan) <= ends[1] for one in truths):
        msg = f"coverage(at=...): true values must lie among the hypotheses, got {list(at)}"
        raise ValueError(msg)
    others = dict.fromkeys(name for one in truths for name in one if name != first.poi)
    start = model.space.point({})
    truths = [{name: float(start[name]) for name in others} | one for one in truths]
    groups = alike(model, curves, levels)
    rows: list[SetsAt] = []
    for place, truth in enumerate(truths):
        point = model.space.point({**first.fixed, **truth})
        own = jax.random.fold_in(key, _OTHERS + place)
        drawn = model.sample(point, key=own, n=toys)
        for some in groups:
            grid, found = values_at(model, some, drawn, extra=float(truth[first.poi]))
            for curve, values in zip(some, found, strict=True):
                rows.extend(_rows(curve, grid, values, truth, levels))
    far = [row for row in rows if abs(row.away) > _FAR]
    said = [
        f"{row.statistic} at {_where(first.poi, row)} covers {100 * row.covered.probability:.1f} % "
        f"in place of {100 * row.level:.4g} %"
        for row in far
    ]
    least = f"{len(rows)} coverages within {_FAR:g} standard deviations of {toys} toys"
    return CoverageCertificate(
        poi=first.poi,
        rows=tuple(rows),
        ok=not far,
        message="; ".join(said) or least,
        provenance=first.provenance,
    )


def _where(poi: str, row: SetsAt) -> str:
    return ", ".join(
        f"{name} = {value:g}" for name, value in {poi: row.mu, **row.nuisances}.items()
    )


def _rows(
    curve: CriticalCurve,
    grid: Float[np.ndarray, " place"],
    found: Values,
    truth: Mapping[str, float],
    levels: Sequence[float],
) -> list[SetsAt]:
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
