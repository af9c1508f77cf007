"""Densities by themselves: what the laws, which run over all of them, do not ask."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from density_cases.composed import histogram
from density_cases.planes import plane_product
from laws.density_tools import compiled, density_of
from statmodel.model._expressions import Constant, Slot
from statmodel.model.densities import (
    AbstractDensity,
    Exponential,
    FormulaDensity,
    Gaussian,
    PowerLaw,
    ProductDensity,
    SumDensity,
    Uniform,
    VariedDensity,
    slots_read,
)


def test_product_is_a_sum_of_logs():
    product = plane_product()
    x, at = jnp.array([0.3, 1.1]), jnp.array([-0.6, 0.2])
    exponential = stats.truncexpon(4.0 * 0.6, scale=1 / 0.6).logpdf(1.1)
    gaussian = stats.truncnorm((-2 - 0.2) / 0.7, (3 - 0.2) / 0.7, loc=0.2, scale=0.7).logpdf(0.3)
    ours = compiled(lambda x: product.log_prob(x, at))(x)
    assert float(ours) == pytest.approx(exponential + gaussian, rel=1e-12)


def test_sum_fraction_has_a_derivative_at_zero():
    density, x = density_of("sum"), jnp.array([125.0])
    gradient = compiled(jax.grad(density.log_prob, 1))(x, jnp.array([125.0, 0.0, 0.0]))
    narrow, flat = stats.norm(125, 2).pdf(125.0), 1 / 80  # (narrow - flat)/flat, ranges wide
    assert float(gradient[1]) == pytest.approx((narrow - flat) / flat, rel=1e-9)


def test_invalid_slopes_vanish_instead_of_failing():
    rising = Exponential(axis=0, lower=0.0, upper=np.inf, slope=Slot(0))
    flat = PowerLaw(axis=0, lower=1.0, upper=np.inf, power=Slot(0))
    assert float(rising.log_prob(jnp.array([1.0]), jnp.array([0.3]))) == -np.inf
    assert float(flat.log_prob(jnp.array([2.0]), jnp.array([-0.5]))) == -np.inf


def test_density_knows_the_slots_that_it_reads():
    assert slots_read(density_of("gaussian")) == {0, 1}
    assert slots_read(density_of("varied_histogram")) == {0, 1}
    assert slots_read(density_of("histogram")) == frozenset()


LINE = {"axis": 0, "lower": 0.0, "upper": 1.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Uniform(axis=0, lower=0.0, upper=np.inf),
            "finite range only: give `min` and `max`",
        ),
        (lambda: Uniform(axis=0, lower=2.0, upper=1.0), "`min` must be below `max`"),
        (lambda: PowerLaw(axis=0, lower=-1.0, upper=1.0, power=Slot(0)), "positive numbers"),
        (lambda: SumDensity((Uniform(**LINE),) * 2, ()), "one fewer than `terms`"),
        (
            lambda: SumDensity(
                (Uniform(**LINE), Uniform(axis=1, lower=0.0, upper=1.0)), (Constant(0.5),)
            ),
            "the same observables",
        ),
        (lambda: ProductDensity((Uniform(**LINE),) * 2), "different observables"),
        (lambda: histogram([1.0, 2.0]), r"must have the shape \(4,\)"),
        (lambda: histogram([1.0, -2.0, 1.0, 1.0]), r"got -2.0 at \(1,\)"),
        (lambda: histogram([0.0, 0.0, 0.0, 0.0]), "is empty between"),
        (lambda: histogram([1.0], [3.0, 2.0]), "must increase"),
        (lambda: FormulaDensity((0,), (0.0,), (np.inf,), Slot(0)), "on a finite range"),
        (
            lambda: VariedDensity(
                Gaussian(axis=0, lower=0.0, upper=np.inf, mean=Slot(0), sigma=Slot(1)), ()
            ),
            "on a finite range",
        ),
    ],
)
def test_what_cannot_be_a_density_is_refused(make: Callable[[], AbstractDensity], message: str):
    with pytest.raises(ValueError, match=message):
        make()
