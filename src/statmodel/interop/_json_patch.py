"""JSON patches (RFC 6902): lists of operations that change a document.

pyhf's users keep the signal of a background-only workspace in one.
"""

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import jsonpatch
import jsonpointer

from statmodel._errors import printable
from statmodel.spec import Spec, build_spec, plain_document

from ._json_file import read_json_file, refuse

Operation = Mapping[str, object]


def load_patch(path: str | os.PathLike[str]) -> tuple[Operation, ...]:
    """The operations of a JSON patch file.

    Raises:
        SpecErrors: it cannot be read, or is no JSON patch.
    """
    return operations_of(read_json_file(path), str(path), "")


def operations_of(value: object, where: str, path: str) -> tuple[Operation, ...]:
    """The operations of a plain value.

    Args:
        value: the list.
        where: the file, for messages.
        path: the place in the file.

    Raises:
        SpecErrors: it is no list of operations.
    """
    if isinstance(value, dict) and "patches" in value:
        message = (
            "this is a patchset, which holds several patches; name one of them "
            "(`--patchset FILE --patch-name NAME`)."
        )
        refuse(where, path, message)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        refuse(where, path, "expected a JSON patch: a list of operations, each with `op`, `path`.")
    return tuple(value)


def apply_patch(spec: Spec, operations: Sequence[Operation], *, name: str = "the patch") -> Spec:
    """The document with a JSON patch applied.

    Args:
        spec: a document; paths of the operations lead into it as it was written.
        operations: of the patch.
        name: what messages call the patch.

    Raises:
        SpecErrors: an operation does not fit the document, or the outcome is no spec.
    """
    document: object = plain_document(spec)
    for number, operation in enumerate(operations):
        try:
            single = jsonpatch.JsonPatch([copy.deepcopy(dict(operation))])
            document = single.apply(document, in_place=True)
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
            words = printable(str(error), 160).rstrip(".")
            said = printable(f"{operation.get('op')} {operation.get('path')}", 100)
            message = (
                f"operation {number} ({said}) does not fit the document: {words}. "
                "Is it a patch of another workspace?"
            )
            refuse(name, f"[{number}]", message)
    if not isinstance(document, dict):
        refuse(name, "", "the patch leaves no mapping of the document.")
    origin = replace(spec.origin, name=spec.origin.name)
    patched = build_spec(document, origin=replace(origin, name=f"{name} applied:"))
    return patched.with_origin(replace(patched.origin, name=origin.name))
