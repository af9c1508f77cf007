r"""How nuisance parameters move a parameter of interest, under three definitions by name.

With V the covariance, H its inverse, and :math:`\delta_k` the width before the fit:

- `fixed_others`: :math:`-(H_{\mu k}/H_{\mu\mu}) \sqrt{V_{kk}}`, where all others stay;
- `refit`: the nuisance is moved and all others are fitted again. By :math:`\sqrt{V_{kk}}` it gives
  :math:`V_{\mu k}/\sqrt{V_{kk}}` (post-fit), by :math:`\delta_k` it gives
  :math:`V_{\mu k}\,\delta_k/V_{kk}` (pre-fit), where `nll` is quadratic; the true fits are made on
  request, up and down;
- `global_observable`: :math:`V_{\mu k}/\delta_k`, what a change of the auxiliary measurement by its
  width does to the estimate: the squares of these, with that of the statistical part, add up to
  the variance.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel.data import Dataset
from statmodel.infer._refits import refits
from statmodel.infer._result_json import number
from statmodel.infer._results import FitResult, Provenance
from statmodel.infer.minimisers._status import Status
from statmodel.model import Model, Prepared

from ._around import Around

_SIDES = ("up", "down")


@final
@dataclass(frozen=True, kw_only=True)
class Refit:
    """The parameter of interest after a nuisance was moved and all others were fitted."""

    at: float
    """Where the nuisance was held: on its bound, if that was nearer."""
    shift: float
    """Of the parameter of interest; NaN where the fit failed."""
    status: str
    bounded: bool
    """Whether a bound was nearer."""


@final
@dataclass(frozen=True, kw_only=True)
class Impact:
    """One nuisance parameter; numbers that do not exist are NaN."""

    name: str
    label: str
    value: float
    error: float
    width: float
    """Before the fit; NaN where nothing constrains it."""
    pull: float
    """(value - observed) / width before the fit."""
    constraint: float
    """Width after the fit over width before."""
    correlation: float
    """With the parameter of interest."""
    fixed_others: float
    postfit: float
    """`refit`, by the width after the fit, linearised."""
    prefit: float
    """`refit`, by the width before the fit, linearised."""
    global_observable: float
    refits: dict[str, Refit]
    """The true fits: `postfit_up`, `postfit_down`, `prefit_up`, `prefit_down`."""

    @property
    def size(self) -> float:
        """What the ranking goes by: the larger post-fit shift, of true fits where there are any."""
        shifts = [abs(self.postfit)]
        fits = [self.refits[f"postfit_{side}"].shift for side in _SIDES if self.refits]
        known = [abs(one) for one in fits if math.isfinite(one)] or shifts
        return max(known)


@final
@dataclass(frozen=True, kw_only=True)
class Impacts:
    """All nuisance parameters that move, those with the largest impact first."""

    measurement: str
    poi: str
    value: float
    error: float
    rows: tuple[Impact, ...]
    ok: bool
    """Whether the fit and all fits that were asked for converged."""
    message: str
    provenance: Provenance

    def __getitem__(self, name: str) -> Impact:
        """The impact of one parameter.

        Raises:
            KeyError: it is none of those that move.
        """
        for row in self.rows:
            if row.name == name:
                return row
        msg = f'"{name}" is no nuisance parameter that moves: it has no impact'
        raise KeyError(msg)

    def to_json(self) -> str:
        """A JSON document; undefined numbers are null."""
        document = {
            "measurement": self.measurement,
            "poi": self.poi,
            "status": {"ok": self.ok, "message": self.message},
            "value": number(self.value),
            "error": number(self.error),
            "impacts": {row.name: _plain(asdict(row)) for row in self.rows},
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def impacts(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    *,
    poi: str | None = None,
    refit: bool = True,
) -> Impacts:
    """Impacts of all nuisance parameters on a parameter of interest.

    Args:
        model: the compiled likelihood.
        data: one data set.
        result: its fit.
        poi: the parameter that is moved; the measurement's first by default.
        refit: whether the true fits are made, four for each constrained parameter and two for each
            other, all by one program.

    Returns:
        A row for each parameter that is neither fixed nor on a bound, largest first; look at `ok`
        before any number.

    Raises:
        ValueError: there is no such parameter, several data sets, their fits, or a fit of another
            model.

    Example:
        >>> import statmodel as sm
        >>> model, data = sm.compile({
        ...     "channels": [{"name": "SR", "samples": [{"name": "signal", "data": [100.0],
        ...         "modifiers": [
        ...             {"name": "mu", "type": "normfactor", "data": None},
        ...             {"name": "eff", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}]}]}],
        ...     "observations": [{"name": "SR", "data": [100]}],
        ...     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        ...     "version": "1.0.0"})
        >>> found = sm.impacts(model, data, sm.fit(model, data))["eff"]
        >>> [round(found.refits[f"prefit_{side}"].shift, 4) for side in ("up", "down")]
        [-0.0909, 0.1111]
    """
    found = Around.of(model, data, result, "impacts")
    place = found.poi(poi, "impacts")
    movable = [k for k in np.flatnonzero(found.free).tolist() if k != place]
    made = _refitted(found, place, movable) if refit and result.ok else {}
    hessian = found.hessian
    rows = [_impact(found, place, k, hessian, made.get(k, {})) for k in movable]
    failed = sum(one.status != "converged" for row in rows for one in row.refits.values())
    said = f"; {failed} fits with a nuisance held failed" if failed else ""
    return Impacts(
        measurement=result.measurement,
        poi=model.space.names[place],
        value=float(found.values[place]),
        error=float(found.errors[place]),
        rows=tuple(sorted(rows, key=lambda row: -row.size if math.isfinite(row.size) else 0.0)),
        ok=result.ok and not failed,
        message=result.message + said,
        provenance=result.provenance,
    )


def _impact(
    found: Around,
    place: int,
    k: int,
    hessian: Float[np.ndarray, "parameter parameter"],
    made: dict[str, Refit],
) -> Impact:
    error, width = found.errors[k], found.widths[k] if np.isfinite(found.widths[k]) else np.nan
    mixed = found.covariance[place, k] if found.free[place] else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        return Impact(
            name=found.model.space.names[k],
            label=found.labels[k],
            value=float(found.values[k]),
            error=float(error),
            width=float(width),
            pull=float((found.values[k] - found.observed[k]) / width),
            constraint=float(error / width),
            correlation=float(mixed / (error * found.errors[place])),
            fixed_others=float(-hessian[place, k] / hessian[place, place] * error),
            postfit=float(mixed / error),
            prefit=float(mixed * width / error**2),
            global_observable=float(mixed / width),
            refits=made,
        )


def _refitted(found: Around, place: int, movable: list[int]) -> dict[int, dict[str, Refit]]:
    """True fits, with each nuisance held up and down by its width after and before the fit."""
    asked = list(_moves(found, movable))
    if not asked:
        return {}
    names = found.model.space.names
    held = [{names[k]: at} for k, _, at, _ in asked]
    fits = refits(found.model, found.prepared, found.result, held)
    shifts = np.asarray(fits.values)[:, place] - found.values[place]
    status = [Status(int(one)) for one in np.asarray(fits.status)]
    made: dict[int, dict[str, Refit]] = {k: {} for k in movable}
    for (k, name, at, bounded), shift, ended in zip(asked, shifts, status, strict=True):
        made[k][name] = Refit(
            at=at,
            shift=float(shift) if ended.ok else math.nan,
            status=ended.name.lower(),
            bounded=bounded,
        )
    return made


def _moves(found: Around, movable: list[int]) -> Iterator[tuple[int, str, float, bool]]:
    for k in movable:
        low, high = found.model.space.bounds[k]
        for kind, width in (("postfit", found.errors[k]), ("prefit", found.widths[k])):
            if not np.isfinite(width):
                continue
            for side, sign in zip(_SIDES, (1.0, -1.0), strict=True):
                at = float(found.values[k] + sign * width)
                inside = min(max(at, low), high)
                yield k, f"{kind}_{side}", inside, inside != at


def _plain(value: object) -> object:
    """Numbers that do not exist as null."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return number(value) if isinstance(value, float) else value
