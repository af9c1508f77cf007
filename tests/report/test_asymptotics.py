"""Tables and the picture of asymptotic tests, from results with known numbers."""

import dataclasses
import io
import math

import pytest
from matplotlib.colors import to_hex
from rich.console import Console

from statmodel.infer import (
    Exclusion,
    Exclusions,
    FitSummary,
    HypoTest,
    Limit,
    LimitResult,
    LimitStatus,
    Provenance,
    Significance,
    Status,
    TestPoint,
)
from statmodel.infer.asymptotics._distributions import band, distance_excluded, tails
from statmodel.report.figures import cls_figure
from statmodel.report.tables import (
    exclusions_table,
    hypotest_table,
    limit_table,
    significance_table,
)

PROVENANCE = Provenance(spec="", data="", versions=(), minimiser="", constants="")
FITS = (FitSummary(fit="data", poi=0.0, nll=1.0, status=Status.CONVERGED),)


def point(mu):
    """A parabola of width 1 with its minimum at 0: observed is the median."""
    return TestPoint(
        mu=mu,
        statistic="qtilde",
        test_statistic=mu**2,
        asimov_test_statistic=mu**2,
        observed=tails("qtilde", mu**2, mu**2),
        expected=band("qtilde", mu**2),
        fits=FITS,
    )


def limits(**changes):
    values = [distance_excluded(math.log(0.05), z) for z in (2, 1, 0, -1, -2)]
    found = [Limit(value=one, status=LimitStatus.FOUND) for one in values]
    result = LimitResult(
        measurement="m",
        poi="mu",
        statistic="qtilde",
        level=0.95,
        best=0.0,
        bounds=(0.0, 10.0),
        observed=found[2],
        expected=tuple(found),
        scan=tuple(point(0.1 * k) for k in range(41)),
        fits=84,
        global_fits=FITS,
        findings=(),
        provenance=PROVENANCE,
    )
    return dataclasses.replace(result, **changes)


def text(table):
    page = io.StringIO()
    Console(file=page, width=100, no_color=True).print(table)
    return page.getvalue()


def a_test(**changes):
    test = HypoTest(
        measurement="m", poi="mu", best=0.0, point=point(1.96), global_fits=FITS, findings=(),
        provenance=PROVENANCE,
    )  # fmt: skip
    return dataclasses.replace(test, **changes)


def test_a_tested_value_is_three_rows():
    shown = text(hypotest_table(a_test()))
    assert "mu = 1.96 tested with qtilde, m" in shown
    # Phi(-1.96) = 0.0249979, and twice that over the median.
    assert shown.split("CLs ")[1].split()[0] == "0.049996"
    assert "2 fits converged" in shown


def test_a_failed_fit_is_named():
    bad = (FitSummary(fit="asimov, mu = 1", poi=1.0, nll=math.nan, status=Status.STEP_LIMIT),)
    shown = text(hypotest_table(a_test(global_fits=bad)))
    assert "FITS FAILED: asimov, mu = 1: step_limit" in shown


def test_limits_are_a_row_and_a_word_where_there_is_none():
    shown = text(limit_table(limits()))
    assert "Upper limit on mu at 95 % CLs" in shown
    assert [word for word in shown.split() if word == "1.96"] == ["1.96", "1.96"]
    beyond = Limit(value=math.nan, status=LimitStatus.BEYOND_BOUND)
    shown = text(limit_table(limits(observed=beyond)))
    assert "beyond_bound" in shown
    assert "Raise the bound" in " ".join(shown.split())


def test_a_significance_is_two_rows():
    found = Significance(
        measurement="m", poi="mu", signal=1.0, best=2.0, observed=3.0,
        expected=(1.0, 2.0, 3.0, 4.0, 5.0), fits=FITS, findings=(), provenance=PROVENANCE,
    )  # fmt: skip
    shown = text(significance_table(found))
    assert shown.split("p0 ")[1].split()[0] == "0.0013499"  # of three standard deviations


def test_excluded_signals_are_marked_and_reasons_given():
    rows = (
        Exclusion(name="a", values=(), test=a_test(point=point(3.0))),
        Exclusion(name="b", values=(), test=a_test(point=point(0.5))),
        Exclusion(name="c", values=(), test=None, problem="no pool"),
    )
    shown = text(exclusions_table(Exclusions(level=0.95, rows=rows)))
    assert "1 of 3 signals excluded" in shown
    lines = shown.splitlines()
    assert "excluded" in next(line for line in lines if line.strip().startswith("a "))
    assert "no pool" in next(line for line in lines if line.strip().startswith("c "))


def test_the_picture_has_bands_a_level_and_the_limits():
    axes = cls_figure(limits(), label=r"$\mu$").axes[0]
    assert axes.get_title(loc="left") == r"95 %: $\mu$ < 1.96 observed, $\mu$ < 1.96 expected"
    assert axes.get_ylabel() == r"$\mathrm{CL}_s$"
    colours = [to_hex(one.get_facecolor()[0]) for one in axes.collections]
    assert colours == ["#f5bb54", "#607641"]
    labels = [one.get_text() for one in axes.get_legend().get_texts()]
    assert labels == [r"expected $\pm 2\sigma$", r"expected $\pm 1\sigma$", "expected", "observed"]


def test_the_curve_between_tested_values_is_that_of_the_formula():
    line = next(one for one in cls_figure(limits()).axes[0].lines if one.get_label() == "observed")
    for mu, cls in zip(*line.get_data(), strict=True):
        # Cubics on steps of 0.1 with curvature 1 err by less than 1e-3 (at the ends, 5e-3).
        assert cls == pytest.approx(point(float(mu)).CLs_obs, rel=5e-3)


def test_values_that_could_not_be_tested_are_counted():
    lost = dataclasses.replace(
        point(2.05), test_statistic=math.nan, observed=tails("qtilde", math.nan, 1.0)
    )
    figure = cls_figure(limits(scan=(*limits().scan, lost)))
    labels = [one.get_text() for one in figure.axes[0].get_legend().get_texts()]
    assert labels[-1] == "1 values could not be tested"


def test_no_limit_is_said():
    none = Limit(value=math.nan, status=LimitStatus.OPEN)
    axes = cls_figure(limits(observed=none, expected=(none,) * 5)).axes[0]
    assert "no limit in the range" in axes.get_title(loc="left")


def test_a_narrow_page_cuts_no_number():
    name = "C1N2_Wh_hbb_" * 4
    rows = (Exclusion(name=name, values=(), test=a_test(point=point(2.0))),)
    page = io.StringIO()
    table = exclusions_table(Exclusions(level=0.95, rows=rows))
    Console(file=page, width=80).print(table)
    assert "\u2026" not in page.getvalue()
    for number in (rows[0].test.CLs_obs, *rows[0].test.CLs_exp):
        assert f"{number:.3g}" in page.getvalue()
    assert "excluded" in page.getvalue()
