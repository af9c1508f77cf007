"""JSON patches (RFC 6902): lists of operations that change a document.

pyhf's users keep the signal of a background-only workspace in one. What a patch has put into a
document keeps its place in the file of the patch, and its problems are told there.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, final

from statmodel._errors import Problem, SpecErrors
from statmodel.spec import DocumentPath, Origin, Spec, build_spec, plain_document, problem_at

from ._json_file import read_json_file, refuse
from ._operations import MisfitError, Operation, applied, misformed, said
from ._trace import Trace

_NOWHERE: Final = Origin()


@final
class Operations(tuple[Operation, ...]):
    """The operations of one patch, with their place.

    Attributes:
        origin: the file.
        path: of the list of operations in it.
        patch: the name of the patch, empty where it has none.
    """

    origin: Origin
    path: DocumentPath
    patch: str

    def __new__(
        cls,
        operations: Iterable[Operation],
        *,
        origin: Origin = _NOWHERE,
        path: DocumentPath = (),
        patch: str = "",
    ) -> "Operations":
        """Operations of the right form."""
        made = tuple.__new__(cls, operations)
        made.origin, made.path, made.patch = origin, path, patch
        return made

    @property
    def words(self) -> str:
        """The whole patch in messages."""
        return f'the patch "{self.patch}"' if self.patch else self.origin.name

    def heading(self, number: int) -> str:
        """What messages about one of the operations begin with."""
        whose = f'patch "{self.patch}", ' if self.patch else ""
        return f"{whose}operation {number} ({said(self[number])}): "

    def problem(self, number: int, key: str | None, message: str) -> Problem:
        """A problem of one of the operations."""
        origin = replace(self.origin, heading=self.heading(number))
        place = (*self.path, number)
        return problem_at(origin, place if key is None else (*place, key), message)


def load_patch(path: str | os.PathLike[str]) -> Operations:
    """The operations of a JSON patch file.

    Raises:
        SpecErrors: it cannot be read, or is no JSON patch.
    """
    value, origin = read_json_file(path)
    return operations_of(value, origin)


def operations_of(
    value: object, origin: Origin, path: DocumentPath = (), *, patch: str = ""
) -> Operations:
    """The operations of a plain value.

    Args:
        value: the list.
        origin: the file.
        path: the place in the file.
        patch: the name of the patch.

    Raises:
        SpecErrors: it is no list of operations; every problem of every operation.
    """
    if isinstance(value, dict) and "patches" in value:
        message = (
            "this is a patchset, which holds several patches; name one of them "
            "(`--patchset FILE --patch-name NAME`)."
        )
        refuse(origin, path, message)
    if not isinstance(value, (list, tuple)):
        refuse(origin, path, "expected a JSON patch: a list of operations, each with `op`, `path`.")
    if strange := [i for i, one in enumerate(value) if not isinstance(one, dict)]:
        message = "expected an operation of a JSON patch, a list of mappings with `op` and `path`."
        raise SpecErrors(problem_at(origin, (*path, i), message) for i in strange)
    found = Operations(value, origin=origin, path=path, patch=patch)
    problems = [
        found.problem(number, key, message)
        for number, operation in enumerate(found)
        for key, message in misformed(operation)
    ]
    if problems:
        raise SpecErrors(problems)
    return found


def apply_patch(spec: Spec, operations: Sequence[Operation], *, name: str = "the patch") -> Spec:
    """The document with a JSON patch applied.

    Args:
        spec: a document; paths of the operations lead into it as it was written.
        operations: of the patch.
        name: what messages call a patch that comes from no file.

    Raises:
        SpecErrors: operations do not fit the document, or the outcome is no spec.
    """
    patch = operations
    if not isinstance(patch, Operations):
        patch = operations_of([dict(one) for one in operations], Origin(name))
    document: object = plain_document(spec)
    problems: list[Problem] = []
    failed: list[str] = []
    for number, operation in enumerate(patch):
        try:
            document = applied(document, operation)
        except MisfitError as error:
            # What builds on a part that could not be made is no problem of its own.
            if not any(str(operation["path"]).startswith(f"{place}/") for place in failed):
                problems.append(patch.problem(number, error.key, error.message))
            failed.append(str(operation["path"]))
    if problems:
        raise SpecErrors(problems)
    origin = _patched(spec, patch)
    if not isinstance(document, dict):
        refuse(origin, (), "the patch leaves no mapping of the document.")
    return build_spec(document, origin=origin)


def _patched(spec: Spec, patch: Operations) -> Origin:
    """The origin of a patched document, of which each part stands here or there."""
    before = replace(spec.origin, heading=f"after {patch.words}: ")
    trace = Trace(lambda: plain_document(spec), patch)

    def place(path: DocumentPath) -> tuple[Origin, DocumentPath]:
        number, inner = trace.source(path)
        if number is None:
            return before, inner
        here = replace(patch.origin, heading=patch.heading(number))
        return here, (*patch.path, number, *inner)

    return replace(spec.origin, parts={}, patched=place)
