r"""Discovery: how improbable the data are without a signal, observed and expected.

.. math:: Z = \sqrt{q_0}, \qquad p_0 = 1 - \Phi(Z)

Expected are the values of data with a signal, from their Asimov data: :math:`\sqrt{q_{0,A}} + N`
for a fluctuation by N standard deviations. (arXiv:1007.1727, equations 12, 52 and 53.) Z is the
root itself and p is kept as a logarithm, so that forty standard deviations are no infinity.
"""

import json
import math
from dataclasses import dataclass
from typing import TypedDict, final

from statmodel.data import Dataset
from statmodel.infer._finding import Finding, FindingDocument, Severity
from statmodel.infer._result_json import ProvenanceDocument
from statmodel.infer._results import FitResult, Provenance
from statmodel.model import Model, Prepared

from ._distributions import BANDS
from ._hypotest import hypotest
from ._normal import log_phi
from ._test_point import (
    FitDocument,
    FitSummary,
    finite,
    fit_documents,
    number,
    read_fits,
)


class SignificanceDocument(TypedDict):
    """The JSON document of a discovery significance."""

    measurement: str
    poi: str
    signal: float
    best: float | None
    ok: bool
    obs_significance: float | None
    exp_significance: list[float | None]
    p0_obs: float | None
    p0_exp: list[float | None]
    log_p0_obs: float | None
    fits: list[FitDocument]
    findings: list[FindingDocument]
    provenance: ProvenanceDocument


@final
@dataclass(frozen=True, kw_only=True)
class Significance:
    """Standard deviations, one-sided; NaN where a fit behind them failed."""

    measurement: str
    poi: str
    signal: float
    """The parameter of interest in the Asimov data that say what is expected."""
    best: float
    """The best fit of the parameter of interest."""
    observed: float
    """0 where the best fit is not above 0."""
    expected: tuple[float, ...]
    """-2, -1, 0, 1, 2 standard deviations, increasing; below 0 where there are too few events."""
    fits: tuple[FitSummary, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance

    @property
    def ok(self) -> bool:
        """Whether all numbers may be used."""
        known = all(math.isfinite(one) for one in (self.observed, *self.expected))
        return known and all(one.severity < Severity.ERROR for one in self.findings)

    @property
    def log_p0_obs(self) -> float:
        """Natural log of the observed p-value."""
        return log_phi(-self.observed)

    @property
    def p0_obs(self) -> float:
        """The observed p-value; 0 below 1e-308, `log_p0_obs` is not."""
        return math.exp(self.log_p0_obs)

    @property
    def p0_exp(self) -> tuple[float, ...]:
        """p-values of the expected significances, in their order: decreasing."""
        return tuple(math.exp(log_phi(-one)) for one in self.expected)

    def to_json(self) -> str:
        """A JSON document; undefined numbers are null."""
        document: SignificanceDocument = {
            "measurement": self.measurement,
            "poi": self.poi,
            "signal": self.signal,
            "best": finite(self.best),
            "ok": self.ok,
            "obs_significance": finite(self.observed),
            "exp_significance": [finite(one) for one in self.expected],
            "p0_obs": finite(self.p0_obs),
            "p0_exp": [finite(one) for one in self.p0_exp],
            "log_p0_obs": finite(self.log_p0_obs),
            "fits": fit_documents(self.fits),
            "findings": [one.to_document() for one in self.findings],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps(document, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Significance":
        """Read back what `to_json` wrote."""
        document: SignificanceDocument = json.loads(text)
        return cls(
            measurement=document["measurement"],
            poi=document["poi"],
            signal=document["signal"],
            best=number(document["best"]),
            observed=number(document["obs_significance"]),
            expected=tuple(number(one) for one in document["exp_significance"]),
            fits=read_fits(document["fits"]),
            findings=tuple(Finding.from_document(one) for one in document["findings"]),
            provenance=Provenance.from_document(document["provenance"]),
        )


def significance(
    model: Model,
    data: Dataset | Prepared,
    *,
    signal: float = 1.0,
    poi: str | None = None,
    result: FitResult | None = None,
) -> Significance:
    """The significance of a signal, observed and expected, with asymptotic formulas.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        signal: the parameter of interest in the data that say what is expected, their nuisances
            fitted to the observed data there.
        poi: the parameter of interest; the measurement's first by default.
        result: the global fit of these data, if it has been made: what it held fixed is held here.

    Returns:
        The significances; look at `ok` and `findings` before any number.

    Raises:
        ValueError: as :func:`hypotest`.
    """
    test = hypotest(model, data, 0.0, poi=poi, statistic="q0", signal=signal, result=result)
    typical = test.point.asimov_test_statistic
    middle = math.sqrt(typical) if math.isfinite(typical) else math.nan
    value = test.point.test_statistic
    return Significance(
        measurement=test.measurement,
        poi=test.poi,
        signal=signal,
        best=test.best,
        observed=math.sqrt(value) if math.isfinite(value) else math.nan,
        expected=tuple(middle - z for z in BANDS),
        fits=(*test.global_fits, *test.point.fits),
        findings=test.findings,
        provenance=test.provenance,
    )
