r"""Errors of weighted data: the sandwich beside the inverse Hessian.

.. math:: V = H^{-1} K H^{-1}, \qquad K = \sum_i w_i^2\, s_i s_i^T + \sum_k 1/\delta_k^2,
   \qquad s_i = \partial \log m(x_i)

(C. Langenbruch, Eur. Phys. J. C 82 (2022) 393, for an extended likelihood, where the scores are not
centred.) Without weights both estimate the same.
"""

import json
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel.data import Dataset
from statmodel.model import Model, Prepared

from ._bound import one_data_set
from ._constrained import constraint_information
from ._result_json import number
from ._results import FitResult, Provenance
from ._scores import squared_scores


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Sandwich:
    """Covariances of a fit, with the weights of events and without.

    Attributes:
        names: all parameters.
        covariance: the sandwich, in the user's units; NaN for parameters without an error.
        plain: the inverse Hessian.
        effective: effective events of each unbinned channel, (sum w)^2 / sum w^2.
        provenance: of the fit.
    """

    names: tuple[str, ...]
    covariance: Float[np.ndarray, "parameter parameter"]
    plain: Float[np.ndarray, "parameter parameter"]
    effective: dict[str, float]
    provenance: Provenance

    @property
    def errors(self) -> dict[str, float]:
        """From the sandwich."""
        return dict(zip(self.names, np.sqrt(np.diagonal(self.covariance)).tolist(), strict=True))

    @property
    def plain_errors(self) -> dict[str, float]:
        """From the inverse Hessian."""
        return dict(zip(self.names, np.sqrt(np.diagonal(self.plain)).tolist(), strict=True))

    def to_json(self) -> str:
        """A JSON document; numbers that do not exist are null."""
        document = {
            "errors": {name: number(one) for name, one in self.errors.items()},
            "plain_errors": {name: number(one) for name, one in self.plain_errors.items()},
            "names": list(self.names),
            "covariance": [[number(one) for one in row] for row in self.covariance],
            "effective_events": {name: number(one) for name, one in self.effective.items()},
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)


def sandwich(model: Model, data: Dataset | Prepared, result: FitResult) -> Sandwich:
    """The covariance of estimates from weighted events.

    Args:
        model: the compiled likelihood.
        data: the data that were fitted, with their weights.
        result: their fit.

    Raises:
        ValueError: several data sets are bound together, or the fit did not converge.

    Example:
        >>> import numpy as np, statmodel as sm
        >>> model, data = sm.compile("specs/peak.yaml")
        >>> result = sm.fit(model, data)
        >>> found = sm.sandwich(model, data, result)
        >>> abs(found.errors["n_signal"] / found.plain_errors["n_signal"] - 1) < 0.1
        True
    """
    prepared = one_data_set(model, data, "sandwich")
    if not result.ok:
        msg = f"`sandwich(result=...)`: {result.message}"
        raise ValueError(msg)
    scores = np.asarray(squared_scores(model, result.values, prepared, squared=True))
    known = constraint_information(model, prepared, np.asarray(result.values))
    whole = np.asarray(result.covariance.matrix)
    errors = np.asarray(result.errors)
    # Parameters that were held, or rest on a bound, have no error.
    free = np.flatnonzero(np.isfinite(errors) & (errors > 0))
    block = np.ix_(free, free)
    plain, found = np.full_like(whole, np.nan), np.full_like(whole, np.nan)
    plain[block] = whole[block]
    found[block] = whole[block] @ (scores + known)[block] @ whole[block]
    weights = {
        channel.name: np.asarray(events.weights).ravel()
        for channel, events in zip(model.channels, prepared.channels, strict=True)
    }
    return Sandwich(
        names=result.names,
        covariance=found,
        plain=plain,
        effective={
            name: float(one.sum() ** 2 / max(float((one**2).sum()), np.finfo(float).tiny))
            for name, one in weights.items()
        },
        provenance=result.provenance,
    )
