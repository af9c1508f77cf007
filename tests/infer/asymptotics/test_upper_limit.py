"""Upper limits against pyhf's CLs and closed forms, and what is said where there is none."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

import statmodel as sm
from counting_models import counting, observed
from statmodel.infer import LimitResult, LimitStatus, _programs
from statmodel.infer.asymptotics import _experiment

_PYHF = json.loads((Path(__file__).parents[2] / "reference" / "pyhf_tests.json").read_text("utf-8"))
BINS = tuple(tuple(_PYHF[key]) for key in ("signal", "background", "uncertainty"))


@pytest.mark.parametrize("known", _PYHF["limits"], ids=lambda one: str(one["observed"]))
def test_limits_are_those_of_pyhfs_cls(known):
    found = sm.upper_limit(counting(*BINS), observed(*known["observed"]))
    assert found.ok
    # SLSQP's last digits move CLs by 1e-7, and the limit by less than ten times that.
    assert found.obs_limit == pytest.approx(known["obs_limit"], rel=2e-6)
    assert found.exp_limits == pytest.approx(known["exp_limits"], rel=2e-6)


def test_a_count_with_a_known_background():
    """CLs of q_mu,A = 2 (mu s - b ln(1 + mu s / b)), the likelihood of the background alone."""
    s, b = 5.0, 10.0

    def excess(mu, z):
        root = math.sqrt(2 * (mu * s - b * math.log1p(mu * s / b)))
        return norm.cdf(-z - root) / norm.cdf(-z) - 0.1

    found = sm.upper_limit(counting((s,), (b,)), observed(10), level=0.9)
    expected = [brentq(excess, 1e-3, 20, args=(z,), xtol=1e-12) for z in (2, 1, 0, -1, -2)]
    assert found.exp_limits == pytest.approx(expected, rel=3e-6)  # 1e-6 standard deviations
    assert found.obs_limit == pytest.approx(expected[2], rel=3e-6)  # the data are the median


def test_every_value_tested_is_kept_and_no_fit_is_made_twice():
    found = sm.upper_limit(counting(*BINS), observed(55, 60), grid=(0.5, 3.0))
    values = [one.mu for one in found.scan]
    assert values == sorted(set(values))
    assert {0.0, 0.5, 3.0, found.obs_limit, *found.exp_limits} <= set(values)
    # Two fits a value, and the global one and the one at it of the Asimov data, that of the data.
    assert found.fits <= 2 * len(values) + 3
    assert len(values) < 30
    at_limit = next(one for one in found.scan if one.mu == found.obs_limit)
    assert at_limit.CLs_obs == pytest.approx(0.05, rel=1e-5)
    assert np.all(np.diff([one.CLs_obs for one in found.scan]) < 0)


def test_other_levels_and_data_compile_nothing():
    model = counting(*BINS)
    sm.upper_limit(model, observed(55, 60))
    before = _programs._scored._cached._cache_size()
    sm.upper_limit(model, observed(20, 99), level=0.683, grid=(0.3,))
    assert _programs._scored._cached._cache_size() == before


def test_reading_and_writing_changes_nothing():
    found = sm.upper_limit(counting(*BINS), observed(55, 60))
    assert LimitResult.from_json(found.to_json()) == found
    document = json.loads(found.to_json())
    assert document["obs_limit"] == found.obs_limit
    assert document["exp_limits"] == list(found.exp_limits)
    assert document["scan"][3]["CLs_obs"] == found.scan[3].CLs_obs


def test_a_limit_beyond_the_bound_is_told_with_the_bound():
    """The expected limits are inside the bounds, the observed one is not."""
    found = sm.upper_limit(counting(*BINS), observed(200, 300))
    assert found.observed.status is LimitStatus.BEYOND_BOUND
    assert math.isnan(found.obs_limit)
    assert not found.ok
    assert all(one.status is LimitStatus.FOUND for one in found.expected)
    assert "[0, 20]" in found.findings[-1].message
    assert "Raise" in found.findings[-1].advice
    assert json.loads(found.to_json())["obs_limit"] is None


def test_a_signal_too_weak_for_the_bounds_has_no_limit_there():
    found = sm.upper_limit(counting((1e-3,), (10.0,)), observed(10))
    assert {one.status for one in found.expected} == {LimitStatus.BEYOND_BOUND}


def test_without_a_bound_the_search_goes_on():
    found = sm.upper_limit(counting((1e-3,), (10.0,), high=math.inf), observed(10))
    wanted = sm.upper_limit(counting((5.0,), (10.0,)), observed(10))
    assert found.exp_limits == pytest.approx([5e3 * one for one in wanted.exp_limits], rel=3e-6)


def test_fits_that_fail_are_gone_round(monkeypatch):
    """Below the bound of the fits that work the limits are found, and the failures told."""
    model, data = counting(*BINS), observed(55, 60)
    wanted = sm.upper_limit(model, data)
    whole = _experiment.Curve.find

    def find(self, values):
        whole(self, values)
        for mu in list(self.known):
            if mu > 1.02 * max(wanted.exp_limits):
                self.known[mu] = self.known[mu]._replace(nll=math.nan)

    monkeypatch.setattr(_experiment.Curve, "find", find)
    found = sm.upper_limit(model, data, grid=(10.0,))
    assert found.exp_limits == pytest.approx(wanted.exp_limits, rel=3e-6)
    assert found.obs_limit == pytest.approx(wanted.obs_limit, rel=3e-6)
    assert math.isnan(next(one for one in found.scan if one.mu == 10).CLs_obs)


def test_interference_excludes_a_piece_below_the_limit():
    """The rate falls and rises again, and so does CLs."""
    text = """
