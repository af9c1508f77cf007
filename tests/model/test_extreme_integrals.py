"""Integrals of single densities far out, against numbers of mpmath 1.4.1 at 40 digits."""

import jax
import jax.numpy as jnp
import numpy as np

from laws.density_tools import compiled
from statmodel.model._expressions import Slot
from statmodel.model.densities import Argus, Chebyshev, Gamma, Polynomial

SLOTS = (Slot(0), Slot(1), Slot(2))

# Shape, scale, location; the log of the integral of y^(k - 1) e^-y over x from 100 to 180.
GAMMA = {
    (0.36, 0.0022, 33.7): -30149.083587720242,  # 30 000 e-folds above the location, k < 1
    (0.4, 0.5, 99.9): -0.71768576189633857,
    (7.7e4, 400.0, 77.0): -104474.15562644227,  # on the slope below a far peak
    (1.7e4, 0.003, 86.0): 148586.70590778534,
    (3.0, 1e-3, 60.0): -39985.714435812789,  # on the slope above a far peak
    (900.0, 0.05, 100.0): 5216.677388462457,
}
# Endpoint, slope, power; x u^p e^(c u) over x from 5.2 to 5.3.
ARGUS = {
    (5.29, -20.0, -0.7): 2.6863031910911036,  # infinite at the endpoint
    (5.25480986, -2760.0, -0.67): 1.0064722840176243,
    (5.29, 300.0, -0.9): 10.21708193358058,
    (5.28, -5000.0, 0.5): -10.261867009883206,
    (5.5, 2.0, -0.6): 0.9912928658535335,
    (5.29, -8.0, 3.5): -14.336784338166566,
}


def values_and_slopes(density: Gamma | Argus, points: list) -> tuple[np.ndarray, np.ndarray]:
    both = compiled(jax.vmap(jax.value_and_grad(density.log_integral)))
    values, slopes = both(jnp.asarray(points))
    return np.asarray(values), np.asarray(slopes)


def test_gamma():
    density = Gamma(0, 100.0, 180.0, *SLOTS)
    values, slopes = values_and_slopes(density, list(GAMMA))
    # Rounding of logs of 1e5 is 1e-11 of them.
    np.testing.assert_allclose(values, list(GAMMA.values()), rtol=1e-14, atol=1e-9)
    assert np.isfinite(slopes).all()


def test_argus():
    density = Argus(0, 5.2, 5.3, *SLOTS)
    values, slopes = values_and_slopes(density, list(ARGUS))
    np.testing.assert_allclose(values, list(ARGUS.values()), rtol=0, atol=1e-8)
    assert np.isfinite(slopes).all()


def test_a_series_without_integral_is_no_infinite_density():
    # The integrals of 1 - x/2 and of 1 + 6 T2 (whose mean is -1/3) are negative.
    for density, at in (
        (Polynomial(0, 0.0, 10.0, (Slot(0),)), jnp.array([-0.5])),
        (Chebyshev(0, 0.0, 10.0, (Slot(1), Slot(0))), jnp.array([6.0, 0.0])),
    ):
        assert float(density.log_prob(jnp.array([1.0]), at)) == -np.inf
        assert float(density.log_prob(jnp.array([0.1]), at)) == -np.inf
