"""Named points, the internal vector, and the slots that formulas read."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from statmodel.model import Binary, Constant, ParameterSpace, Scope, Slot, Unary

INFINITY = float("inf")


@pytest.fixture
def space() -> ParameterSpace:
    """`mu` and `k` stand under a square root, `alpha` is held."""
    return ParameterSpace(
        names=("alpha", "mu", "beta", "k"),
        init=(0.5, 4.0, -1.0, 9.0),
        bounds=((-5.0, 5.0), (0.0, 16.0), (-INFINITY, INFINITY), (1.0, INFINITY)),
        fixed=(True, False, False, False),
        rooted=(1, 3),
    )


@pytest.fixture
def scope(space: ParameterSpace) -> Scope:
    """`twice = 2 mu`, and `mixed = twice + sqrt(k) alpha`, which reads it."""
    twice = Binary("*", Constant(2.0), Slot(1))
    mixed = Binary("+", Slot(6), Binary("*", Slot(5), Slot(0)))
    return Scope(space, (twice, mixed))


def test_the_internal_vector_holds_roots(space: ParameterSpace):
    values = space.values(space.point())
    np.testing.assert_array_equal(values, [0.5, 4.0, -1.0, 9.0])
    np.testing.assert_array_equal(space.to_free(values), [0.5, 2.0, -1.0, 3.0])


def test_to_values_undoes_to_free(space: ParameterSpace):
    rng = np.random.default_rng(1)
    for _ in range(5):
        values = jnp.asarray(rng.uniform([-5, 0, -50, 1], [5, 16, 50, 90]))
        # One square root and one product: two roundings.
        np.testing.assert_allclose(space.to_values(space.to_free(values)), values, rtol=5e-16)
    zero = jnp.asarray([0.0, 0.0, 0.0, 1.0])
    np.testing.assert_array_equal(space.to_values(space.to_free(zero)), zero)


def test_the_jacobian_is_that_of_the_map(space: ParameterSpace):
    free = jnp.asarray([0.5, 1.5, -1.0, 0.0])
    np.testing.assert_array_equal(space.jacobian(free), [1.0, 3.0, 1.0, 0.0])
    full = jax.jacfwd(space.to_values)(free)
    np.testing.assert_array_equal(full, jnp.diag(space.jacobian(free)))


def test_bounds_of_the_internal_vector_are_rooted_too(space: ParameterSpace):
    lower, upper = space.free_bounds()
    np.testing.assert_array_equal(lower, [-5.0, 0.0, -INFINITY, 1.0])
    np.testing.assert_array_equal(upper, [5.0, 4.0, INFINITY, INFINITY])


def test_a_point_is_filled_with_starting_values(space: ParameterSpace):
    point = space.point({"mu": 1})
    assert {name: float(value) for name, value in point.items()} == {
        "alpha": 0.5,
        "mu": 1.0,
        "beta": -1.0,
        "k": 9.0,
    }
    assert all(value.dtype == jnp.float64 for value in point.values())


def test_a_point_comes_back_from_the_internal_vector(space: ParameterSpace):
    point = space.to_point(space.to_free(space.values(space.point({"mu": 2.25}))))
    assert list(point) == list(space.names)
    assert float(point["mu"]) == 2.25


def test_unknown_and_missing_names_are_told(space: ParameterSpace):
    message = 'there is no parameter "mv". Did you mean "mu"? Parameters: alpha, mu, beta, k.'
    for call in (lambda: space.point({"mv": 1.0}), lambda: space.index("mv")):
        with pytest.raises(KeyError, match=re.escape(message)):
            call()
    message = "(unknown: mv; missing: mu, beta, k); see `model.space.point`"
    with pytest.raises(KeyError, match=re.escape(message)):
        space.values({"alpha": 1.0, "mv": 2.0})


def test_lengths_and_signs_are_checked_when_a_space_is_made():
    with pytest.raises(ValueError, match=r"must have one length, got \[1, 2\]"):
        ParameterSpace(("a", "b"), (0.0,), ((0.0, 1.0),) * 2, (False, False))
    with pytest.raises(ValueError, match="a stands under a square root: its lower bound"):
        ParameterSpace(("a",), (0.5,), ((-1.0, 1.0),), (False,), rooted=(0,))


def test_equal_spaces_hash_alike(space: ParameterSpace):
    other = ParameterSpace(space.names, space.init, space.bounds, space.fixed, space.rooted)
    assert hash(space) == hash(other)
    np.testing.assert_array_equal(space.fixed_mask(), [True, False, False, False])


def test_slots_are_values_then_roots_then_functions_then_one(scope: Scope):
    wanted = [0.5, 4.0, -1.0, 9.0, 2.0, 3.0, 8.0, 8.0 + 3.0 * 0.5, 1.0]
    point = scope.space.point()
    free = scope.space.to_free(scope.space.values(point))
    np.testing.assert_array_equal(scope.at_point(point), wanted)
    np.testing.assert_array_equal(scope.at_free(free), wanted)
    assert (scope.root_slot(1), scope.root_slot(3)) == (4, 5)
    assert (scope.function_slot(0), scope.function_slot(1), scope.one) == (6, 7, 8)


def test_slots_are_smooth_in_the_root_and_steep_in_the_parameter(scope: Scope):
    free = jnp.asarray([0.5, 0.0, -1.0, 3.0])
    slopes = jax.jacfwd(scope.at_free)(free)
    np.testing.assert_array_equal(slopes[:, 1], [0, 0, 0, 0, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(slopes[:, 3], [0, 0, 0, 6, 0, 1, 0, 0.5, 0])
    point = scope.space.point({"mu": 0.0})
    steep = jax.jacfwd(lambda mu: scope.at_point(point | {"mu": mu}))(point["mu"])
    assert steep[4] == jnp.inf
    assert bool(jnp.isfinite(jnp.delete(steep, 4)).all())


def test_a_function_is_differentiated_through_those_before_it():
    space = ParameterSpace(("a",), (0.3,), ((-1.0, 1.0),), (False,))
    first = Unary("exp", Slot(0))
    second = Binary("**", Slot(1), Constant(2.0))
    scope = Scope(space, (first, second))
    slope = jax.jacfwd(scope.at_free)(jnp.asarray([0.3]))[:, 0]
    np.testing.assert_allclose(slope, [1, np.exp(0.3), 2 * np.exp(0.6), 0], rtol=1e-15)
