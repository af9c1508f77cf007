"""pyhf's patchsets: many JSON patches of one workspace, each at a point of a signal grid.

Format: pyhf 0.7.6, pyhf/schemas/1.0.0/patchset.json. A patchset names the digests of the workspace
that it was made for; they are compared before a patch is applied.
"""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, final

from statmodel._errors import Problem, SpecErrors, listed, printable, suggestion
from statmodel.spec import (
    DocumentPath,
    Origin,
    Spec,
    digest,
    got,
    not_finite,
    path_text,
    problem_at,
)

from ._json_file import read_json_file, refuse
from ._json_patch import apply_patch, operations_of
from ._operations import Operation

Values: TypeAlias = tuple[float | str, ...]
_VERSION = "1.0.0"
_HASHES = ("md5", "sha256")


@final
@dataclass(frozen=True)
class Patch:
    """A patch of a patchset.

    Attributes:
        name: in the patchset.
        values: one for each label of the patchset.
        operations: of the JSON patch.
        metadata: everything that is said of it, the name and the values among it.
    """

    name: str
    values: Values
    operations: tuple[Operation, ...]
    metadata: Mapping[str, object]


@final
@dataclass(frozen=True)
class PatchSet:
    """Patches of one workspace.

    Attributes:
        source: the file, for messages.
        labels: of the values of each patch.
        description: in words.
        references: as `hepdata`.
        digests: of the workspace, by hash algorithm.
        patches: in the order of the file.
        metadata: everything that is said of the patchset.
        origin: where its parts stand.
    """

    source: str
    labels: tuple[str, ...]
    description: str
    references: Mapping[str, str]
    digests: Mapping[str, str]
    patches: tuple[Patch, ...]
    metadata: Mapping[str, object]
    origin: Origin = field(default_factory=Origin, compare=False, repr=False)


def load_patchset(path: str | os.PathLike[str]) -> PatchSet:
    """The patchset of a JSON file.

    Raises:
        SpecErrors: it cannot be read, or is no patchset; every problem of it.
    """
    return _patchset(*read_json_file(path))


def patchset_document(document: object, *, name: str = "<patchset>") -> PatchSet:
    """The patchset of plain values, as JSON has them.

    Args:
        document: the whole document.
        name: what messages call it.

    Raises:
        SpecErrors: every problem of it.
    """
    origin = Origin(name)
    if problems := list(not_finite(document, origin)):
        raise SpecErrors(problems)
    return _patchset(document, origin)


def _patchset(document: object, origin: Origin) -> PatchSet:
    if not isinstance(document, dict) or not isinstance(document.get("patches"), list):
        hint = ""
        if isinstance(document, dict) and "channels" in document:
            hint = " This is a workspace; the patchset is the other file."
        if isinstance(document, list):
            hint = " This is a single JSON patch; apply it with `--patch FILE`."
        refuse(origin, (), f"expected a patchset: metadata, patches, version.{hint}")
    if document.get("version") != _VERSION:
        message = f'got {got(document.get("version"))}, expected "{_VERSION}".'
        refuse(origin, ("version",), message)
    metadata = _mapping(document.get("metadata"), origin, ("metadata",))
    labels = _texts(metadata.get("labels"), origin, ("metadata", "labels"))
    patches = _patches(document["patches"], origin)
    _check(patches, labels, origin)
    return PatchSet(
        source=origin.name,
        labels=labels,
        description=str(metadata.get("description", "")),
        references=_strings(metadata.get("references"), origin, ("metadata", "references")),
        digests=_strings(metadata.get("digests"), origin, ("metadata", "digests")),
        patches=patches,
        metadata=metadata,
        origin=origin,
    )


def find_patch(patchset: PatchSet, key: str | Sequence[float | str]) -> Patch:
    """A patch by its name, or by its values.

    A text that is no name may be the values, with commas between them.

    Raises:
        SpecErrors: there is none, with the nearest name.

    Example:
        >>> metadata = {"labels": ["m"], "digests": {}, "references": {}, "description": ""}
        >>> one = {"metadata": {"name": "m_5", "values": [5]}, "patch": []}
        >>> document = {"metadata": metadata, "patches": [one], "version": "1.0.0"}
        >>> find_patch(patchset_document(document), "5").name
        'm_5'
    """
    for patch in patchset.patches:
        if patch.name == key:
            return patch
    values = _values(key) if isinstance(key, str) else tuple(key)
    for patch in patchset.patches:
        if patch.values == values:
            return patch
    message = _unknown(patchset, key, values)
    raise SpecErrors([problem_at(patchset.origin, ("patches",), message)])


def _unknown(patchset: PatchSet, key: str | Sequence[float | str], values: Values) -> str:
    by_values = not isinstance(key, str) or (
        len(values) == len(patchset.labels) and any(isinstance(one, float) for one in values)
    )
    if isinstance(key, str) and not by_values:
        names = [patch.name for patch in patchset.patches]
        return f'there is no patch "{printable(key)}".{suggestion(key, names, "Patches")}'
    labels = ", ".join(patchset.labels)
    near = sorted(patchset.patches, key=lambda patch: _distance(patch.values, values))
    there = listed("Values", (f"{_point(patch.values)} {patch.name}" for patch in near))
    return f"there is no patch with ({labels}) = {_point(values)}.{there}"


