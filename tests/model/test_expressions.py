"""Formulas: each operator is that of Python, derivatives stay finite where they exist."""

import math
import operator
from collections.abc import Callable

import jax
import jax.numpy as jnp
import pytest

from statmodel.model import (
    AbstractExpression,
    Binary,
    Constant,
    Observable,
    Slot,
    Unary,
    Where,
    is_constant,
    nodes,
    slots_of,
)

AT = (0.37, -1.4, 2.0)
FIRST, SECOND, THIRD = (Slot(index) for index in range(3))

UNARY: dict[str, Callable[[float], float]] = {
    "negate": operator.neg,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log1p": math.log1p,
    "expm1": math.expm1,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "atan": math.atan,
}
BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "min": min,
    "max": max,
}
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def value(expression: AbstractExpression, *at: float) -> float:
    return float(expression.value(jnp.asarray(at or AT)))


@pytest.mark.parametrize("name", UNARY)
def test_a_function_is_that_of_python(name: str):
    assert value(Unary(name, FIRST)) == pytest.approx(UNARY[name](AT[0]), rel=1e-15)


@pytest.mark.parametrize("name", BINARY)
def test_an_operation_is_that_of_python(name: str):
    for left, right in ((0, 1), (2, 0), (0, 0)):
        wanted = BINARY[name](AT[left], AT[right])
        found = value(Binary(name, Slot(left), Slot(right)))
        assert found == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("name", COMPARE)
def test_where_chooses_as_python_compares(name: str):
    for left, right in ((0, 1), (1, 0), (2, 2)):
        chosen = Where(name, Slot(left), Slot(right), Constant(5.0), THIRD)
        wanted = 5.0 if COMPARE[name](AT[left], AT[right]) else AT[2]
        assert value(chosen) == wanted


def test_a_tree_is_evaluated_inside_out():
    shifted = Binary("-", FIRST, Binary("*", SECOND, Constant(3.0)))
    tree = Binary("/", Unary("exp", shifted), Unary("negate", THIRD))
    assert value(tree) == pytest.approx(math.exp(0.37 + 1.4 * 3) / -2.0, rel=1e-15)


@pytest.mark.parametrize("exponent", [-2.0, 0.0, 1.0, 2.0, 3.0, 64.0, 65.0])
def test_whole_powers_take_negative_bases(exponent: float):
    power = Binary("**", SECOND, Constant(exponent))
    assert value(power) == pytest.approx(AT[1] ** int(exponent), rel=1e-13)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_whole_powers_have_all_derivatives_at_zero(exponent: float):
    power = Binary("**", FIRST, Constant(exponent))

    def function(x: jax.Array) -> jax.Array:
        return power.value(x[None])

    first, second = jax.grad(function), jax.grad(jax.grad(function))
    assert float(first(jnp.asarray(0.0))) == (1.0 if exponent == 1 else 0.0)
    assert float(second(jnp.asarray(0.0))) == (2.0 if exponent == 2 else 0.0)


def test_a_half_power_of_a_negative_number_is_nan():
    assert math.isnan(value(Binary("**", SECOND, Constant(0.5))))


def test_an_observable_is_read_from_the_event():
    shape = Binary("*", Observable(1), FIRST)
    found = shape.value(jnp.asarray(AT), jnp.asarray([3.0, 4.0]))
    assert float(found) == pytest.approx(4.0 * AT[0], rel=1e-15)
    with pytest.raises(TypeError, match="this formula reads an observable"):
        value(shape)


def test_what_a_formula_reads_is_known_before_it_is_evaluated():
    condition = Where("<", FIRST, Constant(1.0), Unary("sin", THIRD), Observable(0))
    assert slots_of(condition) == {0, 2}
    assert len(list(nodes(condition))) == 6
    assert not is_constant(condition)
    assert not is_constant(Observable(0))
    assert is_constant(Binary("+", Constant(1.0), Unary("sin", Constant(2.0))))


def test_equal_formulas_are_equal_and_hash_alike():
    one, other = (Binary("+", Slot(1), Constant(number)) for number in (2, 2.0))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Binary("+", Slot(1), Constant(3.0))
