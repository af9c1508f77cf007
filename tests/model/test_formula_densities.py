"""Formulas as densities: where they are zero, and normalised where they are not smooth."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from density_cases.composed import bump
from laws.density_tools import compiled
from statmodel.model._expressions import (
    AbstractExpression,
    Binary,
    Constant,
    Observable,
    Slot,
    Unary,
    Where,
)
from statmodel.model.densities import FormulaDensity, Landmark

X, M, S = Observable(0), Slot(0), Slot(1)
AWAY = Binary("-", X, M)
SQUARES = Binary("-", Binary("**", X, Constant(2.0)), Binary("**", M, Constant(2.0)))
STEP = Where("<", X, M, Constant(1.0), Constant(0.3))


def on_line(expression: AbstractExpression, high: float = 10.0) -> FormulaDensity:
    return FormulaDensity((0,), (0.0,), (high,), expression)


def test_formula_that_is_negative_or_undefined_has_zero_density():
    below = FormulaDensity((0,), (-1.0,), (1.0,), X)
    root = FormulaDensity((0,), (-1.0,), (1.0,), Unary("sqrt", X))
    x, at = jnp.array([[-0.5], [0.5]]), jnp.zeros(0)
    negative, undefined = (
        compiled(jax.vmap(d.log_prob, in_axes=(0, None)))(x, at) for d in (below, root)
    )
    assert negative[0] == -np.inf
    assert undefined[0] == -np.inf
    # A panel ends at the threshold of both: exact for the first, and a root over 24 panels.
    assert float(negative[1]) == pytest.approx(np.log(2 * 0.5), abs=1e-12)
    assert float(undefined[1]) == pytest.approx(np.log(1.5 * np.sqrt(0.5)), abs=1e-5)


def test_formula_that_is_zero_everywhere_is_no_infinite_density():
    nothing = on_line(Binary("-", M, X))
    assert float(compiled(nothing.log_prob)(jnp.array([2.0]), jnp.array([-1.0]))) == -np.inf


def _step(m: float, s: float) -> float:
    del s
    return m + 0.3 * (10.0 - m)


def _laplace(m: float, s: float) -> float:
    return s * (2.0 - np.exp(-m / s) - np.exp(-(10.0 - m) / s))


def _turn_on(m: float, s: float) -> float:
    # The integral of (x - m) exp(-x/s) from m to 10.
    return s * s * np.exp(-m / s) - s * (10.0 - m + s) * np.exp(-10.0 / s)


UNSMOOTH = {
    "step": (STEP, _step),
    "square": (
        Where(">", SQUARES, Constant(0.0), Constant(0.3), Constant(1.0)),
        _step,
    ),
    "cusp": (Unary("exp", Unary("negate", Binary("/", Unary("abs", AWAY), S))), _laplace),
    "turn_on": (
        Binary(
            "*",
            Binary("max", AWAY, Constant(0.0)),
            Unary("exp", Unary("negate", Binary("/", X, S))),
        ),
        _turn_on,
    ),
}


@pytest.mark.parametrize("name", UNSMOOTH)
@pytest.mark.parametrize("m", [3.3, 5.0])  # 5: the middle of the range, as round as a number can be
def test_thresholds_that_move_are_normalised_with_their_derivatives(name: str, m: float):
    expression, closed = UNSMOOTH[name]
    density = on_line(expression)

    @compiled
    def norm(at: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        slope = jax.grad(density.log_norm)
        return density.log_norm(at), slope(at), jax.jacfwd(slope)(at)

    s = 1.7
    value, slope, bend = (np.asarray(one) for one in norm(jnp.array([m, s])))
    assert value == pytest.approx(np.log(closed(m, s)), abs=1e-12)
    h = 1e-4

    def log_z(dm: float, ds: float) -> float:
        return np.log(closed(m + dm, s + ds))

    # Differences of the closed form, good to h^2 and to eps/h^2 = 1e-8 of the second derivative.
    wanted = [(log_z(h, 0) - log_z(-h, 0)) / (2 * h), (log_z(0, h) - log_z(0, -h)) / (2 * h)]
    np.testing.assert_allclose(slope, wanted, atol=1e-7)
    curvatures = [
        (log_z(h, 0) - 2 * log_z(0, 0) + log_z(-h, 0)) / h**2,
        (log_z(0, h) - 2 * log_z(0, 0) + log_z(0, -h)) / h**2,
    ]
    np.testing.assert_allclose(np.diag(bend), curvatures, atol=2e-6)


@pytest.mark.parametrize("sigma", [1e-6, 1e-3, 0.1, 3.0])
def test_a_peak_of_any_width_at_any_place_is_normalised(sigma: float):
    density = on_line(Binary("+", bump(0, M, S), Constant(1e-3)))
    norm = compiled(density.log_norm)
    for mean in (0.0, 2.345678, 5.0, 9.99):
        inside = stats.norm(mean, sigma).cdf(10.0) - stats.norm(mean, sigma).cdf(0.0)
        wanted = np.log(inside * sigma * np.sqrt(2 * np.pi) + 1e-2)
        # A ladder of ratio 3 with twelve nodes a panel: 2e-11 for gaussians.
        assert float(norm(jnp.array([mean, sigma]))) == pytest.approx(wanted, abs=1e-9)


def test_a_narrow_peak_is_sampled(key: jax.Array):
    """Of a peak of a millionth of the range, which no even table sees, its share of the events."""
    sigma, n = 1e-5, 20_000
    floor = sigma * np.sqrt(2 * np.pi) / 10.0  # half of the events
    density = on_line(Binary("+", bump(0, M, Constant(sigma)), Constant(floor)))
    draw = compiled(lambda at, key: density.sample(at, key=key, n=n))
    x = np.asarray(draw(jnp.array([3.3]), key))[:, 0]
    near = np.abs(x - 3.3) < 10 * sigma
    assert stats.binomtest(int(near.sum()), n, 0.5 * (1 + 2 * 10 * sigma / 10)).pvalue > 1e-4
    assert stats.kstest(x[near], stats.norm(3.3, sigma).cdf).pvalue > 1e-4
    assert stats.kstest(x[~near], stats.uniform(0, 10).cdf).pvalue > 1e-4


def kinds(expression: AbstractExpression) -> list[tuple[str, bool]]:
    return [(one.kind, one.sharp) for one in on_line(expression).landmarks()]


def test_landmarks_are_read_from_the_formula():
    assert kinds(Unary("exp", X)) == [("zero", False)]
    assert kinds(Constant(2.0)) == []
    assert kinds(STEP) == [("zero", True), ("zero", False)]
    assert kinds(bump(0, M, S)) == [("zero", False)]
    assert kinds(Unary("exp", SQUARES)) == [("lower", False), ("upper", False), ("vertex", False)]
    assert kinds(Unary("sqrt", SQUARES))[:2] == [("lower", True), ("upper", True)]
    assert ("zero", True) in kinds(Binary("**", AWAY, S))
    # No polynomial of degree one or two: nothing is known of its zeros.
    cubed = Binary("**", X, Constant(3.0))
    assert [one for one in kinds(Unary("abs", Binary("-", cubed, M))) if one[1]] == []
    assert [one for one in kinds(Unary("abs", Unary("sin", X))) if one[1]] == []


@pytest.mark.parametrize(
    ("expression", "kind", "place"),
    [
        (Binary("*", Constant(-2.0), AWAY), "zero", 3.0),
        (SQUARES, "upper", 3.0),
        (SQUARES, "lower", 0.0),  # -3: cut to the end
        (Binary("-", Binary("*", X, Binary("-", X, Constant(8.0))), M), "vertex", 4.0),
        (M, "value", 3.0),
        (Binary("+", SQUARES, Constant(100.0)), "upper", 0.0),  # no zero
    ],
)
def test_landmarks_are_where_the_polynomial_says(
    expression: AbstractExpression, kind: str, place: float
):
    landmark = Landmark(expression, kind)
    assert float(landmark.place(jnp.array([3.0]), 0, (0.0, 10.0))) == pytest.approx(
        place, abs=1e-14
    )


def test_a_landmark_moves_with_its_parameter():
    landmark = Landmark(SQUARES, "upper", sharp=True)
    slope = jax.grad(lambda at: landmark.place(at, 0, (0.0, 10.0)))
    assert float(slope(jnp.array([3.0]))[0]) == pytest.approx(1.0, rel=1e-12)


def test_a_pole_that_can_be_integrated_is():
    density = on_line(Binary("**", X, Constant(-0.5)))
    inside, _ = integrate.quad(lambda x: x**-0.5, 0.0, 10.0)
    # The last panel of a ladder down to 2e-8 holds 1e-4 of the integral, a part of which is lost.
    assert float(compiled(density.log_norm)(jnp.zeros(0))) == pytest.approx(
        np.log(inside), abs=1e-5
    )
