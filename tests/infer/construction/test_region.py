"""Regions of two parameters, against those of Gaussian measurements and a count by hand."""

import json

import jax
import numpy as np
import pytest
from scipy import stats

import measured
from counting_models import counting
from statmodel.infer.construction import confidence_region, critical_surface
from statmodel.infer.statistics import FTS, LRS
from statmodel.report.figures import region_figure

KEY = jax.random.key(4)
COVARIANCE = np.array([[1.0, 0.45], [0.45, 0.81]])
BOUNDS = ((-5.0, 5.0), (-4.5, 4.5))
LEVEL = 0.6827
TOYS = 12_000


@pytest.fixture(scope="module")
def gaussian():
    return measured.measured(COVARIANCE, [0.3, 0.0], [1.5, 1.0], BOUNDS)


@pytest.fixture(scope="module")
def surface(gaussian):
    found = critical_surface(gaussian, LRS(), key=KEY, toys=TOYS, grid=(15, 15))
    assert found.ok, found.message
    return found


@pytest.fixture(scope="module")
def focused(gaussian):
    return critical_surface(gaussian, FTS("f"), key=KEY, toys=TOYS, grid=(15, 15))


def test_critical_values_are_those_of_chi_squared(surface):
    """Of two degrees of freedom, away from the bounds of the parameters."""
    for level in (LEVEL, 0.9545):
        inner = surface.critical(level)[5:10, 5:10]
        exact = stats.chi2.ppf(level, 2)
        error = np.sqrt(level * (1 - level) / surface.effective[5:10, 5:10].min())
        # Four deviations, and the bounds four widths away.
        assert inner == pytest.approx(exact, abs=4 * error / stats.chi2.pdf(exact, 2) + 0.02)
        low, high = surface.band(level)
        assert (low <= surface.critical(level)).all()
        assert (surface.critical(level) <= high).all()


def test_the_region_is_an_ellipse(gaussian, surface):
    x = np.array([0.4, -0.3])
    found = confidence_region(gaussian, measured.seen(gaussian, x), surface)
    assert found.ok
    assert found.message == "one region"
    height = stats.chi2.ppf(LEVEL, 2)
    exact = np.pi * height * np.sqrt(np.linalg.det(COVARIANCE))
    # Critical values are right to 4 %; straight lines cut 0.5 %.
    assert found.area == pytest.approx(exact, rel=0.05)
    inverse = np.linalg.inv(COVARIANCE)
    for point in np.random.default_rng(1).uniform(-2.0, 2.0, (200, 2)):
        distance = (point - x) @ inverse @ (point - x)
        if abs(distance - height) > 0.3:
            assert found.holds(*point) == (distance < height)
    assert json.loads(found.to_json())["area"] == found.area
    assert json.loads(surface.to_json())["status"]["ok"]


@pytest.mark.parametrize("statistic", [LRS(), FTS("f")])
def test_regions_cover(gaussian, surface, focused, statistic):
    """2000 measurements of a truth: three binomial deviations are 3 %, and as much the toys'."""
    curve = surface
    if statistic != LRS():
        curve = focused
        assert curve.ok, curve.message
        assert curve.focus == gaussian.focus[0].digest
    truth = np.array([1.0, 0.5])
    drawn = np.random.default_rng(2).multivariate_normal(truth, COVARIANCE, 2000)
    named = dict(zip(("mu", "nu"), truth, strict=True))
    values = jax.jit(jax.vmap(lambda one: statistic(gaussian, one, named)))(
        measured.seen(gaussian, drawn)
    )
    held = np.asarray(values) <= curve.at(truth[None], LEVEL)
    assert held.mean() == pytest.approx(LEVEL, abs=0.05)
    # A region is the same question for all hypotheses at once; it is linear between them.
    away = np.asarray(values) - curve.at(truth[None], LEVEL)
    clear = np.flatnonzero(np.abs(away) > 0.3)[:6]  # noqa: PLR2004 (of a height of 2.3)
    for place in clear:
        region = confidence_region(gaussian, measured.seen(gaussian, drawn[place]), curve)
        assert region.holds(*truth) == held[place]


def test_regions_of_a_focus_are_smaller_where_it_is(gaussian, surface, focused):
    data = measured.seen(gaussian, [0.3, 0.0])
    areas = [confidence_region(gaussian, data, one).area for one in (surface, focused)]
    assert areas[1] < 0.9 * areas[0]


def test_regions_are_drawn(gaussian, surface, focused):
    data = measured.seen(gaussian, [0.3, 0.0])
    regions = [
        confidence_region(gaussian, data, one, level=level)
        for one in (surface, focused)
        for level in (LEVEL, 0.9545)
    ]
    (axes,) = region_figure(regions).axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["LRS, 68.27 %", "LRS, 95.45 %", "FTS f, 68.27 %", "FTS f, 95.45 %"]
    # One line for the legend, and one for the boundary of each.
    assert len(axes.lines) == 8
    with pytest.raises(ValueError, match="the same two parameters"):
        region_figure([])


def test_edges_and_emptiness_are_told(gaussian, surface):
    far = confidence_region(gaussian, measured.seen(gaussian, [4.8, 4.0]), surface)
    assert far.at_edge
    assert far.message.endswith("up to the last hypotheses")
    nothing = confidence_region(gaussian, measured.seen(gaussian, [0.0, 0.0]), surface, level=1e-6)
    assert nothing.area < 0.1


def test_one_parameter_makes_no_surface():
    with pytest.raises(ValueError, match="two parameters of interest are wanted, got mu"):
        critical_surface(counting((1.0, 0.0), (2.0, 3.0)), LRS(), key=KEY)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pois": ("mu", "nuu")}, 'no parameter "nuu"'),
        ({"grid": (1, 5)}, "two hypotheses or more"),
        ({"toys": 0}, "at least 1"),
        ({"ensemble": "regression"}, "profile, predictive"),
        ({"span": ((-9.0, 1.0), None)}, "inside the bounds of mu"),
    ],
)
def test_what_is_no_surface_is_refused(gaussian, change, said):
    with pytest.raises(ValueError, match=said):
        critical_surface(gaussian, LRS(), key=KEY, **{"toys": 100, **change})


def test_another_model_or_level_is_refused(gaussian, surface):
    data = measured.seen(gaussian, [0.0, 0.0])
    with pytest.raises(ValueError, match="between 0 and 1"):
        confidence_region(gaussian, data, surface, level=68.0)
