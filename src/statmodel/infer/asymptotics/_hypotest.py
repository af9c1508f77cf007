r"""One value of the parameter of interest tested: CLs and p-values, observed and expected.

.. math:: CL_s = \frac{CL_{s+b}}{CL_b}

(A. Read, J. Phys. G 28 (2002) 2693; asymptotic formulas: arXiv:1007.1727.) With `qtilde`, `q` and
`q0` the numbers are those of `pyhf.infer.hypotest`.
"""

import json
from dataclasses import dataclass
from typing import TypedDict, final

from statmodel.data import Dataset
from statmodel.infer._finding import Finding, FindingDocument, Severity
from statmodel.infer._result_json import ProvenanceDocument
from statmodel.infer._results import FitResult, Provenance
from statmodel.model import Model, Prepared

from ._experiment import Experiment, failed_fit
from ._question import ask, checked_statistic
from ._test_point import (
    FitDocument,
    FitSummary,
    PointDocument,
    TestPoint,
    finite,
    fit_documents,
    number,
    read_fits,
)


class HypoTestDocument(PointDocument):
    """The JSON document of a test."""

    measurement: str
    poi: str
    best: float | None
    ok: bool
    global_fits: list[FitDocument]
    findings: list[FindingDocument]
    provenance: ProvenanceDocument


class _Common(TypedDict):
    measurement: str
    poi: str
    best: float | None
    ok: bool
    global_fits: list[FitDocument]
    findings: list[FindingDocument]
    provenance: ProvenanceDocument


@final
@dataclass(frozen=True, kw_only=True)
class HypoTest:
    """A tested value, with the fits behind it and where it comes from."""

    measurement: str
    poi: str
    best: float
    """The best fit of the parameter of interest."""
    point: TestPoint
    global_fits: tuple[FitSummary, ...]
    """Fits that do not depend on the value tested."""
    findings: tuple[Finding, ...]
    provenance: Provenance

    @property
    def ok(self) -> bool:
        """Whether all numbers may be used."""
        return self.point.ok and all(one.severity < Severity.ERROR for one in self.findings)

    @property
    def mu(self) -> float:
        """The value tested."""
        return self.point.mu

    @property
    def CLs_obs(self) -> float:
        """Observed CLs; NaN for statistics that have none."""
        return self.point.CLs_obs

    @property
    def CLs_exp(self) -> tuple[float, ...]:
        """CLs without signal, at -2, -1, 0, 1, 2 standard deviations."""
        return self.point.CLs_exp

    @property
    def CLsb_obs(self) -> float:
        """The p-value of the value tested."""
        return self.point.CLsb_obs

    @property
    def CLsb_exp(self) -> tuple[float, ...]:
        """p-values expected under the alternative, increasing."""
        return self.point.CLsb_exp

    @property
    def CLb_obs(self) -> float:
        """The tail probability under the alternative."""
        return self.point.CLb_obs

    @property
    def CLb_exp(self) -> tuple[float, ...]:
        """Expected tail probabilities under the alternative, increasing."""
        return self.point.CLb_exp

    def to_json(self) -> str:
        """A JSON document, with pyhf's names where pyhf has one; undefined numbers are null."""
        common: _Common = {
            "measurement": self.measurement,
            "poi": self.poi,
            "best": finite(self.best),
            "ok": self.ok,
            "global_fits": fit_documents(self.global_fits),
            "findings": [one.to_document() for one in self.findings],
            "provenance": self.provenance.to_document(),
        }
        return json.dumps({**self.point.to_document(), **common}, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "HypoTest":
        """Read back what `to_json` wrote."""
        document: HypoTestDocument = json.loads(text)
        statistic = checked_statistic(document["statistic"], function="from_json")
        return cls(
            measurement=document["measurement"],
            poi=document["poi"],
            best=number(document["best"]),
            point=TestPoint.from_document(document, statistic),
            global_fits=read_fits(document["global_fits"]),
            findings=tuple(Finding.from_document(one) for one in document["findings"]),
            provenance=Provenance.from_document(document["provenance"]),
        )


def hypotest(
    model: Model,
    data: Dataset | Prepared,
    mu: float,
    *,
    poi: str | None = None,
    statistic: str = "qtilde",
    signal: float = 1.0,
    result: FitResult | None = None,
) -> HypoTest:
    """Test a value of the parameter of interest, with asymptotic formulas.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        mu: the value tested.
        poi: the parameter of interest; the measurement's first by default.
        statistic: `qtilde`, `q`, `q0`, `t` or `ttilde`. CLs exists for the first two.
        signal: the value of the Asimov data that say what `q0` expects; those of the others have 0.
        result: the global fit of these data, if it has been made: what it held fixed is held here.

    Returns:
        The test; look at `ok` and `findings` before any number. All tests of one model and like
        data run one compiled program.

    Raises:
        ValueError: the value is outside the bounds, the statistic does not exist for this
            parameter, there is no parameter of interest, or the model has no Asimov data.
    """
    chosen = checked_statistic(statistic, function="hypotest")
    question = ask(model, data, poi=poi, result=result, function="hypotest")
    call = f'hypotest(mu={mu:g}, statistic="{chosen}")'
    question.refuse(chosen, mu, call=call)
    truth = 0.0
    if chosen == "q0":
        question.refuse("t" if question.bounds[0] < 0 else "ttilde", signal, call=call)
        truth = signal
    experiment = Experiment.of(question, truth=truth)
    experiment.find([mu])
    point = experiment.test(chosen, mu)
    failed = tuple(failed_fit(one, question.poi) for one in point.fits if not one.ok)
    found = {one.message: one for one in (*experiment.findings(chosen), *failed)}
    return HypoTest(
        measurement=model.measurement.name,
        poi=question.poi,
        best=experiment.best,
        point=point,
        global_fits=experiment.fits(),
        findings=tuple(found.values()),
        provenance=question.result.provenance,
    )
