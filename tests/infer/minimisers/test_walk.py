"""Many searches side by side: each ends where it ends alone, and where SciPy ends."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

from statmodel.infer.minimisers._block_system import metric_of
from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._extent import Extent
from statmodel.infer.minimisers._walk import Bounds, Place, walk, walk_together
from statmodel.model.histograms import BlockMatrix, Coordinates

SIZE = 3
SLOPES = jnp.asarray(np.random.default_rng(5).normal(size=(12, SIZE)))
COUNTS = jnp.asarray(np.random.default_rng(6).poisson(4.0, size=(5, 12)).astype(float))
NOBODY = jnp.zeros(SIZE, bool)


def nll(data, at):
    """Poisson counts with log-linear rates, and unit Gaussians."""
    rates = SLOPES @ at + 1.4
    return (jnp.exp(rates) - data * rates).sum() + 0.5 * at @ at


SLOPE = jax.value_and_grad(nll, argnums=1)


def metric(held):
    information = SLOPES.T @ (SLOPES * np.exp(1.4)) + jnp.eye(SIZE)
    nothing = jnp.zeros((0, 1), int)
    coordinates = Coordinates(jnp.arange(SIZE), nothing, aligned=True, coupled=False)
    blocks = BlockMatrix(information, jnp.zeros((0, 1, SIZE)), jnp.zeros((0, 0, 1)))
    return metric_of(blocks, coordinates, held)


def bounds(fixed, *, lower=-np.inf, most=60):
    box = Box(fixed, jnp.full(SIZE, lower), jnp.full(SIZE, np.inf))
    far = jnp.full(fixed.shape, 1e6)
    one = Extent(jnp.ones(fixed.shape), -far, far, jnp.ones(fixed.shape[:-1]))
    return Bounds(box, one, most)


def together(data, start, *, fixed=None, wanted=None, **limits):
    held = jnp.broadcast_to(NOBODY if fixed is None else fixed, start.shape)
    return walk_together(
        SLOPE,
        data,
        start,
        metric(NOBODY) if fixed is None else jax.vmap(metric)(held),
        bounds(held, **limits),
        each_its_own=fixed is not None,
        wanted=jnp.ones(len(data), bool) if wanted is None else wanted,
    )


def lowest(data, *, free=slice(None)):
    def whole(x):
        at = np.zeros(SIZE)
        at[free] = x
        value, slope = SLOPE(data, jnp.asarray(at))
        return float(value), np.asarray(slope)[free]

    start = np.zeros(SIZE)[free]
    return optimize.minimize(whole, start, jac=True, method="BFGS", options={"gtol": 1e-8})


def test_each_reaches_its_own_minimum():
    ends = together(COUNTS, jnp.zeros((5, SIZE)))
    assert ends.near.all()
    for data, at, edm in zip(COUNTS, ends.place.at, ends.edm, strict=True):
        # An EDM of 1e-11 is a distance of 1e-5 of the errors, which are below 0.3.
        np.testing.assert_allclose(at, lowest(data).x, atol=1e-5)
        assert 0 <= edm < 2e-11


def test_none_knows_of_the_others():
    ends = together(COUNTS, jnp.zeros((5, SIZE)))
    for k, data in enumerate(COUNTS):
        place = Place(jnp.zeros(SIZE), *SLOPE(data, jnp.zeros(SIZE)))
        alone = walk(
            lambda at, data=data: SLOPE(data, at), metric(NOBODY), place, jnp.asarray(1),
            bounds(NOBODY),
        )  # fmt: skip
        assert alone.points == ends.points[k]
        # Sums in another order: rounding, which steps repeat.
        np.testing.assert_allclose(alone.place.at, ends.place.at[k], rtol=0, atol=1e-10)


def test_one_that_begins_nowhere_spoils_none():
    spoilt = COUNTS.at[2].set(jnp.nan)
    ends, clean = (together(data, jnp.zeros((5, SIZE))) for data in (spoilt, COUNTS))
    others = np.array([0, 1, 3, 4])
    assert not ends.near[2]
    assert ends.points[2] == 1
    np.testing.assert_array_equal(ends.place.at[others], clean.place.at[others])


def test_those_not_wanted_stay():
    wanted = jnp.asarray([True, False, True, False, True])
    ends = together(COUNTS, jnp.zeros((5, SIZE)), wanted=wanted)
    np.testing.assert_array_equal(ends.near, wanted)
    np.testing.assert_array_equal(ends.place.at[~wanted], 0.0)
    np.testing.assert_array_equal(ends.points[~wanted], 1)


def test_each_may_hold_its_own():
    fixed = jnp.asarray(np.eye(SIZE, dtype=bool)[[0, 1, 2, 0, 1]])
    ends = together(COUNTS, jnp.zeros((5, SIZE)), fixed=fixed)
    assert ends.near.all()
    for data, at, held in zip(COUNTS, ends.place.at, np.asarray(fixed), strict=True):
        np.testing.assert_array_equal(at[held], 0.0)
        np.testing.assert_allclose(at[~held], lowest(data, free=~held).x, atol=1e-5)


def test_one_that_meets_a_bound_is_not_called_near():
    """Its metric is not that of the coordinates that are left; the others go on."""
    free = together(COUNTS, jnp.zeros((5, SIZE)))
    low = float(np.sort(np.asarray(free.place.at).min(axis=1))[2]) + 1e-3
    ends = together(COUNTS, jnp.zeros((5, SIZE)), lower=low)
    within = (np.asarray(free.place.at) > low).all(axis=1)
    assert within.any()
    assert not within.all()
    assert not ends.near[~within].any()
    assert (np.asarray(ends.place.at) >= low).all()


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_points_than_allowed(most):
    ends = together(COUNTS, jnp.zeros((5, SIZE)), most=most)
    assert (np.asarray(ends.points) <= most).all()
    assert not ends.near.any()
