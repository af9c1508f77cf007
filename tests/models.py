"""Small models for the laws: each is a document with its files, compiled once for all tests.

Together they hold every policy, interpolation code, constraint type and kind of formula. A new kind
of channel or modifier is subjected to every law by one entry in `MODELS`; models with binned
channels stand in `WITH_BINS`, as the laws of events are not theirs.
"""

import functools
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import statmodel as sm

_ANALYTIC = """
statmodel: "1"
parameters:
  - {name: n_s, init: 30, bounds: [0, 500]}
  - {name: n_b, init: 60, bounds: [0, 900]}
  - {name: mean, init: 5.0, bounds: [4, 6]}
  - {name: width, init: 0.6, constraint: {type: lognormal, median: 0.6, shape: 0.2}}
  - {name: slope, init: -0.2, bounds: [-2, 2]}
  - {name: eff, init: 1.0, constraint: {type: poisson, rate: 40}}
  - {name: k, init: 1.0, bounds: [0, 5], constraint: {type: gamma, mean: 1.0, sigma: 0.2}}
  - {name: lumi, auxdata: [1.0], sigmas: [0.02]}
  - {name: a, init: 0.1}
  - {name: b, init: -0.2}
constraints:
  - {name: ab, type: multivariate_gaussian, parameters: [a, b], mean: [0, 0],
     covariance: [[1.0, 0.3], [0.3, 1.5]]}
functions:
  - {name: shifted, expression: "mean * (1 + 0.01 * alpha + 0.02 * a)"}
channels:
  - name: peak
    type: unbinned
    observables: [{name: x, min: 0, max: 10}]
    processes:
      - name: signal
        yield: n_s
        density: {type: gaussian, mean: shifted, sigma: width}
        modifiers:
          - {type: normsys, name: alpha, data: {hi: 1.1, lo: 0.93}}
          - {type: normfactor, name: eff}
          - {type: lumi, name: lumi}
      - name: background
        yield: n_b
        density: {type: exponential, slope: "slope * exp(0.1 * b)"}
        modifiers: [{type: normfactor, name: k}]
      - name: flat
        yield: 7.0
        density: {type: uniform}
        modifiers: [{type: scalefactor, data: {formula: "1 + 0.1 * alpha"}}]
observations:
  - {name: peak, file: analytic.parquet}
measurements: [{name: m, config: {poi: n_s}}]
"""

_RATIO = """
statmodel: "1"
parameters:
  - {name: mu, init: 1.0, bounds: [0, 9]}
  - {name: alpha, init: 0.3}
  - {name: beta, init: -0.4}
functions: [{name: root, expression: "sqrt(mu)"}]
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: -4, max: 4}]
    normalization: POLICY
    processes:
      - name: S
        yield: 15
        scale: "mu - root"
        density: {type: ratio, column: r_s}
        modifiers:
          - {type: densitysys, name: alpha, data: {hi: {column: up1}, lo: {column: dn1}}}
          - {type: normsys, name: gamma, data: {hi: 1.1, lo: 0.8}, interpolation: code1}
      - name: SBI
        yield: 40
        scale: root
        density: {type: ratio, column: r_sbi}
        modifiers:
          - {type: densitysys, name: alpha, data: {hi: {column: up2}, lo: {column: dn2}}}
          - {type: densitysys, name: beta, data: {hi: {column: up1}, lo: {column: dn1}},
             interpolation: log_smooth}
          - {type: normsys, name: gamma, data: {hi: 1.2, lo: 0.9}}
      - name: B
        yield: 50
        scale: "1 - root"
        density: {type: ratio, column: r_b}
      - name: rest
        yield: 90
        density: {type: ratio, log_column: log_r}
        modifiers:
          - {type: densitysys, name: beta, data: {hi: {column: up2}, lo: {column: dn2}},
             interpolation: code1}
          - {type: densitysys, data: {terms: {alpha: up3, "alpha**2": dn3, "alpha*gamma": up3}}}
    simulation: {file: pool.parquet, weight: w}
observations: [{name: SR, file: observed.parquet, weight: v}]
measurements: [{name: m, config: {poi: mu}}]
"""

_SIGNED = """
statmodel: "1"
parameters: [{name: mu, init: 1.0, bounds: [0, 4]}]
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: -4, max: 4}]
    processes:
      - {name: S, yield: 20, scale: mu, density: {type: ratio, column: r_s}}
      - {name: I, yield: -5, scale: "mu**0.5", density: {type: ratio, column: r_i, signed: true}}
      - {name: B, yield: 80, density: {type: ratio, column: r_b}}
observations: [{name: SR, file: observed.parquet}]
measurements: [{name: m, config: {poi: mu}}]
"""

