"""How far coverage is off by each way to critical values, of as many toys."""

from pathlib import Path

import jax
import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor

import statmodel as sm
from statmodel.infer.construction import neyman
from statmodel.infer.construction._regression import from_angle
from statmodel.infer.statistics import FTS, LRS

SPEC = Path(__file__).parents[3] / "specs" / "lz_like.yaml"
LEVEL = 0.6827
SPAN = (0.0, 20.0)
GRID = np.linspace(*SPAN, 41)
TRUTHS = range(2, 40, 4)
"""Ten hypotheses, the ends of the span left out."""


@pytest.fixture(scope="module")
def model():
    return sm.compile(SPEC)[0]


def boosted(model, statistic, toys, key):
    """scikit-learn's critical values, by as many toys of hypotheses from everywhere."""
    even = (np.arange(toys) + 0.5) / toys
    mu = np.random.default_rng(1).permutation(SPAN[0] + (SPAN[1] - SPAN[0]) * from_angle(even))
    drawn = model.sample({"mu": mu}, key=key, n=toys)
    each = jax.jit(
        lambda data, at: jax.lax.map(
            lambda one: statistic(model, one[0], one[1]), (data, at), batch_size=32
        )
    )
    values = np.asarray(each(drawn, mu))
    regression = GradientBoostingRegressor(
        loss="quantile", alpha=LEVEL, n_estimators=200, learning_rate=0.05, max_depth=3,
        min_samples_leaf=50, subsample=0.5, random_state=0,
    )  # fmt: skip
    return regression.fit(mu[:, None], values).predict(GRID[:, None])


@pytest.mark.parametrize("statistic", [LRS(), FTS("wide")])
@pytest.mark.parametrize(
    ("toys", "keys", "referee", "splines", "boosting"),
    [
        # One deviation of ten correlated numbers scatters by a third, and once in six by a half.
        pytest.param(2_000, 1, 20_000, 1.0, 1.5, id="small"),
        pytest.param(10_000, 4, 100_000, 1.5, 3.0, id="full", marks=pytest.mark.slow),
    ],
)
def test_reweighted_toys_are_closest(model, statistic, toys, keys, referee, splines, boosting):  # noqa: PLR0913, PLR0917 (a table)
    options = {"grid": GRID, "span": SPAN}
    truth = neyman(model, statistic, key=jax.random.key(11), toys=referee, **options)

    def squared(critical):
        """Mean square of what coverage is off by."""
        covered = [1 - truth.distribution.tail(k, float(critical[k])) for k in TRUTHS]
        return np.mean((np.array(covered) - LEVEL) ** 2)

    found = {"reweighted": [], "splines": [], "boosting": []}
    for number in range(keys):
        key = jax.random.key(12 + number)
        for calibration in ("reweighted", "splines"):
            curve = neyman(model, statistic, key=key, toys=toys, calibration=calibration, **options)
            found[calibration].append(squared(curve.critical(LEVEL)))
        found["boosting"].append(squared(boosted(model, statistic, toys, key)))
    off = {name: np.sqrt(np.mean(each)) for name, each in found.items()}
    assert off["splines"] >= splines * off["reweighted"], off
    assert off["boosting"] >= boosting * off["reweighted"], off
