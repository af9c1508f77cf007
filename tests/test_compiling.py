"""Batches that are computed side by side."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from statmodel._compiling import apart, in_batches


@pytest.mark.parametrize(("count", "size"), [(12, 4), (13, 4), (3, 4), (4, 4), (1, 1)])
def test_batches_give_what_one_after_another_gives(count, size):
    given = {"x": jnp.arange(3.0 * count).reshape(count, 3), "nothing": jnp.zeros((count, 0))}

    def one(own):
        return own["x"].sum(), {"twice": 2.0 * own["x"], "nothing": own["nothing"]}

    found = jax.jit(lambda every: in_batches(one, every, size))(given)
    wanted = [one(jax.tree.map(lambda leaf, k=k: leaf[k], given)) for k in range(count)]
    chex.assert_trees_all_equal(found, jax.tree.map(lambda *leaves: jnp.stack(leaves), *wanted))


def test_batches_may_be_mapped_over_and_differentiated():
    x = jnp.asarray(np.random.default_rng(1).normal(size=(2, 5, 3)))

    def total(rows):
        return in_batches(lambda row: (row**3).sum(), rows, 2).sum()

    found = jax.jit(jax.vmap(jax.grad(total)))(x)
    np.testing.assert_allclose(found, 3.0 * x**2, rtol=1e-15)  # the closed form


def test_what_should_always_be_true_and_is_not_gives_nan():
    """Never numbers that look like some."""
    found = jax.jit(apart)((jnp.ones(3), jnp.arange(3)), jnp.zeros((), bool))
    assert np.isnan(found[0]).all()
    assert not found[1].any()


def test_a_batch_is_an_array_of_its_own():
    """The condition is still there when XLA has done; without it loops would not be vectorised."""

    def doubled(rows):
        return in_batches(lambda row: 2.0 * row, rows, 4)

    def picked(x, flag):
        return apart(jnp.exp(x), flag < jnp.inf)[jnp.asarray([3, 1, 2])]

    for program, given in (
        (doubled, (jnp.ones((16, 8)),)),
        (picked, (jnp.arange(8.0), jnp.asarray(1.0))),
    ):
        compiled = jax.jit(program).lower(*given).compile().as_text()
        assert " conditional(" in compiled, program.__name__
