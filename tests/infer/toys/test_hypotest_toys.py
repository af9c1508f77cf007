"""Toy-based tests against exact probabilities of counts, and the asymptotic ones of many events."""

import functools
import json
import math

import jax
import numpy as np
import pytest
from scipy.stats import beta, norm, poisson

import statmodel as sm
from statmodel.data import make_counts
from statmodel.infer import Tail
from statmodel.infer.toys._tail import tail

S, B = 10.0, 5.0
N = 4000
_MU = {"name": "mu", "type": "normfactor", "data": None}


def _counting(observed, *, scale=1.0, bounds=(0.0, 10.0)):
    """One model for all numbers of events: its programs are compiled once."""
    counts = {"SR": make_counts([float(observed)])}
    return _model(scale, bounds), sm.Dataset(channels={}, auxiliary={}, counts=counts)


@functools.cache
def _model(scale, bounds):
    samples = [
        {"name": "s", "data": [S * scale], "modifiers": [_MU]},
        {"name": "b", "data": [B * scale], "modifiers": []},
    ]
    parameters = [{"name": "mu", "bounds": [list(bounds)]}]
    return sm.compile(
        {
            "channels": [{"name": "SR", "samples": samples}],
            "observations": [{"name": "SR", "data": [0]}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": parameters}}],
            "version": "1.0.0",
        }
    )[0]


def _near(found: Tail, expected: float):
    """Within four standard deviations of the expected number: one failure in 16 000."""
    width = math.sqrt(expected * (1 - expected) / found.toys)
    return abs(found.probability - expected) < 4 * width + 1e-9


@pytest.mark.parametrize("observed", [2, 6, 9, 15])
def test_cls_of_a_count_is_exact(observed):
    """q falls with the count below the expectation, so its tail is that of the count."""
    model, data = _counting(observed)
    found = sm.hypotest_toys(model, data, 1.0, key=jax.random.key(observed), n=N)
    assert found.ok, found.message
    # At or above the expectation q = 0, and every toy is as large.
    sb, b = (poisson.cdf(observed, S + B), poisson.cdf(observed, B)) if observed < 15 else (1, 1)
    # The best fit rests on mu = 0 below 5 events: q is the same function of the count still.
    assert _near(found.CLsb, sb)
    assert _near(found.CLb, b)
    assert found.CLs == pytest.approx(found.CLsb.probability / found.CLb.probability)
    if observed < 15:
        assert abs(found.CLs - sb / b) < 4 * found.CLs_error


def test_expected_cls_are_those_of_counts():
    model, data = _counting(6)
    found = sm.hypotest_toys(model, data, 1.0, key=jax.random.key(2), n=N)
    # Fewer events, smaller CLs: +2 sigma of q is the 2.3 % quantile of the count.
    counts = poisson.ppf(norm.cdf([-2, -1, 0, 1, 2]), B)
    expected = [poisson.cdf(n, S + B) / poisson.cdf(n, B) for n in counts]
    np.testing.assert_allclose(found.CLs_exp, expected, rtol=0.35, atol=3e-3)
    assert list(found.CLs_exp) == sorted(found.CLs_exp)


@pytest.mark.parametrize("observed", [5, 9, 14])
def test_discovery_of_a_count_is_exact(observed):
    model, data = _counting(observed)
    found = sm.hypotest_toys(model, data, 0.0, statistic="q0", key=jax.random.key(7), n=N)
    assert _near(found.CLsb, poisson.sf(observed - 1, B) if observed > 5 else 1.0)
    assert math.isnan(found.CLs)
    assert found.alternative == 1.0
    assert _near(found.CLb, poisson.sf(observed - 1, S + B) if observed > 5 else 1.0)


@pytest.mark.parametrize("statistic", ["q", "qtilde", "t", "ttilde"])
def test_many_events_are_asymptotic(statistic):
    low = 0.0 if statistic.endswith("tilde") else -0.4
    model, data = _counting(1100, scale=100.0, bounds=(low, 10.0))
    found = sm.hypotest_toys(model, data, 0.65, statistic=statistic, key=jax.random.key(3), n=N)
    theirs = found.asymptotic
    assert found.test_statistic == theirs.point.test_statistic
    # 1100 events: normal to a few per mille of a probability.
    assert abs(found.CLsb.probability - theirs.CLsb_obs) < 4 * found.CLsb.error + 5e-3
    assert abs(found.CLb.probability - theirs.CLb_obs) < 4 * found.CLb.error + 5e-3


def test_a_negative_best_fit_has_its_denominator_at_zero():
    """With bounds below 0, qtilde of toys needs a second fit, at 0."""
    wide, data = _counting(2, bounds=(-0.5, 10.0))
    narrow, _ = _counting(2)
    one, other = (
        sm.hypotest_toys(model, data, 1.0, key=jax.random.key(5), n=500) for model in (wide, narrow)
    )
    assert one.test_statistic == pytest.approx(other.test_statistic, abs=1e-6)
    np.testing.assert_allclose(one.tested, other.tested, atol=1e-5)


def test_nuisances_are_drawn_where_the_data_fit():
    """30 % on the background, which 12 events pull up when there is no signal."""
    background = {"name": "alpha", "type": "normsys", "data": {"hi": 1.3, "lo": 0.7}}
    samples = [
        {"name": "s", "data": [S], "modifiers": [_MU]},
        {"name": "b", "data": [B], "modifiers": [background]},
    ]
    model, data = sm.compile(
        {
            "channels": [{"name": "SR", "samples": samples}],
            "observations": [{"name": "SR", "data": [12]}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "version": "1.0.0",
        }
    )
    options = {"key": jax.random.key(1), "n": 2000, "statistic": "q0"}
    found = sm.hypotest_toys(model, data, 0.0, auxiliary="held", **options)
    assert found.ok
    assert "held (conditional), at the conditional fits of the observed data" in found.ensemble
    at = sm.fit(model, data, fixed={"mu": 0.0})
    rate = float(model.expected(at.point)["SR"]["b"][0])
    assert rate > B + 1
    # With alpha measured to be 0 in all toys q0 rises with the count still.
    assert _near(found.CLsb, poisson.sf(11, rate))
    redrawn = sm.hypotest_toys(model, data, 0.0, **options)
    assert "redrawn" in redrawn.ensemble
    document = json.loads(redrawn.to_json())
    assert document["CLsb_obs"]["toys"] == 2000
    assert document["asymptotic"]["poi"] == "mu"


def test_what_cannot_be_asked_is_refused():
    model, data = _counting(6)
    key = jax.random.key(1)
    with pytest.raises(ValueError, match='"q" needs the likelihood at negative best fits'):
        sm.hypotest_toys(model, data, 1.0, statistic="q", key=key)
    with pytest.raises(ValueError, match="outside its bounds"):
        sm.hypotest_toys(model, data, 11.0, key=key)


def test_tails_have_intervals():
    assert tail(np.array([1.0, 2.0, 3.0]), 2.0 + 1e-6).probability == 2 / 3  # a tie
    assert Tail(0, 100).interval[0] == 0.0
    assert Tail(0, 100).interval[1] == pytest.approx(1 - 0.15865 ** (1 / 100), rel=1e-4)
    low, high = Tail(30, 100).interval
    assert low == pytest.approx(beta.ppf(0.15865, 30, 71))
    assert high == pytest.approx(beta.ppf(0.84135, 31, 70))
    assert Tail(5, 100).significance == pytest.approx(norm.isf(0.05))
    assert math.isnan(tail(np.array([np.nan]), 1.0).probability)
    assert math.isnan(tail(np.array([1.0]), math.nan).probability)
    assert Tail(0, 0).to_document()["interval"] is None
