r"""Formulas of the parameters, as they are evaluated: small frozen trees over a vector of slots.

Every scalar that a likelihood reads (a parameter, the square root of one that is fitted in
:math:`s = \sqrt p`, a named function) has a *slot*, an index into one flat vector ``at``. An
expression is a tree whose leaves are numbers, slots and, inside a `formula` density, observables.
Trees are static, hence hashable: two models with equal formulas share one trace.
"""

import abc
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

Slots: TypeAlias = Float[Array, " slot"]
Observables: TypeAlias = Float[Array, " observable"]
Scalar: TypeAlias = Float[Array, ""]

UnaryName: TypeAlias = Literal[
    "negate", "sqrt", "exp", "log", "log1p", "expm1", "abs", "sin", "cos", "tan", "atan"
]
BinaryName: TypeAlias = Literal["+", "-", "*", "/", "**", "min", "max"]
CompareName: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]


class AbstractExpression(eqx.Module):
    """A scalar formula of slots (and, within a `formula` density, of observables)."""

    @abc.abstractmethod
    def value(self, at: Slots, x: Observables | None = None) -> Scalar:
        """The number at the slot values `at` and, where the formula reads any, observables `x`."""

    @abc.abstractmethod
    def arguments(self) -> tuple["AbstractExpression", ...]:
        """The expressions directly below this one."""


@final
class Constant(AbstractExpression):
    """A number of the document, folded into the program."""

    number: float = eqx.field(static=True, converter=float)

    def value(self, at: Slots, x: Observables | None = None) -> Scalar:
        del x
        return jnp.asarray(self.number, at.dtype)

    def arguments(self) -> tuple[AbstractExpression, ...]:
        return ()


@final
class Slot(AbstractExpression):
    """A parameter, a root of one, or a function, by its place in the slot vector."""

    index: int = eqx.field(static=True)

    def value(self, at: Slots, x: Observables | None = None) -> Scalar:
        del x
        return at[self.index]

    def arguments(self) -> tuple[AbstractExpression, ...]:
        return ()


@final
class Observable(AbstractExpression):
    """An observable of the event, by its column in the channel."""

    index: int = eqx.field(static=True)

    def value(self, at: Slots, x: Observables | None = None) -> Scalar:
        del at
        if x is None:
            msg = "this formula reads an observable: it is a density, not a parameter formula"
            raise TypeError(msg)
        return x[self.index]

    def arguments(self) -> tuple[AbstractExpression, ...]:
        return ()


@final
class Unary(AbstractExpression):
    """A function of one argument."""

    name: UnaryName = eqx.field(static=True)
    argument: AbstractExpression

    def value(self, at: Slots, x: Observables | None = None) -> Scalar:
        return _unary(self.name)(self.argument.value(at, x))

    def arguments(self) -> tuple[AbstractExpression, ...]:
        return (self.argument,)


@final
class Binary(AbstractExpression):
    """An operation on two arguments; `**` with a small whole exponent is a product."""

    name: BinaryName = eqx.field(static=True)
    left: AbstractExpression
    right: AbstractExpression

    def value(self, at: Slots, x: Observables | None = None) -> Scalar:
        left = self.left.value(at, x)
        if self.name == "**" and isinstance(self.right, Constant):
            exponent = self.right.number
            # A whole exponent keeps the derivative at 0 finite, and is exact for negative bases.
            whole = abs(exponent) <= _LARGEST_WHOLE_EXPONENT and exponent == int(exponent)
            return left ** (int(exponent) if whole else exponent)
        return _binary(self.name)(left, self.right.value(at, x))

    def arguments(self) -> tuple[AbstractExpression, ...]:
        return (self.left, self.right)


@final
class Where(AbstractExpression):
    """`where(left < right, then, otherwise)`; both branches are evaluated."""

    name: CompareName = eqx.field(static=True)
    left: AbstractExpression
    right: AbstractExpression
    then: AbstractExpression
    otherwise: AbstractExpression

    def value(self, at: Slots, x: Observables | None = None) -> Scalar:
        condition = _compare(self.name)(self.left.value(at, x), self.right.value(at, x))
        return jnp.where(condition, self.then.value(at, x), self.otherwise.value(at, x))

    def arguments(self) -> tuple[AbstractExpression, ...]:
        return (self.left, self.right, self.then, self.otherwise)


_LARGEST_WHOLE_EXPONENT = 64
ONE = Constant(1.0)


def nodes(expression: AbstractExpression) -> Iterator[AbstractExpression]:
    """The expression and every expression below it."""
    yield expression
    for argument in expression.arguments():
        yield from nodes(argument)


def slots_of(expression: AbstractExpression) -> frozenset[int]:
    """The slots that an expression reads.

    Example:
        >>> sorted(slots_of(Binary("*", Slot(3), Unary("exp", Slot(1)))))
        [1, 3]
    """
    return frozenset(node.index for node in nodes(expression) if isinstance(node, Slot))


def is_constant(expression: AbstractExpression) -> bool:
    """Whether an expression reads neither slot nor observable."""
    return not any(isinstance(node, Slot | Observable) for node in nodes(expression))


def _unary(name: UnaryName) -> Callable[[Scalar], Scalar]:
    match name:
        case "negate":
            return jnp.negative
        case "sqrt":
            return jnp.sqrt
        case "exp":
            return jnp.exp
        case "log":
            return jnp.log
        case "log1p":
            return jnp.log1p
        case "expm1":
            return jnp.expm1
        case "abs":
            return jnp.abs
        case "sin":
            return jnp.sin
        case "cos":
            return jnp.cos
        case "tan":
            return jnp.tan
        case "atan":
            return jnp.arctan


def _binary(name: BinaryName) -> Callable[[Scalar, Scalar], Scalar]:
    match name:
        case "+":
            return jnp.add
        case "-":
            return jnp.subtract
        case "*":
            return jnp.multiply
        case "/":
            return jnp.divide
        case "**":
            return jnp.power
        case "min":
            return jnp.minimum
        case "max":
            return jnp.maximum


def _compare(name: CompareName) -> Callable[[Scalar, Scalar], Array]:
    match name:
        case "<":
            return jnp.less
        case "<=":
            return jnp.less_equal
        case ">":
            return jnp.greater
        case ">=":
            return jnp.greater_equal
        case "==":
            return jnp.equal
        case "!=":
            return jnp.not_equal
