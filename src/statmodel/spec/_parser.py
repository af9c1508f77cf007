"""The grammar of formulas, parsed by recursive descent with counted depth; nothing is evaluated.

comparison = sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]     (first argument of where)
sum        = product {("+" | "-") product}
product    = sign {("*" | "/") sign}
sign       = ("-" | "+") sign | power
power      = atom ["**" sign]                                    (binds to the right, as Python)
atom       = number | name | "`" any text "`" | name "(" sum {"," sum} ")" | "(" sum ")"

Names that are no identifiers stand in backquotes; `pi` is the only constant.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeGuard, final

from statmodel._errors import StatmodelError, suggestion

from ._nodes import (
    ARGUMENTS,
    CONSTANTS,
    Binary,
    BinaryOperator,
    Call,
    Compare,
    CompareOperator,
    FunctionName,
    Name,
    Negate,
    Node,
    Number,
    children,
)

LONGEST_FORMULA: Final = 4096
DEEPEST_NESTING: Final = 64
MOST_TERMS: Final = 192

_TOKEN: Final = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | `(?P<quoted>[^`]*)`
      | (?P<symbol>\*\*|<=|>=|==|!=|[-+*/(),<>])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)


@final
class FormulaError(StatmodelError):
    """A text that is no formula.

    Attributes:
        message: what was got, what was expected.
        offset: characters before the place.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} (at character {offset + 1})")
        self.message = message
        self.offset = offset


@final
@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def parse_formula(text: str) -> Node:
    """The tree of a formula.

    Args:
        text: at most 4096 characters.

    Raises:
        FormulaError: the text is no formula; the error knows the place.

    Example:
        >>> parse_formula("1 - mu")
        Binary(operator='-', left=Number(value=1.0), right=Name(name='mu'))
    """
    if len(text) > LONGEST_FORMULA:
        msg = f"the formula has {len(text)} characters; at most {LONGEST_FORMULA} are read."
        raise FormulaError(msg, 0)
    parser = _Parser(_tokens(text))
    if parser.token.kind == "end":
        msg = "the formula is empty; expected a number, a name or an expression."
        raise FormulaError(msg, 0)
    node = parser.expression(0)
    if parser.token.kind != "end":
        expected = "an operator or the end of the formula"
        raise parser.unexpected(expected)
    _check_depth(node)
    return node


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while not tokens or tokens[-1].kind != "end":
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        kind = match.lastgroup or "end"
        start = match.start(kind) - (kind == "quoted")
        tokens.append(_Token(kind, match.group(kind), start, match.end()))
        position = match.end()
    return tokens


_ADVICE: Final = (
    ("^", "powers are written `**`"),
    ("`", "the backquote is not closed"),
    ("[", "there are no indices; a name with brackets stands in backquotes"),
    ("]", "there are no indices; a name with brackets stands in backquotes"),
    (".", "there are no attributes; a name with a dot stands in backquotes"),
    ("=", "comparisons are written == and stand inside `where`"),
    ("&", "conditions are combined by nested `where`"),
    ("|", "conditions are combined by nested `where`"),
    ("%", "there is no remainder"),
)


def _unreadable(text: str, position: int) -> FormulaError:
    place = next((i for i in range(position, len(text)) if text[i] not in " \t\r\n"), position)
    got = text[place]
    advice = next((words for sign, words in _ADVICE if sign == got), "")
    tail = f": {advice}" if advice else ""
    return FormulaError(f"{got!r} has no meaning in a formula{tail}.", place)


