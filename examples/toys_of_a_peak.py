"""Toys: is the fit of a peak unbiased, and are its errors of the right size?"""

# %% The model, and its fit to the data.
from pathlib import Path

import jax
import numpy as np

import statmodel as sm

model, data = sm.compile(Path(__file__).parents[1] / "specs" / "peak.yaml")
observed = sm.fit(model, data)

# %% A thousand pseudo-experiments at the best fit; each is fitted as the data were.
table = sm.run_toys(model, observed.point, key=jax.random.key(7), n=1000)
print(table.message, "-", table.ensemble)

# %% Pulls of parameters found without bias, with errors that are right, are unit Gaussians.
pulls = ((table.values - table.truth) / table.errors)[table.good]
for name, pull in zip(table.names, pulls.T, strict=True):
    print(f"{name:14s} mean {np.nanmean(pull):+.3f}  width {np.nanstd(pull):.3f}")

# %%
signal = pulls[:, table.column("n_signal")]
uncertainty = 1 / np.sqrt(len(signal))
assert table.ok
assert abs(signal.mean()) < 5 * uncertainty
assert abs(signal.std() - 1) < 5 * uncertainty / np.sqrt(2)
