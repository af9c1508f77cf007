"""YAML 1.2 to plain values with positions, from the parser's events; no object is ever built.

Plain scalars follow the core schema (https://yaml.org/spec/1.2.2/#103-core-schema): `no` is a
text, `1e-3` a number, `010` ten. Duplicate keys, anchors, aliases, merge keys and tags are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn, TypeAlias, final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from statmodel._errors import Problem, printable

from ._numbers import real, whole
from ._origin import DocumentPath, Position, Positions, Scalar, path_text

Plain: TypeAlias = None | bool | int | float | str | list[object] | dict[str, object]

DEEPEST_DOCUMENT: Final = 64
_MOST_DIGITS: Final = 400

_NULL: Final = ("", "~", "null", "Null", "NULL")
_TRUE: Final = ("true", "True", "TRUE")
_FALSE: Final = ("false", "False", "FALSE")
_DECIMAL: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL: Final = re.compile(r"0o[0-7]+")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE: Final = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NAN: Final = (".nan", ".NaN", ".NAN")


@final
class SyntaxProblem(Exception):
    """The text cannot be read on; carries the one problem that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_yaml(text: str, name: str) -> tuple[Plain, Positions, tuple[Problem, ...]]:
    """The value of a document, the positions of its parts, and its problems.

    Args:
        text: the document.
        name: the file, as messages call it.

    Raises:
        SyntaxProblem: the text is no YAML, or nests too deep.
    """
    reader = _Reader(name)
    try:
        value = reader.document(_events(text))
    except ReaderError as error:
        code = error.character if isinstance(error.character, int) else ord(str(error.character))
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        message = f"the character U+{code:04X} may not stand in a YAML file."
        where = f"{name}:{line}:{column}"
        raise SyntaxProblem(Problem(where, "", message)) from error
    except MarkedYAMLError as error:
        raise SyntaxProblem(_translated(error, name, text)) from error
    except (YAMLError, ValueError, IndexError, AssertionError) as error:
        # The scanner trips over a few malformed escapes and directives with Python's own errors.
        message = f"this is no YAML: {printable(str(error), 120)}."
        raise SyntaxProblem(Problem(name, "", message)) from error
    return value, Positions(reader.values.get, reader.keys.get), tuple(reader.problems)


