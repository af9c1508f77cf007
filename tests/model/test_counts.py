"""The Poisson probability of counts, beside the same formula in sixty digits."""

from decimal import Decimal, localcontext

import jax.numpy as jnp
import numpy as np
import pytest

from statmodel.model.histograms._counts import counts, poisson_log_prob

_BERNOULLI = ((1, 12), (-1, 360), (1, 1260), (-1, 1680), (1, 1188), (-691, 360360), (1, 156))
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097")


def log_factorial(n):
    """Stirling's series beyond sixty, and the recurrence down to n."""
    x, steps = n + 1, Decimal(0)
    while x < 60:
        steps, x = steps + x.ln(), x + 1
    series = sum(Decimal(a) / b / x ** (2 * k + 1) for k, (a, b) in enumerate(_BERNOULLI))
    return (x - Decimal("0.5")) * x.ln() - x + (2 * _PI).ln() / 2 + series - steps


def exact(observed, expected):
    with localcontext() as context:
        context.prec = 60
        n, nu = Decimal(observed), Decimal(expected)
        return (n * nu.ln() if n else Decimal(0)) - nu - log_factorial(n)


@pytest.mark.parametrize("ratio", [0.5, 0.999, 1.0, 1.0001, 2.0])
@pytest.mark.parametrize(
    "observed", [0.0, 0.25, 1.0, 2.5, 10.0, 31.75, 32.0, 33.0, 100.0, 1e4, 1e6, 1e8, 1e12]
)
def test_counts_of_every_size(observed, ratio):
    expected = ratio * max(observed, 1.0)
    bins = counts(jnp.array([observed]), jnp.array([True]))
    found = float(poisson_log_prob(jnp.array([expected]), bins))
    # Numbers that are added: the excess, and terms of order one (log gamma is right to 2e-14).
    allowed = 1e-15 * abs(expected - observed) + 4e-16 * observed + 5e-14
    np.testing.assert_allclose(found, float(exact(observed, expected)), rtol=0, atol=allowed)


def test_a_hundred_million_events_where_all_are_expected():
    """log P = -log(2 pi n)/2 - 1/(12 n); differences of n log n would leave 1e-6 of error."""
    n = 1e8
    bins = counts(jnp.array([n]), jnp.array([True]))
    found = float(poisson_log_prob(jnp.array([n]), bins))
    assert found == pytest.approx(-0.5 * np.log(2 * np.pi * n) - 1 / (12 * n), abs=1e-14)
