"""Nuisance parameters profiled and integrated, against closed forms and SciPy."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

import measured
import statmodel as sm
from counting_models import counting, observed
from statmodel.infer.statistics import FTS, LRS, Case
from statmodel.infer.statistics._lattice import Lattice
from statmodel.model._expressions import Constant
from statmodel.model.densities import Gaussian

WAYS = ("profile", "laplace", "marginal")


@pytest.mark.parametrize("nuisances", WAYS)
@pytest.mark.parametrize("size", [2, 3])
def test_of_a_gaussian_all_three_are_its_marginal(size, nuisances):
    covariance = np.array([[4.25, -0.25, 0.3], [-0.25, 0.25, 0.1], [0.3, 0.1, 1.0]])[:size, :size]
    model = measured.of_first(covariance, 0.5, 1.5)
    x = np.array([2.6, 0.4, -1.0])[:size]
    data, s2, mu = measured.seen(model, x), covariance[0, 0], 1.3
    value = FTS("f", nuisances=nuisances)(model, data, mu)
    exact = (x[0] - mu) ** 2 / s2 - (x[0] - 0.5) ** 2 / (s2 + 1.5**2) - np.log1p(1.5**2 / s2)
    # The integral over a Gaussian is exact for Laplace, and with his points to their error.
    assert float(value) == pytest.approx(exact, abs=1e-10)
    assert float(LRS()(model, data, mu)) == pytest.approx((x[0] - mu) ** 2 / s2, abs=1e-10)


SIGNAL, BACKGROUND, RATE = 5.0, 3.0, 4.0
FOCUS = stats.truncnorm(-0.5, 9.5, loc=1, scale=2)


@pytest.fixture(scope="module")
def on_off():
    """Events over a background that is known to one half, from an auxiliary count of four."""
    model = counting((SIGNAL,), (BACKGROUND,), uncertainty=(1.5,), high=20.0)
    return measured.with_focus(
        model, Gaussian(0, 0.0, 20.0, mean=Constant(1.0), sigma=Constant(2.0))
    )


def log_likelihood(n, mu, k):
    """Without log n!, as an unbinned channel has it."""
    expected = SIGNAL * mu + BACKGROUND * k
    auxiliary = special.xlogy(RATE, RATE * k) - RATE * k - special.gammaln(RATE + 1)
    return special.xlogy(n, expected) - expected + auxiliary


def profiled(n, mu):
    """At the root of a quadratic equation: the derivative in k, times k and the expectation."""
    b, s = BACKGROUND, SIGNAL * mu
    roots = np.roots([b * (RATE + b), s * (RATE + b) - b * (n + RATE), -s * RATE])
    return log_likelihood(n, mu, roots[roots > 0].max())


def integrated(n, mu):
    top = profiled(n, mu)
    whole, _ = integrate.quad(
        lambda k: np.exp(log_likelihood(n, mu, k) - top),
        *(0.0, 10.0),
        points=[0.3, 0.7, 1.0, 1.5, 3.0],
        epsrel=1e-11,
        limit=200,
    )
    return np.log(whole) + top


def averaged(function, n):
    """Over the focus."""
    top = max(function(n, mu) for mu in np.linspace(0, 20, 41))
    whole, _ = integrate.quad(
        lambda mu: np.exp(function(n, mu) - top) * FOCUS.pdf(mu),
        *(0.0, 20.0),
        points=[0.1, 0.5, 1.0, 2.0, 4.0, 9.0],
        epsrel=1e-10,
        limit=200,
    )
    return np.log(whole) + top


HYPOTHESES = [1e-6, 0.03, 0.3, 1.0, 3.0, 8.0, 19.0]


@pytest.fixture(scope="module")
def found(on_off):
    """Likelihood at hypotheses, and references, by way and count."""

    def one(nuisances, n):
        case = Case.of(on_off, FTS("f", nuisances=nuisances))

        @jax.jit
        def look(data):
            likelihood = case.likelihood(data)
            reference = FTS("f", nuisances=nuisances).reference(case, likelihood)
            best = LRS().reference(case, likelihood) if nuisances == "profile" else reference
            return jax.vmap(likelihood)(jnp.asarray(HYPOTHESES)[:, None]), reference, best

        return {count: look(on_off.bind(observed(count))) for count in n}

    return {nuisances: one(nuisances, (0, 4, 60)) for nuisances in WAYS}


@pytest.mark.parametrize("n", [0, 4, 60])
def test_the_profile_of_counts(found, n):
    along, reference, best = found["profile"][n]
    exact = [profiled(n, mu) for mu in HYPOTHESES]
    # Never above, and below by the square of what is wrong between points of the lattice.
    assert (np.asarray(along) - exact).max() < 1e-10
    np.testing.assert_allclose(along, exact, atol=1e-7)
    # Cubics between points are wrong by some 1e-3 of a width, and the likelihood by its square.
    assert float(reference.log) == pytest.approx(averaged(profiled, n), abs=1e-6)
    assert float(reference.error) < 1e-3
    highest = -optimize.minimize_scalar(
        lambda mu: -profiled(n, mu), bounds=(0, 20), method="bounded", options={"xatol": 1e-10}
    ).fun
    assert float(best.log) == pytest.approx(highest, abs=1e-9 if n else 1e-8)
    assert bool(reference.ok)
    assert bool(best.ok)


@pytest.mark.parametrize("n", [0, 4, 60])
def test_the_integral_over_a_skew_nuisance_parameter(found, n):
    along, reference, _ = found["marginal"][n]
    exact = np.array([integrated(n, mu) for mu in HYPOTHESES])
    assert bool(reference.ok)
    assert 0 < float(reference.error) < 0.01
    # Honest errors: three of them, where they are meant: within 12 of the top.
    near = exact > exact.max() - 12
    assert np.abs(np.asarray(along) - exact)[near].max() < 3 * float(reference.error)
    away = float(reference.log) - averaged(integrated, n)
    assert abs(away) < 3 * float(reference.error)
    # Laplace's approximation of it, for a gamma distribution of shape 5 and more.
    laplace = found["laplace"][n][1]
    assert float(laplace.log) == pytest.approx(averaged(integrated, n), abs=1 / 12 / 5 + 0.01)


def test_two_parameters_of_interest_beside_a_nuisance_parameter():
    covariance = np.array([[1.0, 0.5, 0.3], [0.5, 2.0, -0.2], [0.3, -0.2, 0.5]])
    bounds = ((-9.0, 9.0),) * 3
    model = measured.measured(covariance, [0.2] * 3, [1.5] * 3, bounds)
    focus = model.focus[0]
    pois = ("mu", "nu")
    density = dataclasses.replace(focus.density, factors=focus.density.factors[:2])
    model = dataclasses.replace(
        model,
        measurement=dataclasses.replace(model.measurement, pois=pois),
        focus=(dataclasses.replace(focus, pois=pois, density=density),),
    )
    x, at = np.array([0.7, -0.4, 1.0]), np.array([0.1, 0.3])
    value = FTS("f", nuisances="laplace")(model, measured.seen(model, x), {"mu": 0.1, "nu": 0.3})
    of_two = covariance[:2, :2]
    wide = of_two + 1.5**2 * np.eye(2)
    exact = 2 * (
        stats.multivariate_normal.logpdf(x[:2], [0.2, 0.2], wide)
        - stats.multivariate_normal.logpdf(x[:2], at, of_two)
    )
    assert float(value) == pytest.approx(exact, abs=1e-6)  # of panels, six widths to either side


def test_where_no_data_may_be_nothing_is_claimed():
    """With no background and an event, mu = 0 is impossible, whatever the nuisance parameter."""
    model, data = sm.compile(
        sm.parse_spec("""
