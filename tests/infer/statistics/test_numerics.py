"""What the integrals are made of: rules, and climbs to a top."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

from statmodel.infer.statistics._climb import climb, derivatives_of
from statmodel.infer.statistics._rule import panels


@pytest.mark.parametrize("intervals", [4, 8, 16, 32])
def test_polynomials_are_integrated_exactly(intervals):
    edges = np.array([-1.0, 0.5, 0.5, 2.0])
    nodes = panels(jnp.asarray(edges), intervals)
    for power in range(intervals + 1):
        exact = np.diff(edges ** (power + 1)) / (power + 1)
        found = (nodes.fine * nodes.at**power).sum(axis=1)
        np.testing.assert_allclose(found, exact, atol=1e-12 * 2.0**power)
        if power <= intervals // 2:
            found = (nodes.coarse * nodes.at**power).sum(axis=1)
            np.testing.assert_allclose(found, exact, atol=1e-12 * 2.0**power)
    assert (np.asarray(nodes.coarse)[:, 1::2] == 0).all()
    assert (np.asarray(nodes.fine)[1] == 0).all()  # no width


def valley(at):
    """Rosenbrock's function, upside down."""
    return -((1 - at[0]) ** 2) - 100 * (at[1] - at[0] ** 2) ** 2


def test_a_bent_valley_and_a_bound():
    wide = jnp.asarray([5.0, 5.0])
    top = jax.jit(lambda start: climb(derivatives_of(valley), start, -wide, wide, 2 * wide))(
        jnp.asarray([-1.2, 1.0])
    )
    assert bool(top.ok)
    np.testing.assert_allclose(top.at, 1.0, atol=1e-6)
    low, high = jnp.asarray([-5.0, -5.0]), jnp.asarray([0.5, 5.0])
    top = climb(derivatives_of(valley), jnp.asarray([-1.2, 1.0]), low, high, 2 * wide)
    expected = optimize.minimize(
        lambda at: -float(valley(at)), [0.2, 0.0], bounds=[(-5, 0.5), (-5, 5)], tol=1e-12
    )
    np.testing.assert_allclose(top.at, expected.x, atol=1e-5)
    assert bool(top.ok)
    assert float(top.at[0]) == 0.5


def test_where_nothing_is_finite_no_top_is_claimed():
    one = jnp.ones(1)
    top = climb(derivatives_of(lambda at: jnp.nan * at[0]), one, -one, 2 * one, one)
    assert not bool(top.ok)


def test_a_flat_function_is_its_own_top():
    one = jnp.ones(1)
    top = climb(derivatives_of(lambda at: 0.0 * at[0]), one, -one, 2 * one, one)
    assert bool(top.ok)
    assert float(top.at[0]) == 1.0
