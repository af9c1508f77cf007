"""Corrections of an inverse matrix, beside the textbook's update of the whole matrix."""

import jax.numpy as jnp
import numpy as np

from statmodel.infer.minimisers._broyden import Pairs, pair_of


def textbook(inverse, step, change):
    """Nocedal and Wright, Numerical Optimization (2006), 6.17, with all matrices written out."""
    rate = 1.0 / (change @ step)
    left = np.eye(step.size) - rate * np.outer(step, change)
    return left @ inverse @ left.T + rate * np.outer(step, step)


def positive(rng, size):
    root = rng.normal(size=(size, size))
    return root @ root.T + np.eye(size)


def test_corrections_are_the_textbook_update():
    rng = np.random.default_rng(3)
    hessian, first = positive(rng, 7), np.diag(rng.uniform(0.5, 2.0, 7))
    whole, pairs = first, Pairs.none(jnp.zeros(7), 5)
    for _ in range(5):
        step, slope = (jnp.asarray(rng.normal(size=7)) for _ in range(2))
        change = jnp.asarray(hessian @ step)
        pair = pair_of(step, change, first @ change + pairs.correction(change))
        before = first @ slope + pairs.correction(slope)
        whole, pairs = textbook(whole, np.asarray(step), np.asarray(change)), pairs.and_(pair)
        after = first @ slope + pairs.correction(slope)
        # Products of numbers of order one to a hundred.
        np.testing.assert_allclose(after, whole @ slope, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(before + pair.correction(slope), after, rtol=1e-10, atol=1e-10)
    assert int(pairs.steps) == 5


def test_a_step_along_which_the_function_bends_down_teaches_nothing():
    step = jnp.array([1.0, 0.0])
    pair = pair_of(step, -step, -step)
    pairs = Pairs.none(step, 3).and_(pair)
    assert not pair.learnt
    np.testing.assert_array_equal(pairs.correction(jnp.array([3.0, 4.0])), [0.0, 0.0])


def test_a_gradient_that_is_not_a_number_teaches_nothing():
    step = jnp.array([1.0, 0.0])
    pairs = Pairs.none(step, 3).and_(pair_of(step, step * jnp.nan, step * jnp.nan))
    assert np.isfinite(np.asarray(pairs.correction(step))).all()


def test_there_is_room_for_so_many():
    pairs, step = Pairs.none(jnp.ones(1), 4), jnp.ones(1)
    for _ in range(4):
        assert not pairs.full
        pairs = pairs.and_(pair_of(step, step, step))
    assert pairs.full
