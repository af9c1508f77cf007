"""Marginal likelihoods against closed forms, integrals, the focused statistic, and each other."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss
from scipy import integrate, special, stats

import measured
import statmodel as sm
from bayes_models import (
    CENTRES,
    COVARIANCE,
    FREE,
    KEY,
    ROOTED,
    SEEN,
    WIDTHS,
    gaussian_case,
    rooted_likelihood,
)
from counting_models import counting, observed
from statmodel.bayes import bayes_factor
from statmodel.bayes._bridge import bridged
from statmodel.infer import FTS, Case
from statmodel.model._expressions import Constant
from statmodel.model.densities import Gaussian

HONEST = 4.0
"""Errors that a number may be away."""


def away(found, exact):
    """In its own errors."""
    return abs(found.log - exact) / found.error


@pytest.fixture(scope="module")
def on_off():
    """Events over a background that is known to one half, and a focus N(1, 2) on [0, 20]."""
    model = counting((5.0,), (3.0,), uncertainty=(1.5,), high=20.0)
    density = Gaussian(0, 0.0, 20.0, mean=Constant(1.0), sigma=Constant(2.0))
    return measured.with_focus(model, density)


@pytest.fixture(scope="module")
def bridge(on_off):
    return sm.evidence(on_off, observed(4), key=KEY, focus="f")


@pytest.fixture(scope="module")
def nested(on_off):
    return sm.evidence(on_off, observed(4), key=KEY, focus="f", method="nested", live=200)


def test_a_gaussian_has_the_closed_form_of_the_reference():
    # As many draws as elsewhere: the same program.
    found = sm.evidence(*gaussian_case(), key=KEY, focus="f", draws=1000)
    exact = stats.multivariate_normal.logpdf(SEEN, CENTRES, COVARIANCE + np.diag(WIDTHS**2))
    assert found.ok, found.message
    # The Gaussian is the bridge itself: little is left to be wrong.
    assert found.log == pytest.approx(exact, abs=0.01)
    assert away(found, exact) < HONEST


def exact_on_off(n):
    """By Gauss and Legendre's rule in panels, of mu and of the background."""
    nodes, weights = leggauss(40)

    def panels(edges):
        middle, half = 0.5 * np.add(edges[1:], edges[:-1]), 0.5 * np.diff(edges)
        at = (middle[:, None] + half[:, None] * nodes).ravel()
        return at, (half[:, None] * weights).ravel()

    (mu, along), (k, across) = panels([0, 1, 3, 8, 20]), panels([1e-10, 1, 3, 10])
    expected = 5 * mu[:, None] + 3 * k
    log = special.xlogy(n, expected) - expected + special.xlogy(4, 4 * k) - 4 * k
    focus = stats.truncnorm(-0.5, 9.5, loc=1, scale=2).logpdf(mu)
    whole = np.exp(log - special.gammaln(5) + focus[:, None])
    return np.log(along @ whole @ across)


def test_both_methods_the_statistic_and_an_integral_agree(on_off, bridge, nested):
    exact = exact_on_off(4)
    case = Case.of(on_off, FTS("f", nuisances="marginal"))
    statistic = jax.jit(
        lambda data: FTS("f", nuisances="marginal").reference(case, case.likelihood(data))
    )(on_off.prepared(observed(4)))
    assert abs(float(statistic.log) - exact) < 3 * float(statistic.error)
    assert bridge.ok, bridge.message
    assert away(bridge, exact) < HONEST
    assert bridge.error < 0.01
    assert nested.ok, nested.message
    assert away(nested, exact) < HONEST
    assert nested.error < 0.15
    assert nested.method == "nested"
    assert dict(nested.provenance.versions)["dynesty"]


def test_even_priors_are_normalised_and_two_tops_are_one_integral():
    model, data = sm.compile(sm.parse_spec(ROOTED))
    found = sm.evidence(model, data, key=KEY, draws=1000)
    whole = integrate.quad(lambda mu: np.exp(rooted_likelihood(mu)) / 4, 0, 4, limit=200)[0]
    assert found.ok, found.message
    assert away(found, np.log(whole)) < HONEST
    assert found.error < 0.02


