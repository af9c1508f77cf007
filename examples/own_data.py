"""From arrays to a file, from the file to a fit: a mass peak in data of one's own."""

# %% Some data: 200 signal events at 91 on 800 of background that falls.
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import statmodel as sm

LOW, HIGH = 60.0, 120.0  # GeV
random = np.random.default_rng(7)
peak = random.normal(91.0, 2.5, 200)
below = LOW + random.exponential(30.0, 1200)
masses = np.concatenate([peak, below[below < HIGH][:800]])

# %% The spec names the file, relative to itself.
SPEC = """
statmodel: "1"
name: my-peak
parameters:
  - {name: n_peak, init: 100, bounds: [0, 5000]}
  - {name: n_flat, init: 500, bounds: [0, 5000]}
  - {name: mass, init: 90, bounds: [80, 100], unit: GeV}
  - {name: width, init: 2, bounds: [0.5, 10], unit: GeV}
  - {name: slope, init: -0.01, bounds: [-1, 1], unit: 1/GeV}
channels:
  - name: dimuon
    type: unbinned
    observables: [{name: m, min: 60, max: 120, unit: GeV}]
    processes:
      - {name: peak, yield: n_peak, density: {type: gaussian, mean: mass, sigma: width}}
      - {name: background, yield: n_flat, density: {type: exponential, slope: slope}}
observations:
  - {name: dimuon, file: events.parquet, columns: {m: mass_gev}}
measurements:
  - {name: main, config: {poi: n_peak}}
"""
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    pq.write_table(
        pa.table({"mass_gev": masses, "run": np.arange(masses.size)}), folder / "events.parquet"
    )
    (folder / "my_peak.yaml").write_text(SPEC)
    model, data = sm.compile(folder / "my_peak.yaml")

# %% Only the columns that the spec names are read.
events = data.channels["dimuon"]
print(f"{events.size} events in the range, {events.dropped} outside")

# %% Fit, and compare with what went in.
result = sm.fit(model, data)
for name, truth in {"n_peak": 200.0, "n_flat": 800.0, "mass": 91.0, "width": 2.5}.items():
    value, error = float(result.point[name]), float(result.error(name))
    print(f"{name:7s} {value:8.2f} +- {error:6.2f}   truth {truth:g}")
    assert abs(value - truth) < 4 * error

# %% The whole result as JSON, to keep.
document = result.to_json()
print(document[:200], "...")

# %% An extended fit counts what there is: the yields add up to the events.
assert result.ok
np.testing.assert_allclose(result.point["n_peak"] + result.point["n_flat"], events.size, atol=1e-2)
assert sm.FitResult.from_json(document).point["mass"] == result.point["mass"]
