"""The six operations of a JSON patch (RFC 6902) on plain values, and why one does not fit.

Places in the document are JSON pointers (RFC 6901): `/channels/0/name`, with `~1` for a slash and
`~0` for a tilde in a key; `-` is the end of a list.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn, TypeAlias, final

from statmodel._errors import listed, printable, suggestion
from statmodel.spec import DocumentPath, got, path_text

Operation: TypeAlias = Mapping[str, object]

_OPERATIONS: Final = ("add", "copy", "move", "remove", "replace", "test")
_WITH_VALUE: Final = ("add", "replace", "test")
_WITH_FROM: Final = ("copy", "move")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_ANOTHER: Final = " Is it a patch of another workspace?"
_ESCAPE: Final = re.compile(r"~(?![01])")


@final
class MisfitError(Exception):
    """An operation that does not fit the document.

    Attributes:
        key: of the operation, of which the message speaks.
        message: why, and what there is.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message


def _refuse(key: str, message: str) -> NoReturn:
    raise MisfitError(key, message)


def said(operation: Operation) -> str:
    """An operation in a few words, as `add /channels/0`."""
    words = (operation[key] for key in ("op", "from", "path") if key in operation)
    return printable(" ".join(map(str, words)), 100)


def misformed(operation: Operation) -> Iterator[tuple[str | None, str]]:
    """What is wrong with an operation, whatever the document: the key, or None, and a message."""
    kind = operation.get("op")
    if "op" not in operation:
        yield None, f'the key "op" is missing.{listed("Operations", _OPERATIONS)}'
    elif not isinstance(kind, str):
        yield "op", f"got {got(kind)}, expected a text.{listed('Operations', _OPERATIONS)}"
    elif kind not in _OPERATIONS:
        tail = suggestion(kind, _OPERATIONS, "Operations")
        yield "op", f'unknown operation "{printable(kind)}".{tail}'
    for key in ("path", "from"):
        if key in operation:
            if message := _wrong_pointer(operation[key]):
                yield key, message
        elif key == "path" or kind in _WITH_FROM:
            yield None, f'the key "{key}" is missing.{listed("Keys here", operation)}'
    if kind in _WITH_VALUE and "value" not in operation:
        yield None, f'the key "value" is missing.{listed("Keys here", operation)}'


def _wrong_pointer(pointer: object) -> str | None:
    if not isinstance(pointer, str):
        return f"got {got(pointer)}, expected a JSON pointer, as /channels/0."
    if pointer and not pointer.startswith("/"):
        return f"got {got(pointer)}; a JSON pointer begins with a slash, as /channels/0."
    if _ESCAPE.search(pointer):
        return f"got {got(pointer)}; in a JSON pointer a tilde is written ~0, a slash in a key ~1."
    return None


def applied(document: object, operation: Operation) -> object:
    """The document after an operation of the right form; lists and mappings are changed in place.

    Raises:
        MisfitError: the operation does not fit; the document is as it was.

    Example:
        >>> applied({"a": [1, 2]}, {"op": "move", "from": "/a/0", "path": "/a/1"})
        {'a': [2, 1]}
    """
    path = str(operation["path"])
    match operation["op"]:
        case "add":
            return _add(document, path, copy.deepcopy(operation["value"]))
        case "replace":
            inside(document, path)
            return _put(document, path, copy.deepcopy(operation["value"]))
        case "remove":
            _remove(document, path, "path")
            return document
        case "copy":
            value = copy.deepcopy(inside(document, str(operation["from"]), "from"))
            return _add(document, path, value)
        case "move":
            return _move(document, str(operation["from"]), path)
        case _:
            _test(document, path, operation["value"])
            return document


def inside(document: object, pointer: str, key: str = "path") -> object:
    """The value that a pointer leads to.

    Raises:
        MisfitError: there is none.
    """
    value, path = document, ()
    for token in _tokens(pointer):
        entry = _entry(value, token, path, key)
        value, path = _item(value, entry), (*path, entry)
    return value