@final
class _Parser:
    """A cursor over the tokens; one method a rule of the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._next]

    def unexpected(self, expected: str) -> FormulaError:
        """The error at the token that stands here."""
        token = self.token
        got = "the end of the formula" if token.kind == "end" else f'"{token.text}"'
        msg = f"got {got}, expected {expected}."
        if token.text in _COMPARISONS:
            msg = f"{got} stands outside `where`; write where(a {token.text} b, x, y)."
        return FormulaError(msg, token.start)

    def expression(self, depth: int, level: int = 0) -> Node:
        """An expression whose operators bind at least as tightly as `level` (V. Pratt, 1973)."""
        token = self.token
        if depth > DEEPEST_NESTING:
            msg = f"the formula nests deeper than {DEEPEST_NESTING}; name its parts in `functions`."
            raise FormulaError(msg, token.start)
        if token.kind == "symbol" and token.text in ("-", "+"):
            self._advance()
            node = self.expression(depth + 1, _SIGN)
            if token.text == "-":
                node = Negate(node, token.start, node.end)
        else:
            node = self._atom(depth)
        while (own := self._level()) >= max(level, 1):
            operator = self.token.text
            assert _is_operator(operator)
            self._advance()
            # A power binds to the right, and a sign may stand behind it: 2**-3**2.
            power = operator == "**"
            right = self.expression(depth + 1, _SIGN if power else own + 1)
            node = Binary(operator, node, right, node.start, right.end)
        return node

    def _level(self) -> int:
        """How tightly the operator that stands here binds; 0 where none does."""
        return _LEVELS.get(self.token.text, 0) if self.token.kind == "symbol" else 0

    def _atom(self, depth: int) -> Node:
        token = self.token
        match token.kind:
            case "number":
                return self._number()
            case "quoted":
                self._advance()
                if not token.text:
                    msg = "the name in backquotes is empty."
                    raise FormulaError(msg, token.start)
                return Name(token.text, token.start, token.end)
            case "name":
                self._advance()
                if self.token.kind == "symbol" and self.token.text == "(":
                    return self._call(token, depth)
                return self._name(token)
            case "symbol" if token.text == "(":
                self._advance()
                inside = self.expression(depth + 1)
                self._expect(")", "an operator or a closing parenthesis")
                return inside
            case _:
                expected = "a number, a name or an opening parenthesis"
                raise self.unexpected(expected)

    def _number(self) -> Node:
        token = self.token
        self._advance()
        value = float(token.text)
        if value == float("inf"):
            msg = f"{token.text[:40]} is larger than any 64-bit number."
            raise FormulaError(msg, token.start)
        if self.token.kind == "name" and self.token.start == token.end:
            msg = f'"{token.text}{self.token.text}": a product is written with `*`.'
            raise FormulaError(msg, token.start)
        return Number(value, token.start, token.end)

    def _name(self, token: _Token) -> Node:
        if token.text in CONSTANTS:
            return Number(CONSTANTS[token.text], token.start, token.end)
        if _is_function(token.text):
            msg = f'"{token.text}" is a function; expected its arguments: {token.text}(...).'
            raise FormulaError(msg, token.start)
        return Name(token.text, token.start, token.end)

    def _call(self, token: _Token, depth: int) -> Node:
        name = token.text
        if not _is_function(name):
            msg = f'unknown function "{name}".{suggestion(name, ARGUMENTS, "Functions")}'
            raise FormulaError(msg, token.start)
        self._advance()
        arguments = [self._comparison(depth + 1) if name == "where" else self.expression(depth + 1)]
        while self.token.kind == "symbol" and self.token.text == ",":
            self._advance()
            arguments.append(self.expression(depth + 1))
        end = self.token.end
        self._expect(")", "an operator, a comma or a closing parenthesis")
        wanted = ARGUMENTS[name]
        if (wanted is None and len(arguments) == 1) or wanted not in (None, len(arguments)):
            msg = (
                f"`{name}` takes {wanted or 'two or more'} "
                f"argument{'' if wanted == 1 else 's'}, got {len(arguments)}."
            )
            raise FormulaError(msg, token.start)
        return Call(name, tuple(arguments), token.start, end)

    def _comparison(self, depth: int) -> Node:
        left = self.expression(depth)
        operator = self.token.text
        if not _is_comparison(operator) or self.token.kind != "symbol":
            msg = "the first argument of `where` is a comparison: where(a < b, x, y)."
            raise FormulaError(msg, left.start)
        self._advance()
        right = self.expression(depth)
        return Compare(operator, left, right, left.start, right.end)

    def _advance(self) -> None:
        self._next += 1

    def _expect(self, symbol: str, words: str) -> None:
        if self.token.kind != "symbol" or self.token.text != symbol:
            raise self.unexpected(words)
        self._advance()


_COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=")


_LEVELS: Final = MappingProxyType({"+": 1, "-": 1, "*": 2, "/": 2, "**": 4})
_SIGN: Final = 3


def _is_operator(text: str) -> TypeGuard[BinaryOperator]:
    return text in _LEVELS


def _is_comparison(text: str) -> TypeGuard[CompareOperator]:
    return text in _COMPARISONS


def _is_function(text: str) -> TypeGuard[FunctionName]:
    return text in ARGUMENTS


def _check_depth(node: Node) -> None:
    """Long chains such as a + b + c + ... are deep trees; they stay far from Python's own limit."""
    level = [node]
    for _ in range(MOST_TERMS):
        level = [below for part in level for below in children(part)]
        if not level:
            return
    msg = f"more than {MOST_TERMS} operations in a chain; name its parts in `functions`."
    raise FormulaError(msg, 0)