def test_a_nuisance_parameter_without_a_prior_is_in_its_own_units():
    model, data = sm.compile(sm.parse_spec(FREE))
    found = sm.evidence(model, data, key=KEY, draws=1000)
    whole, _ = integrate.dblquad(
        lambda mu, k: (mu * k + 2) ** 5 * np.exp(-mu * k - 2) / 15, 0.5, 2, 0, 15
    )
    assert found.flat == ("scale",)
    assert found.ok, found.message
    assert away(found, np.log(whole)) < HONEST


def test_a_prior_is_truncated_as_a_focus_is(on_off, nested):
    dist = pytest.importorskip("numpyro.distributions")
    prior = {"mu": dist.Normal(1.0, 2.0)}
    found = sm.evidence(on_off, observed(4), key=KEY, priors=prior, method="nested", live=200)
    # The same density and the same points.
    assert found.log == pytest.approx(nested.log, abs=1e-6)
    assert dict(found.priors) == {"mu": "Normal(loc=1, scale=2)"}


def test_bayes_factors(on_off, bridge):
    data = observed(4)
    held = sm.evidence(on_off, data, key=KEY, fixed={"mu": 0.0, "k0": 1.0})
    expected = 4 * np.log(3) - 3 + stats.poisson.logpmf(4, 4)
    assert (held.log, held.error, held.method) == (pytest.approx(expected, abs=1e-12), 0.0, "none")
    found = bayes_factor(bridge, held)
    assert found.ok
    assert found.log == bridge.log - held.log
    assert found.error == bridge.error
    assert found.value == pytest.approx(np.exp(found.log))
    assert "likely" in found.message
    assert json.loads(found.to_json())["status"]["ok"] is True
    assert json.loads(bridge.to_json())["log"] == bridge.log
    spoilt = dataclasses.replace(held, ok=False, message="spoilt")
    assert bayes_factor(bridge, spoilt).message == "the second: spoilt"
    alone = bayes_factor(bridge, dataclasses.replace(held, flat=("b",)))
    assert not alone.ok
    assert "b has no prior" in alone.message
    other = dataclasses.replace(held.provenance, data="other")
    with pytest.raises(ValueError, match="the same data"):
        bayes_factor(bridge, dataclasses.replace(held, provenance=other))


def test_errors_of_the_bridge_are_honest():
    """Of a skew density, a product of gammas in logarithms, in repeated draws."""
    shapes, offset = np.array([2.0, 5.0, 1.0]), 5000.0  # larger than a float's exponent

    def log_prob(rows):
        return (rows * shapes - np.exp(rows)).sum(axis=1) + offset

    exact = special.gammaln(shapes).sum() + offset
    pulls = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        draws = np.log(rng.gamma(shapes, size=(2, 400, 3)))
        heights = log_prob(draws.reshape(-1, 3)).reshape(2, 400)
        found = bridged(draws, heights, log_prob, rng)
        assert found.settled
        pulls.append((found.log - exact) / found.error)
    # A standard deviation of 40 pulls is known to 11 %.
    assert 0.6 < np.std(pulls) < 1.4
    assert abs(np.mean(pulls)) < 4 / np.sqrt(40)


def test_a_large_error_is_not_accepted(on_off):
    found = sm.evidence(on_off, observed(4), key=KEY, focus="f", method="nested", live=20)
    assert not found.ok
    assert "take more live points" in found.message


def test_what_is_asked_must_exist(on_off):
    data = observed(4)
    with pytest.raises(ValueError, match="live"):
        sm.evidence(on_off, data, key=KEY, method="nested", live=3)
    with pytest.raises(ValueError, match="draws = 1"):
        sm.evidence(on_off, data, key=KEY, draws=1)
    prepared = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), on_off.prepared(data))
    with pytest.raises(ValueError, match="one data set"):
        sm.evidence(on_off, prepared, key=KEY)
