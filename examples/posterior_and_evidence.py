# %% [markdown]
# Bayesian questions about a search with few events: what is known of the signal, and how much
# better than no signal at all it explains the data.

# %%
from pathlib import Path

import jax
import numpyro.distributions as dist

import statmodel as sm
from statmodel.bayes import bayes_factor

model, data = sm.compile(Path(__file__).parents[1] / "specs/lz_like.yaml")

# %% [markdown]
# The focus of the spec as prior. Look at `ok` before any number.

# %%
found = sm.posterior(model, data, key=jax.random.key(1), focus="wide")
print(found.message)
low, high = found.hpd("mu", 0.6827)
print(f"mu = {found.mean('mu'):.2f} +- {found.sd('mu'):.2f}, 68.27 % in [{low:.2f}, {high:.2f}]")

# %% [markdown]
# A prior of one's own, truncated to the bounds of the spec.

# %%
other = sm.posterior(model, data, key=jax.random.key(1), priors={"mu": dist.Gamma(2.0, 0.5)})
print(f"mu = {other.mean('mu'):.2f} with the other prior")

# %% [markdown]
# Marginal likelihoods, and their ratio. With `mu` held nothing is free, and nothing to integrate.

# %%
signal = sm.evidence(model, data, key=jax.random.key(2), focus="wide")
none = sm.evidence(model, data, key=jax.random.key(3), fixed={"mu": 0.0})
factor = bayes_factor(signal, none)
print(f"ln Z = {signal.log:.3f} +- {signal.error:.3f}; with no signal {none.log:.3f}")
print(f"Bayes factor {factor.value:.2f}: {factor.message}")

# %%
assert found.ok
assert other.ok
assert low < found.mean("mu") < high
assert signal.ok
assert factor.log > factor.error
