"""Positions in JSON documents: those of an independent reader of the same text, and soon found."""

import json
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from statmodel.spec._json import json_positions, read_json
from statmodel.spec._origin import Origin, locate
from statmodel.spec._yaml import read_yaml

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(
    st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=8
)  # fmt: skip
_KEYS = st.text(st.sampled_from('abc "\\/{}[],:'), max_size=5)
_DOCUMENTS = st.recursive(
    _SCALARS,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(_KEYS, part, max_size=4),
    max_leaves=20,
)


def _paths(value: object, path: tuple = ()) -> list[tuple]:
    """Every path in a value, the whole first."""
    found = [path]
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            found += _paths(part, (*path, key))
    return found


@settings(max_examples=100, deadline=None)
@given(value=_DOCUMENTS, indent=st.sampled_from([None, 0, 2]))
def test_positions_are_those_of_the_yaml_reader(value, indent):
    """JSON is YAML: the events of its parser carry positions of their own."""
    text = json.dumps(value, indent=indent)
    read, expected, problems = read_yaml(text, "f")
    assert problems == ()
    found = json_positions(text)
    paths = _paths(read)
    assert paths == _paths(value)
    for path in paths:
        scalar, other = found.value(path), expected.value(path)
        assert scalar is not None
        assert other is not None
        assert scalar.position == other.position
        assert found.key(path) == expected.key(path)
    for path in (("no", "such", 3), (0, "x"), ("a", 1000)):
        assert (found.value(path) is None) == (expected.value(path) is None)


def test_what_stands_twice():
    text = '{"a": 1, "b": [{"c": 1,\n "c": {"d": 1, "d": 2}, "c": 3}], "a": "\\" {"}'
    value, problems = read_json(text, "f")
    assert value == {"a": '" {', "b": [{"c": 3}]}
    assert [(problem.where, problem.path) for problem in sorted(problems)] == [
        ("f:2:16", "b[0].c.d"),
        ("f:2:2", "b[0].c"),
        ("f:2:25", "b[0].c"),
        ("f:2:35", "a"),
    ]
    # Of two the last one counts, as in the value.
    scalar = json_positions(text).value(("b", 0, "c"))
    assert scalar is not None
    assert scalar.position == (2, 30)


def test_numbers_of_any_length():
    text = f'{{"a": [{"9" * 5000}, 1], "b": "x"}}'
    scalar = json_positions(text).value(("b",))
    assert scalar is not None
    assert scalar.position == (1, text.index('"x"') + 1)


def test_places_in_a_large_document_are_found_in_the_time_of_reading_it():
    data = {"hi_data": [1.5] * 50, "lo_data": [0.5] * 50}
    modifiers = [{"name": f"m{i}", "type": "histosys", "data": data} for i in range(40)]
    sample = {"name": "s", "data": [1.25] * 50, "modifiers": modifiers}
    channels = [{"name": f"c{i}", "samples": [sample] * 6} for i in range(40)]
    text = json.dumps({"channels": channels, "version": "1.0.0"}, indent=1)
    assert len(text) > 5e6
    start = time.process_time()
    json.loads(text)
    reading = time.process_time() - start
    start = time.process_time()
    origin = Origin("f", positions=json_positions(text))
    last = text.rindex('"m39"')
    path = ("channels", 39, "samples", 5, "modifiers", 39, "name")
    line = text.count("\n", 0, last) + 1
    assert locate(origin, path) == f"f:{line}:{last - text.rindex(chr(10), 0, last)}"
    # The document is passed over twice (`channels`, then each of them), then a fortieth of it, and
    # its lines are counted: some four readings. The bound leaves room for a loaded machine.
    assert time.process_time() - start < 20 * reading + 0.1
