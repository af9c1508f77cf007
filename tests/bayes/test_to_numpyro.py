"""The program of sites: its density, its bounds, and what it refuses."""

import math

import numpy as np
import numpyro.distributions as dist
import pytest
from numpyro.infer.util import initialize_model, log_density
from scipy import special, stats

import measured
import statmodel as sm
from bayes_models import KEY
from counting_models import counting, observed
from statmodel.model._expressions import Constant
from statmodel.model.densities import Gaussian


@pytest.fixture(scope="module")
def on_off():
    model = counting((5.0,), (3.0,), uncertainty=(1.5,), high=20.0)
    density = Gaussian(0, 0.0, 20.0, mean=Constant(1.0), sigma=Constant(2.0))
    return measured.with_focus(model, density)


def likelihood(n, mu, k):
    expected = 5 * mu + 3 * k
    auxiliary = special.xlogy(4, 4 * k) - 4 * k - special.gammaln(5)
    return n * math.log(expected) - expected + auxiliary


@pytest.mark.parametrize(
    ("priors", "focus", "exact"),
    [
        (None, None, stats.uniform(0, 20)),
        (None, "f", stats.truncnorm(-0.5, 9.5, loc=1, scale=2)),
        ({"mu": dist.Normal(1.0, 2.0)}, None, stats.truncnorm(-0.5, 9.5, loc=1, scale=2)),
        ({"mu": dist.Uniform(0.0, 10.0)}, None, stats.uniform(0, 10)),
    ],
)
def test_the_log_density_is_likelihood_times_prior(on_off, priors, focus, exact):
    program = sm.to_numpyro(on_off, observed(4), priors=priors, focus=focus)
    at = {"mu": 1.7, "k0": 0.8}
    log, sites = log_density(program, (), {}, at)
    assert float(log) == pytest.approx(likelihood(4, 1.7, 0.8) + exact.logpdf(1.7), abs=1e-12)
    assert [name for name, one in sites.items() if not one["is_observed"]] == ["mu", "k0"]


def test_sites_stand_between_their_bounds(on_off):
    """Where NumPyro begins, and what its transforms make of far-away numbers."""
    program = sm.to_numpyro(on_off, observed(4), focus="f")
    info = initialize_model(KEY, program)
    assert np.isfinite(info.param_info.potential_energy)
    for far, ends in ((-20.0, (0.0, 1e-10)), (20.0, (20.0, 10.0))):
        at = info.postprocess_fn({"mu": np.array(far), "k0": np.array(far)})
        # A logistic function is 2e-9 of the range from its ends.
        assert (float(at["mu"]), float(at["k0"])) == pytest.approx(ends, abs=1e-7)
    endless = initialize_model(KEY, sm.to_numpyro(*_measured(), focus="f"))
    assert float(endless.postprocess_fn({"mu": np.array(-20.0)})["mu"]) == -20.0


def test_what_is_held_has_no_site(on_off):
    program = sm.to_numpyro(on_off, observed(4), fixed={"k0": 0.8})
    log, sites = log_density(program, (), {}, {"mu": 1.7})
    assert "k0" not in sites
    assert float(log) == pytest.approx(likelihood(4, 1.7, 0.8) - math.log(20), abs=1e-12)


def test_a_density_without_a_distribution_function_is_integrated(on_off):
    prior = dist.AsymmetricLaplace(1.0, 2.0, 0.7)
    prior.cdf = _without
    program = sm.to_numpyro(on_off, observed(4), priors={"mu": prior}, fixed={"k0": 0.8})
    log, _ = log_density(program, (), {}, {"mu": 1.7})
    whole = dist.AsymmetricLaplace(1.0, 2.0, 0.7)
    mass = float(whole.cdf(20.0) - whole.cdf(0.0))
    exact = likelihood(4, 1.7, 0.8) + float(whole.log_prob(1.7)) - math.log(mass)
    assert float(log) == pytest.approx(exact, abs=1e-8)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"focus": "g"}, 'no focus "g"'),
        ({"priors": {"mew": dist.Normal(0.0, 1.0)}}, 'no parameter "mew"'),
        ({"priors": {"k0": dist.Normal(0.0, 1.0)}}, "k0 is constrained by the model already"),
        ({"priors": {"mu": dist.Normal(0.0, 1.0)}, "focus": "f"}, "the density of the focus"),
        ({"priors": {"mu": dist.Normal(0.0, 1.0)}, "fixed": {"mu": 1.0}}, "mu is held fixed"),
        ({"priors": {"mu": dist.Normal(np.zeros(2), 1.0)}}, "continuous distribution of one"),
        ({"priors": {"mu": dist.Poisson(2.0)}}, "continuous distribution of one"),
        ({"priors": {"mu": dist.Uniform(30.0, 40.0)}}, r"no probability within \[0, 20\]"),
        ({"focus": "f", "fixed": {"mu": 1.0}}, "cannot be held fixed"),
        ({"fixed": {"mu": 50.0}}, r"outside \[0, 20\]"),
    ],
)
def test_wrong_questions(on_off, asked, said):
    with pytest.raises(ValueError, match=f"(?s){said}"):
        sm.to_numpyro(on_off, observed(4), **asked)


def test_infinite_bounds_need_a_density():
    model = counting((5.0,), (3.0,), high=math.inf)
    for ask in (sm.to_numpyro, lambda *asked: sm.posterior(*asked, key=KEY)):
        with pytest.raises(ValueError, match="mu: no constraint, no focus, no prior"):
            ask(model, observed(4))
    program = sm.to_numpyro(model, observed(4), priors={"mu": dist.Exponential(1.0)})
    log, _ = log_density(program, (), {}, {"mu": 1.7})
    assert float(log) == pytest.approx(4 * math.log(11.5) - 11.5 - 1.7, abs=1e-12)


def test_nothing_to_draw(on_off):
    with pytest.raises(ValueError, match="no parameter is free"):
        sm.posterior(on_off, observed(4), key=KEY, fixed={"mu": 1.0, "k0": 1.0})


def _measured():
    model = measured.measured(1.0, [0.0], [1.0])
    return model, measured.seen(model, [0.5])


def _without(_):
    raise NotImplementedError
