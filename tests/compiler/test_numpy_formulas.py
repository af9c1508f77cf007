"""Formulas, slots and rules in NumPy say what they say in JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from density_cases.composed import bump, varied_peak
from laws.density_tools import compiled
from statmodel.compiler._formulas import evaluated, slot_values
from statmodel.compiler._integrands import line_edges, line_integrals, places
from statmodel.model import (
    AbstractExpression,
    Binary,
    Constant,
    Observable,
    ParameterSpace,
    Scope,
    Slot,
    Unary,
    Where,
)
from statmodel.model.densities import FormulaDensity, Landmark, LineRule

A, B, X = Slot(0), Slot(1), Observable(0)
UNARY = ["negate", "sqrt", "exp", "log", "log1p", "expm1", "abs", "sin", "cos", "tan", "atan"]
BINARY = ["+", "-", "*", "/", "**", "min", "max"]
COMPARE = ["<", "<=", ">", ">=", "==", "!="]
FORMULAS: list[AbstractExpression] = [
    *(Unary(name, Binary("-", X, A)) for name in UNARY),
    *(Binary(name, X, Binary("*", A, B)) for name in BINARY),
    *(Where(name, X, A, B, Constant(2.5)) for name in COMPARE),
    Binary("**", X, Constant(-2.0)),
    Constant(1.5),
    B,
]
SLOTS = np.array([[0.5, -1.25], [2.0, 3.0], [-1.0, 0.0]])
PLACES = np.array([-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 2.0, 3.5])


@compiled
def with_jax(at: jax.Array, x: jax.Array) -> jax.Array:
    def each(at: jax.Array, x: jax.Array) -> jax.Array:
        return jnp.stack([formula.value(at, x) for formula in FORMULAS])

    return jax.vmap(jax.vmap(each, in_axes=(None, 0)), in_axes=(0, None))(at, x)


def test_formulas_are_the_same():
    events = np.broadcast_to(PLACES[:, None], (3, PLACES.size, 1))
    ours = np.stack([evaluated(formula, SLOTS, events) for formula in FORMULAS], axis=-1)
    # Infinities and NaN included; both follow IEEE.
    np.testing.assert_allclose(ours, with_jax(SLOTS, PLACES[:, None]), rtol=1e-14)


def test_slots_are_the_same():
    space = ParameterSpace(
        names=("a", "b"), init=(1.0, 4.0), bounds=((-9, 9), (0, 9)), fixed=(False,) * 2, rooted=(1,)
    )
    scope = Scope(space, (Binary("*", A, Slot(2)), Unary("exp", Slot(3))))
    points = np.array([[1.0, 4.0], [-2.0, 0.0], [0.5, 2.0]])
    wanted = [scope.at_point({"a": a, "b": b}) for a, b in points]
    np.testing.assert_allclose(slot_values(scope, points), wanted, rtol=1e-14)


QUADRATIC = Binary("-", Binary("*", X, Binary("-", X, A)), B)  # x^2 - a x - b
LANDMARKS = [
    Landmark(Binary("-", Binary("*", B, X), A), "zero"),
    Landmark(QUADRATIC, "lower"),
    Landmark(QUADRATIC, "upper"),
    Landmark(QUADRATIC, "vertex"),
    Landmark(A, "value"),
]


@pytest.mark.parametrize("landmark", LANDMARKS, ids=lambda one: one.kind)
def test_landmarks_are_the_same(landmark: Landmark):
    bound = (-1.5, 2.5)
    wanted = compiled(jax.vmap(lambda at: landmark.place(at, 0, bound)))(SLOTS)
    np.testing.assert_allclose(places(landmark, SLOTS, 0, bound), wanted, atol=1e-14)


def test_integrals_are_the_same():
    density = FormulaDensity((0,), (-2.0,), (3.0,), Binary("+", bump(0, A, Constant(0.1)), X))
    edges = np.array([-2.0, -0.3, 1.1, 3.0])
    found = density.landmarks()
    rule = LineRule(0, (-2.0, 3.0), edges, found[:1], found[1:])

    @compiled
    def whole(at: jax.Array) -> jax.Array:
        x, weights = rule.nodes(at)
        return weights @ jnp.maximum(jax.vmap(density.signed, in_axes=(0, None))(x, at), 0.0)

    sums = line_integrals(density, SLOTS, line_edges(rule, SLOTS), edges)
    wanted = [float(whole(jnp.asarray(at))) for at in SLOTS]
    np.testing.assert_allclose(sums.sum(axis=1), wanted, rtol=1e-13)


def test_integrals_of_varied_densities_are_the_same():
    density = varied_peak()
    rule = density.default_rule()
    assert isinstance(rule, LineRule)
    slots = np.array([[0.0, 0.0, 0.0], [0.4, -0.7, 0.3]])
    panels = np.asarray(rule.edges)
    sums = line_integrals(density, slots, line_edges(rule, slots), panels)
    wanted = np.exp(compiled(jax.vmap(density.log_norm))(slots))
    np.testing.assert_allclose(sums.sum(axis=1), wanted, rtol=1e-12)