statmodel: "1"
parameters:
  - {name: mu, init: 1, bounds: [0, 10]}
  - {name: k, init: 1, bounds: [0.1, 3], constraint: {type: gaussian, mean: 1, sigma: 0.2}}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [{name: s, yield: "mu * k", density: {type: uniform}}]
observations: [{name: c, events: {x: [0.1, 0.4]}}]
measurements: [{name: m, config: {poi: mu}}]
""")
    )
    assert float(LRS()(model, data, 0.0)) == np.inf

    def height(mu):
        return optimize.minimize_scalar(
            lambda k: -(2 * np.log(mu * k) - mu * k + stats.norm.logpdf(1, k, 0.2)),
            bounds=(0.1, 3),
            method="bounded",
            options={"xatol": 1e-10},
        ).fun

    best = optimize.minimize_scalar(height, bounds=(0.5, 6), method="bounded").fun
    assert float(LRS()(model, data, 0.4)) == pytest.approx(2 * (height(0.4) - best), abs=1e-6)


def test_a_lattice_gives_cubics_back_and_what_is_wrong_far_away_stays_there():
    low, high = jnp.asarray([-1.0, 2.0]), jnp.asarray([3.0, 2.5])
    # So wide that steps are even.
    lattice = Lattice(low, high, low, 1e4 * (high - low), 8)
    walk = np.asarray(lattice.points[lattice.walk])
    steps = np.abs(np.diff(walk, axis=0)) > 1e-9
    assert (steps.sum(axis=1) == 1).all()  # each point is next to the one before

    def cubic(at):
        return at[0] ** 3 * at[1] - 2 * at[1] ** 3 + at[0]

    values = jax.vmap(cubic)(lattice.points)
    for at in ([0.3, 2.2], [-1.0, 2.5], [3.0, 2.0]):
        there = jnp.asarray(at)
        assert float(lattice.between(values, there)) == pytest.approx(float(cubic(there)), rel=1e-6)
        slope = jax.grad(lambda at: lattice.between(values, at))(there)
        np.testing.assert_allclose(slope, jax.grad(cubic)(there), rtol=1e-5)
    np.testing.assert_allclose(lattice.points[lattice.shared], lattice.half.points, atol=1e-12)
    spoilt = values.at[-1].set(1e9)
    assert float(lattice.between(spoilt, jnp.asarray([0.3, 2.2]))) < 1e3


@pytest.mark.parametrize("width", [0.05, 1.0, 100.0])
def test_a_lattice_about_a_centre_reaches_the_ends(width):
    lattice = Lattice(jnp.zeros(1), 10 * jnp.ones(1), jnp.ones(1), width * jnp.ones(1), 24)
    points = np.asarray(lattice.points)[:, 0]
    np.testing.assert_allclose(points[[0, -1]], [0.0, 10.0], atol=1e-12)
    near = np.diff(points)[np.abs(points[1:] - 1.0) < width]
    assert near.max(initial=0.0) <= max(width, 0.5)
    values = np.exp(-((points - 1.0) ** 2) / (2 * (3 * width) ** 2))
    at = np.linspace(0, 10, 501)
    found = jax.vmap(lambda one: lattice.between(jnp.asarray(values), one[None]))(jnp.asarray(at))
    # A cubic's error is h^4 times 3/128 of the fourth derivative: 0.002 with steps of a half of
    # this Gaussian's width, of which they are more in its tails.
    assert np.abs(found - np.exp(-((at - 1.0) ** 2) / (2 * (3 * width) ** 2))).max() < 8e-3
