import numpy as np
import pytest

import statmodel as sm
from statmodel.report.histograms import to_hist
from statmodel.spec import parse_spec

SPEC = """{"version": "1.0.0", "channels": [{"name": "SR", "samples": [
 {"name": "s", "data": [4, 6], "modifiers": [
  {"name": "a", "type": "normsys", "data": {"hi": 1.2, "lo": 0.8}}]},
 {"name": "b", "data": [10, 20], "modifiers": [
  {"name": "a", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}]}]}],
 "observations": [{"name": "SR", "data": [11, 25]}],
 "measurements": [{"name": "m", "config": {"poi": "", "parameters": []}}]}"""


@pytest.fixture(scope="module")
def found():
    return sm.yields(sm.compile(parse_spec(SPEC))[0])


def test_contents_are_events_and_variances_squared_errors(found):
    hist = pytest.importorskip("hist")
    one = to_hist(found, edges={"SR": [0, 1, 5]})["SR"]
    assert isinstance(one, hist.Hist)
    assert one["s", :].values().tolist() == [4, 6]
    assert one["total", :].values().tolist() == [14, 26]
    channel = found.channel("SR")
    # Squares of square roots.
    np.testing.assert_allclose(one["total", :].variances(), channel.bins.errors**2, rtol=1e-14)
    np.testing.assert_allclose(one["b", :].variances(), channel.sample("b").errors ** 2, rtol=1e-14)
    # One nuisance moves both samples: their errors add up, not their variances.
    s, b = channel.sample("s").errors, channel.sample("b").errors
    np.testing.assert_allclose(one["total", :].variances(), (s + b) ** 2, rtol=1e-12)
    assert one.axes["bin"].edges.tolist() == [0, 1, 5]


def test_bins_without_edges_are_numbered(found):
    pytest.importorskip("hist")
    assert to_hist(found)["SR"].axes["bin"].edges.tolist() == [0, 1, 2]


def test_edges_of_another_number_are_refused(found):
    pytest.importorskip("hist")
    with pytest.raises(ValueError, match="channel SR has 2 bins, hence 3 edges; got 2"):
        to_hist(found, edges={"SR": [0, 1]})


def test_without_hist_the_extra_is_named(found, monkeypatch):
    monkeypatch.setattr("statmodel.report.histograms._to_hist.find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install \"statmodel\[hist\]\""):
        to_hist(found)
