"""Write a model in Python as text, give it numbers, and fit: no file is needed."""

# %% Sixty decay times, drawn here; unit ps.
import numpy as np

import statmodel as sm

random = np.random.default_rng(1)
times = np.round(random.exponential(1.5, 60), 4)

# %% The document. `events` holds small data in place; arguments of densities are formulas.
TEXT = f"""
statmodel: "1"
name: lifetime
parameters:
  - {{name: lifetime, init: 1.0, bounds: [0.1, 10], unit: ps}}
  - {{name: n, init: 50, bounds: [0, 1000]}}
channels:
  - name: decays
    type: unbinned
    observables: [{{name: t, min: 0, unit: ps}}]
    processes:
      - {{name: meson, yield: n, density: {{type: exponential, slope: "-1/lifetime"}}}}
observations:
  - {{name: decays, events: {{t: {times.tolist()}}}}}
measurements:
  - {{name: main, config: {{poi: lifetime}}}}
"""
spec = sm.parse_spec(TEXT)
model, data = sm.compile(spec)

# %% The fit, which is known in closed form: the mean, and the mean over the root of n.
result = sm.fit(model, data)
print(f"lifetime = {float(result.point['lifetime']):.4f} +- {float(result.error('lifetime')):.4f}")
print(f"mean     = {times.mean():.4f} +- {times.mean() / np.sqrt(times.size):.4f}")

# %% One parameter held fixed: the same compiled program is used again.
held = sm.fit(model, data, fixed={"lifetime": 1.5})
print(f"t(1.5) = {2 * float(held.nll - result.nll):.3f}")

# %% Mistakes are reported with their place, all at once.
try:
    sm.compile(sm.parse_spec(TEXT.replace("-1/lifetime", "-1/lifetme")))
    told = ""
except sm.SpecErrors as error:
    told = str(error)
    print(told)

# %%
assert result.ok
assert held.ok
# The fit ends within 1e-4 errors of the minimum.
np.testing.assert_allclose(result.point["lifetime"], times.mean(), rtol=1e-4)
np.testing.assert_allclose(result.error("lifetime"), times.mean() / np.sqrt(times.size), rtol=1e-4)
np.testing.assert_allclose(result.point["n"], times.size, rtol=1e-4)
assert 'Did you mean "lifetime"?' in told
