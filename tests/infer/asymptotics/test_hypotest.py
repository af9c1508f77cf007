"""Tests of hypotheses against pyhf's numbers and closed forms of counts."""

import dataclasses
import json
import math
from pathlib import Path

import pytest
from scipy import stats

import statmodel as sm
from counting_models import counting, observed
from statmodel.infer import HypoTest, Status, _programs

_PYHF = json.loads((Path(__file__).parents[2] / "reference" / "pyhf_tests.json").read_text("utf-8"))
BINS = tuple(tuple(_PYHF[key]) for key in ("signal", "background", "uncertainty"))
# SLSQP ends where the objective changes by less than 1e-13: about 1e-7 in a p-value.
AGREEMENT = 1e-6


def deviance(n, nu):
    """2 (nll(nu) - nll(n)) of a count."""
    return 2 * (nu - n + (n * math.log(n / nu) if n else 0.0))


@pytest.mark.parametrize("low", [0.0, -3.0])
def test_numbers_are_pyhfs(low):
    """A bound below 0 changes nothing but where `q` exists: the tilde is ours, not the bound's."""
    model = counting(*BINS, low=low)
    for known in _PYHF["tests"]:
        statistic = known["statistic"]
        if statistic == "q" and low == 0:
            continue
        found = sm.hypotest(model, observed(*known["observed"]), known["mu"], statistic=statistic)
        ours = found.point
        assert found.ok, found.findings
        values = (ours.CLs_obs, *ours.CLs_exp)
        tails = (ours.CLsb_obs, ours.CLb_obs)
        if statistic == "q0":
            values, tails = (ours.CLsb_obs, *ours.CLsb_exp), (ours.CLb_obs,)
        wanted = (known["value"], *known["expected"])
        assert values == pytest.approx(wanted, abs=AGREEMENT), known
        assert tails == pytest.approx(known["tails"], abs=AGREEMENT), known


@pytest.mark.parametrize("n", [3, 10, 20])
def test_statistics_of_a_count_are_closed_forms(n):
    """Background 10, signal 5 mu: the best fit is (n - 10) / 5."""
    model = counting((5.0,), (10.0,), low=-1.9)
    data, best, mu = observed(n), (n - 10) / 5, 1.5
    t_mu, t_zero = deviance(n, 10 + 5 * mu), deviance(n, 10.0)
    tilde = t_mu - t_zero if best < 0 else t_mu
    expected = {
        "t": t_mu,
        "ttilde": tilde,
        "q": t_mu if best <= mu else 0,
        "qtilde": tilde if best <= mu else 0,
    }
    for statistic, value in expected.items():
        found = sm.hypotest(model, data, mu, statistic=statistic)
        assert found.point.test_statistic == pytest.approx(value, abs=1e-8)  # twice an EDM of 1e-9
        assert found.point.asimov_test_statistic == pytest.approx(deviance(10, 17.5), abs=1e-8)
        assert found.best == pytest.approx(best, abs=1e-5)  # an error is 0.6: EDM below 1e-9
    found = sm.hypotest(model, data, 0.0, statistic="q0", signal=2.0)
    assert found.point.test_statistic == pytest.approx(t_zero if best >= 0 else 0, abs=1e-8)
    assert found.point.asimov_test_statistic == pytest.approx(deviance(20, 10.0), abs=1e-8)


def test_the_p_value_of_two_sides_is_that_of_chi_squared():
    model = counting((5.0,), (10.0,), low=-1.9)
    found = sm.hypotest(model, observed(20), 0.3, statistic="t")
    assert found.CLsb_obs == pytest.approx(stats.chi2.sf(deviance(20, 11.5), 1), rel=1e-7)
    assert math.isnan(found.CLs_obs)
    assert json.loads(found.to_json())["CLs_obs"] is None


def test_reading_and_writing_changes_nothing():
    found = sm.hypotest(counting(*BINS), observed(55, 60), 1.0)
    assert HypoTest.from_json(found.to_json()) == found
    document = json.loads(found.to_json())
    assert document["CLs_obs"] == found.CLs_obs
    assert document["CLs_exp"] == list(found.CLs_exp)
    assert document["fits"][0] == {
        "fit": "data, mu = 1", "poi": 1.0, "nll": found.point.fits[0].nll, "status": "converged"
    }  # fmt: skip


def programs():
    """How many programs of conditional fits have been compiled."""
    return _programs._scored._cached._cache_size()


