"""Goodness of fit: known distributions of statistics, wrong models found."""

import json
import math

import jax
import numpy as np
import pytest
from scipy import stats

import statmodel as sm
from statmodel.data import make_events
from statmodel.infer import Status

PEAK = """
statmodel: "1"
parameters:
  - {name: n, init: 200, bounds: [1, 2000]}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 10}, {name: y, min: 0, max: 1}]
    processes:
      - name: p
        yield: n
        density:
          type: product
          factors:
            - {type: exponential, observable: x, slope: -0.3}
            - {type: uniform, observable: y}
observations:
  - {name: c, events: {x: [1.0], y: [0.5]}}
measurements: [{name: m, config: {poi: n}}]
"""


def _drawn(slope, size):
    random = np.random.default_rng(3)
    x = stats.truncexpon(10 * abs(slope), scale=1 / abs(slope)).rvs(size, random_state=random)
    return make_events({"x": x, "y": random.uniform(size=size)})


@pytest.fixture(scope="module")
def peak():
    return sm.compile(sm.parse_spec(PEAK))[0]


@pytest.fixture(scope="module")
def right(peak):
    data = sm.Dataset(channels={"c": _drawn(-0.3, 200)}, auxiliary={})
    return sm.gof(peak, data, key=jax.random.key(1), n=500)


def test_without_free_shapes_the_statistics_are_distribution_free(right):
    """Kolmogorov's distribution, and a mean of 1 of Anderson and Darling's, on both axes."""
    assert right.ok, right.message
    for axis in ("x", "y"):
        ks = right.of("ks", observable=axis).toys
        # sqrt(n) D of 200 events is below its limit by half a per cent of a probability.
        probabilities = stats.kstwo(200).cdf(ks / np.sqrt(200))
        assert stats.kstest(probabilities, "uniform").pvalue > 1e-4
        ad = right.of("ad", observable=axis).toys
        assert abs(ad.mean() - 1.0) < 4 * ad.std() / np.sqrt(ad.size)
        binned = right.of("binned", observable=axis).toys  # 20 bins, their sum is fitted
        assert abs(binned.mean() - 19.0) < 4 * binned.std() / np.sqrt(binned.size) + 0.7


def test_data_of_the_model_are_not_rejected(right):
    assert {one.statistic for one in right.tests} == {
        "binned",
        "ks",
        "ad",
        "energy",
        "point_to_point",
    }
    assert all(one.p.probability > 0.01 for one in right.tests)
    assert right.left_out == ("saturated: no binned channel",)


def test_data_of_another_model_are_rejected_where_they_differ(peak):
    data = sm.Dataset(channels={"c": _drawn(-0.55, 200)}, auxiliary={})
    found = sm.gof(peak, data, key=jax.random.key(1), n=200)
    for statistic in ("binned", "ks", "ad"):
        assert found.of(statistic, observable="x").p.probability < 0.01
        assert found.of(statistic, observable="y").p.probability > 0.01
    assert found.of("energy").p.probability < 0.05
    document = json.loads(found.to_json())
    assert document["tests"][0]["statistic"] == "binned"


def test_pools_have_the_same_distributions():
    model, data = sm.compile("specs/offshell_h4l.yaml")
    held = {"mu": 1.0} | dict.fromkeys(model.space.names[2:], 0.0)  # alpha_lumi is a rate
    result = sm.fit(model, data, fixed=held)
    found = sm.gof(
        model, data, key=jax.random.key(2), n=200, result=result, statistics=("ks", "ad")
    )
    # No shape is fitted.
    ks = stats.kstwobign.cdf(found.of("ks").toys)
    assert stats.kstest(ks, "uniform").pvalue > 1e-4
    ad = found.of("ad").toys
    assert abs(ad.mean() - 1.0) < 4 * ad.std() / np.sqrt(ad.size)
    bound = sm.gof(model, model.bind(data), key=jax.random.key(2), n=2)
    assert any("the data do not hold its observables" in one for one in bound.left_out)


def _binned(observed, *, constraint=False):
    modifiers = [{"name": "mu", "type": "normfactor", "data": None}]
    if constraint:
        modifiers.append({"name": "eff", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}})
    expected = [100.0, 200.0, 150.0, 80.0]
    return sm.compile(
        {
            "channels": [
                {
                    "name": "SR",
                    "samples": [{"name": "s", "data": expected, "modifiers": modifiers}],
                }
            ],
            "observations": [{"name": "SR", "data": observed}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "version": "1.0.0",
        }
    )


@pytest.mark.parametrize("constraint", [False, True])
def test_saturated_has_its_closed_form_and_chi_squared(constraint):
    n = np.array([90.0, 230.0, 140.0, 95.0])
    model, data = _binned(n.tolist(), constraint=constraint)
    found = sm.gof(model, data, key=jax.random.key(4), n=1000)
    one = found.of("saturated")
    nu = np.array([100.0, 200.0, 150.0, 80.0]) * n.sum() / 530  # mu takes it all, eff stays at 0
    assert one.value == pytest.approx(2 * (n * np.log(n / nu)).sum(), abs=1e-6)
    assert one.degrees == 3
    assert one.asymptotic == pytest.approx(stats.chi2.sf(one.value, 3), rel=1e-6)
    # A hundred events a bin: chi-squared to a per cent.
    assert abs(one.p.probability - one.asymptotic) < 4 * one.p.error + 0.01
    assert stats.kstest(one.toys, stats.chi2(3).cdf).pvalue > 1e-4
    assert "binned, ks, ad, energy, point_to_point: no unbinned channel" in found.left_out


def test_toys_that_failed_do_not_count(monkeypatch):
    from statmodel.infer.toys import _run  # noqa: PLC0415

    model, data = _binned([100, 200, 150, 80])
    real = _run.ToyPlan.block

    def broken(self, index, first, last):
        table = real(self, index, first, last)
        table.status[:5] = Status.STEP_LIMIT
        return table

    monkeypatch.setattr(_run.ToyPlan, "block", broken)
    found = sm.gof(model, data, key=jax.random.key(4), n=50)
    assert found.of("saturated").p.toys == 45
    assert not found.ok
    assert "failed: 5 step_limit" in found.message


def test_what_cannot_be_asked_is_refused(peak, right):
    key = jax.random.key(1)
    data = sm.Dataset(channels={"c": _drawn(-0.3, 20)}, auxiliary={})
    with pytest.raises(ValueError, match='"kz" is none of .* Did you mean "ks"'):
        sm.gof(peak, data, key=key, statistics=["kz"])
    weighted = make_events({"x": [1.0], "y": [0.5]}, weights=np.array([2.0]))
    with pytest.raises(ValueError, match="events of channel c are weighted"):
        sm.gof(peak, sm.Dataset(channels={"c": weighted}, auxiliary={}), key=key)
    with pytest.raises(KeyError, match="there are: binned c x, "):
        right.of("saturated")
    assert math.isnan(right.of("ks").asymptotic)
