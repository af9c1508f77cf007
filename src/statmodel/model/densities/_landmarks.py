r"""Where a formula is not smooth, or narrow, as far as it can be read from the formula.

A part of a formula that is a polynomial of degree one or two in the observable,
:math:`g(u) = p + q u + r u^2` on the range mapped to :math:`-1 \le u \le 1`, marks places that
move with the parameters: the zeros of :math:`g` (thresholds of `where`, `abs`, `min` and `max`,
centres of peaks such as :math:`e^{-((x - m)/s)^2/2}`), and the vertex :math:`-q/2r`.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from statmodel.model._expressions import (
    AbstractExpression,
    Binary,
    Constant,
    Observable,
    Scalar,
    Slot,
    Slots,
    Unary,
    Where,
)

LandmarkKind: TypeAlias = Literal["value", "zero", "lower", "upper", "vertex"]
_NOWHERE = -2.0  # a place outside [-1, 1], which is cut to the lower end of the range
_QUADRATIC = 2


@final
class Landmark(eqx.Module):
    """A place that an expression marks in one observable.

    Attributes:
        expression: a polynomial of degree one or two in the observable; without the observable,
            it is the place itself.
        kind: which place: the value, the zero of degree one, the lower or the upper one of two
            zeros, or the vertex.
        sharp: whether the density has no derivative there.
    """

    expression: AbstractExpression
    kind: LandmarkKind = eqx.field(static=True)
    sharp: bool = eqx.field(static=True, default=False)

    def place(self, at: Slots, axis: int, bound: tuple[float, float]) -> Scalar:
        """The place, in units of the observable; an end of the range stands for one outside."""
        low, high = bound
        if self.kind == "value":
            return jnp.clip(self.expression.value(at), low, high)
        middle, half = 0.5 * (low + high), 0.5 * (high - low)

        def value(u: float) -> Scalar:
            here = np.where(np.arange(axis + 1) == axis, middle + half * u, 0.0)
            return self.expression.value(at, jnp.asarray(here, at.dtype))

        return jnp.clip(middle + half * self._of(value(-1.0), value(0.0), value(1.0)), low, high)

    def _of(self, left: Scalar, centre: Scalar, right: Scalar) -> Scalar:
        """The place in u, from the values at -1, 0 and 1."""
        q, r = 0.5 * (right - left), 0.5 * (right + left) - centre
        match self.kind:
            case "zero":
                return _ratio(-0.5 * (right + left), q)
            case "vertex":
                return _ratio(-0.5 * q, r)
            case _:
                zeros = _zeros(centre, q, r)
                return jnp.minimum(*zeros) if self.kind == "lower" else jnp.maximum(*zeros)


def landmarks_of(expression: AbstractExpression, axis: int) -> tuple[Landmark, ...]:
    """The landmarks of a formula in one of its observables, each once, the sharp ones first."""
    found = dict.fromkeys(_landmarks(expression, axis))
    return tuple(sorted(found, key=lambda one: not one.sharp))


def _landmarks(expression: AbstractExpression, axis: int) -> Iterator[Landmark]:
    for threshold in _thresholds(expression):
        yield from (Landmark(threshold, kind, sharp=True) for kind in _zeros_of(threshold, axis))
    degree = _degree(expression, axis)
    if degree == 0:
        return
    if degree == 1 or (degree == _QUADRATIC and not _is_product(expression)):
        yield from (Landmark(expression, kind) for kind in _zeros_of(expression, axis))
        if degree == _QUADRATIC:
            yield Landmark(expression, "vertex")
        return
    for argument in expression.arguments():
        yield from _landmarks(argument, axis)


def _thresholds(expression: AbstractExpression) -> tuple[AbstractExpression, ...]:
    """Expressions at whose zeros this one, by its own operation, is not smooth."""
    match expression:
        case Where(left=left, right=right) | Binary(name="min" | "max", left=left, right=right):
            return (Binary("-", left, right),)
        case Unary(name="abs" | "sqrt" | "log", argument=argument):
            return (argument,)
        case Binary(name="**", left=base, right=power) if not _is_whole(power):
            return (base,)
        case _:
            return ()


def _is_whole(power: AbstractExpression) -> bool:
    return isinstance(power, Constant) and power.number.is_integer() and power.number >= 0


def _zeros_of(expression: AbstractExpression, axis: int) -> tuple[LandmarkKind, ...]:
    match _degree(expression, axis):
        case 1:
            return ("zero",)
        case 2:
            return ("lower", "upper")
        case _:
            return ()


def _is_product(expression: AbstractExpression) -> bool:
    """Whether the zeros of the whole are those of its parts."""
    match expression:
        case Unary(name="negate") | Binary(name="*" | "/" | "**"):
            return True
        case _:
            return False


def _degree(expression: AbstractExpression, axis: int) -> int | None:
    """The degree in the observable; None for what is no polynomial in it."""
    degrees = [_degree(argument, axis) for argument in expression.arguments()]
    match expression:
        case Constant() | Slot():
            return 0
        case Observable(index=index):
            return 1 if index == axis else None
        case Unary(name="negate"):
            return degrees[0]
        case Binary(name="+" | "-") if None not in degrees:
            return max(degree or 0 for degree in degrees)
        case Binary(name="*") if None not in degrees:
            return sum(degree or 0 for degree in degrees)
        case Binary(name="/") if degrees[1] == 0:
            return degrees[0]
        case Binary(name="**", right=Constant(number=power) as right) if _is_whole(right):
            return None if degrees[0] is None else int(power) * degrees[0]
        case _:
            return 0 if all(degree == 0 for degree in degrees) else None


def _zeros(p: Scalar, q: Scalar, r: Scalar) -> tuple[Scalar, Scalar]:
    """Both zeros of p + q u + r u^2, without cancellation; outside [-1, 1] where there are none."""
    square = q * q - 4.0 * p * r
    real = square > 0.0
    root = jnp.sqrt(jnp.where(real, square, 1.0))
    larger = -0.5 * (q + jnp.where(q < 0.0, -root, root))
    one, other = _ratio(larger, r), _ratio(p, larger)
    return jnp.where(real, one, _NOWHERE), jnp.where(real, other, _NOWHERE)


def _ratio(numerator: Scalar, denominator: Scalar) -> Scalar:
    """The ratio where there is a finite one; else a place outside [-1, 1]."""
    usable = (denominator != 0.0) & jnp.isfinite(numerator) & jnp.isfinite(denominator)
    quotient = jnp.where(usable, numerator, _NOWHERE) / jnp.where(usable, denominator, 1.0)
    return jnp.clip(quotient, _NOWHERE, -_NOWHERE)
