"""`nll` and its derivatives in the user's units, against those of a count."""

import jax.numpy as jnp
import numpy as np
import pytest

import statmodel as sm
from infer.test_fit import counting

EVENTS = 18


@pytest.fixture(scope="module", name="flat")
def _flat():
    return counting(EVENTS)


@pytest.fixture(scope="module", name="rooted")
def _rooted():
    return counting(EVENTS, scale="mu - sqrt(mu)")


@pytest.mark.parametrize("order", [0, 1, 2])
def test_of_a_count(flat, order):
    found = sm.derivatives(*flat, {"mu": 2.0}, order=order)
    # nu = 4 mu + 6, and nll = nu - n log nu without log n!; rounding of a sum of 18 terms.
    np.testing.assert_allclose(found.value, 14 - EVENTS * np.log(14), rtol=1e-13)
    if order > 0:
        np.testing.assert_allclose(found.gradient, [4 - EVENTS * 4 / 14], rtol=1e-13)
    if order > 1:
        np.testing.assert_allclose(found.hessian, [[EVENTS * (4 / 14) ** 2]], rtol=1e-12)
    assert (found.gradient is None, found.hessian is None) == (order < 1, order < 2)


def test_under_a_root_they_are_those_of_the_parameter(rooted):
    mu = 2.0
    found = sm.derivatives(*rooted, {"mu": mu})
    nu = 4 * (mu - np.sqrt(mu)) + 6
    first, second = 4 - 2 / np.sqrt(mu), mu**-1.5
    np.testing.assert_allclose(found.value, nu - EVENTS * np.log(nu), rtol=1e-13)
    np.testing.assert_allclose(found.gradient, [first * (1 - EVENTS / nu)], rtol=1e-12)
    curvature = second * (1 - EVENTS / nu) + EVENTS * (first / nu) ** 2
    np.testing.assert_allclose(found.hessian, [[curvature]], rtol=1e-11)


def test_a_root_that_vanishes_has_no_finite_derivative(rooted):
    found = sm.derivatives(*rooted, {"mu": 0.0}, order=1)
    assert np.isfinite(found.value)
    # d(mu - sqrt mu)/dmu = -infinity, and 18 events are more than the 6 expected.
    assert found.gradient == jnp.inf


def test_what_is_wrong_is_said(flat):
    with pytest.raises(ValueError, match="derivatives.*nu"):
        sm.derivatives(*flat, {"nu": 1.0})
    with pytest.raises(ValueError, match="0, 1 or 2, got 3"):
        sm.derivatives(*flat, order=3)