# `gamma` and `delta` do not start at zero: codes 1 and 0 have a kink there, where autodiff takes
# one of two slopes.
_BINNED = """
statmodel: "1"
parameters:
  - {name: mu, init: 1.0, bounds: [0, 9]}
  - {name: lumi, auxdata: [1.0], sigmas: [0.02]}
  - {name: alpha, init: 0.3}
  - {name: beta, init: -0.4}
  - {name: gamma, init: -0.3}
  - {name: delta, init: 0.2}
channels:
  - name: SR
    samples:
      - name: signal
        data: [4, 9, 2]
        modifiers:
          - {type: normfactor, name: mu}
          - {type: lumi, name: lumi}
          - {type: normsys, name: alpha, data: {hi: 1.1, lo: 0.93}}
          - {type: histosys, name: beta, data: {hi_data: [4.4, 9.3, 2.1], lo_data: [3.7, 9, 1.8]}}
          - {type: staterror, name: stat_SR, data: [0.3, 0.5, 0.1]}
      - name: top
        data: [20, 14, 0]
        modifiers:
          - {type: histosys, name: alpha, interpolation: code2,
             data: {hi_data: [21, 14.8, 0], lo_data: [19.2, 13.5, 0]}}
          - {type: normsys, name: gamma, data: {hi: 1.2, lo: 0.9}, interpolation: code1}
          - {type: normsys, name: beta, data: {hi: 1.05, lo: 0.9}, interpolation: log_smooth}
          - {type: staterror, name: stat_SR, data: [0.8, 0.6, 0]}
          - {type: shapesys, name: own, data: [2, 1.5, 0]}
      - {name: fakes, data: [6, 5, 4], modifiers: [{type: shapefactor, name: free}]}
  - name: CR
    samples:
      - name: top
        data: [150]
        modifiers:
          - {type: normsys, name: gamma, data: {hi: 1.1, lo: 0.8}, interpolation: code1}
          - {type: histosys, name: delta, data: {hi_data: [155], lo_data: [144]},
             interpolation: code0}
          - {type: staterror, name: stat_CR, data: [5]}
  - name: VR
    samples:
      - {name: fakes, data: [11, 9, 14], modifiers: [{type: shapefactor, name: free}]}
      - name: rest
        data: [0, 40, 30]
        modifiers: [{type: staterror, name: stat_VR, data: [0, 4, 0]}]
  - name: empty
    samples:
      - {name: rest, data: [0, 12], modifiers: [{type: staterror, name: stat_E, data: [0, 2]}]}
observations:
  - {name: SR, data: [33, 25, 7]}
  - {name: CR, data: [146]}
  - {name: VR, data: [13, 44, 41]}
  - {name: empty, data: [0, 10]}
measurements: [{name: m, config: {poi: mu}}]
"""

_INTERFERENCE = """
statmodel: "1"
parameters:
  - {name: mu, init: 1.0, bounds: [0, 9]}
  - {name: alpha, init: 0.3}
  - {name: k, init: 1.0, bounds: [0, 5], constraint: {type: gamma, mean: 1.0, sigma: 0.2}}
  - {name: eff, init: 1.0, constraint: {type: poisson, rate: 40}}
  - {name: width, init: 0.6, constraint: {type: lognormal, median: 0.6, shape: 0.2}}
  - {name: a, init: 0.1}
  - {name: b, init: -0.2}
constraints:
  - {name: ab, type: multivariate_gaussian, parameters: [a, b], mean: [0, 0],
     covariance: [[1.0, 0.3], [0.3, 1.5]]}
functions: [{name: root, expression: "sqrt(mu)"}]
channels:
  - name: SR
    samples:
      - {name: S, data: [3, 5], scale: "mu - root"}
      - name: SBI
        data: [14, 11]
        scale: root
        modifiers:
          - {type: normsys, name: alpha, data: {hi: 1.1, lo: 0.95}}
          - {type: staterror, name: stat, data: [0.7, 0.4]}
      - {name: B, data: [9, 7], scale: "1 - root",
         modifiers: [{type: staterror, name: stat, data: [0.5, 0.3]}]}
      - {name: I, data: [-1, 0.5], scale: "mu**0.5 * exp(0.1 * a)"}
      - name: rest
        data: [20, 30]
        modifiers:
          - {type: scalefactor, data: {formula: "1 + 0.1 * a * b"}}
          - {type: scalefactor, data: {formula: "width / 0.6"}}
          - {type: normfactor, name: k}
  - name: CR
    samples:
      - name: B
        data: [90]
        modifiers:
          - {type: normfactor, name: eff}
          - {type: histosys, name: b, data: {hi_data: [95], lo_data: [86]}}
          - {type: scalefactor, data: {formula: "`stat[0]`"}}
observations: [{name: SR, data: [36, 40]}, {name: CR, data: [93]}]
measurements: [{name: m, config: {poi: mu}}]
"""

