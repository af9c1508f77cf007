"""All ways of finding critical values, against closed forms; quantile regression in itself."""

import dataclasses

import jax
import numpy as np
import pytest
from scipy import stats

import measured
from statmodel.infer.construction import confidence_interval, coverage, neyman
from statmodel.infer.construction._calibrations import between
from statmodel.infer.construction._regression import (
    LEVELS,
    from_angle,
    regression,
    spline_basis,
)
from statmodel.infer.statistics import FTS, LRS

LEVEL = 0.6827
SPAN = (-6.0, 6.0)


@pytest.fixture(scope="module")
def gaussian():
    return measured.measured(1.0, [0.5], [2.0])


def critical_fts(mu, level):
    """Closed form, for a width of 1 and a focus of 2 about 0.5."""
    away = (mu - 0.5) ** 2
    return 0.8 * stats.ncx2.ppf(level, 1, away / 16) - away / 4 - np.log(5)


@pytest.mark.parametrize("calibration", ["reweighted", "points", "splines", "network"])
@pytest.mark.parametrize("statistic", [LRS(), FTS("f")], ids=repr)
def test_critical_values_of_every_kind_are_closed_forms(gaussian, statistic, calibration):
    curve = neyman(
        gaussian,
        statistic,
        key=jax.random.key(11),
        toys=12_000,
        grid=np.linspace(*SPAN, 17),
        span=SPAN,
        calibration=calibration,
    )
    assert curve.ok, curve.message
    assert curve.calibration == calibration
    for level in (LEVEL, 0.9545):
        exact = np.full(17, stats.chi2.ppf(level, 1))
        if isinstance(statistic, FTS):
            exact = critical_fts(curve.mu, level)
        low, high = curve.band(level)
        pulls = (curve.critical(level) - exact) / (0.5 * (high - low))
        # Of 17 hypotheses, and a network that is smoother than its band says.
        assert np.abs(pulls).max() < 4.0
        assert np.sqrt((pulls**2).mean()) < 1.8
    document = curve.to_json()
    assert f'"calibration": "{calibration}"' in document


@pytest.mark.parametrize("calibration", ["points", "splines"])
def test_p_values_of_every_kind(gaussian, calibration):
    options = {"grid": 5, "span": (-2.0, 2.0), "calibration": calibration}
    curve = neyman(gaussian, LRS(), key=jax.random.key(2), toys=8000, **options)
    for value in (0.2, 1.0, 4.0):
        # 400 effective toys and more, and steps of 0.1 between quantiles.
        assert curve.p_value(0.7, value) == pytest.approx(stats.chi2.sf(value, 1), abs=0.06)


def test_hypotheses_with_few_toys_get_their_own(gaussian):
    """Twenty widths apart a toy serves one hypothesis only; five of them have 110 to 135."""
    options = {"grid": np.linspace(-60.0, 60.0, 7), "span": (-60.0, 60.0)}
    curve = neyman(gaussian, LRS(), key=jax.random.key(4), toys=1200, **options)
    assert curve.ok, curve.message
    assert "which have 1000 toys of their own" in curve.message
    assert curve.effective[1:-1] == pytest.approx(1000)
    assert curve.effective[[0, -1]] == pytest.approx(1200 * np.arccos(5 / 7) / np.pi, rel=0.02)
    error = np.sqrt(LEVEL * (1 - LEVEL) / 296) / stats.chi2.pdf(1.0, 1)
    assert curve.critical(LEVEL) == pytest.approx(stats.chi2.ppf(LEVEL, 1), abs=4 * error)


def uncertain():
    """A measurement of mu + alpha, of width one, and one of alpha, of width one."""
    covariance = np.array([[2.0, -1.0], [-1.0, 1.0]])
    model = measured.measured(covariance, [0.5, 0.0], [2.0, 1.0], ((-9.0, 9.0), (-5.0, 5.0)))
    focus = model.focus[0]
    return dataclasses.replace(
        model,
        measurement=dataclasses.replace(model.measurement, pois=("mu",)),
        focus=(dataclasses.replace(focus, pois=("mu",), density=focus.density.factors[0]),),
    )


def test_critical_values_are_functions_of_nuisance_parameters():
    """Of a Gaussian measurement they are the same wherever these are."""
    model, key = uncertain(), jax.random.key(6)
    data = measured.seen(model, [1.0, 0.3])
    options = {"data": data, "toys": 12_000, "grid": 9, "ensemble": "regression"}
    curve = neyman(model, LRS(), key=key, calibration="splines", **options)
    assert curve.ok, curve.message
    assert curve.on_nuisances
    assert "regression on nuisance parameters" in curve.ensemble
    found = confidence_interval(model, data, curve)
    ((low, high),) = found.intervals
    # 300 effective toys: C to 8 %, a half width of sqrt(2 C) to 4 %, and both ends.
    assert high - low == pytest.approx(2 * np.sqrt(2.0), rel=0.12)
    name = next(one for one in model.space.names if one != "mu")
    truths = [{"mu": 1.0, name: one} for one in (-1.0, 1.0)]
    assert coverage(model, [curve], truths, key=key, toys=800, levels=[LEVEL]).ok
    with pytest.raises(ValueError, match="give `data=`"):
        neyman(model, LRS(), key=key, calibration="splines", ensemble="regression", toys=100)
    with pytest.raises(ValueError, match='is by calibration="splines" or "network"'):
        neyman(model, LRS(), key=key, **options)


def test_quantiles_where_the_width_changes():
    """y = sin x + 0.02 e^x z over ten powers of two of widths, z normal."""
    rng = np.random.default_rng(0)
    x = 7.0 * from_angle(rng.random(12_000))
    width = 0.02 * np.exp(x)
    y = np.sin(x) + width * rng.normal(size=x.size)
    at = np.array([0.5, 3.0, 6.5])
    found = regression(x[:, None], y, at[:, None], (0.0, 7.0), "splines", jax.random.key(0))
    exact = np.sin(at) + 0.02 * np.exp(at) * stats.norm.ppf(0.9)
    error = np.sqrt(0.09 / found.effective) / stats.norm.pdf(stats.norm.ppf(0.9))
    away = (found.at(at[:, None], 0.9) - exact) / (0.02 * np.exp(at))
    assert (np.abs(away) < 4 * error).all()
    assert (np.diff(found.table, axis=1) >= 0).all()
    assert found.table.shape == (3, LEVELS.size)


def test_values_that_are_infinite_are_large():
    rng = np.random.default_rng(1)
    x = 1.0 * from_angle(rng.random(4000))
    y = rng.normal(size=x.size)
    y[:400] = np.inf
    found = regression(x[:, None], y, np.array([[0.5]]), (0.0, 1.0), "splines", jax.random.key(0))
    # Half of all is five ninths of those that are finite.
    assert found.quantiles(np.array([0.5]))[0] == pytest.approx(stats.norm.ppf(5 / 9), abs=0.3)


def test_splines_are_a_partition():
    at = np.linspace(0, 1, 57)
    some = spline_basis(at, 5)
    np.testing.assert_allclose(some.sum(axis=1), 1.0, atol=1e-14)
    assert (some >= 0).all()
    assert some.shape == (57, 6)


def test_between_levels_tails_are_exponential():
    levels = np.array([0.5, 0.9, 0.99])
    table = -np.log1p(-levels)[None]
    wanted = np.array([0.2, 0.7, 0.95, 0.999])
    # Of an exponential law the straight lines are exact, above the first level and beyond the last.
    np.testing.assert_allclose(between(wanted, levels, table)[1:], -np.log1p(-wanted)[1:])
    assert between(wanted, levels, table)[0] == table[0, 0]