statmodel: "1"
parameters: [{name: mu, init: 1.0, bounds: [0, 20]}]
channels:
  - name: c0
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: S, yield: 100, scale: mu, density: {type: uniform}}
      - {name: I, yield: -200, scale: sqrt(mu), density: {type: uniform}}
      - {name: B, yield: 400, density: {type: uniform}}
measurements: [{name: m, config: {poi: mu}}]
"""
    model, data = sm.compile(sm.parse_spec(text))[0], observed(400)
    # 400 are expected at mu = 0 and at mu = 4: of the two best fits the first is taken.
    result = sm.fit(model, data, start={"mu": 0.0})
    found = sm.upper_limit(model, data, grid=tuple(np.linspace(0.1, 6, 25)), result=result)
    inside = [one.CLs_obs for one in found.scan if 0.5 < one.mu < 2]
    assert max(inside) < 0.05  # 300 to 350 events expected, 400 seen
    assert found.obs_limit > 4
    assert next(one for one in found.findings if one.kind == "several_crossings").number(
        "crossings"
    ) == 3  # fmt: skip


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"level": 95.0}, "probability between 0 and 1"),
        ({"statistic": "ttilde"}, 'CLs exists for "qtilde"'),
        ({"grid": (1.0, 30.0)}, r"outside its bounds \[0, 20\]"),
        ({"poi": "nu"}, "there is no parameter"),
    ],
)
def test_wrong_questions_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        sm.upper_limit(counting(*BINS), observed(55, 60), **options)


def test_a_parameter_that_cannot_vanish_has_no_limit():
    model = counting(*BINS)
    space = dataclasses.replace(model.space, bounds=((0.5, 20.0), *model.space.bounds[1:]))
    scope = dataclasses.replace(model.scope, space=space)
    with pytest.raises(ValueError, match="let the bounds contain 0"):
        sm.upper_limit(dataclasses.replace(model, scope=scope), observed(55, 60))


def histogram(signal, background, counts):
    modifier = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": "s", "data": signal, "modifiers": [modifier]},
        {"name": "b", "data": background, "modifiers": []},
    ]
    return sm.compile(
        {
            "version": "1.0.0",
            "channels": [{"name": "SR", "samples": samples}],
            "observations": [{"name": "SR", "data": counts}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        }
    )


def test_data_that_cannot_be_without_signal_still_limit_it():
    """No background: t(mu) = 2 (15 mu - 15 - 15 ln mu) observed, q_A = 30 mu expected."""
    found = sm.upper_limit(*histogram([5.0, 10.0], [0.0, 0.0], [5, 10]))
    assert found.ok
    assert [one.kind for one in found.findings] == ["impossible_data"]
    # pyhf 0.7.6, SciPy, `upper_limits.toms748_scan`, the fit at mu = 0 left out.
    assert found.obs_limit == pytest.approx(1.48683, abs=2e-5)
    expected = [0.03687, 0.06646, 0.12805, 0.24792, 0.44554]
    assert found.exp_limits == pytest.approx(expected, abs=1e-5)

    def excess(mu, z):
        root = math.sqrt(30 * mu)
        return norm.cdf(-z - root) / norm.cdf(-z) - 0.05

    roots = [brentq(excess, 1e-3, 2, args=(z,), xtol=1e-12) for z in (2, 1, 0, -1, -2)]
    assert found.exp_limits == pytest.approx(roots, rel=2e-6)


def test_a_signal_without_effect_has_no_limit_beyond_any_bound():
    found = sm.upper_limit(*histogram([0.0, 0.0], [50.0, 60.0], [52, 58]))
    assert not found.ok
    assert {one.status for one in (found.observed, *found.expected)} == {LimitStatus.OPEN}
    assert "limit_beyond_bound" not in [one.kind for one in found.findings]
