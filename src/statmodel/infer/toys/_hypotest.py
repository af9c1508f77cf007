r"""Tests of a parameter of interest with toys in place of asymptotic formulas.

.. math:: p_\mu = P(q_\mu \ge q_{obs} \mid \mu, \hat{\hat\theta}(\mu)), \qquad
   CL_b = P(q_\mu \ge q_{obs} \mid \mu', \hat{\hat\theta}(\mu')), \qquad CL_s = p_\mu / CL_b

Toys are drawn at the conditional fits of the observed data, and each is fitted as the data are: all
parameters, and with the parameter of interest at the value tested.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import jax
import numpy as np
from jaxtyping import Array, Float

from statmodel.data import Dataset
from statmodel.infer._result_json import number
from statmodel.infer._results import FitResult, Provenance
from statmodel.infer.asymptotics import HypoTest, Statistic, hypotest
from statmodel.infer.asymptotics._curve import Profiled
from statmodel.infer.asymptotics._experiment import Experiment
from statmodel.infer.asymptotics._question import ask, checked_statistic
from statmodel.infer.asymptotics._statistics import value_of
from statmodel.model import Auxiliary, Model, Prepared

from ._run import run_toys
from ._table import ToyTable
from ._tail import Tail, tail

_BAND = (0.02275, 0.15866, 0.5, 0.84134, 0.97725)
"""Probabilities below -2, -1, 0, 1, 2 standard deviations."""
_FAILED = 0.01
"""A larger share of failed toys makes the numbers doubtful."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ToyTest:
    """A value of the parameter of interest tested with toys, beside the asymptotic test.

    Attributes:
        poi: the parameter of interest.
        mu: the value tested.
        statistic: which.
        test_statistic: of the observed data; NaN where a fit failed.
        alternative: the value of the parameter of interest in the other toys.
        tested: statistics of toys drawn at the value tested; NaN where a fit failed.
        other: of toys drawn at the alternative.
        ensemble: in words, what was drawn and what was not.
        messages: how the fits of both sets of toys ended.
        asymptotic: the same test by asymptotic formulas.
        key: of the draws.
        provenance: of model and program.
    """

    poi: str
    mu: float
    statistic: Statistic
    test_statistic: float
    alternative: float
    tested: Float[np.ndarray, " toy"]
    other: Float[np.ndarray, " toy"]
    ensemble: str
    messages: tuple[str, str]
    asymptotic: HypoTest
    key: str
    provenance: Provenance

    @property
    def CLsb(self) -> Tail:
        """The p-value of the value tested: for `q0` that of no signal."""
        return tail(self.tested, self.test_statistic)

    @property
    def CLb(self) -> Tail:
        """The tail probability under the alternative."""
        return tail(self.other, self.test_statistic)

    @property
    def CLs(self) -> float:
        """The ratio of both; NaN for statistics that have none."""
        return self._ratio(self.CLsb, self.CLb)

    @property
    def CLs_error(self) -> float:
        """Of the ratio, from the number of toys."""
        above, below = self.CLsb, self.CLb
        if not math.isfinite(self.CLs):
            return math.nan
        # Where no toy is in the tail, what their number still allows.
        error = above.error if above.above else above.interval[1]
        return math.hypot(error, self.CLs * below.error) / below.probability

    @property
    def CLs_exp(self) -> tuple[float, ...]:
        """CLs expected under the alternative, at -2, -1, 0, 1, 2 standard deviations: increasing.

        As for asymptotic tests, the smallest stands first.
        """
        known = self.other[np.isfinite(self.other)]
        if not known.size:
            return (math.nan,) * len(_BAND)
        # A large statistic is a small CLs. Quantiles are values of toys: statistics may have steps.
        at = np.quantile(known, 1 - np.asarray(_BAND), method="inverted_cdf")
        return tuple(
            self._ratio(tail(self.tested, one), tail(self.other, one)) for one in at.tolist()
        )

    @property
    def failed(self) -> float:
        """The share of toys without a statistic."""
        both = np.concatenate([self.tested, self.other])
        return float(np.mean(~np.isfinite(both)))

    @property
    def ok(self) -> bool:
        """Whether the numbers may be used: the data were fitted, and 99 % of the toys."""
        return math.isfinite(self.test_statistic) and self.failed <= _FAILED

    @property
    def message(self) -> str:
        """How the fits of data and toys ended."""
        if not math.isfinite(self.test_statistic):
            return "a fit of the observed data failed, so there is no test"
        said = f"toys at {self.poi} = {self.mu:g}: {self.messages[0]}"
        said += f"; at {self.alternative:g}: {self.messages[1]}"
        return said if self.ok else f"{said}; too many failed"

    def to_json(self) -> str:
        """A JSON document, without the toys; numbers that do not exist are null."""
        return json.dumps(
            {
                "poi": self.poi,
                "mu": self.mu,
                "statistic": self.statistic,
                "test_statistic": number(self.test_statistic),
                "status": {"ok": self.ok, "message": self.message},
                "CLs_obs": number(self.CLs),
                "CLs_error": number(self.CLs_error),
                "CLs_exp": [number(one) for one in self.CLs_exp],
                "CLsb_obs": self.CLsb.to_document(),
                "CLb_obs": self.CLb.to_document(),
                "alternative": self.alternative,
                "ensemble": self.ensemble,
                "key": self.key,
                "asymptotic": json.loads(self.asymptotic.to_json()),
                "provenance": self.provenance.to_document(),
            },
            indent=2,
            allow_nan=False,
        )

    def _ratio(self, above: Tail, below: Tail) -> float:
        if self.statistic not in ("q", "qtilde") or not below.above:
            return math.nan
        return min(above.probability / below.probability, 1.0)


