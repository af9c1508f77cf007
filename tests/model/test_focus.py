"""Focus densities: normalised on the bounds of the parameters of interest."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

import statmodel as sm

_DOCUMENT = """
statmodel: "1"
parameters:
  - {name: mu, init: 1, bounds: [0, 10]}
  - {name: k, init: 1, bounds: [0.5, 3]}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [{name: s, yield: 4, scale: "mu * k", density: {type: uniform}}]
observations: [{name: c, events: {x: [0.5]}}]
focus:
FOCUS
measurements: [{name: m, config: {pois: [mu, k]}}]
"""


def _cut(dist, low: float = 0.0, high: float = 10.0):
    return lambda mu: dist.pdf(mu) / (dist.cdf(high) - dist.cdf(low)) * (low <= mu <= high)


def _bins(mu: float) -> float:
    """Contents 1, 3, 2 on [-2, 2, 4, 12], cut to [0, 10]: 0.5 + 3 + 1.5 are left."""
    edges, heights = [0.0, 2.0, 4.0, 10.0], np.array([0.25, 1.5, 0.25]) / 5.0
    place = np.searchsorted(edges, mu, side="right") - 1
    return float(heights[place]) if 0 <= mu <= 10 else 0.0


# name: (the document's words, the density by scipy).
FOCI = {
    "wide": ("gaussian, mean: 1, sigma: 1.8", _cut(stats.norm(1, 1.8))),
    "narrow": ("gaussian, mean: 12, sigma: 0.8", _cut(stats.norm(12, 0.8))),
    "flat": ("uniform, min: 2", _cut(stats.uniform(2, 100), 2.0)),
    "box": ("uniform, min: -3, max: 4", _cut(stats.uniform(-3, 7), 0.0, 4.0)),
    "log": ("lognormal, median: 2, shape: 0.7", _cut(stats.lognorm(0.7, scale=2))),
    "gamma": ("gamma, shape: 2.5, scale: 1.5", _cut(stats.gamma(2.5, scale=1.5))),
    "half": ("half_gaussian, mean: 3, sigma: 2", _cut(stats.norm(3, 2), 3.0)),
    "bins": ("histogram, edges: [-2, 2, 4, 12], values: [1, 3, 2]", _bins),
    "mixture": (
        "mixture, fractions: [0.3], terms: [{type: gaussian, mean: 1, sigma: 0.5},"
        " {type: histogram, edges: [-2, 2, 4, 12], values: [1, 3, 2]}]",
        lambda mu: 0.3 * _cut(stats.norm(1, 0.5))(mu) + 0.7 * _bins(mu),
    ),
}
FOCI_NAMES = tuple(FOCI)
EACH = pytest.mark.parametrize("place", range(len(FOCI)), ids=list(FOCI))


@pytest.fixture(scope="module")
def model() -> sm.Model:
    lines = [
        f"  - {{name: {name}, density: {{mu: {{type: {words}}}}}}}"
        for name, (words, _) in FOCI.items()
    ]
    lines.append(
        "  - {name: both, density: {mu: {type: gaussian, mean: 1, sigma: 1.8},"
        " k: {type: lognormal, median: 1, shape: 0.4}}}"
    )
    return sm.compile(sm.parse_spec(_DOCUMENT.replace("FOCUS", "\n".join(lines))))[0]


def curve(model: sm.Model, place: int, mus: np.ndarray) -> np.ndarray:
    log_p = jax.jit(jax.vmap(lambda mu: model.focus[place].log_prob({"mu": mu})))
    return np.exp(log_p(jnp.asarray(mus)))


@EACH
def test_a_focus_integrates_to_one_within_the_bounds(model: sm.Model, place: int):
    # Gauss-Legendre on [0, 10], in panels that end where a focus is not smooth.
    panels = np.concatenate([np.linspace(0, 4, 9), np.linspace(5, 9, 5), np.linspace(9.2, 10, 5)])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = np.diff(panels)[:, None] / 2
    mus = (panels[:-1, None] + half * (nodes + 1)).ravel()
    total = curve(model, place, mus) @ (half * weights).ravel()
    # The gamma focus has a power 1.5 at 0, where the rule errs by 1e-6 of the first panel's 0.1.
    assert total == pytest.approx(1.0, abs=2e-7 if FOCI_NAMES[place] == "gamma" else 1e-9)


@EACH
def test_a_focus_is_scipys_density(model: sm.Model, place: int):
    mus = np.array([-0.5, 0.3, 1.1, 2.7, 3.9, 4.4, 9.97, 10.5])
    wanted = [FOCI[FOCI_NAMES[place]][1](mu) for mu in mus]
    assert sum(value > 0 for value in wanted) >= 3
    # scipy's cdf at 12 - 2.5 sigma has the fewest digits, 1e-13.
    np.testing.assert_allclose(curve(model, place, mus), wanted, rtol=1e-11, atol=1e-300)


def test_a_focus_of_two_parameters_is_their_product(model: sm.Model):
    focus = model.focus[-1]
    assert (focus.name, focus.pois) == ("both", ("mu", "k"))
    first, second = _cut(stats.norm(1, 1.8)), _cut(stats.lognorm(0.4, scale=1), 0.5, 3.0)
    log_p = jax.jit(lambda mu, k: focus.log_prob({"mu": mu, "k": k}))

    def density(k: float, mu: float) -> float:
        return math.exp(float(log_p(mu, k)))

    assert density(0.9, 2.2) == pytest.approx(first(2.2) * second(0.9), rel=1e-12)
    assert density(0.4, 2.2) == density(0.9, 10.5) == 0.0
    nodes, weights = np.polynomial.legendre.leggauss(40)
    mus, ks = 5 + 5 * nodes, 1.75 + 1.25 * nodes
    grid = jax.jit(jax.vmap(jax.vmap(log_p, (None, 0)), (0, None)))(
        jnp.asarray(mus), jnp.asarray(ks)
    )
    # Both factors are smooth and no narrower than a fifth of the range: 40 nodes reach 1e-12.
    total = 5 * 1.25 * weights @ np.exp(grid) @ weights
    assert total == pytest.approx(1.0, rel=1e-10)
    across, _ = integrate.quad(first, 0, 10)
    assert across == pytest.approx(1.0, rel=1e-8)


def test_a_full_point_serves(model: sm.Model):
    point = model.space.point({"mu": 2.0})
    wanted = stats.norm(1, 1.8).logpdf(2.0)
    mass = stats.norm(1, 1.8).cdf(10) - stats.norm(1, 1.8).cdf(0)
    found = float(model.focus[0].log_prob(point))
    assert found == pytest.approx(wanted - math.log(mass), rel=1e-13)
