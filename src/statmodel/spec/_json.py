"""JSON by the standard library; positions are looked for only when there is a problem."""

import bisect
import json
import re
from dataclasses import dataclass, field
from typing import Final, final

from statmodel._errors import Problem

from ._origin import DocumentPath, Position, Positions, Scalar
from ._yaml import DEEPEST_DOCUMENT, EMPTY, Plain, SyntaxProblem, duplicate_key

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_STRING: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_OTHER: Final = re.compile(r"[^\s,\]}]+")


def read_json(text: str, name: str) -> tuple[Plain, tuple[Problem, ...]]:
    """The value of a document, and its problems.

    Args:
        text: the document.
        name: the file, as messages call it.

    Raises:
        SyntaxProblem: the text is no JSON, or nests too deep.
    """
    if not text.strip():
        raise SyntaxProblem(Problem(name, "", EMPTY))
    repeated: list[bool] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(items)
        if len(found) != len(items):
            repeated.append(True)
        return found

    try:
        # NaN and the infinities are read here, and refused by every field.
        value = json.loads(text, object_pairs_hook=pairs, parse_int=_integer)
    except json.JSONDecodeError as error:
        words = error.msg[:1].lower() + error.msg[1:]
        where = f"{name}:{error.lineno}:{error.colno}"
        raise SyntaxProblem(Problem(where, "", f"this is no JSON: {words}.")) from error
    except RecursionError as error:
        raise SyntaxProblem(_too_deep(name)) from error
    if _deeper_than(value, DEEPEST_DOCUMENT):
        raise SyntaxProblem(_too_deep(name))
    if not repeated:
        return value, ()
    scanner = _Scanner(text, name)
    scanner.run()
    return value, tuple(scanner.problems)


def json_positions(text: str) -> Positions:
    """The positions of all parts of a text that `read_json` has read."""
    scanner = _Scanner(text, "")
    scanner.run()
    return Positions(scanner.values, scanner.keys)


def _integer(digits: str) -> int | float:
    """Numbers of very many digits are read as floats; Python refuses them as integers."""
    return int(digits) if len(digits) < 400 else float(digits)  # noqa: PLR2004


def _too_deep(name: str) -> Problem:
    return Problem(name, "", f"the document nests deeper than {DEEPEST_DOCUMENT} levels.")


def _deeper_than(value: object, depth: int) -> bool:
    level: list[object] = [value]
    for _ in range(depth + 1):
        below: list[object] = []
        for part in level:
            if isinstance(part, dict):
                below.extend(item for item in part.values() if isinstance(item, (dict, list)))
            elif isinstance(part, list):
                below.extend(item for item in part if isinstance(item, (dict, list)))
        if not below:
            return False
        level = below
    return True


@final
@dataclass
class _Open:
    """A list or mapping that the scanner is inside of."""

    path: DocumentPath
    mapping: bool
    seen: set[str] = field(default_factory=set)
    count: int = 0


@final
class _Scanner:
    """Walks through valid JSON once, without recursion."""

    def __init__(self, text: str, name: str) -> None:
        self.values: dict[DocumentPath, Scalar] = {}
        self.keys: dict[DocumentPath, Position] = {}
        self.problems: list[Problem] = []
        self._text = text
        self._name = name
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._at = 0

    def run(self) -> None:
        open_parts: list[_Open] = []
        self._skip()
        self._value(open_parts, ())
        while open_parts:
            inside = open_parts[-1]
            self._skip()
            sign = self._text[self._at]
            if sign in "]}":
                open_parts.pop()
                self._at += 1
            elif sign == ",":
                self._at += 1
            elif inside.mapping:
                self._value(open_parts, self._key(inside))
            else:
                inside.count += 1
                self._value(open_parts, (*inside.path, inside.count - 1))

    def _key(self, inside: _Open) -> DocumentPath:
        position = self._position(self._at)
        key = str(json.loads(self._token(_STRING)))
        path = (*inside.path, key)
        if key in inside.seen:
            self.problems.append(duplicate_key(self._name, path, self.keys[path], position))
        inside.seen.add(key)
        self.keys[path] = position
        self._skip()
        self._at += 1  # the colon
        self._skip()
        return path

    def _value(self, open_parts: list[_Open], path: DocumentPath) -> None:
        start = self._at
        position = self._position(start)
        sign = self._text[start]
        if sign in "[{":
            self._at += 1
            self.values[path] = Scalar(position, 0, verbatim=False)
            open_parts.append(_Open(path, sign == "{"))
        elif sign == '"':
            token = self._token(_STRING)
            self.values[path] = Scalar(position, 1, "\\" not in token)
        else:
            self._token(_OTHER)
            self.values[path] = Scalar(position, 0, verbatim=True)

    def _token(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        end = self._at + 1 if match is None else match.end()
        token = self._text[self._at : end]
        self._at = end
        return token

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = self._at if match is None else match.end()

    def _position(self, offset: int) -> Position:
        line = bisect.bisect_right(self._lines, offset)
        return (line, offset - self._lines[line - 1] + 1)
