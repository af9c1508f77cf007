"""From formulas of the document to expressions over slots: folding, roots, symbols."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import assert_never, final

from statmodel import spec
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


@final
@dataclass(frozen=True)
class Symbols:
    """What a name in a formula stands for."""

    slots: Mapping[str, int]
    roots: Mapping[str, int]
    """Slots of square roots, by the name of the parameter under the root."""
    one: int
    observables: Mapping[str, int] = field(default_factory=dict[str, int])

    @classmethod
    def of(cls, space: ParameterSpace, functions: Iterable[str]) -> "Symbols":
        """The symbols of a scope with named functions, in order."""
        scope = Scope(space)
        names = {name: index for index, name in enumerate(space.names)}
        roots = {space.names[index]: scope.root_slot(index) for index in space.rooted}
        first = scope.function_slot(0)
        named = {name: first + place for place, name in enumerate(functions)}
        return cls({**names, **named}, roots, first + len(named))

    def with_observables(self, names: Iterable[str]) -> "Symbols":
        """The same, and the observables of a channel."""
        columns = {name: column for column, name in enumerate(names)}
        return Symbols(self.slots, self.roots, self.one, columns)


def translate(node: spec.Node, symbols: Symbols) -> AbstractExpression:
    """The expression of a formula; parts without names are folded into constants."""
    if not spec.names(node):
        return Constant(spec.evaluate(node, {}))
    root = _half_power(node, symbols)
    if root is not None:
        return root
    match node:
        case spec.Number(value=value):
            return Constant(value)
        case spec.Name(name=name):
            if name in symbols.observables:
                return Observable(symbols.observables[name])
            return Slot(symbols.slots[name])
        case spec.Negate(operand=operand):
            return Unary("negate", translate(operand, symbols))
        case spec.Binary(operator=operator, left=left, right=right):
            return Binary(operator, translate(left, symbols), translate(right, symbols))
        case spec.Call(function="where", arguments=(spec.Compare() as test, then, otherwise)):
            return Where(
                test.operator,
                translate(test.left, symbols),
                translate(test.right, symbols),
                translate(then, symbols),
                translate(otherwise, symbols),
            )
        case spec.Call(function="min" | "max" as function, arguments=arguments):
            parts = [translate(argument, symbols) for argument in arguments]
            return reduce(lambda left, right: Binary(function, left, right), parts)
        case spec.Call(
            function="sqrt"
            | "exp"
            | "log"
            | "log1p"
            | "expm1"
            | "abs"
            | "sin"
            | "cos"
            | "tan"
            | "atan" as function,
            arguments=(argument,),
        ):
            return Unary(function, translate(argument, symbols))
        case spec.Call() | spec.Compare():
            msg = f"not a formula of one value: {spec.to_text(node)}"
            raise TypeError(msg)
        case _:
            assert_never(node)


def rooted_parameters(trees: Iterable[spec.Node], parameters: Iterable[str]) -> frozenset[str]:
    """The parameters of which a square root (or a half-integer power) is taken somewhere."""
    return frozenset(name for tree in trees for name in spec.roots(tree)) & frozenset(parameters)


def _half_power(node: spec.Node, symbols: Symbols) -> AbstractExpression | None:
    """`sqrt(p)` and `p**(k/2)` as powers of the root's own slot, smooth where p vanishes."""
    name = spec.root_of(node)
    if name is None or name not in symbols.roots:
        return None
    root = Slot(symbols.roots[name])
    if isinstance(node, spec.Binary):
        return Binary("**", root, Constant(2 * spec.evaluate(node.right, {})))
    return root
