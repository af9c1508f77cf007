"""How long are confidence intervals? The likelihood ratio and two focuses, in two searches."""

# %% Critical values of three statistics from the same toys, then the sets of other toys.
import tempfile
from pathlib import Path

import jax
import numpy as np
from rich.console import Console

import statmodel as sm
from statmodel.infer import CoverageCertificate, coverage, neyman_several
from statmodel.report.figures import lengths_figure
from statmodel.report.tables import coverage_table

SPECS = Path(__file__).parents[1] / "specs"
STATISTICS = [sm.LRS(), sm.FTS("wide"), sm.FTS("narrow")]


def lengths(name: str, truths: list[float]) -> CoverageCertificate:
    """What sets of both levels do, at some true values."""
    model, _ = sm.compile(SPECS / name)
    curves = neyman_several(model, STATISTICS, key=jax.random.key(1), toys=4000)
    for curve in curves:
        print(f"{name}, {curve.said}: {curve.message}")
    found = coverage(model, curves, truths, key=jax.random.key(2), toys=600)
    Console(width=100).print(coverage_table(found))
    return found


# %% The Higgs boson in two tau leptons, in bins of the mass; both focuses are at mu = 1.
higgs = lengths("higgs_mass.yaml", [1.0])

# %% A search for dark matter; both focuses are at no signal. At 20 sets are longer, not shorter.
dark_matter = lengths("lz_like.yaml", [0.0, 1.0, 20.0])

# %% Mean lengths against the true value, and relative to those of the likelihood ratio.
LEVEL = 0.6827
figure = lengths_figure(dark_matter, level=LEVEL, label=r"$\mu$")
with tempfile.TemporaryDirectory() as folder:
    picture = Path(folder) / "lengths.png"
    figure.savefig(picture)
    assert picture.stat().st_size > 0


# %% Beside ours: published lengths of the first, and those of a simulation of the second.
def at(found: CoverageCertificate, mu: float) -> np.ndarray:
    """Mean lengths by the likelihood ratio, the wide and the narrow focus."""
    return np.array([row.length for row in found.rows if (row.mu, row.level) == (mu, LEVEL)])


PUBLISHED = np.array([1.08, 0.94, 0.85])
SIMULATED = {0.0: np.array([5.95, 4.66, 3.99]), 1.0: np.array([6.82, 5.12, 4.70])}
print("Higgs boson:", at(higgs, 1.0).round(2), "published:", PUBLISHED)
for mu, expected in SIMULATED.items():
    print(f"dark matter, mu = {mu:g}:", at(dark_matter, mu).round(2), "simulated:", expected)

# %% Few toys: 600 lengths scatter by 3 %, and 4000 toys move all of them by as much.
assert higgs.ok
assert dark_matter.ok
np.testing.assert_allclose(at(higgs, 1.0), PUBLISHED, rtol=0.04)
for mu, expected in SIMULATED.items():
    np.testing.assert_allclose(at(dark_matter, mu), expected, rtol=0.1)
ratio, *focused = at(dark_matter, 20.0)
assert min(focused) > ratio
