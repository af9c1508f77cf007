"""JSON patches against the package jsonpatch; each part of a document stands where a trace says."""

import copy
from collections.abc import Iterator

import jsonpatch
import jsonpointer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statmodel.interop._operations import MisfitError, applied, misformed
from statmodel.interop._trace import Trace

_KEYS = st.sampled_from(["a", "b", "0", "x/y", "~"])
_SCALARS = st.integers(0, 3) | st.booleans() | st.none()
_VALUES = st.recursive(
    _SCALARS,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_KEYS, part, max_size=3),
    max_leaves=6,
)
_DOCUMENTS = st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=3)
_TOKENS = st.sampled_from(["a", "b", "0", "1", "2", "-", "x~1y", "~0"])
_POINTERS = st.lists(_TOKENS, max_size=3).map(lambda parts: "".join(f"/{one}" for one in parts))


@st.composite
def _operations(draw):
    kind = draw(st.sampled_from(["add", "replace", "remove", "copy", "move", "test"]))
    made = {"op": kind, "path": draw(_POINTERS)}
    if kind in ("add", "replace", "test"):
        made["value"] = draw(_VALUES)
    if kind in ("copy", "move"):
        made["from"] = draw(_POINTERS)
    return made


def _theirs(document, operation):
    """The document by jsonpatch, or None where it refuses; it walks into texts and past ends."""
    try:
        return [jsonpatch.JsonPatch([operation]).apply(copy.deepcopy(document))]
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError):
        return None


def _ours(document, operation):
    """The document by us, or None where we refuse; it is then as it was."""
    before = copy.deepcopy(document)
    try:
        return [applied(document, operation)]
    except MisfitError:
        assert document == before  # noqa: PT017 (not about the error)
        return None


@given(_DOCUMENTS, _operations())
def test_an_operation_does_what_jsonpatch_does(document, operation):
    assert list(misformed(operation)) == []
    assert _ours(copy.deepcopy(document), operation) == _theirs(document, operation)


def _parts(value, path=()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    yield path, value
    if isinstance(value, (dict, list)):
        for entry, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _parts(below, (*path, entry))


@given(_DOCUMENTS, st.lists(_operations(), max_size=6))
def test_each_part_of_a_patched_document_stands_where_the_trace_says(document, drawn):
    patched, operations = copy.deepcopy(document), []
    for operation in drawn:
        found = _ours(patched, operation)
        if found is not None:
            patched = found[0]
            operations.append(operation)
    trace = Trace(lambda: copy.deepcopy(document), operations)
    for path, value in _parts(patched):
        number, place = trace.source(path)
        if number is not None and operations[number]["op"] == "copy":
            assert place == ("from",)
            continue
        there = document if number is None else operations[number]
        for entry in place:
            there = there[entry]
        if isinstance(value, (dict, list)):  # a later operation may have changed what is in it
            assert type(there) is type(value)
        else:
            assert there is value


def test_a_removed_key_stands_at_the_operation_and_a_key_that_never_was_in_its_mapping():
    operations = [{"op": "add", "path": "/a", "value": {"b": 1}}, {"op": "remove", "path": "/a/b"}]
    trace = Trace(lambda: {"c": {}}, operations)
    assert trace.source(("a", "b")) == (1, ())
    assert trace.source(("a", "z")) == (0, ("value", "z"))
    assert trace.source(("c", "z")) == (None, ("c", "z"))


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (
            {"op": "remove", "path": "/channels/2"},
            ("path", "channels is a list of 2; got the index 2, expected 0 to 1."),
        ),
        (
            {"op": "add", "path": "/channels/3", "value": 1},
            (
                "path",
                "channels is a list of 2; got the index 3, expected 0 to 2, or - for the end.",
            ),
        ),
        (
            {"op": "replace", "path": "/chanels", "value": 1},
            (
                "path",
                'the document has no key "chanels". Did you mean "channels"? Keys there: channels, '
                "empty.",
            ),
        ),
        (
            {"op": "copy", "from": "/channels/x", "path": "/a"},
            ("from", 'channels is a list of 2; got "x", expected 0 to 1.'),
        ),
        (
            {"op": "remove", "path": "/empty/0"},
            ("path", "empty is a list of 0, of which nothing can be taken; got the index 0."),
        ),
        (
            {"op": "add", "path": "/channels/0/name", "value": 1},
            ("path", "channels[0] is 7 and has no parts."),
        ),
        (
            {"op": "test", "path": "/channels/0", "value": True},
            ("value", "there is 7, and the patch expects true."),
        ),
    ],
)
def test_what_does_not_fit_is_told_with_what_there_is(operation, expected):
    with pytest.raises(MisfitError) as error:
        applied({"channels": [7, 8], "empty": []}, operation)
    assert (error.value.key, error.value.message) == (
        expected[0],
        f"{expected[1]} Is it a patch of another workspace?",
    )
