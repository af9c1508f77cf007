"""Toys of which most are empty, at a bound, or impossible under a hypothesis: numbers or flags."""

import json

import jax
import numpy as np
import pytest

import statmodel as sm
from statmodel.data import BinCounts, make_events
from statmodel.infer import confidence_sets, coverage, neyman_several, upper_limit_by_toys
from statmodel.infer.construction._values import asked_of, found_at
from statmodel.infer.statistics import FTS, LRS
from statmodel.spec import build_spec

STATISTICS = (LRS(), LRS("upper"), FTS("near"), FTS("near", nuisances="marginal"))
GRID = np.linspace(0.0, 6.0, 7)


def _unbinned(name, background, signal):
    gaussian = {"type": "gaussian", "observable": "x", "mean": 0, "sigma": 1}
    flat = {"type": "uniform", "observable": "x"}
    return {
        "name": name,
        "type": "unbinned",
        "observables": [{"name": "x", "min": -4, "max": 4}],
        "processes": [
            {"name": "b", "yield": background, "density": flat},
            {"name": "s", "yield": signal, "density": gaussian},
        ],
    }


def _bins(background, signal, uncertain):
    rate = {"name": "rate", "type": "normsys", "data": {"hi": 1.3, "lo": 0.7}}
    mu = {"name": "mu", "type": "normfactor", "data": None}
    return {
        "name": "bins",
        "samples": [
            {"name": "b", "data": background, "modifiers": [rate] if uncertain else []},
            {"name": "s", "data": signal, "modifiers": [mu]},
        ],
    }


CHANNELS = {
    "hardly an event": [_unbinned("sr", 0.2, "mu")],
    "a channel that is always empty": [_unbinned("sr", 3, "2*mu"), _unbinned("none", 0, "1e-9*mu")],
    "nothing without signal": [_bins([0.0], [1.0], uncertain=False)],
    "bins without background": [_bins([2.0, 0.0, 0.1], [0.5, 1.0, 0.0], uncertain=True)],
    "an empty channel beside bins": [
        _unbinned("sr", 0.05, "0.02*mu"),
        _bins([0.5, 0.1], [1.0, 0.2], uncertain=True),
    ],
}


@pytest.fixture(scope="module", params=CHANNELS)
def model(request):
    bounded = {"name": "mu", "init": 1, "bounds": [0, 6]}
    focus = {"name": "near", "density": {"mu": {"type": "gaussian", "mean": 0, "sigma": 1}}}
    document = {
        "statmodel": "1",
        "parameters": [bounded],
        "channels": CHANNELS[request.param],
        "focus": [focus],
        "measurements": [{"name": "m", "config": {"poi": "mu"}}],
    }
    return sm.compile(build_spec(document))[0]


@pytest.fixture(scope="module")
def curves(model):
    return neyman_several(model, STATISTICS, key=jax.random.key(1), toys=600, grid=GRID)


def test_critical_values_are_numbers(curves):
    for curve in curves:
        assert curve.failed < 0.02 * curve.toys, curve.message
        assert not (curve.ok and curve.failed > 0.001 * curve.toys)
        for level in (0.6827, 0.95):
            assert not np.isnan(curve.critical(level)).any(), curve.said
            assert not np.isnan(np.array(curve.band(level))).any()
        document = json.loads(curve.to_json())
        assert all(one is not None for one in document["effective"])


def test_tables_have_no_nan(model, curves):
    """Also of toys without signal, of which some are impossible where there is some."""
    for mu in (0.0, 3.0, 6.0):
        toys = model.sample(model.space.point({"mu": mu}), key=jax.random.key(3), n=200)
        for one in found_at(asked_of(model, curves), toys, curves[0].mu):
            assert not np.isnan(one.values).any()
            # Integrals over a rate that data push across the kink of its response have an error.
            assert one.ok.mean() > 0.95
            assert (one.values[~one.ok] == np.inf).all()


def test_sets_and_coverage_are_numbers(model, curves):
    toys = model.sample(model.space.point({"mu": 0.0}), key=jax.random.key(4), n=100)
    for curve in curves:
        (sets,) = confidence_sets(model, toys, curve, (0.95,))
        assert (sets.pieces >= 0).all()
        assert np.isfinite(sets.length).all()
        some = sets.pieces > 0
        assert np.isfinite(sets.lower[some]).all()
        assert np.isfinite(sets.upper[some]).all()
    found = coverage(model, curves, [0.0, 6.0], key=jax.random.key(5), toys=100, levels=(0.95,))
    for row in found.rows:
        error = np.sqrt(0.95 * 0.05 * (1 / 100 + 1 / row.effective))
        # What is discrete is covered too often, never too rarely.
        assert row.covered.probability >= 0.95 - 4 * error
        assert np.isfinite([row.length, row.median_length]).all()
    json.loads(found.to_json())


def test_data_without_an_event_have_a_limit(request, model, curves):
    channels = CHANNELS[request.node.callspec.params["model"]]
    nothing = make_events({"x": np.zeros(0)})
    bins = [len(one["samples"][0]["data"]) for one in channels if one["name"] == "bins"]
    nothing_counted = BinCounts(np.zeros(sum(bins)), np.ones(sum(bins), bool))
    data = sm.Dataset(
        channels={one["name"]: nothing for one in channels if one["name"] != "bins"},
        auxiliary={"rate": 0.0} if "rate" in model.space.names else {},
        counts=dict.fromkeys(["bins"] if bins else [], nothing_counted),
    )
    limit = upper_limit_by_toys(model, data, curves[1], key=jax.random.key(7), toys=200)
    assert 0 < limit.observed <= 6.0
    assert np.isfinite(limit.expected).all()
