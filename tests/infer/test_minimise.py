"""The minimiser on functions whose minima are known in closed form or from scipy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

from statmodel.infer import Status
from statmodel.infer._minimise import minimise
from statmodel.infer._objective import with_derivatives

INFINITE = np.inf


def run(function, start, lower=None, upper=None, fixed=None, **options):
    start = jnp.asarray(start, jnp.float64)
    size = start.size
    return jax.jit(
        lambda u: minimise(
            with_derivatives(function),
            u,
            fixed=jnp.zeros(size, bool) if fixed is None else jnp.asarray(fixed),
            lower=jnp.full(size, -jnp.inf) if lower is None else jnp.asarray(lower, jnp.float64),
            upper=jnp.full(size, jnp.inf) if upper is None else jnp.asarray(upper, jnp.float64),
            **options,
        )
    )(start)


def rosenbrock(u):
    return jnp.sum(100.0 * (u[1:] - u[:-1] ** 2) ** 2 + (1 - u[:-1]) ** 2)


def test_rosenbrock_reaches_its_minimum_at_one():
    found = run(rosenbrock, [0.3, 0.5, 0.2, 0.1])
    assert found.status == Status.CONVERGED
    # EDM below 1e-10 and curvatures of at least 0.4 put u within 2e-5 of the minimum.
    np.testing.assert_allclose(found.at, 1.0, atol=2e-5)


@pytest.mark.parametrize("upper", [0.5, 0.9, 1.5])
def test_rosenbrock_in_a_box_is_where_scipy_finds_it(upper):
    found = run(rosenbrock, [-1.0, 0.3, 0.2], [-2.0] * 3, [upper, 2.0, 2.0])
    wanted = optimize.minimize(
        lambda u: float(rosenbrock(jnp.asarray(u))),
        [-1.0, 0.3, 0.2],
        jac=lambda u: np.asarray(jax.grad(rosenbrock)(jnp.asarray(u))),
        bounds=[(-2, upper), (-2, 2), (-2, 2)],
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-10},
    )
    assert found.status == Status.CONVERGED
    assert float(found.value) <= wanted.fun + 1e-9
    assert bool(found.active[0]) == (upper < 1)
    if upper < 1:
        assert found.at[0] == upper  # exactly on the bound


def test_an_indefinite_start_is_left_along_the_negative_curvature():
    def saddle(u):  # minima at (+-2, 0), a saddle at the start
        return (u[0] ** 2 - 4.0) ** 2 + u[1] ** 2

    found = run(saddle, [0.0, 1.0])
    assert found.status == Status.CONVERGED
    np.testing.assert_allclose(jnp.abs(found.at), [2.0, 0.0], atol=1e-5)


def test_a_region_that_is_not_finite_is_stepped_around():
    def walled(u):
        return jnp.where(u[0] > 0, -jnp.log(jnp.where(u[0] > 0, u[0], 1.0)) + u[0], jnp.inf)

    found = run(walled, [30.0])  # the full Newton step from here leads to u < 0
    assert found.status == Status.CONVERGED
    np.testing.assert_allclose(found.at, 1.0, atol=1e-5)


def test_a_start_that_is_not_finite_is_said_to_be():
    found = run(lambda u: jnp.sum(jnp.log(u)), [-1.0])
    assert found.status == Status.BAD_START


def test_a_flat_direction_is_said_to_be():
    found = run(lambda u: (u[0] + u[1] - 1.0) ** 2 + u[2] ** 2, [3.0, 1.0, 1.0])
    assert found.status == Status.FLAT_DIRECTION


def test_an_unbounded_function_is_no_minimum():
    found = run(lambda u: -jnp.sum(u**2), [1.0, 2.0])
    assert found.status in (Status.STEP_LIMIT, Status.BAD_START, Status.NO_DECREASE)


def test_the_step_limit_is_said_to_be_reached():
    assert run(rosenbrock, [-1.2, 1.0], max_steps=3).status == Status.STEP_LIMIT


def test_fixed_coordinates_stay():
    found = run(rosenbrock, [0.3, 1.0], fixed=[True, False])
    assert found.at[0] == 0.3
    np.testing.assert_allclose(found.at[1], 0.09, atol=1e-6)


def test_scales_apart_by_a_billion_do_not_matter():
    scales = jnp.asarray([1e-5, 1.0, 1e4])

    def scaled(u):
        return rosenbrock(u / scales)

    found = run(scaled, jnp.asarray([-1.2, 1.0, 2.0]) * scales)
    assert found.status == Status.CONVERGED
    np.testing.assert_allclose(found.at / scales, 1.0, atol=2e-5)


def test_all_starts_at_once_give_what_each_gives():
    starts = jnp.asarray([[-1.2, 1.0], [0.0, 0.0], [3.0, -2.0]])
    box = jnp.full(2, 10.0)

    def one(u):
        found = minimise(
            with_derivatives(rosenbrock), u, fixed=jnp.zeros(2, bool), lower=-box, upper=box
        )
        return found.at, found.status

    together, status = jax.jit(jax.vmap(one))(starts)
    assert bool((status == Status.CONVERGED).all())
    for start, at in zip(starts, together, strict=True):
        np.testing.assert_allclose(at, run(rosenbrock, start, -box, box).at, atol=1e-6)


def test_a_bad_start_spoils_no_other():
    starts = jnp.asarray([[1.0], [-1.0]])
    wall = jnp.full(1, jnp.inf)

    def one(u):
        return minimise(
            with_derivatives(lambda v: jnp.sum(v - jnp.log(v))),
            u,
            fixed=jnp.zeros(1, bool),
            lower=-wall,
            upper=wall,
        ).status

    assert jax.vmap(one)(starts).tolist() == [Status.CONVERGED, Status.BAD_START]
