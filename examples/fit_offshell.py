"""Fit the off-shell Higgs example, read the result, and scan its likelihood."""

# %% The spec: a model and its data in one file.
from pathlib import Path

import jax.numpy as jnp
import numpy as np

import statmodel as sm

SPEC = Path(__file__).parents[1] / "specs" / "offshell_h4l.yaml"
model, data = sm.compile(SPEC)

# %% What is expected at mu = 1, in events. S has no share of its own there: mu - sqrt(mu) = 0.
for process, rate in model.expected(model.space.point())["SR"].items():
    print(f"{process:5s} {float(rate):7.1f}")

# %% The fit: values, and errors from the inverse Hessian.
result = sm.fit(model, data)
print(result.message)
for name, value, error in zip(result.names, result.values, result.errors, strict=True):
    print(f"{name:16s} {float(value):7.3f} +- {float(error):.3f}")

# %% The likelihood of mu is no parabola, because amplitudes interfere; a scan shows it.
scan = sm.profile(model, data, result, over="mu", grid=jnp.linspace(0.0, 5.0, 11))
for mu, t in zip(scan.grid, scan.t, strict=True):
    print(f"mu = {float(mu):4.1f}   -2 ln lambda = {float(t):6.2f}")
inside = scan.grid[scan.t < 1.0]
print(f"68 % interval, to the step of the scan: [{float(inside[0])}, {float(inside[-1])}]")

# %% What to expect of it.
assert result.ok
np.testing.assert_allclose(result.point["mu"], 1.67, atol=0.01)  # the data were drawn at mu = 1
np.testing.assert_allclose(result.error("mu"), 1.00, atol=0.01)
assert float(scan.t.min()) >= 0.0
