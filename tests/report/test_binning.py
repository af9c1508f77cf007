import numpy as np
import pytest

from statmodel.report.figures._binning import bin_edges, joined
from statmodel.report.figures._histogram import poisson_interval


def test_edges_cover_the_range_exactly():
    x = np.random.default_rng(0).uniform(220, 2000, 500)
    edges = bin_edges(x, np.ones(500), (220.0, 2000.0))
    assert (edges[0], edges[-1]) == (220.0, 2000.0)
    np.testing.assert_allclose(np.diff(edges), edges[1] - edges[0], rtol=1e-12)  # rounding


@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (0.0, np.inf), (-np.inf, 9.0)])
def test_open_ranges_take_their_ends_from_the_data(bounds):
    x = np.random.default_rng(0).normal(5, 1, 300)
    edges = bin_edges(x, np.ones(300), bounds)
    assert np.isfinite(edges).all()
    assert edges[0] <= x.min()
    assert edges[-1] >= x.max()


def test_small_samples_have_fewer_bins():
    rng = np.random.default_rng(0)
    sizes = [
        bin_edges(rng.uniform(0, 1, n), np.ones(n), (0.0, 1.0)).size - 1 for n in (12, 300, 30000)
    ]
    assert 10 <= sizes[0] < sizes[1] < sizes[2] <= 100


@pytest.mark.parametrize("x", [np.zeros(0), np.full(50, 3.0)])
def test_no_events_and_equal_events_have_bins(x):
    edges = bin_edges(x, np.ones(x.size), (0.0, np.inf))
    assert (np.diff(edges) > 0).all()


def test_joined_bins_keep_the_peak_and_hold_enough():
    expected = 40 * np.exp(-0.5 * ((np.arange(60) - 20) / 4.0) ** 2)
    starts = joined(expected, 2.0)
    assert starts[0] == 0
    assert (np.diff(starts) > 0).all()
    assert set(range(12, 29)) <= set(starts.tolist())  # every bin within two sigma of the peak
    sums = np.add.reduceat(expected, starts)
    inside = (starts > starts[1]) & (starts < 31)
    assert (sums[inside] >= 2.0).all()
    assert sums.sum() == pytest.approx(expected.sum(), rel=1e-12)  # rounding


def test_poisson_intervals_are_those_of_the_table():
    # Central 68.27 % limits of Garwood for 0, 1 and 10 counts, as they are tabulated.
    low, high = poisson_interval(np.array([0.0, 1.0, 10.0]))
    np.testing.assert_allclose(low, [0.0, 0.173, 6.891], atol=2e-3)  # printed digits
    np.testing.assert_allclose(high, [1.841, 3.300, 14.267], atol=2e-3)
