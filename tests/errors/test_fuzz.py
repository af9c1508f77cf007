"""No input makes the loader fail otherwise than by `SpecErrors`, hang, or run code."""

import json
import string
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statmodel._errors import Problem, SpecErrors
from statmodel.spec import FormulaError, Spec, load_spec, parse_formula, parse_spec, resolve

_VALID = (Path(__file__).parent / "valid.yaml").read_text(encoding="utf-8")
_SPEC = json.loads(parse_spec(_VALID).to_json())
_PIECES = [
    "statmodel", '"1"', ":", ": ", "- ", "\n", "  ", "{", "}", "[", "]", ",", "&a", "*a", "!!x",
    "|", ">", "%YAML 1.1\n", "---\n", "...\n", "#", "'", '"', "\\x", "\t", "<<", "~", "1e999",
    ".nan", "0x", "channels", "name", "density", "é", "\u2028", "\ufeff", "?", "? ", "`",
]  # fmt: skip
# The time of one document depends on the load of the machine, hence no deadline.
_SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _read(read: Callable[[], Spec]) -> tuple[Spec | None, tuple[Problem, ...]]:
    try:
        return read(), ()
    except SpecErrors as errors:
        return None, errors.problems


def _survives(text: str, language: str) -> None:
    spec, found = _read(lambda: parse_spec(text, format=language, name="fuzz"))
    if spec is None:
        assert found
        # A report is what its lines say: nothing of the input breaks a line or hides in it.
        assert all(str(problem).isprintable() for problem in found)
        return
    resolved, problems, _ = resolve(spec)
    assert (resolved is None) == bool(problems)
    assert parse_spec(spec.to_json(), format="json") == spec


@_SETTINGS
@given(content=st.binary(max_size=200))
def test_random_bytes(tmp_path, content):
    for suffix in ("yaml", "json"):
        file = tmp_path / f"spec.{suffix}"
        file.write_bytes(content)
        spec, found = _read(lambda file=file: load_spec(file))
        assert (spec is None) == bool(found)


@_SETTINGS
@given(text=st.text(max_size=100), language=st.sampled_from(["yaml", "json"]))
def test_random_text(text, language):
    _survives(text, language)


@_SETTINGS
@given(pieces=st.lists(st.sampled_from(_PIECES), max_size=30))
def test_random_yaml(pieces):
    _survives("".join(pieces), "yaml")


@_SETTINGS
@given(
    place=st.integers(0, len(_VALID)),
    removed=st.integers(0, 12),
    added=st.sampled_from(["", *_PIECES]),
)
def test_a_valid_document_with_a_slip_of_the_pen(place, removed, added):
    _survives(_VALID[:place] + added + _VALID[place + removed :], "yaml")


def _places(value: object, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in items:
            found.extend(_places(part, (*path, key)))
    return found


_PLACES = _places(_SPEC)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["mu", "jes", "gaussian", "uniform", "sum", "1 - mu", "SR", "m4l", "m"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@_SETTINGS
@given(place=st.sampled_from(_PLACES), value=_VALUES)
def test_a_valid_document_with_one_value_replaced(place, value):
    copy = json.loads(json.dumps(_SPEC))
    inside = copy
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    _survives(json.dumps(copy), "json")


@_SETTINGS
@given(place=st.sampled_from(_PLACES), data=st.data())
def test_a_valid_document_with_one_part_moved_or_removed(place, data):
    copy = json.loads(json.dumps(_SPEC))
    inside = copy
    for key in place[:-1]:
        inside = inside[key]
    if data.draw(st.booleans()):
        del inside[place[-1]]
    else:
        other = data.draw(st.sampled_from(_PLACES))
        part = _SPEC
        for key in other:
            part = part[key]
        inside[place[-1]] = part
    _survives(json.dumps(copy), "json")


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet=string.printable + "`é", max_size=60))
def test_random_formula(text):
    offset = 0
    try:
        parse_formula(text)
    except FormulaError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)
