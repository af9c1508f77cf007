"""Critical values and confidence sets against closed forms, and against other people's numbers."""

import dataclasses
import io
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rich.console import Console
from scipy import stats

import measured
import statmodel as sm
from statmodel.infer.construction import (
    confidence_interval,
    confidence_sets,
    coverage,
    neyman,
    neyman_several,
)
from statmodel.infer.construction._quantiles import quantiles, tail
from statmodel.infer.statistics import FTS, LRS
from statmodel.report.tables import coverage_table

WIDTH, CENTRE, FOCUS = 1.0, 0.5, 2.0
LEVELS = (0.6827, 0.9545)


@pytest.fixture(scope="module")
def gaussian():
    return measured.measured(WIDTH**2, [CENTRE], [FOCUS])


@pytest.fixture(scope="module")
def curves(gaussian):
    both = [LRS(), FTS("f")]
    return neyman_several(
        gaussian, both, key=jax.random.key(3), toys=20_000, grid=31, span=(-12.0, 12.0)
    )


def printed(table):
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def critical_fts(mu, level):
    """Closed form: a distance from a shifted place, of noncentral chi-squared law."""
    s, c, w = WIDTH, CENTRE, FOCUS
    away = (mu - c) ** 2
    share = w**2 / (s**2 + w**2)
    quantile = stats.ncx2.ppf(level, 1, away * s**2 / w**4)
    return share * quantile - away / w**2 - np.log1p(w**2 / s**2)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("place", [0, 1], ids=["LRS", "FTS"])
def test_critical_values_are_closed_forms_within_their_bands(curves, place, level):
    curve = curves[place]
    assert curve.ok, curve.message
    inner = np.abs(curve.mu) < 8.0  # toys cover what lies within some widths of a hypothesis
    mu = curve.mu[inner]
    expected = critical_fts(mu, level) if place else np.full(mu.size, stats.chi2.ppf(level, 1))
    low, high = (one[inner] for one in curve.band(level))
    pulls = (curve.critical(level)[inner] - expected) / (0.5 * (high - low))
    # Neighbours share their toys: 21 hypotheses are about ten independent ones.
    assert np.abs(pulls).max() < 3.5
    assert np.sqrt((pulls**2).mean()) < 1.7


def test_the_interval_of_the_likelihood_ratio_is_the_gaussian_one(gaussian, curves):
    found = confidence_interval(
        gaussian, measured.seen(gaussian, [1.7]), curves[0], level=LEVELS[0]
    )
    assert found.ok, found.message
    ((low, high),) = found.intervals
    # The band of C is 2 % of C, and its square root is the half width.
    assert low == pytest.approx(1.7 - WIDTH, abs=0.04)
    assert high == pytest.approx(1.7 + WIDTH, abs=0.04)
    document = json.loads(found.to_json())
    assert document["intervals"] == [[low, high]]
    assert document["status"]["ok"]


def test_sets_of_many_are_those_of_each(gaussian, curves):
    x = np.array([[-3.0], [0.4], [2.2]])
    many = confidence_sets(gaussian, measured.seen(gaussian, x), curves[1], LEVELS)
    for level, sets in zip(LEVELS, many, strict=True):
        for row, one in enumerate(x):
            alone = confidence_interval(
                gaussian, measured.seen(gaussian, one), curves[1], level=level
            )
            # A straight line between hypotheses of a fifth of a width, 0.2^2 / 8 of a curvature.
            assert sets.length[row] == pytest.approx(alone.length, abs=0.02)
            assert sets.lower[row] == pytest.approx(alone.intervals[0][0], abs=0.02)
            assert sets.upper[row] == pytest.approx(alone.intervals[-1][1], abs=0.02)
            assert sets.pieces[row] == len(alone.intervals)


def test_coverage_is_the_level(gaussian, curves):
    for mu in (-3.0, 0.5, 4.0):
        x = mu + WIDTH * stats.norm.ppf((np.arange(2000) + 0.5) / 2000)  # no binomial error
        for curve in curves:
            for level, sets in zip(
                LEVELS,
                confidence_sets(gaussian, measured.seen(gaussian, x[:, None]), curve, LEVELS),
                strict=True,
            ):
                covered = (sets.lower <= mu) & (mu <= sets.upper)
                # 1 % at 2000 effective toys, statistics.md; they are a thousand here.
                assert covered.mean() == pytest.approx(level, abs=3 * 0.015)


def test_a_certificate_says_what_sets_do(gaussian, curves):
    found = coverage(gaussian, curves, [0.5, 3.0], key=jax.random.key(3), toys=1000)
    assert found.ok, found.message
    assert len(found.rows) == 2 * 2 * 2
    for row in found.rows:
        assert row.covered.toys == 1000
        assert row.disconnected == row.empty == 0.0
        if row.statistic == "LRS()":
            # Critical values are right to 3 %, lengths to half of that.
            width = 2 * WIDTH * np.sqrt(stats.chi2.ppf(row.level, 1))
            assert row.length == pytest.approx(width, rel=0.03)
            assert row.upper == pytest.approx(row.mu + width / 2, abs=0.15)
    document = json.loads(found.to_json())
    assert document["rows"][0]["coverage"]["toys"] == 1000
    text = printed(coverage_table(found))
    assert "FTS(focus='f')" in text


