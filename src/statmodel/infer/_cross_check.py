"""The fit again by iminuit's MIGRAD and HESSE, as a referee: from the start, and from our minimum.

The referee sees values and gradients of the likelihood as it stands, and none of the exact Hessian,
nor of the minimiser, that the fit is built on. (F. James, M. Roos, Comput. Phys. Commun. 10 (1975)
343.)
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, final

import numpy as np
from jaxtyping import ArrayLike, Float

from statmodel.data import Dataset
from statmodel.model import Model, Prepared

from ._bound import one_data_set
from ._finding import Finding, Severity
from ._referee import Verdict, referee
from ._results import FitResult

LOWER = 1e-4
"""A referee's `nll` that is lower by more overrules the fit."""


class _RunDocument(TypedDict):
    begun: str
    nll: float
    edm: float
    valid: bool
    calls: int
    values: dict[str, float]
    errors: dict[str, float | None]


class CrossCheckDocument(TypedDict):
    """The JSON document of a cross-check."""

    nll: float
    ok: bool
    message: str
    runs: list[_RunDocument]


@final
@dataclass(frozen=True, kw_only=True)
class CrossCheckRun:
    """One fit by iminuit.

    Attributes:
        begun: where it began: `start` or `minimum`.
        nll: at its end.
        edm: its estimated distance to the minimum.
        valid: whether MIGRAD calls its minimum valid.
        calls: evaluations of the likelihood.
        values: of all parameters, in the user's units.
        errors: from HESSE, in the user's units; NaN where a parameter was held or HESSE failed.
        shifts: values less those of the fit, in errors of the fit; NaN where it has none.
        error_ratios: errors over those of the fit.
    """

    begun: str
    nll: float
    edm: float
    valid: bool
    calls: int
    values: tuple[float, ...]
    errors: tuple[float, ...]
    shifts: tuple[float, ...]
    error_ratios: tuple[float, ...]


@final
@dataclass(frozen=True, kw_only=True)
class CrossCheck:
    """A fit beside the same fit by iminuit.

    Attributes:
        names: of all parameters.
        nll: of the fit that is checked.
        runs: iminuit's fits, from the start and from the minimum.
    """

    names: tuple[str, ...]
    nll: float
    runs: tuple[CrossCheckRun, ...]

    @property
    def lower(self) -> float:
        """By how much iminuit's lowest `nll` lies below the fit's; negative where it does not."""
        return max((self.nll - one.nll for one in self.runs), default=-math.inf)

    @property
    def ok(self) -> bool:
        """Whether iminuit found nothing lower."""
        return not self.lower > LOWER

    @property
    def message(self) -> str:
        """The comparison in one sentence a run."""
        return " ".join(self._sentence(one) for one in self.runs)

    def to_finding(self) -> Finding:
        """The comparison as a finding of the doctor."""
        numbers = tuple((f"nll_from_{one.begun}", one.nll - self.nll) for one in self.runs)
        if self.ok:
            advice = ""
        else:
            advice = "The fit is in a higher minimum, or ended early: start it where iminuit ended."
        return Finding(
            kind="cross_check",
            severity=Severity.NOTE if self.ok else Severity.ERROR,
            message=self.message,
            advice=advice,
            numbers=numbers,
        )

    def to_json(self) -> str:
        """The comparison as a JSON document."""
        document: CrossCheckDocument = {
            "nll": self.nll,
            "ok": self.ok,
            "message": self.message,
            "runs": [self._run_document(one) for one in self.runs],
        }
        return json.dumps(document, indent=2, allow_nan=False)

    def _run_document(self, run: CrossCheckRun) -> _RunDocument:
        errors = (x if math.isfinite(x) else None for x in run.errors)
        return {
            "begun": run.begun,
            "nll": run.nll,
            "edm": run.edm,
            "valid": run.valid,
            "calls": run.calls,
            "values": dict(zip(self.names, run.values, strict=True)),
            "errors": dict(zip(self.names, errors, strict=True)),
        }

    def _sentence(self, run: CrossCheckRun) -> str:
        difference = run.nll - self.nll
        side = "above" if difference >= 0 else "below"
        said = f"iminuit from the {run.begun}: nll {abs(difference):.2g} {side} the fit's"
        shift = _worst(self.names, run.shifts, 0.0)
        if shift is not None:
            said += f", values within {abs(shift[1]):.2g} errors ({shift[0]})"
        ratio = _worst(self.names, run.error_ratios, 1.0)
        if ratio is not None:
            said += f", errors within {100 * abs(ratio[1] - 1):.2g} % ({ratio[0]})"
        return f"{said}{'' if run.valid else '; MIGRAD calls it invalid'}."


def cross_check(
    model: Model,
    data: Dataset | Prepared,
    result: FitResult,
    *,
    start: Mapping[str, ArrayLike] | None = None,
) -> CrossCheck:
    """Fit again with iminuit, from the start and from the minimum of the fit.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        result: the fit that is checked; what it held is held.
        start: where that fit began; the document's values unless given.

    Raises:
        ModuleNotFoundError: iminuit is not installed; the extra `minuit` brings it.
        ValueError: for the results of a batch.
    """
    if np.ndim(result.nll):
        msg = "`cross_check(result=...)` takes the result of one data set, not of a batch"
        raise ValueError(msg)
    prepared = one_data_set(model, data, "cross_check")
    held = np.asarray(result.fixed)
    begin = np.asarray(model.space.values(model.space.point(start)))
    begin = np.where(held, np.asarray(result.values), begin)
    places = {"start": begin, "minimum": np.asarray(result.values)}
    runs = [
        _compared(result, begun, referee(model, prepared, place, fixed=held))
        for begun, place in places.items()
    ]
    return CrossCheck(names=result.names, nll=float(result.nll), runs=tuple(runs))


def _compared(result: FitResult, begun: str, found: Verdict) -> CrossCheckRun:
    errors = np.asarray(result.errors)
    values = np.asarray(result.values)
    return CrossCheckRun(
        begun=begun,
        nll=found.nll,
        edm=found.edm,
        valid=found.valid,
        calls=found.calls,
        values=_numbers(found.values),
        errors=_numbers(found.errors),
        shifts=_numbers((found.values - values) / errors),
        error_ratios=_numbers(found.errors / errors),
    )


def _numbers(values: Float[np.ndarray, " parameter"]) -> tuple[float, ...]:
    return tuple(values.tolist())


def _worst(
    names: tuple[str, ...], numbers: tuple[float, ...], wanted: float
) -> tuple[str, float] | None:
    """The number farthest from what is wanted, with its name."""
    known = [(n, x) for n, x in zip(names, numbers, strict=True) if math.isfinite(x)]
    return max(known, key=lambda pair: abs(pair[1] - wanted), default=None)
