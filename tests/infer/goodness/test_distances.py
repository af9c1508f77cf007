"""Distances of events from a density, against SciPy, integrals and double sums."""

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.spatial.distance import cdist

from statmodel.infer.goodness._distances import (
    Points,
    anderson_darling,
    kolmogorov_smirnov,
    saturated,
)


@pytest.fixture
def u():
    return np.random.default_rng(1).uniform(size=57) ** 1.2


def test_kolmogorov_smirnov_is_that_of_scipy(u):
    expected = np.sqrt(u.size) * stats.kstest(u, "uniform").statistic
    assert kolmogorov_smirnov(u) == pytest.approx(expected, rel=1e-12)


def test_anderson_darling_is_its_integral(u):
    """n times the integral of (F_n - F)^2 / F (1 - F), piece by piece."""
    edges = np.concatenate([[0.0], np.sort(u), [1.0]])
    pieces = [
        integrate.quad(lambda t, k=k: (k / u.size - t) ** 2 / (t * (1 - t)), *edges[k : k + 2])[0]
        for k in range(u.size + 1)
    ]
    assert anderson_darling(u) == pytest.approx(u.size * sum(pieces), rel=1e-8)


def test_saturated_is_a_ratio_of_poisson_probabilities():
    n, nu = np.array([0.0, 4.0, 7.0]), np.array([0.5, 3.0, 9.0])
    expected = 2 * (stats.poisson.logpmf(n, n) - stats.poisson.logpmf(n, nu)).sum()
    assert saturated(n, nu) == pytest.approx(expected, rel=1e-12)
    assert saturated(np.array([1.0]), np.array([0.0])) == np.inf


@pytest.mark.parametrize("axes", [1, 3])
def test_point_to_point_distances_are_double_sums(axes):
    random = np.random.default_rng(2)
    x, points = random.normal(size=(13, axes)), random.normal(size=(29, axes))
    weights = random.uniform(size=29)
    p = weights / weights.sum()
    found = Points.of(points, width=0.2).distances(x, weights, room=20)
    kernels = (lambda d: -np.log(d + 1e-3), lambda d: np.exp(-0.5 * (d / 0.2) ** 2))
    for value, psi in zip(found, kernels, strict=True):
        own, between = psi(cdist(x, x)), psi(cdist(points, points))
        np.fill_diagonal(own, 0.0)
        np.fill_diagonal(between, 0.0)
        expected = (
            0.5 * own.sum() / 13**2 - (psi(cdist(x, points)) @ p).sum() / 13 + 0.5 * p @ between @ p
        )
        assert value == pytest.approx(expected, rel=1e-10)


def test_no_event_has_no_distance():
    nothing = np.zeros(0)
    assert kolmogorov_smirnov(nothing) == anderson_darling(nothing) == 0.0
    points = Points.of(np.zeros((3, 1)), width=0.2)
    assert points.distances(np.zeros((0, 1)), np.ones(3), room=4) == (0.0, 0.0)
