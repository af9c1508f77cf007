"""Draws against closed forms and integrals by SciPy."""

import json

import arviz
import jax
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import integrate, stats

import statmodel as sm
from bayes_models import (
    CENTRES,
    COVARIANCE,
    KEY,
    ROOTED,
    SEEN,
    WIDTHS,
    gaussian_case,
    rooted_likelihood,
)
from counting_models import counting, observed
from statmodel.bayes import LEVELS
from statmodel.bayes._diagnostics import convergence

SIGMAS = 5.0
"""That a mean of draws may be away: one test in two million fails."""


@pytest.fixture(scope="module")
def gaussian():
    """x ~ N(mu, V) with the focus N(c, W): the posterior density is Gaussian."""
    found = sm.posterior(*gaussian_case(), key=KEY, focus="f")
    precision = np.linalg.inv(COVARIANCE) + np.diag(WIDTHS**-2)
    mean = np.linalg.solve(precision, np.linalg.solve(COVARIANCE, SEEN) + CENTRES / WIDTHS**2)
    return found, mean, np.sqrt(np.diag(np.linalg.inv(precision)))


def test_moments_and_quantiles_of_a_gaussian(gaussian):
    found, mean, sd = gaussian
    assert found.ok, found.message
    assert "R-hat" in found.message
    assert found.names == ("mu", "nu", "xi")
    for name, at, width in zip(found.names, mean, sd, strict=True):
        assert found.draws[name].shape == (4, 1000)
        assert abs(found.mean(name) - at) < SIGMAS * found.error(name)
        # At least 1500 effective draws tell a width to 2 %, and quantiles to 5 % of a width.
        assert found.convergence[name].effective > 1500
        assert found.sd(name) == pytest.approx(width, rel=0.1)
        assert found.quantile(name, 0.84) == pytest.approx(stats.norm.ppf(0.84, at, width), abs=0.2)
        low, high = found.hpd(name, LEVELS[0])
        assert (low, high) == pytest.approx((at - width, at + width), abs=0.3 * width)


def test_the_document_and_arviz(gaussian):
    found, mean, _ = gaussian
    document = json.loads(found.to_json())
    assert document["status"]["ok"] is True
    assert document["parameters"]["mu"]["mean"] == found.mean("mu")
    assert document["divergences"] == 0
    assert document["focus"] == "f"
    assert dict(document["provenance"]["versions"])["numpyro"]
    assert "values" not in document
    whole = json.loads(found.to_json(draws=True))
    assert np.array(whole["values"]["nu"]).shape == (4, 1000)
    data = found.to_arviz()
    np.testing.assert_array_equal(data.posterior["xi"], found.draws["xi"])
    assert float(data.posterior["xi"].mean()) == pytest.approx(mean[2], abs=0.1)
    with pytest.raises(KeyError, match='no draws of "mew"'):
        found.mean("mew")


def test_convergence_is_that_of_arviz(gaussian):
    found, _, _ = gaussian
    rng = np.random.default_rng(1)
    slow = np.zeros((4, 500))
    for step in range(1, 500):
        slow[:, step] = 0.9 * slow[:, step - 1] + rng.standard_normal(4)
    apart = slow + np.arange(4)[:, None]
    for draws in (np.asarray(found.draws["mu"]), slow, apart):
        ours = convergence(draws)
        assert ours.r_hat == pytest.approx(float(arviz.rhat(draws)), rel=1e-3)
        # Truncations of the autocorrelations differ in detail.
        assert ours.effective == pytest.approx(float(arviz.ess(draws)), rel=0.02)
    assert convergence(apart).r_hat > 1.01


@pytest.mark.parametrize("n", [0, 30])
def test_counts_of_a_signal_over_a_known_background(n):
    """Even in mu: the expectation 5 mu + 3 has a gamma density, cut off at 3 and at 103."""
    model = counting((5.0,), (3.0,), high=20.0)
    found = sm.posterior(model, observed(n), key=KEY)
    assert found.ok, found.message
    gamma = stats.gamma(n + 1)
    inside = gamma.cdf(103) - gamma.cdf(3)
    mean = (gamma.expect(lambda v: v, lb=3, ub=103) / inside - 3) / 5
    assert abs(found.mean("mu") - mean) < SIGMAS * found.error("mu")
    median = (gamma.ppf(gamma.cdf(3) + 0.5 * inside) - 3) / 5
    assert found.quantile("mu", 0.5) == pytest.approx(median, rel=0.1)
    assert min(draws.min() for draws in found.draws.values()) >= 0


def test_two_tops_under_a_square_root():
    """Interference: two strengths explain the count, and draws go from one to the other."""
    model, data = sm.compile(sm.parse_spec(ROOTED))
    found = sm.posterior(model, data, key=KEY)
    assert found.ok, found.message
    whole, below, mean = (
        integrate.quad(lambda m, f=f: f(m) * np.exp(rooted_likelihood(m)), 0, 4, limit=200)[0]
        for f in (lambda _: 1.0, lambda m: float(m < 0.53), lambda m: m)
    )
    draws = found.draws["mu"]
    assert abs(found.mean("mu") - mean / whole) < SIGMAS * found.error("mu")
    assert (draws < 0.53).mean() == pytest.approx(below / whole, abs=0.05)
    # The log density is that of likelihood times prior, even on [0, 4].
    log = rooted_likelihood(np.asarray(draws)) - np.log(4)
    np.testing.assert_allclose(found.log_density, log, atol=1e-9)


def test_what_is_held_is_not_drawn_and_a_prior_counts():
    model = counting((5.0,), (3.0,), uncertainty=(1.5,), high=20.0)
    data, prior = observed(4), dist.Gamma(2.0, 1.0)
    found = sm.posterior(model, data, key=KEY, priors={"mu": prior}, fixed={"k0": 1.0})
    assert found.names == ("mu",)
    assert dict(found.fixed) == {"k0": 1.0}
    assert dict(found.priors) == {"mu": "Gamma(concentration=2, rate=1)"}

    def density(mu):
        return stats.poisson.pmf(4, 5 * mu + 3) * stats.gamma.pdf(mu, 2)

    whole, first = (
        integrate.quad(lambda m, p=p: m**p * density(m), 0, 20, limit=200)[0] for p in (0, 1)
    )
    assert abs(found.mean("mu") - first / whole) < SIGMAS * found.error("mu")


def test_a_short_run_says_so():
    model = counting((5.0,), (3.0,), high=20.0)
    found = sm.posterior(model, observed(4), key=jax.random.key(3), draws=20, warmup=5)
    assert not found.ok
    assert "effective draws" in found.message
    assert "more draws" in found.message
    assert json.loads(found.to_json())["status"]["ok"] is False