def test_critical_values_that_are_too_small_are_told(gaussian):
    curve = neyman(gaussian, LRS(), key=jax.random.key(0), toys=400, grid=3, span=(-1.0, 1.0))
    toys = curve.distribution
    tight = dataclasses.replace(
        curve, distribution=dataclasses.replace(toys, values=toys.values * 0.5)
    )
    found = coverage(gaussian, [tight], [0.0], key=jax.random.key(0), toys=1000, levels=[0.6827])
    assert not found.ok
    assert "in place of 68.27 %" in found.message


def test_coverage_refuses(gaussian, curves):
    key = jax.random.key(1)
    with pytest.raises(ValueError, match="curves of one parameter"):
        coverage(gaussian, [], [0.0], key=key)
    with pytest.raises(ValueError, match="must lie among the hypotheses"):
        coverage(gaussian, curves, [99.0], key=key)


def test_a_p_value_is_the_gaussian_one(curves):
    for value in (0.5, 3.0):
        expected = stats.chi2.sf(value, 1)
        assert curves[0].p_value(0.3, value) == pytest.approx(expected, abs=0.03)


def test_the_focus_gives_shorter_sets_where_it_expects_them(gaussian, curves):
    """Averaged over the focus, no other test has shorter ones (Pratt)."""
    mu = CENTRE + FOCUS * stats.norm.ppf((np.arange(400) + 0.5) / 400)
    x = mu + WIDTH * np.random.default_rng(5).normal(size=mu.size)
    toys = measured.seen(gaussian, x[:, None])
    ratio, focused = (
        confidence_sets(gaussian, toys, curve, LEVELS[:1])[0].length.mean() for curve in curves
    )
    assert focused < 0.99 * ratio


def test_toys_are_the_same_in_other_numbers(gaussian):
    few, more = (
        neyman(gaussian, LRS(), key=jax.random.key(3), toys=n, grid=5, span=(-3.0, 3.0))
        for n in (100, 300)
    )
    np.testing.assert_array_equal(few.distribution.values, more.distribution.values[:100])


def test_quantiles_are_those_of_numpy():
    values = np.random.default_rng(1).normal(size=101)
    wanted = np.array([0.0, 0.1, 0.5, 0.97, 1.0, 1.2])
    found = quantiles(values, np.ones(values.size), wanted)
    expected = np.quantile(values, np.minimum(wanted, 1.0), method="inverted_cdf")
    np.testing.assert_array_equal(found, expected)
    assert tail(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 2.0]), 2.0) == 0.75


def test_ties_are_accepted():
    """Of a tenth of all toys above, and many equal: the value itself is accepted."""
    values = np.array([0.0] * 60 + [1.0] * 40)
    assert quantiles(values, np.ones(100), np.array([0.6, 0.61]))[0] == 0.0
    assert quantiles(values, np.ones(100), np.array([0.6, 0.61]))[1] == 1.0


def test_what_is_wrong_is_told(gaussian, curves):
    key = jax.random.key(1)
    with pytest.raises(ValueError, match="mu has no finite bounds"):
        neyman(gaussian, LRS(), key=key)
    with pytest.raises(ValueError, match="`toys` must be at least 1"):
        neyman(gaussian, LRS(), key=key, toys=0, span=(0.0, 1.0))
    with pytest.raises(ValueError, match="`grid` must be two hypotheses"):
        neyman(gaussian, LRS(), key=key, grid=[0.5], span=(0.0, 1.0))
    with pytest.raises(ValueError, match="no statistic"):
        neyman_several(gaussian, [], key=key, span=(0.0, 1.0))
    with pytest.raises(ValueError, match="between 0 and 1"):
        confidence_interval(gaussian, measured.seen(gaussian, [0.0]), curves[0], level=1.5)
    few = neyman(gaussian, LRS(), key=key, toys=300, grid=9, span=(-12.0, 12.0))
    assert not few.ok
    assert "effective toys at mu" in few.message
    found = confidence_interval(gaussian, measured.seen(gaussian, [0.0]), few)
    assert not found.ok


def test_data_that_cannot_be_judged(gaussian, curves):
    found = confidence_interval(gaussian, measured.seen(gaussian, [np.nan]), curves[0])
    assert not found.ok
    assert found.intervals == ()
    assert "could not be found" in found.message


def test_a_curve_is_a_document(curves):
    document = json.loads(curves[1].to_json())
    assert document["statistic"] == "FTS(focus='f')"
    assert len(document["critical"][0]["values"]) == curves[1].mu.size
    assert document["toys"] == 20_000