def hypotest_toys(  # noqa: PLR0913 (what may be asked of a test, and of toys)
    model: Model,
    data: Dataset | Prepared,
    mu: float,
    *,
    key: Array,
    n: int = 1000,
    poi: str | None = None,
    statistic: str = "qtilde",
    signal: float = 1.0,
    auxiliary: Auxiliary = "redrawn",
    result: FitResult | None = None,
    progress: Callable[[int], None] | None = None,
) -> ToyTest:
    """Test a value of the parameter of interest with toys.

    Args:
        model: the compiled likelihood.
        data: as in :func:`statmodel.infer.fit`.
        mu: the value tested.
        key: a typed key; toys at the value tested have the key `fold_in(key, 0)`, others 1.
        n: toys of each of the two hypotheses.
        poi: the parameter of interest; the measurement's first by default.
        statistic: as in :func:`hypotest`.
        signal: the alternative to `q0`; that to the others is 0.
        auxiliary: whether the auxiliary measurements are `redrawn` in each toy, or `held`.
        result: the global fit of these data, if it has been made: what it held fixed is held here.
        progress: is told how many toys are done.

    Raises:
        ValueError: as :func:`hypotest` and :func:`run_toys`; or the data have no conditional fit at
            which toys could be drawn.

    Example:
        >>> import jax, statmodel as sm
        >>> model, data = sm.compile({
        ...     "channels": [{"name": "SR", "samples": [
        ...         {"name": "signal", "data": [10.0], "modifiers": [
        ...             {"name": "mu", "type": "normfactor", "data": None}]},
        ...         {"name": "background", "data": [5.0], "modifiers": []}]}],
        ...     "observations": [{"name": "SR", "data": [6]}],
        ...     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        ...     "version": "1.0.0"})
        >>> found = sm.hypotest_toys(model, data, 1.0, key=jax.random.key(1), n=2000)
        >>> from scipy.stats import poisson  # q is largest for the fewest events
        >>> bool(abs(found.CLsb.probability - poisson.cdf(6, 15)) < 0.005)
        True
    """
    chosen = checked_statistic(statistic, function="hypotest_toys")
    question = ask(model, data, poi=poi, result=result, function="hypotest_toys")
    asymptotic = hypotest(
        model,
        question.prepared,
        mu,
        poi=question.poi,
        statistic=chosen,
        signal=signal,
        result=question.result,
    )
    truth = signal if chosen == "q0" else 0.0
    experiment = Experiment.of(question, truth=truth)
    experiment.find([mu])
    # No bound above 0: the best fit may be negative, and the denominator is that at 0 then.
    tilde = chosen in ("qtilde", "ttilde") and question.bounds[0] < 0
    held = [{question.poi: mu}, *([{question.poi: 0.0}] if tilde else [])]
    fixed = fixed_beside(model, question.result)

    def toys(end: Profiled, branch: int) -> ToyTable:
        if not end.usable:
            msg = (
                f"`hypotest_toys`: no conditional fit of the data at {question.poi} = {end.mu:g}, "
                "where toys would be drawn"
            )
            raise ValueError(msg)
        return run_toys(
            model,
            experiment.observed.point(end),
            key=jax.random.fold_in(key, branch),
            n=n,
            auxiliary=auxiliary,
            like=question.prepared,
            hypotheses=held,
            fixed=fixed,
            errors=False,
            progress=progress,
        )

    tables = [toys(experiment.observed.at(mu), 0), toys(experiment.observed.at(truth), 1)]
    tested, other = (statistics_of(one, chosen, question.poi, mu) for one in tables)
    return ToyTest(
        poi=question.poi,
        mu=mu,
        statistic=chosen,
        test_statistic=asymptotic.point.test_statistic,
        alternative=truth,
        tested=tested,
        other=other,
        ensemble=f"{tables[0].ensemble}, at the conditional fits of the observed data",
        messages=(tables[0].message, tables[1].message),
        asymptotic=asymptotic,
        key=tables[0].key,
        provenance=tables[0].provenance,
    )


def statistics_of(
    table: ToyTable, statistic: Statistic, poi: str, mu: float
) -> Float[np.ndarray, " toy"]:
    """A test statistic of each toy; NaN where a fit failed.

    Args:
        table: with the value tested as the first hypothesis, and 0 as the second where the
            parameter may be negative and the statistic asks for it.
        statistic: which.
        poi: the parameter of interest.
        mu: the value tested.
    """
    best = table.values[:, table.column(poi)]
    t_mu = table.rises(0)
    t_zero = table.rises(1) if len(table.hypotheses) > 1 else np.zeros_like(t_mu)
    found = [
        value_of(statistic, mu, best=one, t_mu=high, t_zero=low)
        for one, high, low in zip(best.tolist(), t_mu.tolist(), t_zero.tolist(), strict=True)
    ]
    return np.where(np.isfinite(t_mu), np.maximum(found, 0.0), np.nan)


def fixed_beside(model: Model, result: FitResult) -> dict[str, float]:
    """What a fit held beside the parameters that the document fixes, and where."""
    return {
        name: value
        for name, value, now, before in zip(
            model.space.names,
            np.asarray(result.values, float).tolist(),
            np.asarray(result.fixed),
            model.space.fixed_mask(),
            strict=True,
        )
        if now and not before
    }
