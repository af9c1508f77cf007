"""JSON by the standard library; positions are looked for only when there is a problem.

A position is found by going down from the whole document: the parts of a list or mapping are
passed over by the decoder of the standard library, and where they begin is kept. A document of
many megabytes is thus read again as often as the place lies deep, and no more.
"""

import bisect
import json
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import Final, NamedTuple, final

from statmodel._errors import Problem

from ._numbers import real, whole
from ._origin import DocumentPath, Position, Positions, Scalar
from ._yaml import DEEPEST_DOCUMENT, EMPTY, Plain, SyntaxProblem, duplicate_key

_LARGEST_EXPONENT: Final = sys.float_info.max_10_exp
_MOST_DIGITS: Final = 400
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_TEXT_OR_BRACKET: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{}]', re.DOTALL)


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
        value = json.loads(text, object_pairs_hook=pairs, parse_int=_integer, parse_float=real)
    except json.JSONDecodeError as error:
        words = error.msg[:1].lower() + error.msg[1:]
        where = f"{name}:{error.lineno}:{error.colno}"
        raise SyntaxProblem(Problem(where, "", f"this is no JSON: {words}.")) from error
    except RecursionError as error:
        raise SyntaxProblem(_too_deep(text, name)) from error
    if _deeper_than(value, DEEPEST_DOCUMENT):
        raise SyntaxProblem(_too_deep(text, name))
    return value, tuple(_Finder(text).duplicates(name)) if repeated else ()


def json_positions(text: str) -> Positions:
    """The positions of the parts of a text that `read_json` has read."""
    finder = _Finder(text)
    return Positions(finder.value, finder.key)


def _integer(digits: str) -> int | float:
    """Numbers of very many digits are read as floats; Python refuses them as integers."""
    if len(digits) < _LARGEST_EXPONENT:
        return int(digits)
    return whole(int(digits), digits) if len(digits) < _MOST_DIGITS else real(digits)


def _too_deep(text: str, name: str) -> Problem:
    """The problem at the bracket that opens the first level too many."""
    message = f"the document nests deeper than {DEEPEST_DOCUMENT} levels."
    depth = 0
    for match in _TEXT_OR_BRACKET.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > DEEPEST_DOCUMENT + 1:  # the outermost bracket is the document itself
                line, column = _position_of(text, match.start())
                return Problem(f"{name}:{line}:{column}", "", message)
        elif match[0] in "]}":
            depth -= 1
    return Problem(name, "", message)


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


def _position_of(text: str, offset: int) -> Position:
    """Line and column of an offset, counted from one."""
    return (text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class _Part(NamedTuple):
    """An item of a list or mapping: its key, and the offsets of key and value."""

    entry: str | int
    key_at: int
    at: int


@final
class _Finder:
    """Finds the places of parts of valid JSON; what it has passed over once, it remembers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._inside: dict[int, tuple[_Part, ...]] = {}
        self._last: dict[int, dict[str | int, _Part]] = {}
        self._decoder = json.JSONDecoder(parse_int=float)  # whole numbers may be of any length

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    @cached_property
    def _start(self) -> int:
        return self._after_space(0)

    def value(self, path: DocumentPath) -> Scalar | None:
        """The place of a value, or None where there is none."""
        found = self._find(path)
        if found is None:
            return None
        start = found.at
        position = self._position(start)
        sign = self._text[start]
        if sign == '"':
            return Scalar(position, 1, "\\" not in self._text[start : self._end(start)])
        return Scalar(position, 0, verbatim=sign not in "[{")

    def key(self, path: DocumentPath) -> Position | None:
        """The place of the key of a value in a mapping."""
        found = self._find(path) if path and isinstance(path[-1], str) else None
        return None if found is None else self._position(found.key_at)

    def duplicates(self, name: str) -> Iterator[Problem]:
        """One problem for each key that stands in its mapping already."""
        pending: list[tuple[int, DocumentPath]] = [(self._start, ())]
        while pending:
            at, path = pending.pop()
            first: dict[str, Position] = {}
            for entry, key_at, value_at in self._parts(at):
                here = (*path, entry)
                if isinstance(entry, str):
                    position = self._position(key_at)
                    if entry in first:
                        yield duplicate_key(name, here, first[entry], position)
                    first.setdefault(entry, position)
                if self._text[value_at] in "[{":
                    pending.append((value_at, here))

    def _find(self, path: DocumentPath) -> _Part | None:
        found = _Part("", self._start, self._start)
        for entry in path:
            parts = self._parts(found.at)
            if found.at not in self._last:  # of a key that stands twice, the last one counts
                self._last[found.at] = {part.entry: part for part in parts}
            below = self._last[found.at].get(entry)
            if below is None:
                return None
            found = below
        return found

    def _parts(self, at: int) -> tuple[_Part, ...]:
        """The items of the list or mapping at an offset; a scalar has none."""
        if at not in self._inside:
            self._inside[at] = tuple(self._items(at))
        return self._inside[at]

    def _items(self, at: int) -> Iterator[_Part]:
        mapping = self._text[at] == "{"
        if not mapping and self._text[at] != "[":
            return
        place = self._after_space(at + 1)
        count = 0
        while self._text[place] not in "]}":
            key_at, entry = place, str(count)
            if mapping:
                entry, place = self._decoder.raw_decode(self._text, place)
                place = self._after_space(self._after_space(place) + 1)  # behind the colon
            yield _Part(entry if mapping else count, key_at, place)
            count += 1
            place = self._after_space(self._end(place))
            if self._text[place] == ",":
                place = self._after_space(place + 1)

    def _end(self, at: int) -> int:
        return self._decoder.raw_decode(self._text, at)[1]

    def _after_space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return at if match is None else match.end()

    def _position(self, offset: int) -> Position:
        line = bisect.bisect_right(self._lines, offset)
        return (line, offset - self._lines[line - 1] + 1)
