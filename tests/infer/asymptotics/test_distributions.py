"""Tail probabilities against simulation of Wald's approximation, and against scipy."""

import functools
import math
import re

import numpy as np
import pytest
from scipy import special, stats

from statmodel.infer.asymptotics import STATISTICS
from statmodel.infer.asymptotics._distributions import band, distance_excluded, tails
from statmodel.infer.asymptotics._normal import log_phi, phi_inverse
from statmodel.infer.asymptotics._statistics import refusal, value_of

TOYS = 40_000
MU, SIGMA = 1.3, 0.8  # the boundary matters: mu / sigma = 1.6


@functools.cache
def simulated(statistic, truth):
    """The statistic where the likelihood is a parabola, for best fits around `truth`."""
    best = np.random.default_rng(7).normal(truth, SIGMA, TOYS)
    return np.array([of_best(statistic, one) for one in best])


def of_best(statistic, best):
    mu = 0.0 if statistic == "q0" else MU
    return value_of(
        statistic, mu, best=best, t_mu=((mu - best) / SIGMA) ** 2, t_zero=(best / SIGMA) ** 2
    )


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("value", [0.3, 1.5, 4.0, 7.0])
def test_tails_are_those_of_a_parabola(statistic, value):
    alternative = MU if statistic == "q0" else 0.0
    hypothesis = 0.0 if statistic == "q0" else MU
    found = tails(statistic, value, (MU / SIGMA) ** 2)
    for log_tail, truth in ((found.log_sb, hypothesis), (found.log_b, alternative)):
        share = (simulated(statistic, truth) > value).mean()
        error = math.sqrt(share * (1 - share) / TOYS) + 1 / TOYS
        assert math.exp(log_tail) == pytest.approx(share, abs=4.5 * error)  # 40 comparisons


@pytest.mark.parametrize("statistic", ["t", "ttilde"])
def test_two_sided_bands_are_quantiles_without_signal(statistic):
    values = np.sort(simulated(statistic, 0.0))
    for z, expected in zip((2, 1, 0, -1, -2), band(statistic, (MU / SIGMA) ** 2), strict=True):
        quantile = values[int(stats.norm.cdf(z) * TOYS)]
        wanted = math.exp(tails(statistic, quantile, (MU / SIGMA) ** 2).log_sb)
        # At two standard deviations 900 toys lie beyond: the quantile moves by 0.015, p by 6 %.
        assert math.exp(expected.log_sb) == pytest.approx(wanted, rel=0.12)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_band_is_increasing_and_its_middle_is_the_asimov_value(statistic):
    found = band(statistic, 4.0)
    assert np.all(np.diff([one.log_sb for one in found]) > 0)
    assert found[2].log_b == pytest.approx(math.log(0.5), abs=1e-12)
    if statistic in ("q", "qtilde", "q0"):  # of the two-sided the median is not the Asimov value
        assert found[2] == pytest.approx(tails(statistic, 4.0, 4.0))


@pytest.mark.parametrize("z", [-1e6, -300.0, -40.0, -30.001, -29.999, -8.0, -0.3, 0.0, 0.2, 3, 12])
def test_the_log_of_the_normal_distribution_is_scipys(z):
    assert log_phi(z) == pytest.approx(special.log_ndtr(float(z)), rel=1e-14)  # rounding


def test_forty_standard_deviations_are_finite():
    found = tails("qtilde", 1600.0, 900.0)
    assert found.log_sb == pytest.approx(special.log_ndtr(-(1600 + 900) / 60), rel=1e-14)
    assert found.log_ratio < -500


@pytest.mark.parametrize("z", [-2.0, 0.0, 2.0])
def test_the_distance_excluded_has_the_level_as_its_cls(z):
    s = distance_excluded(math.log(0.05), z)
    cls = stats.norm.cdf(-z - s) / stats.norm.cdf(-z)
    assert cls == pytest.approx(0.05, rel=1e-12)  # rounding
    assert phi_inverse(math.log(0.5)) == 0


def test_where_no_signal_is_tested_nothing_is_excluded():
    assert tails("qtilde", 0.0, 0.0).log_ratio == 0
    assert tails("q", 3.0, 0.0).log_ratio == 0


@pytest.mark.parametrize(
    ("statistic", "bounds", "rooted", "mu", "words"),
    [
        ("qtilde", (0.0, 10.0), False, 11.0, r"outside its bounds \[0, 10\]"),
        ("qtilde", (0.5, 10.0), False, 1.0, "let the bounds contain 0"),
        ("q", (0.0, 10.0), False, 1.0, '"qtilde".*reach below 0'),
        ("t", (0.0, 10.0), True, 1.0, "square root.*ttilde"),
        ("q0", (0.0, 10.0), False, 1.0, "tests mu = 0"),
        ("qtilde", (-1.0, 10.0), False, -0.5, "tests mu >= 0"),
    ],
)
def test_what_does_not_exist_is_refused_with_a_way_out(statistic, bounds, rooted, mu, words):
    said = refusal(statistic, "mu", bounds, rooted=rooted, mu=mu)
    assert re.search(words, said), said
    assert refusal("t", "mu", (-5.0, 10.0), rooted=False, mu=-0.5) == ""
