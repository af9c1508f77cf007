"""Plain documents: the mappings and lists that the verbs change in place."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from statmodel.spec._origin import DocumentPath

Part: TypeAlias = dict[str, object]

# Where a channel holds its components: bins, events, or base points of a morphing.
COMPONENTS = (("samples",), ("processes",), ("morphing", "bases"))


def entries(part: Mapping[str, object], *keys: str) -> list[Part]:
    """The mappings in the list below some keys; none where a key is left out.

    Example:
        >>> entries({"channels": [{"name": "SR"}]}, "channels")
        [{'name': 'SR'}]
        >>> entries({"channels": []}, "morphing", "bases")
        []
    """
    found: object = part
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def inner(part: Mapping[str, object], key: str) -> Part:
    """The mapping below a key; an empty one where it is left out."""
    found = part.get(key)
    return found if isinstance(found, dict) else {}


def components(channel: Mapping[str, object]) -> Iterator[Part]:
    """Samples, processes and base points of a channel."""
    for keys in COMPONENTS:
        yield from entries(channel, *keys)


def text_of(part: Mapping[str, object], key: str = "name") -> str:
    """A text below a key; empty where it is left out."""
    found = part.get(key)
    return found if isinstance(found, str) else ""


def replace_at(document: Part, path: DocumentPath, value: object) -> None:
    """Put a value where a path leads; its last step is a key or an index that is there."""
    place: object = document
    for step in path[:-1]:
        place = _below(place, step)
    last = path[-1]
    match place, last:
        case dict(), str():
            place[last] = value
        case list(), int():
            place[last] = value
        case _:
            pass


def _below(place: object, step: str | int) -> object:
    if isinstance(place, dict):
        return place[step]
    return place[step] if isinstance(place, list) and isinstance(step, int) else None
