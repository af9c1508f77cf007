"""One likelihood of an unbinned channel, an included histogram and a control region."""

# %% The spec: the width of the Higgs boson from its off-shell and its on-shell rate.
from pathlib import Path

import numpy as np

import statmodel as sm

SPEC = Path(__file__).parents[1] / "specs" / "combination.yaml"
model, data = sm.compile(SPEC)
for name, events in data.channels.items():
    print(f"{name:8s} {events.size:4d} events, unbinned")
for name, counts in data.counts.items():
    print(f"{name:8s} {counts.values.sum():4.0f} events in {counts.size} bins")

# %% A parameter that stands in several channels is one parameter, with one constraint.
result = sm.fit(model, data)
print(result.message)
for name, value, error in zip(result.names, result.values, result.errors, strict=True):
    print(f"{name:16s} {float(value):7.3f} +- {float(error):.3f}")

# %% The strengths are formulas: fourth powers of the coupling, with and without the width.
width, kappa_on = float(result.point["width"]), float(result.point["kappa_on"])
mu_on = kappa_on**4
print(f"mu_on = {mu_on:.3f}, mu_off = {mu_on * width:.3f}, kappa = {kappa_on * width**0.25:.3f}")

# %% Errors from the profile likelihood: interference makes them asymmetric.
interval = sm.profile_errors(model, data, result, parameters=["width"]).of("width")
print(f"width = {width:.2f} +{interval.plus:.2f} -{interval.minus:.2f}")

# %% Is three times the standard model's width excluded, and from which width on?
test = sm.hypotest(model, data, 3.0, result=result)
print(f"CLs(3) = {test.CLs_obs:.3f}, expected {test.CLs_exp[2]:.3f}")
limit = sm.upper_limit(model, data, result=result)
print(f"width < {limit.obs_limit:.2f} at 95 % CLs, expected {limit.exp_limits[2]:.2f}")

# %% What to expect of it: the data were drawn at the standard model, width = 1 and kappa_on = 1.
assert result.ok
np.testing.assert_allclose(width, 1.984, atol=0.01)  # a hundredth of the error, and less
np.testing.assert_allclose(kappa_on, 0.962, atol=0.001)
assert interval.status.ok
np.testing.assert_allclose([interval.minus, interval.plus], [1.050, 1.373], atol=0.01)
np.testing.assert_allclose(mu_on, 0.857, atol=0.005)
assert model.space.names.count("alpha_lumi") == 1
assert test.ok
assert limit.ok
np.testing.assert_allclose([limit.obs_limit, limit.exp_limits[2]], [4.593, 2.914], atol=0.005)
