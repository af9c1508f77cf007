"""Bias, pulls, coverage: known answers of estimates made here."""

import json
from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy.stats import chi2, poisson

import statmodel as sm
from statmodel.infer import Status


@pytest.fixture(scope="module")
def table():
    """One bin: the estimate is a count."""
    model, _ = sm.compile(
        {
            "channels": [
                {
                    "name": "SR",
                    "samples": [
                        {
                            "name": "s",
                            "data": [50.0],
                            "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                        }
                    ],
                }
            ],
            "observations": [{"name": "SR", "data": [50]}],
            "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
            "version": "1.0.0",
        }
    )
    held = [{"mu": 1.0}, {"mu": 2.0}]
    return sm.run_toys(model, {"mu": 1.0}, key=jax.random.key(1), n=5000, hypotheses=held)


def test_a_count_is_unbiased_and_its_pulls_are_known(table):
    found = sm.bias(table).of("mu")
    n = np.arange(1, 200)
    p = poisson.pmf(n, 50)
    pulls = (n - 50) / np.sqrt(n)
    mean = (p * pulls).sum()
    assert abs(found.bias.away(0.0)) < 4
    assert abs(found.spread.away(np.sqrt(50) / 50)) < 4
    assert abs(found.pull_mean.away(mean)) < 4
    assert abs(found.pull_width.away(np.sqrt((p * (pulls - mean) ** 2).sum()))) < 4
    covered = p[np.abs(pulls) <= 1].sum()
    assert abs(found.covered.probability - covered) < 4 * found.covered.error
    assert (found.toys, found.with_errors, found.at_bound) == (5000, 5000, 0.0)


def test_coverage_is_stated_where_the_hypothesis_is_the_truth(table):
    found = sm.bias(table)
    assert [one.held for one in found.coverage] == [{"mu": 1.0}] * 2  # mu = 2 is not
    n = np.arange(1, 200)
    t = 2 * (50 - n + n * np.log(n / 50))
    for one in found.coverage:
        expected = poisson.pmf(n, 50)[t <= chi2.ppf(one.level, 1)].sum()
        assert abs(one.covered.probability - expected) < 4 * one.covered.error


def test_failed_toys_and_estimates_without_error_do_not_count(table):
    some = table.between(0, 100)
    status, errors, values = some.status.copy(), some.errors.copy(), some.values.copy()
    status[:10] = Status.STEP_LIMIT
    values[:10] = 1e9
    errors[10:30] = np.nan
    found = sm.bias(replace(some, status=status, errors=errors, values=values))
    one = found.of("mu")
    assert (one.toys, one.with_errors) == (90, 70)
    assert one.at_bound == pytest.approx(20 / 90)
    assert one.bias.value < 1
    assert found.message == "90 of 100 toys converged; failed: 10 step_limit"
    document = json.loads(found.to_json())
    assert document["parameters"]["mu"]["covered"]["toys"] == 70


def test_too_few_toys_are_refused(table):
    some = table.between(0, 3)
    bad = replace(some, status=np.full(3, int(Status.STEP_LIMIT)))
    with pytest.raises(ValueError, match="0 of 3 toys converged"):
        sm.bias(bad)
    with pytest.raises(KeyError, match="no parameter"):
        sm.bias(table, parameters=["nu"])


def test_parameters_that_no_fit_moves_are_left_out():
    model, _ = sm.compile("specs/peak.yaml")
    toys = sm.run_toys(
        model, model.space.point(), key=jax.random.key(1), n=32, fixed={"mass": 125.0}
    )
    assert "mass" not in [one.name for one in sm.bias(toys).parameters]
