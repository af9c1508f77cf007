"""Belts against closed forms: a measurement of unit width."""

import jax
import numpy as np
import pytest

import measured
from statmodel.infer import FTS, LRS, belts, neyman_several


@pytest.fixture(scope="module")
def gaussian():
    return measured.measured(1.0, [0.0], [2.0])


@pytest.fixture(scope="module")
def curves(gaussian):
    both = [LRS(), FTS("f")]
    return neyman_several(
        gaussian, both, key=jax.random.key(5), toys=6000, grid=31, span=(-6.0, 6.0)
    )


def test_a_belt_of_the_likelihood_ratio_is_as_wide_as_its_critical_values_say(gaussian, curves):
    ratio, focused = belts(gaussian, curves, key=jax.random.key(5), toys=100)
    assert ratio.ok
    assert ratio.failed == 0
    assert ratio.message == "100 toys"
    inside = np.abs(ratio.best) < 4.0  # farther out sets are cut
    for level, ends in enumerate((ratio.lower, ratio.upper)):
        found = np.abs(ends[0] - ratio.best)[inside]
        # (best - mu)^2 < 1; 1000 effective toys blur critical values by 6 %, their roots by 3 %.
        assert found == pytest.approx(np.ones(found.size), abs=0.12), level
    assert (ratio.pieces[0][inside] == 1.0).all()
    assert (ratio.lower[1] <= ratio.lower[0])[inside].all()
    # The best fit is all that these data are: the same best fit, the same set.
    order = np.argsort(focused.best[inside])
    assert (np.diff(focused.upper[0][inside][order]) > -1e-6).all()


def test_toys_are_others_than_those_of_the_curves(gaussian, curves):
    again = belts(gaussian, curves[:1], key=jax.random.key(5), toys=20)[0]
    other = belts(gaussian, curves[:1], key=jax.random.key(6), toys=20)[0]
    assert not np.allclose(again.best, other.best)
    first = belts(gaussian, curves, key=jax.random.key(5), toys=20)[0]
    assert np.array_equal(again.best, first.best)


def test_curves_of_different_models_are_refused(gaussian):
    with pytest.raises(ValueError, match="curves of one parameter"):
        belts(gaussian, [], key=jax.random.key(1))
