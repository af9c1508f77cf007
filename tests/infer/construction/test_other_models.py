"""Constructions for other kinds of models: interference, and unbinned channels with histograms."""

from pathlib import Path

import jax
import numpy as np
import pytest

import statmodel as sm
from statmodel.infer.construction import confidence_intervals, neyman_several
from statmodel.spec import build_spec

SPECS = Path(__file__).parents[3] / "specs"
STATISTICS = [sm.LRS(), sm.FTS("narrow")]


def check(model: sm.Model, data: sm.Dataset, **options: object) -> np.ndarray:
    """Intervals hold the best fit, those of 95.45 % the others; all may be used."""
    curves = neyman_several(model, STATISTICS, key=jax.random.key(1), data=data, **options)
    assert all(curve.failed == 0 for curve in curves)
    found = confidence_intervals(model, data, curves)
    assert found.ok, found.message
    best = sm.fit(model, data, fixed=options.get("fixed")).point["mu"]
    sets = np.array(found.sets).reshape(len(STATISTICS), -1)
    for one, wider in sets:
        assert any(low <= best <= high for low, high in one.intervals)
        assert wider.intervals[0][0] <= one.intervals[0][0]
        assert one.intervals[-1][1] <= wider.intervals[-1][1]
        assert 0.0 < one.length < wider.length
    return np.array([one.length for one in sets[:, 0]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("free", "toys"), [(1, 1000), (5, 2000)], ids=["one nuisance parameter", "five"]
)
def test_interference(free, toys):
    """mu is fitted as its root, and the rate is the same at mu = 1 and at 0.2."""
    model, data = sm.compile(SPECS / "offshell_h4l.yaml")
    names = [name for name in model.space.names if name != "mu"]
    fixed = dict.fromkeys(names[free:], 0.0)
    check(model, data, toys=toys, grid=np.linspace(0.0, 5.0, 6), span=(0.0, 5.0), fixed=fixed)


@pytest.mark.slow
def test_an_unbinned_channel_and_a_histogram():
    """A control region of the background, as in a pyhf workspace, which shares its uncertainty."""
    uncertain = [{"type": "normsys", "name": "rate", "data": {"hi": 1.2, "lo": 0.8}}]
    _, alone = sm.compile(SPECS / "lz_like.yaml")
    spec = sm.load_spec(SPECS / "lz_like.yaml").model_dump(mode="json", exclude_none=True)
    spec["channels"][0]["processes"][0]["modifiers"] = uncertain
    control = {"name": "electron_recoils", "data": [12.0, 8.0], "modifiers": uncertain}
    spec["channels"].append({"name": "control", "samples": [control]})
    events = {name: column.tolist() for name, column in alone.channels["tpc"].columns.items()}
    spec["observations"] = [
        {"name": "tpc", "events": events},
        {"name": "control", "data": [14.0, 7.0]},
    ]
    model, data = sm.compile(build_spec(spec))
    ratio, focused = check(model, data, toys=900, grid=9, span=(0.0, 20.0))
    assert focused < ratio