def test_a_second_construction_compiles_nothing(gaussian):
    from statmodel.infer.construction import _tables  # noqa: PLC0415

    def construct(seed):
        span = (-2.0 - 0.1 * seed, 3.0)
        return neyman(gaussian, LRS(), key=jax.random.key(seed), toys=50, grid=5, span=span)

    construct(1)
    before = _tables._found._cached._cache_size()
    construct(2)
    assert _tables._found._cached._cache_size() == before
    assert jnp.zeros(()).dtype == jnp.float64


@pytest.fixture(scope="module")
def uncertain():
    """Two measurements: of the sum of interest and nuisance parameter, and of the latter."""
    covariance = np.array([[4.25, -0.25], [-0.25, 0.25]])
    bounds = ((-14.0, 14.0), (-4.0, 4.0))
    model = measured.measured(covariance, [0.5, 0.0], [2.0, 1.0], bounds)
    focus = model.focus[0]
    return dataclasses.replace(
        model,
        measurement=dataclasses.replace(model.measurement, pois=("mu",)),
        focus=(dataclasses.replace(focus, pois=("mu",), density=focus.density.factors[0]),),
    )


def test_critical_values_with_a_nuisance_parameter(uncertain):
    """The statistics are those of one Gaussian measurement of mu, of variance 4.25."""
    both = [LRS(), FTS("f", nuisances="laplace")]
    data = measured.seen(uncertain, [2.6, 0.4])
    curves = neyman_several(uncertain, both, key=jax.random.key(5), toys=12_000, grid=15, data=data)
    assert all(curve.ok for curve in curves), [curve.message for curve in curves]
    assert "conditional estimates of the data" in curves[0].ensemble
    inner = np.abs(curves[0].mu) < 8.0
    level, s2, w2 = 0.6827, 4.25, 4.0
    away = (curves[0].mu[inner] - 0.5) ** 2
    quantile = stats.ncx2.ppf(level, 1, away * s2 / w2**2)
    focused = w2 / (s2 + w2) * quantile - away / w2 - np.log1p(w2 / s2)
    for curve, exact in zip(curves, (stats.chi2.ppf(level, 1), focused), strict=True):
        low, high = (one[inner] for one in curve.band(level))
        pulls = (curve.critical(level)[inner] - exact) / (0.5 * (high - low))
        assert np.abs(pulls).max() < 3.5


def test_nuisance_parameters_drawn_from_their_constraints():
    """Counts over a background of 3 k, k = 1.0(3): probabilities are sums of integrals."""
    text = """
statmodel: "1"
parameters:
  - {name: mu, init: 1, bounds: [0, 8]}
  - {name: k, init: 1, bounds: [0.01, 2.5], constraint: {type: gaussian, mean: 1, sigma: 0.3}}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [{name: n, yield: "2 * mu + 3 * k", density: {type: uniform}}]
observations: [{name: c, events: {x: [0.5]}}]
measurements: [{name: m, config: {poi: mu}}]
"""
    model, data = sm.compile(sm.parse_spec(text))
    options = {"grid": [0.0, 1.0, 2.0, 4.0], "span": (0.0, 8.0), "ensemble": "predictive"}
    curve = neyman(model, LRS(), key=jax.random.key(8), toys=12_000, data=data, **options)
    assert curve.ok, curve.message

    n, k = np.arange(60), np.linspace(0.01, 2.5, 5001)
    prior = stats.norm.pdf(k, 1, 0.3)
    prior /= prior.sum()

    def profile(mu):
        rate = 2 * mu + 3 * k
        logs = n[:, None] * np.log(rate) - rate - 0.5 * ((k - 1) / 0.3) ** 2
        return logs.max(axis=1)

    best = np.max([profile(mu) for mu in np.linspace(0, 8, 801)], axis=0)
    for mu in (0.0, 1.0, 2.0, 4.0):
        statistic = 2 * (best - profile(mu))
        probability = stats.poisson.pmf(n[:, None], 2 * mu + 3 * k) @ prior
        for level in LEVELS:
            critical = float(curve.at(np.array([mu]), level)[0]) + 1e-3  # of grids in k and mu
            place = int(np.flatnonzero(curve.mu == mu)[0])
            error = np.sqrt(level * (1 - level) / curve.effective[place])
            accepted = statistic <= critical
            assert probability[accepted].sum() > level - 4 * error
            # Counts are few: without the largest accepted value it would be too little.
            largest = statistic[accepted].max()
            less = statistic < largest - 1e-3
            assert probability[less].sum() < level + 4 * error


def test_coverage_at_other_nuisance_parameters(uncertain):
    curves = neyman_several(
        uncertain, [LRS(), FTS("f")], key=jax.random.key(6), toys=12_000, grid=29
    )
    at = [{"mu": 0.0, "nu": 0.0}, {"mu": 2.0, "nu": 1.0}, {"mu": -1.0, "nu": -1.0}]
    found = coverage(uncertain, curves, at, key=jax.random.key(7), toys=2500)
    assert found.ok, found.message
    assert "nu = 1" in printed(coverage_table(found))
    assert json.loads(found.to_json())["rows"][-1]["nuisances"] == {"nu": -1.0}
