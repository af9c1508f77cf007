"""From the places that pydantic names to the places in the document.

Pydantic's places contain the tags of unions; walking along the annotations of the models tells
the tags from the keys, and finds the keys that a mapping may have.
"""

import types
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, TypeGuard, Union, final, get_args, get_origin

from pydantic import BaseModel, Tag

from ._origin import DocumentPath

Kind: TypeAlias = object


@final
@dataclass(frozen=True)
class Place:
    """A place in the document, and what the schema has there."""

    path: DocumentPath
    kind: Kind

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the mapping that is expected here."""
        kind = _bare(self.kind)
        return keys_of(kind) if _is_model(kind) else ()

    @property
    def types(self) -> tuple[str, ...]:
        """The types of the mapping that is expected here, where there are several."""
        members = _members(_bare(self.kind))
        return tuple(str(tag) for member in members for tag in _tags(member))


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a model, as the document spells them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def place_of(root: type[BaseModel], location: DocumentPath) -> Place:
    """The place in the document of one of pydantic's locations."""
    kind: Kind = root
    path: DocumentPath = ()
    for entry in location:
        kind = _bare(kind)
        members = _members(kind)
        if len(members) > 1:
            kind = next((member for member in members if entry in _tags(member)), None)
        elif entry == "[key]":
            break
        else:
            path = (*path, entry)
            kind = _below(kind, entry)
    return Place(path, kind)


def _below(kind: Kind, entry: str | int) -> Kind:
    if _is_model(kind):
        fields = kind.model_fields.items()
        return next((f.annotation for name, f in fields if entry in (f.alias, name)), None)
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    return arguments[0] if get_origin(kind) is tuple and arguments else None


def _bare(kind: Kind) -> Kind:
    """Without `Annotated`, and without `None` where it is one of two."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    members = _members(kind)
    return _bare(members[0]) if len(members) == 1 else kind


def _members(kind: Kind) -> tuple[Kind, ...]:
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(member for member in get_args(kind) if member is not type(None))
    return ()


def _tags(member: Kind) -> tuple[object, ...]:
    """What pydantic calls a member of a union: its tag, or the text of its `type`."""
    named = tuple(extra.tag for extra in get_args(member)[1:] if isinstance(extra, Tag))
    model = _bare(member)
    if named or not _is_model(model) or "type" not in model.model_fields:
        return named
    annotation = model.model_fields["type"].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _is_model(kind: Kind) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
