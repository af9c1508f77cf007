"""Upper limits by toys against those of a Gaussian measurement."""

import json

import jax
import numpy as np
import pytest
from scipy import stats

import measured
from statmodel.infer.construction import neyman, upper_limit_by_toys
from statmodel.infer.statistics import LRS

KEY = jax.random.key(7)
LEVEL = 0.95


@pytest.fixture(scope="module")
def gaussian():
    return measured.measured(1.0, [0.5], [2.0])


@pytest.fixture(scope="module")
def curve(gaussian):
    return neyman(gaussian, LRS("upper"), key=KEY, toys=20_000, grid=41, span=(-2.0, 8.0))


def plain(x):
    return x + stats.norm.ppf(LEVEL)


def protected(x):
    """p / (1 - p_b), with p = Phi(x - mu) and 1 - p_b = Phi(x)."""
    return x + stats.norm.ppf(1 - (1 - LEVEL) * stats.norm.cdf(x))


@pytest.mark.parametrize("x", [-1.5, 0.3, 2.5])
@pytest.mark.parametrize("protection", ["none", "cls", "power"])
def test_limits_are_the_gaussian_ones(gaussian, curve, x, protection):
    found = upper_limit_by_toys(
        gaussian,
        measured.seen(gaussian, [x]),
        curve,
        key=KEY,
        null=0.0,
        protection=protection,
        level=LEVEL,
    )
    assert found.ok, found.message
    normal = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    exact = {"none": plain(x), "cls": protected(x), "power": max(plain(x), plain(-1.0))}
    expected = {"none": plain(normal), "cls": protected(normal), "power": plain(normal)}
    # 1000 effective toys: p = 0.05 to 0.007, over a density of 0.1; and steps of a quarter. Of
    # CLs at -1.5 both parts are of a few per cent of the toys.
    assert found.observed == pytest.approx(exact[protection], abs=0.2)
    assert found.unprotected == pytest.approx(plain(x), abs=0.15)
    assert np.asarray(found.expected) == pytest.approx(expected[protection], abs=0.25)
    assert json.loads(found.to_json())["expected"] == list(found.expected)


def test_what_is_wrong_is_told(gaussian, curve):
    data = measured.seen(gaussian, [0.0])
    with pytest.raises(ValueError, match="must lie among the hypotheses"):
        upper_limit_by_toys(gaussian, data, curve, key=KEY, null=-9.0)
    far = upper_limit_by_toys(
        gaussian, measured.seen(gaussian, [7.5]), curve, key=KEY, null=0.0, toys=100
    )
    assert not far.ok
    assert np.isnan(far.observed)
    assert "widen the span" in far.message
    nothing = upper_limit_by_toys(
        gaussian, measured.seen(gaussian, [np.nan]), curve, key=KEY, null=0.0, toys=100
    )
    assert not nothing.ok
    assert np.isnan(nothing.observed)