def _distance(here: Values, there: Values) -> tuple[int, float]:
    """How many of the values differ that are no numbers, and how far the others are apart."""
    pairs = list(zip(here, there, strict=False))
    numbers = [(a, b) for a, b in pairs if not isinstance(a, str) and not isinstance(b, str)]
    unlike = sum(a != b for a, b in pairs if isinstance(a, str) or isinstance(b, str))
    return unlike, math.dist(*zip(*numbers, strict=True)) if numbers else 0.0


def _point(values: Values) -> str:
    """As `(550, 100)`."""
    return f"({', '.join(one if isinstance(one, str) else f'{one:g}' for one in values)})"


def verify_patchset(patchset: PatchSet, spec: Spec) -> None:
    """Compare the digests that a patchset was made for with those of a workspace.

    Raises:
        SpecErrors: they differ; every one that does.
    """
    problems: list[Problem] = []
    for algorithm, expected in patchset.digests.items():
        path = ("metadata", "digests", algorithm)
        if algorithm not in _HASHES:
            message = f"unknown hash algorithm.{suggestion(algorithm, _HASHES, 'Algorithms')}"
            problems.append(problem_at(patchset.origin, path, message))
            continue
        found = digest(spec, algorithm="md5" if algorithm == "md5" else "sha256")
        if found != expected.lower():
            message = (
                f"the patchset was made for a workspace with the digest {expected}, but "
                f"{spec.origin.name or 'this one'} has {found}. Take the background-only workspace "
                "that was published with the patchset, as it was published: another number, or a "
                "number written otherwise, is another digest."
            )
            problems.append(problem_at(patchset.origin, path, message))
    if problems:
        raise SpecErrors(problems)


def apply_patchset(
    spec: Spec,
    patchset: PatchSet,
    key: str | Sequence[float | str],
    *,
    verify: bool = True,
) -> Spec:
    """The workspace with a patch of a patchset applied.

    Args:
        spec: the workspace that the patchset was made for.
        patchset: which holds the patch.
        key: the name of the patch, or its values.
        verify: whether the digests must be right.

    Raises:
        SpecErrors: the workspace is another one, there is no such patch, or it does not fit.
    """
    patch = find_patch(patchset, key)
    if verify:
        verify_patchset(patchset, spec)
    return apply_patch(spec, patch.operations, name=f"the patch {patch.name}")


def _patches(values: Sequence[object], origin: Origin) -> tuple[Patch, ...]:
    """Every patch, or the problems of all of them."""
    found: list[Patch] = []
    problems: list[Problem] = []
    for i, value in enumerate(values):
        try:
            found.append(_patch(value, origin, ("patches", i)))
        except SpecErrors as errors:
            problems.extend(errors.problems)
    if problems:
        raise SpecErrors(problems)
    return tuple(found)


def _patch(value: object, origin: Origin, path: DocumentPath) -> Patch:
    part = _mapping(value, origin, path)
    metadata = _mapping(part.get("metadata"), origin, (*path, "metadata"))
    title = metadata.get("name")
    if not isinstance(title, str):
        refuse(origin, (*path, "metadata", "name"), f"got {got(title)}, expected a text.")
    values = metadata.get("values")
    good = isinstance(values, list) and all(_is_value(one) for one in values)
    if not isinstance(values, list) or not good:
        place = (*path, "metadata", "values")
        refuse(origin, place, "expected a list of numbers and texts.")
    operations = operations_of(part.get("patch"), origin, (*path, "patch"), patch=title)
    return Patch(title, tuple(values), operations, metadata)


def _check(patches: Sequence[Patch], labels: Sequence[str], origin: Origin) -> None:
    problems: list[Problem] = []
    for what, keys in (
        ("name", [patch.name for patch in patches]),
        ("values", [patch.values for patch in patches]),
    ):
        first: dict[object, int] = {}
        for i, key in enumerate(keys):
            if first.setdefault(key, i) != i:
                there = path_text(("patches", first[key]))
                message = (
                    f"{printable(str(key))} stands at {there} already; each patch has its own."
                )
                problems.append(problem_at(origin, ("patches", i, "metadata", what), message))
    for i, patch in enumerate(patches):
        if len(patch.values) != len(labels):
            many = "label" if len(labels) == 1 else "labels"
            message = f"got {len(patch.values)} for the {len(labels)} {many} {', '.join(labels)}."
            problems.append(problem_at(origin, ("patches", i, "metadata", "values"), message))
    if problems:
        raise SpecErrors(problems)


def _values(text: str) -> Values:
    return tuple(_number(part.strip()) for part in text.split(","))


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _is_value(value: object) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def _mapping(value: object, origin: Origin, path: DocumentPath) -> dict[str, object]:
    if not isinstance(value, dict):
        refuse(origin, path, f"got {got(value)}, expected a mapping.")
    return value


def _texts(value: object, origin: Origin, path: DocumentPath) -> tuple[str, ...]:
    if not isinstance(value, list):
        refuse(origin, path, f"got {got(value)}, expected a list of texts.")
    return _all_texts(value, origin, path)


def _all_texts(values: Iterable[object], origin: Origin, path: DocumentPath) -> tuple[str, ...]:
    found = [one for one in values if isinstance(one, str)]
    if len(found) != len(list(values)):
        refuse(origin, path, "expected texts.")
    return tuple(found)


def _strings(value: object, origin: Origin, path: DocumentPath) -> dict[str, str]:
    found = _mapping(value, origin, path)
    return dict(zip(found, _all_texts(list(found.values()), origin, path), strict=True))
