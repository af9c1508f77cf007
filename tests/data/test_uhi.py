"""Histograms of other packages as counts; UHI's own reference object stands for all of them."""

import numpy as np
import pytest
from uhi.numpy_plottable import Kind, NumPyPlottableHistogram

import statmodel as sm
from statmodel.data import counts_from_histogram


def _histogram(values, *, variances=None, kind=Kind.COUNT):
    values = np.asarray(values, float)
    edges = [np.arange(size + 1.0) for size in values.shape]
    return NumPyPlottableHistogram(values, *edges, variances=variances, kind=kind)


def test_contents_become_counts():
    found = counts_from_histogram(_histogram([3, 0, 5]))
    assert found.values.tolist() == [3, 0, 5]
    assert found.mask.all()


def test_masks_are_kept():
    found = counts_from_histogram(_histogram([3, np.nan, 5]), mask=[True, False, True])
    assert found.mask.tolist() == [True, False, True]


def test_the_last_of_several_axes_is_the_fastest():
    found = counts_from_histogram(_histogram([[1, 2, 3], [4, 5, 6]]))
    assert found.values.tolist() == [1, 2, 3, 4, 5, 6]


def test_weighted_contents_are_warned_of():
    with pytest.warns(sm.SpecWarning, match="the histogram is weighted"):
        counts_from_histogram(_histogram([3, 4], variances=np.array([1.0, 4.0])))


def test_what_holds_no_counts_is_refused():
    with pytest.raises(sm.DataError, match="of kind MEAN"):
        counts_from_histogram(_histogram([3.0, 4.0], kind=Kind.MEAN))
    with pytest.raises(sm.DataError, match="got -1 in bin 1"):
        counts_from_histogram(_histogram([3, -1], variances=np.array([3.0, -1.0])))


def test_hist_is_taken_as_it_is():
    hist = pytest.importorskip("hist")
    one = hist.Hist(hist.axis.Regular(4, 0, 1))
    one.fill([0.1, 0.3, 0.3, 0.9, 7.0])  # the last one is overflow
    assert counts_from_histogram(one).values.tolist() == [1, 2, 0, 1]
