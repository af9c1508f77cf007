"""Toys of channels whose distribution is known: a dip, and a pool with signed ratios."""

import jax
import numpy as np
import pytest
from scipy import stats

import statmodel as sm

TOYS = 400
EDGES = np.linspace(0.0, 10.0, 21)
# Of three p-values one falls below a thousandth in three hundred choices of the key.
LEAST_P = 1e-3


def _compiled(processes, **more):
    channel = {
        "name": "c",
        "type": "unbinned",
        "observables": [{"name": "x", "min": 0, "max": 10}],
        "processes": processes,
    }
    document = {
        "statmodel": "1",
        "parameters": [{"name": "mu", "init": 1.0, "bounds": [0, 10]}],
        "channels": [channel | more],
        "measurements": [{"name": "m", "config": {"poi": "mu"}}],
    }
    return sm.compile(document)[0]


def test_a_negative_process_is_thinned_out():
    """A dip in a flat spectrum: counts in bins are Poisson around the integral of the mixture."""
    model = _compiled(
        [
            {"name": "flat", "yield": 200, "density": {"type": "uniform"}},
            {
                "name": "dip",
                "yield": -30,
                "scale": "mu",
                "density": {"type": "gaussian", "mean": 4, "sigma": 1.0},
            },
        ]
    )
    toys = model.sample({"mu": 1.0}, key=jax.random.key(8), n=TOYS).channels[0]
    x = np.asarray(toys.x)[:, :, 0, :][np.asarray(toys.mask)]
    counted, _ = np.histogram(x, EDGES)
    shape = stats.truncnorm(-4, 6, loc=4, scale=1)
    expected = TOYS * (200 * np.diff(EDGES) / 10 - 30 * np.diff(shape.cdf(EDGES)))
    chi2 = ((counted - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(chi2, expected.size) > LEAST_P
    numbers = np.asarray(toys.mask).sum(axis=(1, 2))
    dispersion = ((numbers - 170) ** 2).sum() / 170
    assert LEAST_P < stats.chi2.sf(dispersion, TOYS) < 1 - LEAST_P


def test_a_total_that_is_negative_is_refused():
    model = _compiled(
        [
            {"name": "flat", "yield": 50, "density": {"type": "uniform"}},
            {
                "name": "dip",
                "yield": -30,
                "scale": "mu",
                "density": {"type": "gaussian", "mean": 4, "sigma": 0.5},
            },
        ]
    )
    with pytest.raises(ValueError, match="channel c: the total is negative where an event"):
        model.sample({"mu": 1.0}, key=jax.random.key(8), n=20)
    with pytest.raises(ValueError, match="channel c expects -10 events here"):
        model.sample({"mu": 2.0}, key=jax.random.key(8), n=20)


def test_rows_of_a_pool_are_drawn_by_what_the_model_makes_of_them(tmp_path):
    """Signed ratios over a positive pool: the counts of rows are Poisson around w m(x)."""
    rng = np.random.default_rng(5)
    x = rng.uniform(0, 10, 300)
    columns = {
        "x": x,
        "w": rng.uniform(0.5, 1.5, 300),
        "r_s": np.exp(-0.5 * (x - 4) ** 2),
        "r_i": np.sin(x),
        "r_b": np.ones(300),
    }
    np.savez(tmp_path / "pool.npz", **columns)
    text = """
statmodel: "1"
parameters: [{name: mu, init: 2.0, bounds: [0, 10]}]
channels:
  - name: c
    type: unbinned
    normalization: simulation_sum
    observables: [{name: x, min: 0, max: 10}]
    processes:
      - {name: S, yield: 60, scale: mu, density: {type: ratio, column: r_s}}
      - {name: I, yield: 20, scale: sqrt(mu), density: {type: ratio, column: r_i, signed: true}}
      - {name: B, yield: 100, density: {type: ratio, column: r_b}}
    simulation: {file: pool.npz, weight: w}
measurements: [{name: m, config: {poi: mu}}]
"""
    (tmp_path / "model.yaml").write_text(text)
    model, _ = sm.compile(tmp_path / "model.yaml")
    toys = model.sample({"mu": 2.0}, key=jax.random.key(6), n=TOYS).channels[0]
    ratios = np.asarray(toys.ratios)
    drawn = np.moveaxis(ratios, 2, 3)[np.asarray(toys.mask)]
    place = {row: k for k, row in enumerate(columns["r_i"].tolist())}
    counted = np.bincount([place[one] for one in drawn[:, 1].tolist()], minlength=300)
    total = 120 * columns["r_s"] + 20 * np.sqrt(2) * columns["r_i"] + 100 * columns["r_b"]
    expected = TOYS * columns["w"] / columns["w"].sum() * total
    chi2 = ((counted - expected) ** 2 / expected).sum()
    assert LEAST_P < stats.chi2.sf(chi2, expected.size) < 1 - LEAST_P


def test_a_channel_without_a_pool_has_no_toys(tmp_path):
    np.savez(tmp_path / "data.npz", x=np.array([1.0]), r=np.array([1.0]))
    text = """
statmodel: "1"
parameters: [{name: mu, init: 1.0}]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 10}]
    processes: [{name: B, yield: 5, scale: mu, density: {type: ratio, column: r}}]
observations: [{name: c, file: data.npz}]
measurements: [{name: m, config: {poi: mu}}]
"""
    (tmp_path / "model.yaml").write_text(text)
    model, _ = sm.compile(tmp_path / "model.yaml")
    with pytest.raises(ValueError, match="channel c has no simulation"):
        model.sample({"mu": 1.0}, key=jax.random.key(1))
