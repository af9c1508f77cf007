"""Laws that every constraint obeys, over the list of constraint classes."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float
from scipy import integrate, stats

from constraint_cases import ConstraintCase, constraints
from statmodel.model import AbstractConstraint, ConstraintBlock, JointGaussian

EACH = pytest.mark.parametrize("case", constraints, ids=lambda case: case.name)
DRAWS = 20_000
COVARIANCE = np.array([[1.0, 0.3, -0.2], [0.3, 1.5, 0.4], [-0.2, 0.4, 0.7]])
MEAN = np.array([0.2, -0.5, 1.0])
PLACES = (4, 0, 2)
VALUES = jnp.asarray([0.6, 9.0, -0.3, 9.0, 1.1])


def real(value: float) -> jax.Array:
    return jnp.asarray(value, jnp.float64)


@eqx.filter_jit
def log_density(
    constraint: AbstractConstraint, observed: jax.Array, at: jax.Array
) -> Float[Array, " place"]:
    return jax.vmap(constraint.log_prob)(observed, at)


@eqx.filter_jit
def samples(constraint: AbstractConstraint, at: jax.Array, key: jax.Array) -> jax.Array:
    keys = jax.random.split(key, DRAWS)
    return jax.vmap(lambda one: constraint.sample(at, key=one))(keys)


@functools.cache
def curve(case: ConstraintCase) -> tuple[np.ndarray, np.ndarray]:
    """The density over its support, as a function of what it is normalised in."""
    low, high = case.support
    moving = np.arange(low, high, case.step) if case.step else np.linspace(low, high, 4001)
    still = np.full(moving.size, case.centre if case.kind == "parameter" else case.at)
    pair = (still, moving) if case.kind == "parameter" else (moving, still)
    return moving, np.exp(log_density(case.make(1.0), *map(jnp.asarray, pair)))


@EACH
def test_it_integrates_to_one(case: ConstraintCase):
    moving, density = curve(case)
    total = density.sum() if case.step else integrate.simpson(density, x=moving)
    # Simpson's error is (step / width)^4 / 180 < 1e-9; the tails hold less than 1e-15.
    assert total == pytest.approx(1.0, rel=1e-8)


@EACH
def test_it_is_scipys_density(case: ConstraintCase):
    moving, density = curve(case)
    at_centre = case.kind == "parameter"
    log_p = (
        case.log_density(case.centre, moving) if at_centre else case.log_density(moving, case.at)
    )
    here = log_p > -600  # beyond, the exponential of the comparison is no normal number
    assert here.sum() > 5
    # Logs of up to 600 in size: 1e-11 of a density is rounding.
    np.testing.assert_allclose(density[here], np.exp(log_p[here]), rtol=1e-11)


@EACH
def test_new_observations_have_its_mean_and_width(case: ConstraintCase, key: jax.Array):
    drawn = np.asarray(samples(case.make(1.0), real(case.at), key))
    mean, width = case.drawn
    # Five standard deviations of a mean and, for kurtosis below 6, of a standard deviation.
    assert abs(drawn.mean() - mean) <= 5 * width / np.sqrt(DRAWS) + 1e-14
    assert abs(drawn.std() - width) <= 5 * width * np.sqrt(5 / (4 * DRAWS)) + 1e-14


@pytest.mark.parametrize(
    "case", [case for case in constraints if case.kind == "counts"], ids=lambda case: case.name
)
def test_counts_are_whole(case: ConstraintCase, key: jax.Array):
    counts = np.asarray(samples(case.make(1.0), real(case.at), key)) / case.step
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-12)


@EACH
def test_its_width_is_its_curvature_at_the_centre(case: ConstraintCase):
    constraint = case.make(1.0)
    centre = constraint.centre()
    curvature = -jax.jit(jax.grad(jax.grad(lambda p: constraint.log_prob(centre, p))))(centre)
    assert float(centre) == pytest.approx(case.centre, rel=1e-15)
    assert float(constraint.width()) == pytest.approx(case.width, rel=1e-14)
    assert float(curvature) == pytest.approx(case.width**-2, rel=1e-12)


@EACH
def test_it_is_largest_at_its_centre(case: ConstraintCase):
    away = 0.1 * min(case.width, 1.0) * np.array([0.0, -1.0, 1.0])
    observed = jnp.full(3, case.centre)
    here, below, above = log_density(case.make(1.0), observed, observed + jnp.asarray(away))
    least = 0.0 if np.isinf(case.width) else 1e-6
    assert min(here - below, here - above) >= least


@pytest.mark.parametrize(
    "case", [case for case in constraints if case.outside], ids=lambda case: case.name
)
def test_forbidden_values_are_minus_infinity_without_nan(case: ConstraintCase):
    constraint = case.make(1.0)
    centre = constraint.centre()
    both = jax.jit(jax.vmap(jax.value_and_grad(lambda p: constraint.log_prob(centre, p))))
    log_p, slope = both(jnp.asarray(case.outside))
    assert bool((log_p == -jnp.inf).all())
    assert bool(jnp.isfinite(slope).all())


@eqx.filter_jit
def stacked(members, places, observed, values):
    """What a block says, and what its members say one by one."""
    stack = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
    block = ConstraintBlock(places, stack)
    each = list(zip(members, places, strict=True))
    told = (
        block.log_prob(observed, values),
        block.centre(),
        block.width(),
    )
    singly = (
        sum(one.log_prob(observed[i], values[i]) for one, i in each),
        jnp.stack([one.centre() for one in members]),
        jnp.stack([one.width() for one in members]),
    )
    return told, singly


@EACH
def test_a_stack_is_its_members(case: ConstraintCase):
    members = [case.make(f) for f in (0.8, 1.0, 1.3)]
    values = case.at * jnp.asarray([1.1, 99.0, 0.9, 1.0])
    observed = case.centre * jnp.asarray([1.05, 99.0, 1.0, 0.95])
    told, singly = stacked(members, jnp.asarray([3, 0, 2]), observed, values)
    assert bool(jnp.isfinite(told[0]))
    for left, right in zip(told, singly, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-13, atol=1e-14)


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
    drawn = np.asarray(jax.jit(jax.vmap(lambda one: joint.sample(VALUES, key=one)))(keys))
    sizes = np.sqrt(np.diag(COVARIANCE))
    away = (drawn.mean(axis=0) - np.take(VALUES, PLACES)) / sizes
    assert np.abs(away).max() < 5 / np.sqrt(DRAWS)
    # The standard deviation of a covariance of unit variables is sqrt((1 + rho^2) / n).
    scaled = (np.cov(drawn.T) - COVARIANCE) / sizes / sizes[:, None]
    assert np.abs(scaled).max() < 5 * np.sqrt(2 / DRAWS)


def test_widths_of_a_joint_gaussian_are_the_roots_of_its_diagonal(joint: JointGaussian):
    np.testing.assert_allclose(joint.width(), np.sqrt(np.diag(COVARIANCE)), rtol=1e-14)
    np.testing.assert_array_equal(joint.centre(), MEAN)
    hessian = jax.jit(jax.hessian(lambda p: joint.log_prob(VALUES, p)))(VALUES)
    found = -np.linalg.inv(np.asarray(hessian)[np.ix_(PLACES, PLACES)])
    np.testing.assert_allclose(found, COVARIANCE, rtol=1e-12)


def test_a_stack_draws_a_key_for_each_member(key: jax.Array):
    members = [constraints[0].make(f) for f in (0.8, 1.0)]
    stack = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
    values = jnp.asarray([0.4, 99.0, -0.7])
    drawn = ConstraintBlock(jnp.asarray([2, 0]), stack).sample(values, key=key)
    singly = [
        one.sample(values[i], key=k)
        for one, i, k in zip(members, (2, 0), jax.random.split(key, 2), strict=True)
    ]
    np.testing.assert_allclose(drawn, singly, rtol=1e-15)
    assert drawn[0] != drawn[1]
