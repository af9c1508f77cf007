"""Coverage as a smooth function: against a likelihood by hand, and simulated binomials."""

import numpy as np
import pytest
from scipy import optimize, special

from statmodel.infer import Tail
from statmodel.infer.construction._coverage_surface import coverage_surface

MANY = 1e12
"""Toys of critical values: none of their errors."""


def drawn(truths, coverage, toys, rng):
    """Toys that are covered, at each truth."""
    return [Tail(int(rng.binomial(toys, coverage(mu, nu))), toys) for mu, nu in truths]


@pytest.fixture
def grid():
    return [(mu, nu) for mu in np.linspace(0.0, 8.0, 9) for nu in (-1.0, 0.0, 1.0)]


def true(mu, nu):
    return special.expit(0.8 + 0.05 * mu - 0.3 * nu)


def surface(truths, covered):
    mu, nu = np.array(truths).T
    return coverage_surface(
        {"mu": mu, "nu": nu},
        covered,
        np.full(mu.size, MANY),
        statistic="LRS()",
        level=0.6827,
    )


def test_coefficients_are_of_the_largest_likelihood(grid):
    covered = drawn(grid, true, 2000, np.random.default_rng(1))
    found = surface(grid, covered)
    assert found.ok, found.message
    assert found.degrees == (3, 2)
    share = np.array([(one.above + 0.5) / (one.toys + 1) for one in covered])

    def minus(beta):
        u, v = np.array(grid).T
        u = u / 4 - 1
        columns = [np.ones_like(u), u, (3 * u**2 - 1) / 2, (5 * u**3 - 3 * u) / 2]
        columns += [v, (3 * v**2 - 1) / 2]
        logit = np.stack(columns, axis=1) @ beta
        return -(2000 * (share * logit - np.log1p(np.exp(logit)))).sum()

    best = optimize.minimize(minus, np.zeros(6), method="BFGS", options={"gtol": 1e-3})
    # BFGS ends at a gradient of 1e-3, of errors of 0.01 to 0.03.
    assert found.coefficients == pytest.approx(best.x, abs=1e-4)
    errors = np.sqrt(np.diagonal(found.covariance))
    assert errors == pytest.approx(np.sqrt(np.diagonal(best.hess_inv)), rel=0.3)


def test_its_band_holds_the_truth(grid):
    """In 68 % of 400 trials at one place: three binomial deviations are 7 %."""
    rng = np.random.default_rng(2)
    place = {"mu": 2.5, "nu": 0.5}
    inside = 0
    for _ in range(400):
        found = surface(grid, drawn(grid, true, 500, rng))
        low, high = found.band(place)
        inside += bool(low <= true(2.5, 0.5) <= high)
    assert inside / 400 == pytest.approx(0.6827, abs=0.07)


def test_what_is_not_smooth_is_said(grid):
    def dented(mu, nu):
        return 0.5 if abs(mu - 4) < 0.1 else 0.9 + 0 * nu

    found = surface(grid, drawn(grid, dented, 2000, np.random.default_rng(3)))
    assert not found.ok
    assert "not as smooth" in found.message


def test_full_coverage_and_single_truths():
    every = [Tail(100, 100)] * 3
    found = surface([(mu, 0.0) for mu in (0.0, 1.0, 2.0)], every)
    assert found.ok
    assert found.names == ("mu",)
    assert found.probability({"mu": np.array([0.0, 2.0])}) == pytest.approx(100.5 / 101)
    assert surface([(1.0, 0.0)], every[:1]) is None
    with pytest.raises(ValueError, match="mu is missing"):
        found.probability({"nu": 0.0})