def plain_scalar(text: str) -> None | bool | int | float | str:
    """The value of an unquoted scalar, by the core schema.

    Example:
        >>> [plain_scalar(text) for text in ("no", "010", "1e-3", "0x1F", "~", ".5")]
        ['no', 10, 0.001, 31, None, 0.5]
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text in _NAN:
        return float("nan")
    if len(text) > _MOST_DIGITS:
        return real(text) if _FLOAT.fullmatch(text) else text
    if _DECIMAL.fullmatch(text):
        return whole(int(text), text)
    if _OCTAL.fullmatch(text):
        return whole(int(text[2:], 8), text)
    if _HEXADECIMAL.fullmatch(text):
        return whole(int(text[2:], 16), text)
    if infinite := _INFINITE.fullmatch(text):
        return float(f"{infinite[1]}inf")
    return real(text) if _FLOAT.fullmatch(text) else text


def _events(text: str) -> Iterator[Event]:
    return iter(YAML(typ="safe", pure=True).parse(text))


@final
@dataclass
class _Reader:
    """Composes the events of one document; collects positions and problems on the way."""

    name: str
    values: dict[DocumentPath, Scalar] = field(default_factory=dict)
    keys: dict[DocumentPath, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self, events: Iterator[Event]) -> Plain:
        value: Plain = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, "a second document begins here; a spec is one document.")
                if event.version is not None and tuple(event.version) != (1, 2):
                    self._stop(event, "this is not YAML 1.2; remove the `%YAML` line.")
            elif isinstance(event, (ScalarEvent, SequenceStartEvent, MappingStartEvent)):
                value = self._node(event, events, ())
            elif isinstance(event, AliasEvent):
                self._refuse(event, ())
        if not documents:
            raise SyntaxProblem(Problem(self.name, "", EMPTY))
        return value

    def _node(self, event: Event, events: Iterator[Event], path: DocumentPath) -> Plain:
        self._refuse(event, path)
        position = _position(event.start_mark)
        if len(path) > DEEPEST_DOCUMENT:
            self._stop(event, f"the document nests deeper than {DEEPEST_DOCUMENT} levels.")
        if isinstance(event, ScalarEvent):
            indent = 0 if event.style in (None, "") else 1
            one_line = event.start_mark.line == event.end_mark.line
            width = event.end_mark.column - event.start_mark.column
            verbatim = one_line and width == len(event.value) + 2 * indent
            self.values[path] = Scalar(position, indent, verbatim)
            return plain_scalar(event.value) if indent == 0 else event.value
        self.values[path] = Scalar(position, 0, verbatim=False)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path)
        return None

    def _sequence(self, events: Iterator[Event], path: DocumentPath) -> Plain:
        items: list[object] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Event], path: DocumentPath) -> Plain:
        items: dict[str, object] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event)
            place = (*path, key)
            position = _position(event.start_mark)
            if key in items:
                first = self.keys[place]
                self.problems.append(duplicate_key(self.name, place, first, position))
                # What the second one holds is read and dropped: its own problems still count.
                self._node(next(events), events, (*path, key, DUPLICATE))
                continue
            if key == "<<" and isinstance(event, ScalarEvent) and event.style in (None, ""):
                message = "merge keys (`<<`) are refused; write the keys out."
                self._report(event, path, message)
                self._node(next(events), events, place)
                continue
            self.keys[place] = position
            items[key] = self._node(next(events), events, place)
        return items

    def _key(self, event: Event) -> str:
        self._refuse(event, ())
        if not isinstance(event, ScalarEvent):
            self._stop(event, "a key must be a text; it may not be a list or a mapping.")
        return str(event.value)

    def _refuse(self, event: Event, path: DocumentPath) -> None:
        if isinstance(event, AliasEvent):
            self._report(event, path, f"the alias *{event.anchor} is refused; write it out.")
        elif isinstance(event, (ScalarEvent, SequenceStartEvent, MappingStartEvent)):
            if event.anchor is not None:
                self._report(event, path, f"the anchor &{event.anchor} is refused; remove it.")
            if event.tag is not None:
                tag = printable(str(event.tag))
                self._report(event, path, f"the tag {tag} is refused; remove it.")

    def _report(self, event: Event, path: DocumentPath, message: str) -> None:
        where = "{}:{}:{}".format(self.name, *_position(event.start_mark))
        self.problems.append(Problem(where, path_text(path), message))

    def _stop(self, event: Event, message: str) -> NoReturn:
        where = "{}:{}:{}".format(self.name, *_position(event.start_mark))
        raise SyntaxProblem(Problem(where, "", message))


EMPTY: Final = 'the document is empty; a spec begins with `statmodel: "1"`.'
DUPLICATE: Final = "(again)"


def duplicate_key(name: str, path: DocumentPath, first: Position, again: Position) -> Problem:
    """The problem of a key that stands twice, at the second place."""
    message = (
        f'the key "{printable(str(path[-1]))}" stands here again; first in line {first[0]}, '
        f"column {first[1]}. Keep one."
    )
    return Problem(f"{name}:{again[0]}:{again[1]}", path_text(path), message)


def _position(mark: StreamMark) -> Position:
    return (mark.line + 1, mark.column + 1)


def _translated(error: MarkedYAMLError, name: str, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = name if mark is None else f"{name}:{mark.line + 1}:{mark.column + 1}"
    words = printable((error.problem or "it cannot be read").replace("\n", " "), 160)
    context = "" if not error.context else f" {printable(error.context, 120)}"
    lines = text.splitlines()
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    if "\\t" in words or line[: len(line) - len(line.lstrip())].find("\t") >= 0:
        return Problem(where, "", "a tab stands where YAML wants spaces; indent with spaces.")
    return Problem(where, "", f"this is no YAML:{context} {words}.".replace(":  ", ": "))
