"""Laws that every constraint obeys, over the list of constraint classes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from constraint_cases import ConstraintCase, constraints
from statmodel.model import ConstraintBlock, JointGaussian

EACH = pytest.mark.parametrize("case", constraints, ids=lambda case: case.name)
DRAWS = 20_000
COVARIANCE = np.array([[1.0, 0.3, -0.2], [0.3, 1.5, 0.4], [-0.2, 0.4, 0.7]])
MEAN = np.array([0.2, -0.5, 1.0])
PLACES = (4, 0, 2)
VALUES = jnp.asarray([0.6, 9.0, -0.3, 9.0, 1.1])


def real(value: float) -> jax.Array:
    return jnp.asarray(value, jnp.float64)


def density(case: ConstraintCase, moving: np.ndarray) -> np.ndarray:
    """As a function of what it is normalised in."""
    constraint = case.make(1.0)
    if case.kind == "parameter":
        log_p = jax.vmap(lambda p: constraint.log_prob(constraint.centre(), p))
    else:
        log_p = jax.vmap(lambda a: constraint.log_prob(a, real(case.at)))
    return np.exp(log_p(jnp.asarray(moving)))


@EACH
def test_it_integrates_to_one(case: ConstraintCase):
    low, high = case.support
    if case.kind == "counts":
        total = density(case, np.arange(low, high, case.step)).sum()
    else:
        grid = np.linspace(low, high, 4001)
        total = integrate.simpson(density(case, grid), x=grid)
    # Simpson's error is (step / width)^4 / 180 < 1e-9; the tails hold less than 1e-15.
    assert total == pytest.approx(1.0, rel=1e-8)


@EACH
def test_it_is_scipys_density(case: ConstraintCase):
    low, high = case.support
    step = case.step or (high - low) / 64
    if case.kind == "parameter":
        moving = np.arange(low, high, step)
        wanted = case.log_density(case.centre, moving)
    else:
        moving = np.arange(low + step, high, step)
        wanted = case.log_density(moving, case.at)
    here = wanted > -600  # beyond, the exponential of the comparison is no normal number
    assert here.sum() > 5
    # Logs of up to 600 in size: 1e-11 of a density is rounding.
    np.testing.assert_allclose(density(case, moving)[here], np.exp(wanted[here]), rtol=1e-11)


@EACH
def test_new_observations_have_its_mean_and_width(case: ConstraintCase, key: jax.Array):
    constraint = case.make(1.0)
    keys = jax.random.split(key, DRAWS)
    drawn = np.asarray(jax.vmap(lambda k: constraint.sample(real(case.at), key=k))(keys))
    mean, width = case.drawn
    # Five standard deviations of a mean and, for kurtosis below 6, of a standard deviation.
    assert abs(drawn.mean() - mean) <= 5 * width / np.sqrt(DRAWS) + 1e-14
    assert abs(drawn.std() - width) <= 5 * width * np.sqrt(5 / (4 * DRAWS)) + 1e-14


@pytest.mark.parametrize(
    "case", [case for case in constraints if case.kind == "counts"], ids=lambda case: case.name
)
def test_counts_are_whole(case: ConstraintCase, key: jax.Array):
    drawn = jax.vmap(lambda k: case.make(1.0).sample(real(case.at), key=k))
    counts = np.asarray(drawn(jax.random.split(key, 50))) / case.step
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-12)


@EACH
def test_its_width_is_its_curvature_at_the_centre(case: ConstraintCase):
    constraint = case.make(1.0)
    centre = constraint.centre()
    curvature = -jax.grad(jax.grad(lambda p: constraint.log_prob(centre, p)))(centre)
    assert float(centre) == pytest.approx(case.centre, rel=1e-15)
    assert float(constraint.width()) == pytest.approx(case.width, rel=1e-14)
    assert float(curvature) == pytest.approx(case.width**-2, rel=1e-12)


@EACH
def test_it_is_largest_at_its_centre(case: ConstraintCase):
    constraint = case.make(1.0)
    centre = constraint.centre()
    least = 0.0 if np.isinf(case.width) else 1e-6
    for away in (-0.1, 0.1):
        beside = constraint.log_prob(centre, centre + away * min(case.width, 1.0))
        assert float(constraint.log_prob(centre, centre) - beside) >= least


@EACH
def test_forbidden_values_are_minus_infinity_without_nan(case: ConstraintCase):
    constraint = case.make(1.0)
    for value in case.outside:
        log_p, slope = jax.value_and_grad(lambda p: constraint.log_prob(constraint.centre(), p))(
            real(value)
        )
        assert log_p == -jnp.inf
        assert bool(jnp.isfinite(slope))


@EACH
def test_a_stack_is_its_members(case: ConstraintCase, key: jax.Array):
    members = [case.make(f) for f in (0.8, 1.0, 1.3)]
    places = (3, 0, 2)
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
    block = ConstraintBlock(jnp.asarray(places), stacked)
    values = case.at * jnp.asarray([1.1, 99.0, 0.9, 1.0])
    observed = case.centre * jnp.asarray([1.05, 99.0, 1.0, 0.95])
    pairs = list(zip(members, places, strict=True))
    wanted = sum(float(one.log_prob(observed[i], values[i])) for one, i in pairs)
    assert np.isfinite(wanted)
    assert float(block.log_prob(observed, values)) == pytest.approx(wanted, rel=1e-14, abs=1e-14)
    np.testing.assert_array_equal(block.centre(), [one.centre() for one in members])
    np.testing.assert_allclose(block.width(), [one.width() for one in members], rtol=1e-15)
    keys = jax.random.split(key, 3)
    drawn = [one.sample(values[i], key=k) for (one, i), k in zip(pairs, keys, strict=True)]
    np.testing.assert_allclose(block.sample(values, key=key), drawn, rtol=1e-15)


@pytest.fixture
def joint() -> JointGaussian:
    lower = jnp.asarray(np.linalg.cholesky(COVARIANCE))
    return JointGaussian(jnp.asarray(PLACES), jnp.asarray(MEAN), lower)


def test_a_joint_gaussian_is_scipys(joint: JointGaussian):
    observed = jnp.asarray([0.1, 7.0, 0.4, 7.0, -0.9])
    wanted = stats.multivariate_normal(np.take(VALUES, PLACES), COVARIANCE).logpdf(
        np.take(observed, PLACES)
    )
    assert float(joint.log_prob(observed, VALUES)) == pytest.approx(wanted, rel=1e-13)


def test_a_joint_gaussian_of_one_is_a_gaussian():
    one = JointGaussian(jnp.asarray([1]), jnp.asarray([0.3]), jnp.asarray([[1.7]]))
    wanted = stats.norm.logpdf(0.5, 0.9, 1.7)
    found = one.log_prob(jnp.asarray([9.0, 0.5]), jnp.asarray([9.0, 0.9]))
    assert float(found) == pytest.approx(wanted, rel=1e-14)


def test_observations_of_a_joint_gaussian_have_its_covariance(joint: JointGaussian, key: jax.Array):
    keys = jax.random.split(key, DRAWS)
    drawn = np.asarray(jax.vmap(lambda k: joint.sample(VALUES, key=k))(keys))
    sizes = np.sqrt(np.diag(COVARIANCE))
    away = (drawn.mean(axis=0) - np.take(VALUES, PLACES)) / sizes
    assert np.abs(away).max() < 5 / np.sqrt(DRAWS)
    # The standard deviation of a covariance of unit variables is sqrt((1 + rho^2) / n).
    scaled = (np.cov(drawn.T) - COVARIANCE) / sizes / sizes[:, None]
    assert np.abs(scaled).max() < 5 * np.sqrt(2 / DRAWS)


def test_widths_of_a_joint_gaussian_are_the_roots_of_its_diagonal(joint: JointGaussian):
    np.testing.assert_allclose(joint.width(), np.sqrt(np.diag(COVARIANCE)), rtol=1e-14)
    np.testing.assert_array_equal(joint.centre(), MEAN)
    hessian = jax.hessian(lambda p: joint.log_prob(VALUES, p))(VALUES)
    found = -np.linalg.inv(np.asarray(hessian)[np.ix_(PLACES, PLACES)])
    np.testing.assert_allclose(found, COVARIANCE, rtol=1e-12)