def parent(document: object, pointer: str, key: str = "path") -> tuple[object, str, DocumentPath]:
    """The list or mapping that a pointer leads into, the last part of the pointer, and the path.

    Raises:
        MisfitError: there is none.
    """
    value, path = document, ()
    *above, last = _tokens(pointer)
    for token in above:
        entry = _entry(value, token, path, key)
        value, path = _item(value, entry), (*path, entry)
    return value, last, path


def _tokens(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _item(value: object, entry: str | int) -> object:
    if isinstance(value, dict):
        return value[entry]
    return value[entry] if isinstance(value, list) and isinstance(entry, int) else None


def _entry(value: object, token: str, path: DocumentPath, key: str) -> str | int:
    """The key or index of what is there already."""
    place = path_text(path) or "the document"
    if isinstance(value, dict):
        if token not in value:
            tail = suggestion(token, value, "Keys there")
            _refuse(key, f'{place} has no key "{printable(token)}".{tail}{_ANOTHER}')
        return token
    if isinstance(value, list):
        return _index(value, token, len(value) - 1, place, key)
    _refuse(key, f"{place} is {got(value)} and has no parts.{_ANOTHER}")


def _index(value: list[object], token: str, last: int, place: str, key: str) -> int:
    if _INDEX.fullmatch(token) and int(token) <= last:
        return int(token)
    size = f"{place} is a list of {len(value)}"
    shown = f"the index {token}" if _INDEX.fullmatch(token) else f'"{printable(token)}"'
    if last < 0:
        _refuse(key, f"{size}, of which nothing can be taken; got {shown}.{_ANOTHER}")
    expected = f"0 to {last}" if last else "0"
    end = ", or - for the end" if last == len(value) else ""
    _refuse(key, f"{size}; got {shown}, expected {expected}{end}.{_ANOTHER}")


def _add(document: object, pointer: str, value: object) -> object:
    if not pointer:
        return value
    above, last, path = parent(document, pointer)
    if isinstance(above, dict):
        above[last] = value
    elif isinstance(above, list):
        place = path_text(path) or "the document"
        at = len(above) if last == "-" else _index(above, last, len(above), place, "path")
        above.insert(at, value)
    else:
        place = path_text(path) or "the document"
        _refuse("path", f"{place} is {got(above)} and has no parts.{_ANOTHER}")
    return document


def _put(document: object, pointer: str, value: object) -> object:
    """With another value where there is one."""
    if not pointer:
        return value
    above, last, _ = parent(document, pointer)
    if isinstance(above, dict):
        above[last] = value
    elif isinstance(above, list):
        above[int(last)] = value
    return document


def _remove(document: object, pointer: str, key: str) -> object:
    value = inside(document, pointer, key)
    if not pointer:
        _refuse(key, "the whole document cannot be removed.")
    above, last, _ = parent(document, pointer, key)
    if isinstance(above, dict):
        del above[last]
    elif isinstance(above, list):
        del above[int(last)]
    return value


def _move(document: object, start: str, end: str) -> object:
    if start == end:
        inside(document, start, "from")
        return document
    if end.startswith(f"{start}/"):
        _refuse("path", "what is moved cannot become a part of itself.")
    value = _remove(document, start, "from")
    try:
        return _add(document, end, value)
    except MisfitError:
        _add(document, start, value)
        raise


def _test(document: object, pointer: str, value: object) -> None:
    there = inside(document, pointer)
    if not _equal(there, value):
        tail = f"there is {got(there)}, and the patch expects {got(value)}"
        same = got(there) == got(value)
        _refuse("value", f"{tail}{' of other contents' if same else ''}.{_ANOTHER}")


def _equal(left: object, right: object) -> bool:
    """Whether two values are the same JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(_equal(one, other) for one, other in pairs)
    return isinstance(left, bool) == isinstance(right, bool) and left == right
