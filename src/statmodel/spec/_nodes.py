"""Formulas as frozen trees: six kinds of node, each with its place in the text.

Nodes compare and hash by content; the place does not count. Arithmetic is IEEE's: a square root
of a negative number is NaN, a division by zero is infinite, nothing raises.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, assert_never, final

BinaryOperator: TypeAlias = Literal["+", "-", "*", "/", "**"]
CompareOperator: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]
FunctionName: TypeAlias = Literal[
    "sqrt", "exp", "log", "log1p", "expm1", "abs", "sin", "cos", "tan", "atan",
    "min", "max", "where",
]  # fmt: skip

# The number of arguments; None: two or more.
ARGUMENTS: Final[Mapping[FunctionName, int | None]] = MappingProxyType(
    {
        "sqrt": 1, "exp": 1, "log": 1, "log1p": 1, "expm1": 1, "abs": 1, "sin": 1, "cos": 1,
        "tan": 1, "atan": 1, "min": None, "max": None, "where": 3,
    }
)  # fmt: skip
_HALF: Final = 0.5
CONSTANTS: Final[Mapping[str, float]] = MappingProxyType({"pi": math.pi})


@final
@dataclass(frozen=True)
class Number:
    """A number; the parser only makes non-negative ones (a sign is a `Negate`)."""

    value: float
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@final
@dataclass(frozen=True)
class Name:
    """A parameter, a function of the document, or an observable."""

    name: str
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@final
@dataclass(frozen=True)
class Negate:
    """`-operand`."""

    operand: "Node"
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@final
@dataclass(frozen=True)
class Binary:
    """`left operator right`."""

    operator: BinaryOperator
    left: "Node"
    right: "Node"
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@final
@dataclass(frozen=True)
class Compare:
    """`left operator right`; stands as the first argument of `where` only."""

    operator: CompareOperator
    left: "Node"
    right: "Node"
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@final
@dataclass(frozen=True)
class Call:
    """`function(arguments)`; the number of arguments is right (the parser sees to it)."""

    function: FunctionName
    arguments: "tuple[Node, ...]"
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


Node: TypeAlias = Number | Name | Negate | Binary | Compare | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text."""
    match node:
        case Number() | Name():
            return ()
        case Negate():
            return (node.operand,)
        case Binary() | Compare():
            return (node.left, node.right)
        case Call():
            return node.arguments
        case _:
            assert_never(node)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


def names(node: Node) -> tuple[str, ...]:
    """The names that a formula reads, each once, in order of appearance."""
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, Name)))


def root_of(node: Node) -> str | None:
    """The name of which this very node takes a square root, as `sqrt(p)` or `p**1.5`."""
    match node:
        case Call(function="sqrt", arguments=(Name(name=name),)):
            return name
        case Binary(operator="**", left=Name(name=name), right=right):
            return name if not names(right) and evaluate(right, {}) % 1.0 == _HALF else None
        case _:
            return None


def roots(node: Node) -> tuple[str, ...]:
    """The names of which a formula takes square roots, each once."""
    found = [root_of(part) for part in walk(node)]
    return tuple(dict.fromkeys(name for name in found if name is not None))


def evaluate(node: Node, values: Mapping[str, float]) -> float:
    """The number at the given values; NaN and infinities as IEEE arithmetic gives them.

    Raises:
        KeyError: a name has no value.
    """
    match node:
        case Number():
            return float(node.value)
        case Name():
            return float(values[node.name])
        case Negate():
            return -evaluate(node.operand, values)
        case Binary():
            left, right = evaluate(node.left, values), evaluate(node.right, values)
            return _binary(node.operator, left, right)
        case Compare():
            left, right = evaluate(node.left, values), evaluate(node.right, values)
            return float(_compare(node.operator, left, right))
        case Call():
            return _call(node.function, [evaluate(part, values) for part in node.arguments])
        case _:
            assert_never(node)


def to_text(node: Node) -> str:
    """A text that parses to the same tree, with the parentheses that it needs."""
    return _text(node, 0)


_LEVEL: Final[Mapping[str, int]] = MappingProxyType({"+": 1, "-": 1, "*": 2, "/": 2, "**": 4})
_NEGATE_LEVEL: Final = 3


def _text(node: Node, level: int) -> str:
    match node:
        case Number():
            text = repr(float(node.value)).removesuffix(".0")
            return f"({text})" if text.startswith("-") else text
        case Name():
            return node.name if _is_plain(node.name) else f"`{node.name}`"
        case Negate():
            return _wrapped(f"-{_text(node.operand, _NEGATE_LEVEL)}", level > _NEGATE_LEVEL)
        case Binary():
            own = _LEVEL[node.operator]
            power = node.operator == "**"
            left = _text(node.left, own + 1 if power else own)
            # A sign may stand behind `**`: 2**-3.
            right = _text(node.right, _NEGATE_LEVEL if power else own + 1)
            gap = "" if power else " "
            return _wrapped(f"{left}{gap}{node.operator}{gap}{right}", own < level)
        case Compare():
            return f"{_text(node.left, 0)} {node.operator} {_text(node.right, 0)}"
        case Call():
            return f"{node.function}({', '.join(_text(part, 0) for part in node.arguments)})"
        case _:
            assert_never(node)


def _wrapped(text: str, wrap: bool) -> str:  # noqa: FBT001
    return f"({text})" if wrap else text


def _is_plain(name: str) -> bool:
    reserved = name in ARGUMENTS or name in CONSTANTS
    return name.isascii() and name.isidentifier() and not reserved


def _binary(operator: BinaryOperator, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return _divide(left, right)
        case "**":
            return _power(left, right)
        case _:
            assert_never(operator)


def _compare(operator: CompareOperator, left: float, right: float) -> bool:
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case "!=":
            return left != right
        case _:
            assert_never(operator)


def _call(function: FunctionName, arguments: list[float]) -> float:
    match function:
        case "where":
            return arguments[1] if arguments[0] else arguments[2]
        case "min" | "max":
            if any(math.isnan(value) for value in arguments):
                return math.nan
            return min(arguments) if function == "min" else max(arguments)
        case "log":
            return -math.inf if arguments[0] == 0 else _guarded(math.log, arguments[0])
        case "log1p":
            return -math.inf if arguments[0] == -1 else _guarded(math.log1p, arguments[0])
        case "abs":
            return abs(arguments[0])
        case "sqrt":
            return _guarded(math.sqrt, arguments[0])
        case "exp":
            return _guarded(math.exp, arguments[0])
        case "expm1":
            return _guarded(math.expm1, arguments[0])
        case "sin":
            return _guarded(math.sin, arguments[0])
        case "cos":
            return _guarded(math.cos, arguments[0])
        case "tan":
            return _guarded(math.tan, arguments[0])
        case "atan":
            return math.atan(arguments[0])
        case _:
            assert_never(function)


def _guarded(function: Callable[[float], float], value: float) -> float:
    try:
        return function(value)
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf


def _divide(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _power(left: float, right: float) -> float:
    odd = math.isfinite(right) and right % 2 == 1
    try:
        return math.pow(left, right)
    except OverflowError:
        return -math.inf if left < 0 and odd else math.inf
    except ValueError:
        if left != 0:
            return math.nan
        return math.copysign(math.inf, left) if odd else math.inf
