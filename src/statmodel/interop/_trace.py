"""Where the parts of a patched document come from: an operation of the patch, or what was patched.

The operations are gone through again on the document with a note on each part. That happens when
there is a problem to be told, and not before.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, final

from statmodel.spec import DocumentPath

from ._operations import Operation, applied, inside, parent

# The number of an operation, or None for what was patched; the path in it.
Source: TypeAlias = tuple[int | None, DocumentPath]
_NOWHERE: Final[Source] = (None, ())


@final
class _Mapping(dict[str, object]):
    """A mapping with a note; `gone` has the operations that have removed a key."""

    source: Source = _NOWHERE

    def __init__(self, source: Source = _NOWHERE) -> None:
        super().__init__()
        self.source = source
        self.gone: dict[str, int] = {}


@final
class _List(list[object]):
    """A list with a note."""

    source: Source = _NOWHERE

    def __init__(self, source: Source = _NOWHERE) -> None:
        super().__init__()
        self.source = source


@final
@dataclass(frozen=True)
class _Scalar:
    """A note in the place of a scalar."""

    source: Source


@final
class Trace:
    """The parts of one patched document."""

    def __init__(
        self, document: Callable[[], dict[str, object]], operations: Sequence[Operation]
    ) -> None:
        """Keep what the notes will be made from.

        Args:
            document: gives what was patched.
            operations: of the patch; they fit.
        """
        self._document = document
        self._operations = tuple(operations)

    def source(self, path: DocumentPath) -> Source:
        """Where a part stands; of a key that was removed, the operation that has done so."""
        part = self._noted
        for depth, entry in enumerate(path):
            if isinstance(part, _Mapping) and entry in part:
                part = part[str(entry)]
            elif isinstance(part, _List) and isinstance(entry, int) and entry < len(part):
                part = part[entry]
            elif isinstance(part, _Mapping) and entry in part.gone:
                return part.gone[str(entry)], ()
            else:
                number, above = _source(part)
                return number, (*above, *path[depth:])
        return _source(part)

    @cached_property
    def _noted(self) -> object:
        document = _with_notes(self._document(), _NOWHERE)
        for number, operation in enumerate(self._operations):
            document = _step(document, operation, number)
        return document


def _source(part: object) -> Source:
    return part.source if isinstance(part, (_Mapping, _List, _Scalar)) else _NOWHERE


def _with_notes(value: object, source: Source, *, deep: bool = True) -> object:
    """The value with a note on each part; where not `deep`, the same note on all."""
    number, path = source
    match value:
        case dict():
            made = _Mapping(source)
            for key, below in value.items():
                place = (number, (*path, key)) if deep else source
                made[key] = _with_notes(below, place, deep=deep)
            return made
        case list():
            items = _List(source)
            items.extend(
                _with_notes(below, (number, (*path, i)) if deep else source, deep=deep)
                for i, below in enumerate(value)
            )
            return items
        case _:
            return _Scalar(source)


def _step(document: object, operation: Operation, number: int) -> object:
    """The document with notes after one operation."""
    kind, path = operation["op"], str(operation["path"])
    if kind == "test" or operation.get("from") == path:
        return document
    if kind in ("add", "replace"):
        value = _with_notes(operation["value"], (number, ("value",)))
        return applied(document, {**operation, "value": value})
    if kind == "copy":  # a part that stands twice is the doing of the patch
        original = copy.deepcopy(inside(document, str(operation["from"])))
        value = _with_notes(original, (number, ("from",)), deep=False)
        return applied(document, {"op": "add", "path": path, "value": value})
    above, last, _ = parent(document, str(operation["from"]) if kind == "move" else path)
    if isinstance(above, _Mapping):
        above.gone[last] = number
    return applied(document, operation)
