"""Mixtures of two densities take one exponential: what vanishes, idles or is no number there."""

import jax.numpy as jnp
import numpy as np
import pytest

from statmodel.model.channels._analytic import _relative
from statmodel.model.channels._base import weighted_log_sum

INF, NAN = np.inf, np.nan
# Rates, log densities at one event, and the log of the mixture.
PAIRS = [
    ((3.0, 2.0), (-1.0, -2.0), np.log(3 * np.exp(-1) + 2 * np.exp(-2))),
    ((3.0, 2.0), (-2.0, -1.0), np.log(3 * np.exp(-2) + 2 * np.exp(-1))),
    ((3.0, 2.0), (-1.0, -1.0), np.log(5 * np.exp(-1))),
    ((3.0, -2.0), (-1.0, -2.0), np.log(3 * np.exp(-1) - 2 * np.exp(-2))),
    ((3.0, -2.0), (-2.0, -1.0), -INF),  # negative
    ((3.0, 2.0), (-5000.0, -5001.0), np.log(3 + 2 * np.exp(-1)) - 5000),  # below all floats
    ((3.0, 2.0), (-INF, -1.0), np.log(2) - 1),
    ((3.0, 2.0), (-1.0, -INF), np.log(3) - 1),
    ((3.0, 2.0), (-INF, -INF), -INF),
    ((0.0, 2.0), (-1.0, -900.0), np.log(2) - 900),  # the idle one is far larger
    ((3.0, 0.0), (-900.0, -1.0), np.log(3) - 900),
    ((0.0, 2.0), (-1.0, -INF), -INF),
    ((3.0, 0.0), (-INF, -1.0), -INF),
    ((0.0, 0.0), (-1.0, -2.0), -INF),
    ((3.0, 2.0), (NAN, -1.0), -INF),
    ((3.0, 2.0), (-1.0, NAN), -INF),
    ((3.0, 2.0), (INF, -1.0), -INF),  # no finite likelihood either
]


@pytest.mark.parametrize(("rates", "logs", "expected"), PAIRS)
def test_the_log_of_a_mixture_of_two(rates, logs, expected):
    rows, offset = _relative(jnp.array(rates), [jnp.array([one]) for one in logs])
    intensity = rates[0] * rows[0] + rates[1] * rows[1]
    found = weighted_log_sum(intensity, offset, jnp.ones(1), jnp.ones(1, bool))
    np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize(("rates", "logs", "expected"), PAIRS)
def test_an_event_that_does_not_count_changes_nothing(rates, logs, expected):
    del expected
    rows, offset = _relative(jnp.array(rates), [jnp.array([one, 0.0, one]) for one in logs])
    intensity = rates[0] * rows[0] + rates[1] * rows[1]
    weights, mask = jnp.array([0.0, 1.0, 1.0]), jnp.array([True, True, False])
    found = weighted_log_sum(intensity, offset, weights, mask)
    total = rates[0] + rates[1]
    np.testing.assert_allclose(found, np.log(total) if total > 0 else -INF, rtol=1e-15)
