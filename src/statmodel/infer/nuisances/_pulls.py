r"""Pulls of the constrained parameters, by their names.

With the auxiliary observation :math:`\alpha^0`, the width :math:`\delta` before the fit and
:math:`\sqrt V` after it:

.. math::

   \mathrm{prefit} = \frac{\hat\alpha - \alpha^0}{\delta}, \qquad
   \mathrm{postfit} = \frac{\hat\alpha - \alpha^0}{\sqrt V}, \qquad
   \mathrm{normalised} = \frac{\hat\alpha - \alpha^0}{\sqrt{\delta^2 - V}}

The first, with :math:`\sqrt V/\delta` as its bar, is what plots of pulls show; the last alone has
unit width where the model is right (L. Demortier, L. Lyons, CDF note 5776).
"""

import json
from dataclasses import asdict, dataclass
from typing import final

import numpy as np

from statmodel.data import Dataset
from statmodel.infer._result_json import number
from statmodel.infer._results import FitResult, Provenance
from statmodel.model import Model, Prepared

from ._around import Around

OVER_CONSTRAINED = 0.5
_UNDEFINED = 1e-6
"""Share of the squared width that the data must have taken, lest the last pull be rounding."""


@final
@dataclass(frozen=True, kw_only=True)
class Pull:
    """One constrained parameter; numbers that do not exist are NaN."""

    name: str
    label: str
    value: float
    error: float
    observed: float
    """The auxiliary observation."""
    width: float
    """Before the fit."""
    prefit: float
    postfit: float
    normalised: float
    constraint: float
    """Width after the fit over width before: the bar of the pull."""

    @property
    def over_constrained(self) -> bool:
        """Whether the data hold three times the information of the auxiliary measurement."""
        return self.constraint < OVER_CONSTRAINED


@final
@dataclass(frozen=True, kw_only=True)
class Pulls:
    """All constrained parameters, in the order of the model."""

    measurement: str
    rows: tuple[Pull, ...]
    ok: bool
    """Whether the fit converged."""
    message: str
    provenance: Provenance

    def __getitem__(self, name: str) -> Pull:
        """The pull of one parameter.

        Raises:
            KeyError: it is none, or nothing constrains it.
        """
        for row in self.rows:
            if row.name == name:
                return row
        msg = f'"{name}" is no constrained parameter: it has no pull'
        raise KeyError(msg)

    def to_json(self) -> str:
        """A JSON document; undefined numbers are null."""
        document = {
            "measurement": self.measurement,
            "status": {"ok": self.ok, "message": self.message},
            "pulls": {row.name: _document(row) for row in self.rows},
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def pulls(model: Model, data: Dataset | Prepared, result: FitResult) -> Pulls:
    """Pulls of all constrained parameters.

    Args:
        model: the compiled likelihood.
        data: one data set.
        result: its fit.

    Returns:
        The pulls; look at `ok` before any number.

    Raises:
        ValueError: several data sets, their fits, or a fit of another model.
    """
    found = Around.of(model, data, result, "pulls")
    rows = tuple(_pull(found, k) for k in np.flatnonzero(np.isfinite(found.widths)).tolist())
    return Pulls(
        measurement=result.measurement,
        rows=rows,
        ok=result.ok,
        message=result.message,
        provenance=result.provenance,
    )


def _pull(found: Around, k: int) -> Pull:
    distance, width = found.values[k] - found.observed[k], found.widths[k]
    error = found.errors[k]
    left = width**2 - error**2
    held = not found.free[k]
    with np.errstate(invalid="ignore", divide="ignore"):
        taken = left > _UNDEFINED * width**2
        normalised = distance / np.sqrt(left) if taken else np.nan
        return Pull(
            name=found.model.space.names[k],
            label=found.labels[k],
            value=float(found.values[k]),
            error=float(error),
            observed=float(found.observed[k]),
            width=float(width),
            prefit=np.nan if held else float(distance / width),
            postfit=float(distance / error),
            normalised=float(normalised),
            constraint=float(error / width),
        )


def _document(row: Pull) -> dict[str, object]:
    numbers = {
        name: number(value) if isinstance(value, float) else value
        for name, value in asdict(row).items()
    }
    return {**numbers, "over_constrained": row.over_constrained}