def test_other_values_statistics_and_data_compile_nothing():
    model = counting(*BINS)
    sm.hypotest(model, observed(55, 60), 1.0)
    before = programs()
    for statistic, mu in (("qtilde", 0.7), ("ttilde", 2.2), ("q0", 0.0)):
        sm.hypotest(model, observed(40, 71), mu, statistic=statistic)
    assert programs() == before


def test_a_result_that_was_made_is_used_with_what_it_held():
    model, data = counting(*BINS), observed(55, 60)
    held = sm.fit(model, data, fixed={"k0": 1.0, "k1": 1.0})
    found = sm.hypotest(model, data, 1.0, result=held)
    q = sum(deviance(n, b + s) for n, s, b in zip((55, 60), *BINS[:2], strict=True))
    q -= sum(deviance(n, b + s * found.best) for n, s, b in zip((55, 60), *BINS[:2], strict=True))
    assert found.point.test_statistic == pytest.approx(q, abs=1e-8)  # known backgrounds
    assert found.best == pytest.approx(float(held.point["mu"]))


def test_a_global_fit_that_was_not_global_is_told_and_repeated():
    model, data = counting(*BINS), observed(55, 60)
    good = sm.fit(model, data)
    elsewhere = good.values.at[0].set(3.0)
    nll = -model.log_prob(dict(zip(good.names, elsewhere, strict=True)), data)
    wrong = dataclasses.replace(good, values=elsewhere, nll=nll)
    found = sm.hypotest(model, data, 1.0, result=wrong)
    assert found.point.test_statistic == pytest.approx(
        sm.hypotest(model, data, 1.0).point.test_statistic, abs=1e-8
    )
    assert found.best == pytest.approx(float(good.point["mu"]), abs=1e-5)
    assert [one.kind for one in found.findings] == ["new_minimum"]
    assert "starts=" in found.findings[0].advice


def test_a_global_fit_that_was_stopped_is_repeated_from_the_lowest_point():
    model, data = counting(*BINS), observed(55, 60)
    stopped = sm.fit(model, data, max_steps=1)
    assert Status(int(stopped.status)) is Status.STEP_LIMIT
    found = sm.hypotest(model, data, 1.0, result=stopped)
    assert found.CLs_obs == pytest.approx(sm.hypotest(model, data, 1.0).CLs_obs, abs=1e-8)


def test_a_likelihood_that_does_not_exist_is_an_undefined_test():
    """At mu = 4 the total of the bin is negative: its fit fails, and says so."""
    model = counting((-5.0,), (10.0,))
    found = sm.hypotest(model, observed(8), 4.0)
    assert not found.ok
    assert math.isnan(found.CLs_obs)
    assert {one.kind for one in found.findings} == {"fit_failed"}
    assert "mu = 4" in found.findings[0].message
    assert json.loads(found.to_json())["CLs_exp"] == [None] * 5


def test_the_best_fit_on_a_lower_bound_is_told():
    found = sm.hypotest(counting(*BINS, low=-3.0), observed(0, 1), 1.0, statistic="q")
    assert [one.kind for one in found.findings] == ["best_fit_at_bound"]
    assert "qtilde" in found.findings[0].advice


@pytest.mark.parametrize(
    ("mu", "options", "words"),
    [
        (25.0, {}, r"outside its bounds \[0, 20\]"),
        (1.0, {"statistic": "q"}, 'Take "qtilde"'),
        (1.0, {"statistic": "qtild"}, 'Did you mean "qtilde"'),
        (1.0, {"poi": "nu"}, "there is no parameter"),
        (0.0, {"statistic": "q0", "signal": 30.0}, r"outside its bounds \[0, 20\]"),
    ],
)
def test_wrong_questions_are_refused(mu, options, words):
    with pytest.raises(ValueError, match=words):
        sm.hypotest(counting(*BINS), observed(55, 60), mu, **options)


def test_without_a_parameter_of_interest_those_that_could_be_are_named():
    model = counting(*BINS)
    measurement = dataclasses.replace(model.measurement, pois=())
    without = dataclasses.replace(model, measurement=measurement)
    with pytest.raises(ValueError, match=r"poi=.*Neither fixed nor constrained: mu\."):
        sm.hypotest(without, observed(55, 60), 1.0)
    assert sm.hypotest(without, observed(55, 60), 1.0, poi="mu").ok


def test_a_parameter_that_is_held_cannot_be_tested():
    model, data = counting(*BINS), observed(55, 60)
    with pytest.raises(ValueError, match="mu is held fixed in the fit"):
        sm.hypotest(model, data, 1.0, result=sm.fit(model, data, fixed={"mu": 1.0}))
