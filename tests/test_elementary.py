"""Elementary functions of the hot loops against those of NumPy and SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import ndtri

from statmodel import _elementary

RNG = np.random.default_rng(4)
ARGUMENTS = np.concatenate(
    [RNG.uniform(-708, 709, 20_000), RNG.normal(0, 0.1, 20_000), RNG.normal(0, 5, 20_000), [0.0]]
)
SPECIAL = np.array([0.0, -0.0, -1.0, np.inf, -np.inf, np.nan, 1.0])


def distance(found: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference in units of the last place."""
    return float(np.max(np.abs(found - wanted) / np.spacing(np.abs(wanted))))


def test_the_exponential_is_right_to_two_units_in_the_last_place():
    assert distance(np.asarray(jax.jit(_elementary.exp)(ARGUMENTS)), np.exp(ARGUMENTS)) <= 2


def test_the_logarithm_is_right_to_two_units_in_the_last_place():
    near_one = 1 + np.concatenate([RNG.normal(0, scale, 5_000) for scale in (0.3, 1e-3, 1e-9)])
    edges = np.nextafter(np.sqrt([0.5, 2.0]), 0)
    numbers = np.concatenate([np.exp(ARGUMENTS), near_one[near_one > 0], np.sqrt([0.5, 2]), edges])
    assert distance(np.asarray(jax.jit(_elementary.log)(numbers)), np.log(numbers)) <= 2


def test_quantiles_of_the_normal_distribution():
    middle, edges = np.linspace(0.001, 0.999, 4_001), np.array([0.075, 0.925, np.exp(-25.0)])
    p = np.concatenate([np.geomspace(1e-307, 0.5, 4_001)[:-1], middle, edges, 1.0 - edges])
    found, wanted = np.asarray(jax.jit(_elementary.ndtri)(p)), ndtri(p)
    # Both are right to some units of the last place, about 0 to as much of p.
    np.testing.assert_allclose(found, wanted, rtol=2e-15, atol=1e-15)


def test_special_arguments():
    with np.errstate(all="ignore"):
        wanted_exp, wanted_log = np.exp(SPECIAL), np.log(SPECIAL)
    np.testing.assert_array_equal(jax.jit(_elementary.exp)(SPECIAL), wanted_exp)
    np.testing.assert_array_equal(jax.jit(_elementary.log)(SPECIAL), wanted_log)
    far = jnp.asarray([-800.0, 800.0])
    np.testing.assert_array_equal(jax.jit(_elementary.exp)(far), [0.0, np.inf])


@pytest.mark.parametrize(
    ("ours", "theirs"), [(_elementary.exp, jnp.exp), (_elementary.log, jnp.log)]
)
def test_derivatives_of_both_orders(ours, theirs):
    x = jnp.asarray([0.2, 1.0, 3.0])
    for derivative in (jax.grad, lambda f: jax.grad(jax.grad(f))):
        found, wanted = jax.vmap(derivative(ours))(x), jax.vmap(derivative(theirs))(x)
        np.testing.assert_allclose(found, wanted, rtol=1e-15)  # closed forms of the same values
