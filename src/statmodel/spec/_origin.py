"""Where a document came from, and where in it its parts stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias, final

from statmodel._errors import Problem, printable

DocumentPath: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]


@final
@dataclass(frozen=True)
class Scalar:
    """The text of a scalar as it stands in the file.

    Attributes:
        position: line and column of its first character, counted from one.
        indent: characters before the text itself: 1 for a quote.
        verbatim: whether the text stands there letter for letter, on one line.
    """

    position: Position
    indent: int
    verbatim: bool


@final
@dataclass(frozen=True)
class Positions:
    """Finds line and column, counted from one, of values and of keys; None where there are none."""

    value: Callable[[DocumentPath], Scalar | None]
    key: Callable[[DocumentPath], Position | None]


def _nowhere(path: DocumentPath) -> None:
    """A document that was built in memory has no positions."""
    del path


_NO_POSITIONS: Final = Positions(_nowhere, _nowhere)


@final
@dataclass(frozen=True)
class Written:
    """The plain values that a spec was made of, with their numbers as they were written.

    Attributes:
        fields: the fields of the spec, by which it is known again.
        read: gives a fresh copy of the document.
    """

    fields: tuple[object, ...]
    read: Callable[[], dict[str, object]]


@final
@dataclass(frozen=True)
class Origin:
    """The file of a document. Two origins are always equal: specs compare by what they say.

    Attributes:
        name: the file as it is called in messages; empty for a document built in memory.
        folder: paths in the document are relative to it; None for a text.
        root: paths may not leave it; the folder where it is None.
        positions: finds line and column; asked when there is a problem only.
        parts: the places in other files of what included documents have brought, by the first
            two entries of the path in this one.
        patched: finds where a part of a patched document stands: in the patch, or in the document
            that was patched. None where nothing was patched.
        heading: what messages about this document begin with.
        written: what the spec was made of.
    """

    name: str = field(default="", compare=False)
    folder: Path | None = field(default=None, compare=False)
    root: Path | None = field(default=None, compare=False)
    positions: Positions = field(default=_NO_POSITIONS, compare=False, repr=False)
    parts: Mapping[DocumentPath, tuple["Origin", DocumentPath]] = field(
        default_factory=dict, compare=False, repr=False
    )
    patched: "Callable[[DocumentPath], tuple[Origin, DocumentPath]] | None" = field(
        default=None, compare=False, repr=False
    )
    heading: str = field(default="", compare=False, repr=False)
    written: Written | None = field(default=None, compare=False, repr=False)


def path_text(path: DocumentPath) -> str:
    """A path as people write it.

    Example:
        >>> path_text(("channels", 2, "processes", 0, "yield"))
        'channels[2].processes[0].yield'
        >>> path_text(("focus", 0, "density", "a b"))
        'focus[0].density["a b"]'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.isidentifier():
            text += f".{part}" if text else part
        else:
            text += f'["{printable(part)}"]'
    return text


def placed(origin: Origin, path: DocumentPath) -> tuple[Origin, DocumentPath]:
    """The file in which a part of the document stands, and its path there.

    Where patches have led from one to the other, the headings of all are put together.
    """
    heading = origin.heading
    while True:
        if path[:2] in origin.parts:
            rest = path[2:]
            origin, above = origin.parts[path[:2]]
            path = (*above, *rest)
        elif origin.patched is not None:
            origin, path = origin.patched(path)
        else:
            return replace(origin, heading=heading), path
        heading += origin.heading


def locate(origin: Origin, path: DocumentPath, *, offset: int | None = None) -> str:
    """`file:line:column` of a value of the document, or of the nearest part around it.

    Args:
        origin: of the document.
        path: the value, as `("channels", 2, "name")`.
        offset: characters into the value, for a place inside a formula.
    """
    origin, path = placed(origin, path)
    for length in range(len(path), -1, -1):
        scalar = origin.positions.value(path[:length])
        if scalar is not None:
            line, column = scalar.position
            if offset is not None and scalar.verbatim and length == len(path):
                column += scalar.indent + offset
            return f"{origin.name}:{line}:{column}"
    return origin.name


def locate_key(origin: Origin, path: DocumentPath) -> str:
    """`file:line:column` of the key of a value."""
    origin, path = placed(origin, path)
    position = origin.positions.key(path)
    if position is None:
        return locate(origin, path)
    return f"{origin.name}:{position[0]}:{position[1]}"


def problem_at(
    origin: Origin,
    path: DocumentPath,
    message: str,
    *,
    offset: int | None = None,
    key: bool = False,
) -> Problem:
    """A problem of a part of the document, in the file in which it stands.

    Args:
        origin: of the document.
        path: the value.
        message: what is wrong.
        offset: characters into the value, for a place inside a formula.
        key: whether the key of the value is meant.
    """
    where = locate_key(origin, path) if key else locate(origin, path, offset=offset)
    there, place = placed(origin, path)
    return Problem(where, path_text(place), there.heading + message)
