"""One hypothesis tested: the statistic, its tail probabilities, and the fits behind them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, final

from statmodel.infer.minimisers._status import Status

from ._distributions import Tails
from ._statistics import Statistic


class FitDocument(TypedDict):
    """One fit of a test, in JSON."""

    fit: str
    poi: float | None
    nll: float | None
    status: str


class PointDocument(TypedDict):
    """A tested value in JSON; names with CL are pyhf's."""

    mu: float
    statistic: str
    test_statistic: float | None
    asimov_test_statistic: float | None
    CLs_obs: float | None
    CLs_exp: list[float | None]
    CLsb_obs: float | None
    CLsb_exp: list[float | None]
    CLb_obs: float | None
    CLb_exp: list[float | None]
    log_CLsb: list[float | None]
    log_CLb: list[float | None]
    fits: list[FitDocument]


@final
@dataclass(frozen=True, kw_only=True)
class FitSummary:
    """How one of the fits behind a test ended."""

    fit: str
    """Which data, and what was held."""
    poi: float
    """The parameter of interest."""
    nll: float
    status: Status

    @property
    def ok(self) -> bool:
        """Whether its number may be used: a flat nuisance does not spoil a likelihood ratio."""
        return self.status in (Status.CONVERGED, Status.FLAT_DIRECTION)


@final
@dataclass(frozen=True, kw_only=True)
class TestPoint:
    """A value of the parameter of interest, tested. NaN where a fit behind it failed.

    `observed` and `expected` hold natural logs of tail probabilities: of the hypothesis tested,
    CLs+b, and of the alternative, CLb. For `q0` the hypothesis tested is no signal.
    """

    __test__ = False  # no class of tests, whatever pytest thinks of its name

    mu: float
    statistic: Statistic
    test_statistic: float
    asimov_test_statistic: float
    observed: Tails
    expected: tuple[Tails, ...]
    """Fluctuations of the alternative, smallest probability first; the third is the median."""
    fits: tuple[FitSummary, ...]

    @property
    def ok(self) -> bool:
        """Whether all numbers exist."""
        return math.isfinite(self.observed.log_sb) and all(one.ok for one in self.fits)

    @property
    def has_cls(self) -> bool:
        """Whether CLs is defined: for statistics of upper limits only."""
        return self.statistic in ("q", "qtilde")

    @property
    def CLs_obs(self) -> float:
        """CLs+b / CLb; NaN for statistics that have none."""
        return math.exp(self.observed.log_ratio) if self.has_cls else math.nan

    @property
    def CLs_exp(self) -> tuple[float, ...]:
        """Without signal: -2, -1, 0, 1, 2 standard deviations, increasing."""
        ratios = (math.exp(one.log_ratio) for one in self.expected)
        return tuple(ratios) if self.has_cls else (math.nan,) * len(self.expected)

    @property
    def CLsb_obs(self) -> float:
        """The p-value of the hypothesis tested."""
        return math.exp(self.observed.log_sb)

    @property
    def CLsb_exp(self) -> tuple[float, ...]:
        """Expected under the alternative, increasing."""
        return tuple(math.exp(one.log_sb) for one in self.expected)

    @property
    def CLb_obs(self) -> float:
        """The tail probability under the alternative."""
        return math.exp(self.observed.log_b)

    @property
    def CLb_exp(self) -> tuple[float, ...]:
        """Expected under the alternative, increasing."""
        return tuple(math.exp(one.log_b) for one in self.expected)

    @property
    def sigma(self) -> float:
        r"""Width of the best fit in Wald's approximation, :math:`\mu / \sqrt{q_{\mu,A}}`.

        NaN for `q0`, whose Asimov data are not at 0.
        """
        if self.statistic == "q0" or not self.asimov_test_statistic > 0:
            return math.nan
        return abs(self.mu) / math.sqrt(self.asimov_test_statistic)

    def to_document(self) -> PointDocument:
        """Plain Python values for a JSON document; numbers that do not exist are null."""
        return {
            "mu": self.mu,
            "statistic": self.statistic,
            "test_statistic": finite(self.test_statistic),
            "asimov_test_statistic": finite(self.asimov_test_statistic),
            "CLs_obs": finite(self.CLs_obs),
            "CLs_exp": [finite(one) for one in self.CLs_exp],
            "CLsb_obs": finite(self.CLsb_obs),
            "CLsb_exp": [finite(one) for one in self.CLsb_exp],
            "CLb_obs": finite(self.CLb_obs),
            "CLb_exp": [finite(one) for one in self.CLb_exp],
            "log_CLsb": [finite(one.log_sb) for one in (self.observed, *self.expected)],
            "log_CLb": [finite(one.log_b) for one in (self.observed, *self.expected)],
            "fits": fit_documents(self.fits),
        }

    @classmethod
    def from_document(cls, document: PointDocument, statistic: Statistic) -> "TestPoint":
        """Read back what `to_document` wrote."""
        logs = zip(document["log_CLsb"], document["log_CLb"], strict=True)
        observed, *expected = (Tails(number(sb), number(b)) for sb, b in logs)
        return cls(
            mu=document["mu"],
            statistic=statistic,
            test_statistic=number(document["test_statistic"]),
            asimov_test_statistic=number(document["asimov_test_statistic"]),
            observed=observed,
            expected=tuple(expected),
            fits=read_fits(document["fits"]),
        )


def fit_documents(fits: Sequence[FitSummary]) -> list[FitDocument]:
    """How fits ended, for JSON."""
    return [
        {
            "fit": one.fit,
            "poi": finite(one.poi),
            "nll": finite(one.nll),
            "status": one.status.name.lower(),
        }
        for one in fits
    ]


def read_fits(documents: Sequence[FitDocument]) -> tuple[FitSummary, ...]:
    """Read back what `fit_documents` wrote."""
    return tuple(
        FitSummary(
            fit=one["fit"],
            poi=number(one["poi"]),
            nll=number(one["nll"]),
            status=Status[one["status"].upper()],
        )
        for one in documents
    )


def finite(value: float) -> float | None:
    """A number for JSON, None where it does not exist."""
    return float(value) if math.isfinite(value) else None


def number(value: float | None) -> float:
    """A number from JSON."""
    return math.nan if value is None else float(value)
