"""Interpolation codes: their anchors, their smoothness, the published table of code 4."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from statmodel.model._interpolation import code1, code4, code4_factor, interpolate, log_smooth

ANCHORS = [(1.2, 0.85), (3.0, 0.5), (0.3, 0.2), (1.0, 1.0), (1e-6, 5.0)]
SMOOTH = [code4, log_smooth]

# Solved from the six conditions at +-1 with exact arithmetic, eight decimals.
TABLE = {
    (1.2, 0.85): (0.78366128, 0.86390564, 0.92088500, 1.09446870, 1.17829982, 1.31453414),
    (3.0, 0.5): (0.35355339, 0.53542208, 0.68259627, 1.71675564, 2.68755669, 5.19615242),
    (0.3, 0.2): (0.08944272, 0.23777416, 0.59287552, 0.68076256, 0.34104406, 0.16431677),
}


def response(code, alpha: float, anchors: tuple[float, float]) -> float:
    return float(code(jnp.asarray(alpha), jnp.log(anchors[0]), jnp.log(anchors[1])))


@pytest.mark.parametrize("anchors", TABLE)
def test_code4_is_the_table(anchors: tuple[float, float]):
    values = [response(code4, alpha, anchors) for alpha in (-1.5, -0.9, -0.5, 0.5, 0.9, 1.5)]
    np.testing.assert_allclose(values, TABLE[anchors], rtol=0, atol=5.1e-9)  # eight decimals


@pytest.mark.parametrize("anchors", ANCHORS)
def test_code4_solves_its_six_conditions(anchors: tuple[float, float]):
    """Coefficients from a linear system: value, slope, curvature of h^a and l^(-a) at +-1."""
    h, low = anchors
    powers = np.arange(1, 7)
    rows = [sign**powers for sign in (1.0, -1.0)]
    rows += [powers * sign ** (powers - 1) for sign in (1.0, -1.0)]
    rows += [powers * (powers - 1) * sign ** (powers - 2.0) for sign in (1.0, -1.0)]
    right = [h - 1, low - 1, h * np.log(h), -low * np.log(low)]
    right += [h * np.log(h) ** 2, low * np.log(low) ** 2]
    coefficients = np.linalg.solve(np.array(rows), np.array(right))
    for alpha in np.linspace(-1, 1, 11):
        expected = 1 + coefficients @ alpha**powers
        # The system's condition number, 90, times rounding, times anchors up to 5.
        assert response(code4, alpha, anchors) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("code", [code1, code4, log_smooth])
@pytest.mark.parametrize("anchors", ANCHORS)
def test_code_hits_nominal_up_and_down(code, anchors: tuple[float, float]):
    values = [response(code, alpha, anchors) for alpha in (1.0, 0.0, -1.0)]
    np.testing.assert_allclose(values, [anchors[0], 1.0, anchors[1]], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("code", [code1, code4, log_smooth])
@pytest.mark.parametrize("anchors", ANCHORS)
def test_code_is_exponential_outside(code, anchors: tuple[float, float]):
    # log_smooth and code1 agree outside by their formulas, code4 by construction.
    for alpha in (1.0001, 2.5, -1.0001, -3.0):
        expected = anchors[0] ** alpha if alpha > 0 else anchors[1] ** -alpha
        assert response(code, alpha, anchors) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("code", SMOOTH)
@pytest.mark.parametrize("anchors", ANCHORS)
@pytest.mark.parametrize("edge", [-1.0, 1.0])
def test_code_is_c2_at_its_anchors(code, anchors: tuple[float, float], edge: float):
    def derivatives(alpha: float) -> np.ndarray:
        logs = jnp.log(anchors[0]), jnp.log(anchors[1])
        orders = [code, jax.grad(code), jax.grad(jax.grad(code))]
        return np.array([float(order(jnp.asarray(alpha), *logs)) for order in orders])

    inside, outside = derivatives(edge * (1 - 1e-9)), derivatives(edge * (1 + 1e-9))
    # Third derivatives stay below 1e4 at these anchors, and 2e-9 lies between the points.
    np.testing.assert_allclose(inside, outside, rtol=1e-6, atol=2e-5)


@pytest.mark.parametrize("anchors", ANCHORS)
def test_log_smooth_is_positive(anchors: tuple[float, float]):
    alphas = jnp.linspace(-8.0, 8.0, 401)
    logs = (jnp.full(401, np.log(a)) for a in anchors)
    assert (log_smooth(alphas, *logs) > 0).all()


def test_code4_shows_where_it_is_negative():
    """The polynomial through these anchors dips below zero, and nothing hides it."""
    assert response(code4, -0.345, (1e3, 1.0)) < -100
    assert response(log_smooth, -0.345, (1e3, 1.0)) > 0


@pytest.mark.parametrize("code", ["code1", "code4", "log_smooth"])
def test_padding_is_exactly_one(code):
    alphas = jnp.asarray([-1e6, -2.0, -1.0, -0.3, 0.0, 0.7, 1.0, 4.0, 1e6])
    assert (interpolate(code, alphas, jnp.zeros(9), jnp.zeros(9)) == 1.0).all()


@pytest.mark.parametrize("code", [code1, code4, log_smooth])
@pytest.mark.parametrize("alpha", [-500.0, -20.0, -1.0, 0.0, 1.0, 20.0, 500.0])
def test_derivatives_are_finite_however_far(code, alpha: float):
    arguments = jnp.asarray([alpha, np.log(1.3), np.log(0.6)])

    def packed(v: jax.Array) -> jax.Array:
        return code(v[0], v[1], v[2])

    assert np.isfinite(packed(arguments))
    assert np.isfinite(jax.grad(packed)(arguments)).all()
    assert np.isfinite(jax.hessian(packed)(arguments)).all()


def test_code4_factor_is_one_outside():
    log_up, log_down = jnp.full(3, np.log(3.0)), jnp.full(3, np.log(0.5))
    assert (code4_factor(jnp.asarray([-7.0, 1.01, 40.0]), log_up, log_down) == 1.0).all()


def test_codes_broadcast_over_arrays():
    alpha = jnp.linspace(-2.0, 2.0, 3)[:, None]
    table = interpolate("code4", alpha, jnp.full((3, 4), 0.2), jnp.full((3, 4), -0.1))
    assert table.shape == (3, 4)