_MIXED = """
statmodel: "1"
parameters:
  - {name: mu, init: 1.0, bounds: [0, 9]}
  - {name: alpha, init: 0.3}
  - {name: slope, init: -0.2, bounds: [-2, 2]}
channels:
  - name: peak
    type: unbinned
    observables: [{name: x, min: 0, max: 10}]
    processes:
      - name: signal
        yield: 30
        density: {type: gaussian, mean: "5 * (1 + 0.01 * alpha)", sigma: 0.6}
        modifiers: [{type: normfactor, name: mu}]
      - name: background
        yield: 60
        density: {type: exponential, slope: slope}
        modifiers: [{type: normsys, name: gamma, data: {hi: 1.1, lo: 0.9}}]
  - name: SR
    samples:
      - {name: signal, data: [4, 9], scale: "mu**2"}
      - name: background
        data: [20, 14]
        modifiers:
          - {type: normsys, name: gamma, data: {hi: 1.05, lo: 0.97}}
          - {type: histosys, name: alpha, data: {hi_data: [21, 14.5], lo_data: [19, 13.6]}}
          - {type: shapesys, name: own, data: [2, 1]}
observations: [{name: peak, file: analytic.parquet}, {name: SR, data: [26, 21]}]
measurements: [{name: m, config: {poi: mu}}]
"""

WITH_BINS: Mapping[str, str] = {
    "binned": _BINNED,
    "binned interference": _INTERFERENCE,
    "binned and unbinned": _MIXED,
}

MODELS: Mapping[str, str] = {
    "analytic": _ANALYTIC,
    "ratio, analytic policy": _RATIO.replace("POLICY", "analytic"),
    "ratio, reference policy": _RATIO.replace("POLICY", "reference"),
    "ratio, simulation_sum policy": _RATIO.replace("POLICY", "simulation_sum"),
    "signed ratios": _SIGNED,
}

# Where the laws are looked at: nominal, nuisances at 0, at the anchors and beyond, mu at its bound.
SHIFTS: Mapping[str, Mapping[str, float]] = {
    "nominal": {},
    "zero": {"alpha": 0.0, "beta": 0.0, "gamma": 0.0},
    "anchors": {"alpha": 1.0, "beta": -1.0, "gamma": 1.0, "mu": 2.0},
    "beyond": {"alpha": -1.7, "beta": 2.5, "gamma": -3.0, "mu": 0.3},
}


def write_files(folder: Path) -> None:
    """The tables that the documents name; always the same numbers."""
    rng = np.random.default_rng(20261122)
    _write(
        folder / "analytic.parquet",
        {"x": np.append(rng.normal(5, 0.6, 30), rng.uniform(0, 10, 60))},
    )
    pool, observed = rng.normal(0, 1.5, 1500), rng.normal(0, 1.4, 170)
    for name, x in (("pool", pool[np.abs(pool) < 4]), ("observed", observed[np.abs(observed) < 4])):
        s, b = np.exp(-0.5 * (x - 0.3) ** 2), np.exp(-0.25 * x**2)
        columns = {"x": x, "r_s": 1.5 * s, "r_b": 1.2 * b, "r_sbi": 0.9 * s + 0.5 * b}
        columns |= {
            "r_i": b * (np.tanh(x) + 0.8),
            "log_r": 0.1 * x - 0.05,
            "up1": 1 + 0.1 * np.sin(x),
        }
        columns |= {"dn1": 1 - 0.12 * np.sin(x), "up2": np.exp(0.2 * x), "dn2": np.exp(-0.15 * x)}
        columns |= {"up3": 0.05 * x, "dn3": 0.02 * np.cos(x), "w": rng.uniform(0.5, 1.5, x.size)}
        _write(folder / f"{name}.parquet", columns | {"v": rng.uniform(0.3, 2.0, x.size)})


@functools.cache
def compiled(name: str) -> tuple[sm.Model, sm.Dataset]:
    """A model of the list with its data, compiled once a process."""
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)  # closure of made-up ratios is not theirs
        folder = Path(place)
        write_files(folder)
        (folder / "model.yaml").write_text({**MODELS, **WITH_BINS}[name])
        return sm.compile(folder / "model.yaml")


def free_point(model: sm.Model, shift: Mapping[str, float]) -> np.ndarray:
    """The internal vector at a shift, for the parameters that the model has."""
    known = {name: value for name, value in shift.items() if name in model.space.names}
    return model.space.to_free(model.space.values(model.space.point(known)))


def _write(path: Path, columns: Mapping[str, np.ndarray]) -> None:
    pq.write_table(pa.table(dict(columns)), path)
