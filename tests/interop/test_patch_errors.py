"""What is wrong with a patched document is told where it stands: in the patch, or in the base."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from statmodel._errors import SpecErrors
from statmodel.interop import (
    apply_patch,
    apply_patchset,
    load_patch,
    load_patchset,
    patchset_document,
)
from statmodel.spec import load_spec, resolve

_BASE = """{
  "channels": [
    {"name": "CR", "samples": [{"name": "c", "data": [9], "modifiers": []}]},
    {"name": "SR", "samples": [{"name": "b", "data": [5], "modifiers": []}]}
  ],
  "observations": [{"name": "CR", "data": [9]}, {"name": "SR", "data": [5]}],
  "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
  "version": "1.0.0"
}
"""
_SIGNAL = '{"name": "s", "data": [1], "modifiers": []}'


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.json").write_text(_BASE)
    return load_spec("base.json")


def _problems(act) -> list[str]:
    """Problems of form, or those of the resolution of what `act` gives."""
    try:
        spec = act()
    except SpecErrors as errors:
        return [str(problem) for problem in errors.problems]
    return [str(problem) for problem in resolve(spec)[1]]


def _patched(base, text: str) -> list[str]:
    Path("p.json").write_text(text)
    return _problems(lambda: apply_patch(base, load_patch("p.json")))


def _set(*operations: str) -> str:
    """A patchset of one patch, the first operation of which stands in line 4."""
    listed = ",\n".join(operations)
    return (
        '{"version": "1.0.0",\n "metadata": {"labels": ["m"], "digests": {}, "references": {}, '
        '"description": ""},\n "patches": [{"metadata": {"name": "x", "values": [1]}, "patch": [\n'
        f"{listed}\n]}}]}}"
    )


def test_a_part_of_the_patch_is_told_at_its_place_in_the_patch(base):
    found = _patched(
        base,
        '[{"op": "add", "path": "/channels/1/samples/0", "value":\n'
        ' {"name": "s", "data": [1],\n  "modifiers": [{"type": "normsis", "name": "a"}]}},\n'
        ' {"op": "replace", "path": "/channels/0/name", "value": 3}]',
    )
    assert found == [
        "p.json:3:26 [0].value.modifiers[0].type: operation 0 (add /channels/1/samples/0): unknown "
        'type "normsis". Did you mean "normsys"? Types: normfactor, normsys, histosys, shapesys, '
        "staterror, shapefactor, lumi, scalefactor.",
        "p.json:4:57 [1].value: operation 1 (replace /channels/0/name): got 3, expected a text. "
        'Put it in quotes: "3".',
    ]


def test_a_part_of_a_patchset_names_the_patch_too(base):
    operation = '{"op": "add", "path": "/channels/1/samples/-",\n "value": {"name": "s"}}'
    Path("grid.json").write_text(
        _set(f'{{"op": "test", "path": "/version", "value": "1.0.0"}},\n{operation}')
    )
    assert _problems(lambda: apply_patchset(base, load_patchset("grid.json"), "x")) == [
        'grid.json:6:11 patches[0].patch[1].value: patch "x", operation 1 (add '
        '/channels/1/samples/-): the key "data" is missing. Keys here: name.'
    ]


def test_references_are_told_in_the_patch_too(base):
    operation = f'{{"op": "add", "path": "/channels/1/samples/0", "value": {_SIGNAL}}}'
    found = _patched(base, f"[{operation},\n{operation}]")
    assert found == [
        'p.json:1:67 [0].value.name: operation 0 (add /channels/1/samples/0): the sample "s" '
        "stands here again; first at [1].value.name (p.json:2:66). Rename one of them."
    ]


def test_what_the_patch_has_moved_is_told_where_it_stands_in_the_base(base):
    """Without the first channel the second one is the first; its line is still the fourth."""
    found = _patched(
        base,
        '[{"op": "remove", "path": "/channels/0"}, {"op": "remove", "path": "/observations/0"},\n'
        ' {"op": "replace", "path": "/observations/0/data", "value": [1, 2]},\n'
        ' {"op": "copy", "from": "/channels/0/samples/0", "path": "/channels/0/samples/-"},\n'
        ' {"op": "add", "path": "/channels/0/samples/0", "value":\n'
        '  {"name": "s", "data": [1, 2], "modifiers": []}}]',
    )
    assert found == [
        "base.json:4:54 channels[1].samples[0].data: after p.json: got 1 number; the channel has "
        "2 bins, as [4].value.data (p.json:5:25) says.",
        "p.json:3:25 [3].from: operation 3 (copy /channels/0/samples/0 /channels/0/samples/-): the "
        'sample "b" stands here again; first at channels[1].samples[0].name (base.json:4:41). '
        "Rename one of them.",
        "p.json:3:25 [3].from: operation 3 (copy /channels/0/samples/0 /channels/0/samples/-): got "
        "1 number; the channel has 2 bins, as [4].value.data (p.json:5:25) says.",
    ]


def test_what_the_patch_has_removed_is_told_at_the_operation(base):
    assert _patched(base, '[\n{"op": "remove", "path": "/channels/0/samples/0/data"}]') == [
        'p.json:2:1 [0]: operation 0 (remove /channels/0/samples/0/data): the key "data" is '
        "missing. Keys here: name, modifiers."
    ]


def test_a_patch_that_leaves_no_document(base):
    (found,) = _patched(base, '[{"op": "replace", "path": "", "value": [1]}]')
    assert found == (
        "p.json:1:41 [0].value: operation 0 (replace ): the patch leaves no mapping of the "
        "document."
    )


def test_one_patch_after_the_other(base):
    """Each part is told where it stands, in the first patch, the second one or the base."""
    files = {
        "one.json": f'[{{"op": "add", "path": "/channels/0/samples/0", "value": {_SIGNAL}}}]',
        "two.json": f'[{{"op": "add", "path": "/channels/0/samples/1", "value":\n{_SIGNAL}}},'
        '{"op": "add", "path": "/observations/1/data/0", "value": 3}]',
    }
    spec = base
    for name, text in files.items():
        Path(name).write_text(text)
        spec = apply_patch(spec, load_patch(name))
    assert [str(problem) for problem in resolve(spec)[1]] == [
        "base.json:6:72 observations[1].data: after two.json: after one.json: got 2 counts; the "
        "channel has 1 bin, as channels[1].samples[0].data (base.json:4:54) says.",
        'two.json:2:10 [0].value.name: operation 0 (add /channels/0/samples/1): the sample "s" '
        "stands here again; first at [0].value.name (one.json:1:67). Rename one of them.",
    ]
    assert spec.origin.name == "base.json"


def test_every_operation_that_does_not_fit_is_told(base):
    """But not what builds on one of them."""
    found = _patched(
        base,
        '[{"op": "remove", "path": "/channels/7"},\n'
        ' {"op": "add", "path": "/channels/2/samples", "value": []},\n'
        ' {"op": "add", "path": "/channels/2/samples/0", "value": {}}]',
    )
    assert [one.split(": ")[0] for one in found] == ["p.json:1:27 [0].path", "p.json:2:24 [1].path"]
    assert all("channels is a list of 2; got the index" in one for one in found)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (
            '{"op": "jmup", "path": ""}',
            '1:9 [0].op: operation 0 (jmup ): unknown operation "jmup". Operations: add, copy, '
            "move, remove, replace, test.",
        ),
        (
            '{"op": "ad", "path": ""}',
            '1:9 [0].op: operation 0 (ad ): unknown operation "ad". Did you mean "add"? '
            "Operations: add, copy, move, remove, replace, test.",
        ),
        (
            '{"op": "remove", "path": "channels"}',
            '1:27 [0].path: operation 0 (remove channels): got "channels"; a JSON pointer begins '
            "with a slash, as /channels/0.",
        ),
        (
            '{"op": "remove", "path": 3}',
            "1:27 [0].path: operation 0 (remove 3): got 3, expected a JSON pointer, as "
            "/channels/0.",
        ),
        (
            '{"op": "remove", "path": "/a~b"}',
            '1:27 [0].path: operation 0 (remove /a~b): got "/a~b"; in a JSON pointer a tilde is '
            "written ~0, a slash in a key ~1.",
        ),
        (
            '{"op": "add", "path": "/a"}',
            '1:2 [0]: operation 0 (add /a): the key "value" is missing. Keys here: op, path.',
        ),
        (
            '{"path": "/a"}',
            '1:2 [0]: operation 0 (/a): the key "op" is missing. Operations: add, copy, move, '
            "remove, replace, test.",
        ),
        ("3", "1:2 [0]: expected an operation of a JSON patch, a list of mappings with `op` and "
         "`path`."),
    ],
)  # fmt: skip
def test_an_operation_of_the_wrong_form_is_told_with_its_place(base, operation, expected):
    assert _patched(base, f"[{operation}]") == [f"p.json:{expected}"]


def _words(problems: list[str]) -> Iterator[str]:
    for problem in problems:
        yield from problem.replace("(", " ").replace(")", " ").split()


def test_no_message_speaks_python(base):
    texts = ['[{"op": "add", "path": "/a/b", "value": 1}]', '[{"op": "test", "path": "/version", '
             '"value": {}}]', '[{"op": "remove", "path": "/channels/name"}]']  # fmt: skip
    for text in texts:
        words = set(_words(_patched(base, text)))
        assert not words & {"dict", "list'", "<class", "None", "KeyError", "'str'>"}
        assert "::" not in " ".join(words)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 400])
def test_numbers_that_are_not_finite_are_refused_when_a_patch_is_read(tmp_path, number):
    file = tmp_path / "p.json"
    file.write_text(f'[{{"op": "add", "path": "/a",\n "value": [1, {number}]}}]')
    with pytest.raises(SpecErrors) as error:
        load_patch(file)
    (problem,) = error.value.problems
    assert (problem.where, problem.path) == (f"{file}:2:15", "[0].value[1]")
    assert ", expected a finite number." in problem.message
    file.write_text(_set(f'{{"op": "add", "path": "/a", "value": {number}}}'))
    with pytest.raises(SpecErrors) as error:
        load_patchset(file)
    assert error.value.problems[0].where == f"{file}:4:38"
    file.write_text(_set().replace("[1]", f"[{number}]"))
    with pytest.raises(SpecErrors) as error:
        load_patchset(file)
    assert error.value.problems[0].path == "patches[0].metadata.values[0]"


def test_plain_values_that_are_not_finite_are_no_patchset():
    document = json.loads(_set().replace("[1]", "[NaN]"))
    with pytest.raises(SpecErrors, match=r"values\[0\]: got nan, expected a finite number"):
        patchset_document(document)


def test_a_patch_that_names_a_key_twice_is_refused(tmp_path):
    file = tmp_path / "p.json"
    file.write_text('[{"op": "add", "path": "/a", "path": "/b", "value": 1}]')
    with pytest.raises(SpecErrors, match='the key "path" stands here again'):
        load_patch(file)
