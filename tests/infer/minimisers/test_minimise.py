"""The minimiser on functions whose minima are known in closed form or from scipy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

from statmodel.infer import Status
from statmodel.infer.minimisers._extent import Extent
from statmodel.infer.minimisers._minimise import minimise
from statmodel.infer.minimisers._objective import with_derivatives

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


COUNT = 18.0


def counted(total):
    """nll of a count of 18, up to log n!."""
    return total - COUNT * jnp.log(total)


@pytest.mark.parametrize("power", [2, 3, 4])
def test_a_power_of_a_root_is_left_from_zero(power):
    """s**2, s**3, s**4: at s = 0 the gradient vanishes, from the third on the curvature too."""
    found = run(lambda s: counted(6 + 4 * s[0] ** power), [0.0], [0.0], [4.5])
    assert found.status == Status.CONVERGED
    # 6 + 4 s^p = 18 at s = 3^(1/p); EDM < 1e-10 allows 1.4e-5 of an error of at most 0.4.
    np.testing.assert_allclose(found.at, 3 ** (1 / power), atol=1e-5)


@pytest.mark.parametrize("power", [2, 3, 4])
def test_a_power_of_a_root_stays_at_zero_where_that_is_lowest(power):
    found = run(
        lambda s: 6 + 4 * s[0] ** power - 3 * jnp.log(6 + 4 * s[0] ** power), [0.0], [0.0], [4.5]
    )
    assert found.status == Status.CONVERGED
    assert found.at[0] == 0.0


def test_a_step_across_a_symmetric_bound_comes_back_from_it():
    # The first step from 0.3 leads to the bound at 0, a maximum; the minimum is at 1.
    found = run(lambda s: (s[0] ** 2 - 1) ** 2, [0.3], [0.0], [4.5])
    assert found.status == Status.CONVERGED
    np.testing.assert_allclose(found.at, 1.0, atol=1e-5)


def test_a_mass_without_signal_waits_for_the_signal():
    """At strength 0 only the mixed derivative knows the mass: it must not carry it away."""
    x = jnp.linspace(0, 10, 201)

    def shape(mass):
        return jnp.exp(-0.5 * ((x - mass) / 0.3) ** 2)

    def nll(u):
        m = u[0] * shape(u[1]) + 1.0
        return jnp.sum(m - (30 * shape(5.0) + 1.0) * jnp.log(m))

    found = run(nll, [0.0, 5.5], [0.0, 0.0], [100.0, 10.0])
    assert found.status == Status.CONVERGED
    # Errors are about 3 and 0.02; EDM < 1e-10 allows 1.4e-5 of them.
    np.testing.assert_allclose(found.at, [30.0, 5.0], atol=1e-4)


def test_a_mass_without_signal_is_flat_where_the_signal_stays_away():
    found = run(
        lambda u: (u[0] + 0.5) ** 2 + u[0] * (u[1] - 3) ** 2, [0.0, 1.0], [0.0, 0.0], [5.0, 9.0]
    )
    assert found.status == Status.FLAT_DIRECTION
    np.testing.assert_array_equal(found.at, [0.0, 1.0])


def test_a_valley_of_products_is_flat_though_it_is_curved():
    # Along a hyperbola the Hessian is not flat before the gradient vanishes.
    found = run(lambda u: counted(u[0] * u[1] * u[2]) + (u[3] - 1) ** 2, [2.0, 1.5, 4.0, 0.0])
    assert found.status == Status.FLAT_DIRECTION
    np.testing.assert_allclose(found.at[:3].prod(), COUNT, rtol=1e-5)


def test_a_small_curvature_is_not_taken_for_none():
    # Relative eigenvalue 1e-6, in directions that are not those of the coordinates.
    found = run(lambda u: (u[0] + u[1] - 1) ** 2 + 1e-6 * (u[0] - u[1] - 7) ** 2, [3.0, 1.0])
    assert found.status == Status.CONVERGED
    np.testing.assert_allclose(found.at, [4.0, -3.0], atol=0.02)  # 1.4e-5 of an error of 1e3


@pytest.mark.parametrize(
    ("function", "start"),
    [
        (lambda u: -jnp.sum(u**2), [1.0, 2.0]),
        (lambda u: -jnp.log(u[0]), [3.0]),  # convex, and falls for ever
        (lambda u: u[0] + 2 * jnp.log(u[0]), [3.0]),  # an event of weight -2 on a total of u
        (lambda u: jnp.log(u[0]) + 0.5 * (u[1] / u[0]) ** 2, [1.0, 0.5]),  # a width that vanishes
    ],
)
def test_a_function_without_a_lowest_point_is_recognised(function, start):
    assert run(function, start).status == Status.UNBOUNDED


def test_a_minimum_beyond_all_sense_is_no_minimum():
    extent = Extent(jnp.ones(1), jnp.array([-50.0]), jnp.array([50.0]), jnp.ones(()))

    def spurious(u):
        return 1e-4 * (u[0] - 300) ** 2

    assert run(spurious, [0.0]).status == Status.CONVERGED
    assert run(spurious, [0.0], extent=extent).status == Status.UNBOUNDED


@jax.jit
def sized(size, constant):
    """A count of 18 from 6 + 4 u, times a size, plus a constant."""
    nowhere = jnp.full(1, jnp.inf)
    return minimise(
        with_derivatives(lambda u: size * counted(6 + 4 * u[0]) + constant),
        jnp.ones(1),
        fixed=jnp.zeros(1, bool),
        lower=jnp.zeros(1),
        upper=jnp.full(1, 20.0),
        extent=Extent(jnp.full(1, 2.0), -nowhere, nowhere, jnp.minimum(size, 1.0)),
    )


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("constant", [0.0, 0.9])
def test_the_size_of_the_function_does_not_matter(size, constant):
    """Weights of 1e-12 make everything small; a constant of order one then sets the rounding."""
    found = sized(size, constant)
    assert found.status == Status.CONVERGED
    # EDM / size below 1e-10, as at size 1.
    np.testing.assert_allclose(found.at, 3.0, atol=2e-5)


def test_a_bound_is_reached_where_the_function_is_linear():
    found = run(lambda u: 3 * u[0] + u[1] ** 2, [1.0, 1.0], [0.0, -3.0], [20.0, 4.0])
    assert found.status == Status.CONVERGED
    assert found.at[0] == 0.0  # on its bound, exactly
    assert abs(found.at[1]) < 1e-15  # a square is minimised in one step, to rounding


def test_a_corner_from_which_only_both_coordinates_together_lead_down_is_left():
    found = run(lambda u: -u[0] * u[1], [0.0, 0.0], [0.0, 0.0], [1.0, 2.0])
    assert found.status == Status.CONVERGED
    np.testing.assert_array_equal(found.at, [1.0, 2.0])


def test_a_kink_is_said_to_be():
    assert run(lambda u: jnp.abs(u[0]), [3.0]).status == Status.NO_DECREASE


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


def test_a_saddle_in_a_box_too_narrow_to_leave_it_is_said_to_be():
    # From the saddle to either side of the box nll falls by 5e-13, less than the tolerance.
    found = run(lambda u: u[1] ** 2 - 0.5 * u[0] ** 2, [0.0, 0.0], [-1e-6, -5.0], [1e-6, 5.0])
    assert found.status == Status.SADDLE_POINT
