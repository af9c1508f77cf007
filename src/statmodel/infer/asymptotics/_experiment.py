r"""The observed data beside the Asimov data of the alternative: all that asymptotic tests need.

The Asimov data are those expected without signal (for :math:`q_0` with one), the nuisances at the
conditional fit to the observed data, :math:`\hat{\hat\theta}(\mu')`, as in pyhf. Both data sets
keep every minimum that was found, so that tests of other values and statistics reuse them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel.infer._asimov import asimov
from statmodel.infer._finding import Finding, Severity
from statmodel.infer.minimisers._status import Status

from ._curve import Curve, Profiled
from ._distributions import BANDS, Tails, band, tails
from ._question import Question
from ._statistics import Statistic, value_of
from ._test_point import FitSummary, TestPoint

_NOTHING = Tails(math.nan, math.nan)


@final
@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Two curves: of the observed data, and of the Asimov data, None where these do not exist."""

    question: Question
    truth: float
    """The value of the parameter of interest that the Asimov data have."""
    observed: Curve
    expected: Curve | None

    @classmethod
    def of(cls, question: Question, *, truth: float = 0.0) -> "Experiment":
        """Make the Asimov data, and the first fits to both.

        Raises:
            ValueError: the model has no Asimov data.
        """
        result, model = question.result, question.model
        observed = Curve.around(
            model,
            question.prepared,
            result.values,
            index=question.index,
            fixed=question.fixed,
            free=(float(result.nll), Status(int(result.status))),
        )
        observed.find([0.0, truth])
        end = observed.at(truth)
        expected = None
        if end.impossible:
            end = end._replace(at=_as_measured(question, end.at), status=Status.CONVERGED, nll=0.0)
        if end.usable:
            point = observed.point(end)
            values = model.space.values(point)
            expected = Curve.around(
                model, asimov(model, point), values, index=question.index, fixed=question.fixed
            )
        return cls(question=question, truth=truth, observed=observed, expected=expected)

    @property
    def best(self) -> float:
        """The best fit of the parameter of interest."""
        return self.observed.free.mu

    def find(self, values: Sequence[float]) -> None:
        """Make all fits at these values."""
        for curve in (self.observed, self.expected):
            if curve is not None:
                curve.find([0.0, *values])

    def test(self, statistic: Statistic, mu: float) -> TestPoint:
        """Test a value; the fits are made if they are not known."""
        value = _value(statistic, mu, self.observed)
        typical = math.nan if self.expected is None else _value(statistic, mu, self.expected)
        known = math.isfinite(value) and math.isfinite(typical)
        return TestPoint(
            mu=mu,
            statistic=statistic,
            test_statistic=value,
            asimov_test_statistic=typical,
            observed=tails(statistic, value, typical) if known else _NOTHING,
            expected=band(statistic, typical)
            if math.isfinite(typical)
            else (_NOTHING,) * len(BANDS),
            fits=tuple(self._fits_at(mu)),
        )

    def fits(self) -> tuple[FitSummary, ...]:
        """The fits that are common to all tests."""
        poi, truth = self.question.poi, self.truth
        shown = [_summary("data", self.observed.free)]
        if not self.observed.at(truth).impossible:
            shown.append(_summary(f"data, {poi} = {truth:g}", self.observed.at(truth)))
        if self.expected is not None:
            shown.append(_summary("asimov", self.expected.free))
        return tuple(shown)

    def count(self) -> int:
        """How many conditional fits were made."""
        return self.observed.fits + (0 if self.expected is None else self.expected.fits)

    def findings(self, statistic: Statistic) -> tuple[Finding, ...]:
        """What a reader should know of the fits that are common to all tests."""
        return tuple(self._found(statistic))

    def _fits_at(self, mu: float) -> Iterator[FitSummary]:
        poi = self.question.poi
        yield _summary(f"data, {poi} = {mu:g}", self.observed.at(mu))
        if self.expected is not None:
            yield _summary(f"asimov, {poi} = {mu:g}", self.expected.at(mu))

    def _found(self, statistic: Statistic) -> Iterator[Finding]:
        poi, low = self.question.poi, self.question.bounds[0]
        for one in self.fits():
            if not one.ok:
                yield failed_fit(one, poi)
        if self.observed.at(self.truth).impossible:
            yield Finding(
                kind="impossible_data",
                severity=Severity.WARNING,
                parameters=(poi,),
                message=(
                    f"The observed data cannot be where {poi} = {self.truth:g}: there are events "
                    "where none is expected. The Asimov data have the nuisance parameters where "
                    "they were measured, as no fit tells more."
                ),
                advice="Is a background missing from the model?",
                numbers=(("truth", self.truth),),
            )
        if self.observed.refits:
            before, after = float(self.question.result.nll), self.observed.free
            yield Finding(
                kind="new_minimum",
                severity=Severity.WARNING,
                parameters=(poi,),
                message=(
                    f"A fit with {poi} held ended below the global fit, nll {before:.10g}: the "
                    f"global minimum is {after.nll:.10g}, at {poi} = {after.mu:.5g}."
                ),
                advice=(
                    "The numbers here are measured from the lower one. Fit with `starts=` and give "
                    "that result."
                ),
                numbers=(("nll", after.nll), ("poi", after.mu)),
            )
        if statistic in ("q", "t") and self.best <= low:
            yield Finding(
                kind="best_fit_at_bound",
                severity=Severity.WARNING,
                parameters=(poi,),
                message=(
                    f"The best fit of {poi} rests on its lower bound, {low:g}: the statistic "
                    f'"{statistic}" is measured from there, and not from the lowest point.'
                ),
                advice=f"Lower the bound of {poi} if the model permits, or take {statistic}tilde.",
                numbers=(("bound", low),),
            )


def failed_fit(one: FitSummary, poi: str) -> Finding:
    """A fit behind a test that found no minimum."""
    return Finding(
        kind="fit_failed",
        severity=Severity.ERROR,
        parameters=(poi,),
        message=f"The fit to {one.fit} found no minimum: {one.status.message}",
        advice=(
            "Tests that need it are undefined. `fit` and `diagnose` say more; another fit can be "
            "given as `result=`."
        ),
        numbers=(("poi", one.poi),),
    )


def _as_measured(
    question: Question, at: Float[np.ndarray, " parameter"]
) -> Float[np.ndarray, " parameter"]:
    """An internal vector, with its constrained parameters at their auxiliary observations."""
    model = question.model
    constrained = np.isfinite(np.asarray(model.prefit_widths())) & ~question.fixed
    constrained[question.index] = False
    measured = np.asarray(model.space.to_free(question.prepared.auxiliary))
    return np.where(constrained, measured, at)


def _summary(what: str, end: Profiled) -> FitSummary:
    return FitSummary(fit=what, poi=end.mu, nll=end.nll, status=end.status)


def _value(statistic: Statistic, mu: float, curve: Curve) -> float:
    """The statistic on one data set; NaN where a fit that it needs failed."""
    t_mu = curve.t(mu)
    tilde = statistic in ("qtilde", "ttilde") and curve.free.mu < 0
    t_zero = curve.t(0.0) if tilde else 0.0
    if not (math.isfinite(t_mu) and math.isfinite(t_zero)):
        return np.nan
    value = value_of(statistic, mu, best=curve.free.mu, t_mu=t_mu, t_zero=t_zero)
    return max(value, 0.0)
