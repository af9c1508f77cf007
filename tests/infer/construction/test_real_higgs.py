"""The HiggsML sample: the histogram of a shipped spec, and a small search, unbinned."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pyarrow.csv
import pytest
from ruamel.yaml import YAML

import statmodel as sm
from statmodel.infer.construction import confidence_intervals, coverage, neyman_several

EDGES = np.arange(50.0, 201.0, 10.0)  # GeV
TOTALS: Mapping[str, float] = {"signal": 691.99, "background": 410_999.85}
"""Events in 20.3/fb before any selection; the files hold some thousand of each, with weights."""
SIGNAL, BACKGROUND = 21.8, 500.0


class Sample(NamedTuple):
    mass: np.ndarray
    weight: np.ndarray

    def histogram(self) -> np.ndarray:
        return np.histogram(self.mass, EDGES, weights=self.weight)[0]


@pytest.fixture(scope="module")
def samples(shared_data: Path) -> Mapping[str, Sample]:
    found: dict[str, Sample] = {}
    for name, short in (("signal", "sig"), ("background", "bg")):
        table = pyarrow.csv.read_csv(shared_data / "higgs_tautau" / f"train_sml_{short}.csv")
        mass, weight = (table[key].to_numpy() for key in ("DER_mass_MMC", "Weight"))
        found[name] = Sample(mass, weight * TOTALS[name] / weight.sum())
    return found


def test_the_shipped_histogram_is_that_of_the_sample(samples, repository):
    """A mass that could not be found is -999, and left out."""
    document = YAML(typ="safe", pure=True).load((repository / "specs/higgs_mass.yaml").read_text())
    for sample in document["channels"][0]["samples"]:
        # Published to a tenth of an event and to an event.
        rounding = {"signal": 0.05, "background": 0.5}[sample["name"]]
        expected = samples[sample["name"]].histogram()
        np.testing.assert_allclose(sample["data"], expected, atol=1.05 * rounding)


@pytest.fixture(scope="module")
def search(samples) -> tuple[sm.Model, sm.Dataset]:
    """Templates of every other event; data drawn by weight from those that are left."""
    random = np.random.RandomState(2014)
    processes, seen = [], []
    for name, expected in (("signal", SIGNAL), ("background", BACKGROUND)):
        sample = samples[name]
        used = np.arange(sample.mass.size) % 2 == 0
        contents = Sample(sample.mass[used], sample.weight[used]).histogram()
        density = {"type": "histogram", "edges": EDGES.tolist(), "values": contents.tolist()}
        processes.append({"name": name, "yield": expected, "density": density})
        left = ~used & (sample.mass > EDGES[0]) & (sample.mass < EDGES[-1])
        share = sample.weight[left] / sample.weight[left].sum()
        seen.append(random.choice(sample.mass[left], round(expected), p=share))
    processes[0]["modifiers"] = [{"type": "normfactor", "name": "mu"}]
    focus = [
        {"name": name, "density": {"mu": {"type": "gaussian", "mean": 1.0, "sigma": sigma}}}
        for name, sigma in (("wide", 1.8), ("narrow", 0.9))
    ]
    return sm.compile(
        {
            "statmodel": "1",
            "parameters": [{"name": "mu", "init": 1.0, "bounds": [0.0, 10.0]}],
            "channels": [
                {
                    "name": "tautau",
                    "type": "unbinned",
                    "observables": [{"name": "mass", "min": EDGES[0], "max": EDGES[-1]}],
                    "processes": processes,
                }
            ],
            "observations": [{"name": "tautau", "events": {"mass": np.concatenate(seen).tolist()}}],
            "focus": focus,
            "measurements": [{"name": "higgs", "config": {"poi": "mu"}}],
        }
    )


def test_intervals_from_real_masses(search):
    """Other toys say that the focused ones are shorter on average; these data are near mu = 1."""
    model, data = search
    statistics = [sm.LRS(), sm.FTS("wide"), sm.FTS("narrow")]
    curves = neyman_several(
        model,
        statistics,
        key=jax.random.key(1),
        toys=1600,
        grid=np.linspace(0.0, 5.0, 21),
        span=(0.0, 5.0),
    )
    found = confidence_intervals(model, data, curves)
    assert found.ok, found.message
    for one in found.sets:
        ((low, high),) = one.intervals
        assert 0.0 <= low < 1.5
        assert low < high < 5.0
    lengths = np.array([one.length for one in found.sets]).reshape(len(statistics), -1)
    assert (lengths[1:] < lengths[0]).all()
    toys = coverage(model, curves, [1.0], key=jax.random.key(2), toys=300)
    assert toys.ok, toys.message
    for level in (0.6827, 0.9545):
        plain, wide, narrow = (row.length for row in toys.rows if row.level == level)
        assert narrow < wide < plain
