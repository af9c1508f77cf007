"""Every wrong document of the table is answered with exactly the lines of the table."""

import json
import warnings
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from statmodel import compiler
from statmodel._errors import Problem, SpecErrors, SpecWarning, nearest, sort_problems
from statmodel.spec import load_spec, parse_spec, resolve

_HERE = Path(__file__).parent
_VALID = (_HERE / "valid.yaml").read_text(encoding="utf-8")
_CASES = YAML(typ="safe", pure=True).load((_HERE / "wrong_specs.yaml").read_text(encoding="utf-8"))


def _document(case: dict) -> str:
    if "text" in case:
        return case["text"]
    document = _VALID
    for edit in case["edits"]:
        assert document.count(edit["old"]) == 1, edit
        document = document.replace(edit["old"], edit["new"])
    return document


def _answer(text: str, *, compiled: bool = False) -> list[str]:
    """Problems of a document; with `compiled`, those of its model, or else its warnings."""
    try:
        spec = parse_spec(text, name="spec.yaml")
        if compiled:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", SpecWarning)
                compiler.compile(spec)
            return [str(one.message) for one in caught]
    except SpecErrors as errors:
        return [str(problem) for problem in errors.problems]
    resolved, problems, _ = resolve(spec)
    assert (resolved is None) == bool(problems)
    return [str(problem) for problem in problems]


def test_the_document_that_the_cases_edit_is_right():
    resolved, problems, warnings = resolve(parse_spec(_VALID))
    assert resolved is not None
    assert problems == ()
    assert warnings == ()


def test_case_names_are_unique():
    names = [case["name"] for case in _CASES]
    assert len(set(names)) == len(names) >= 45


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
def test_a_wrong_document_gets_exactly_these_lines(case, tmp_path, monkeypatch):
    for name, text in case.get("files", {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
    assert _answer(_document(case), compiled="compiled" in case) == case["lines"]


def test_errors_are_one_report_with_a_count():
    text = _VALID.replace("init: 500", "inti: 500").replace("sigma: 1.8", "sigm: 1.8")
    with pytest.raises(SpecErrors) as caught:
        parse_spec(text, name="spec.yaml")
    lines = str(caught.value).splitlines()
    assert lines[0] == "2 problems in the spec:"
    assert lines[1].startswith("  spec.yaml:5:19 parameters[1].inti: unknown key")
    assert lines[2].startswith("  spec.yaml:33:46 channels[1].processes[0].density.sigm: unknown")


def test_problems_are_sorted_by_number_not_by_text_and_told_once():
    made = [Problem(f"a.yaml:{line}:1", "", "x") for line in (10, 9, 10, 100)]
    where = [problem.where for problem in sort_problems(made)]
    assert where == ["a.yaml:9:1", "a.yaml:10:1", "a.yaml:100:1"]


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("kapa_l", ["kappa_t", "kappa_l"], "kappa_l"),
        ("yeild", ["name", "yield", "scale"], "yield"),  # neighbours swapped
        ("Mu", ["mu", "nu"], "mu"),  # capitals
        ("x", ["y"], None),  # nothing in common
        ("lumi", ["slope"], None),
        ("", ["a"], None),
        ("a" * 10_000, ["a" * 9_999], None),  # not compared: too long to be a slip
    ],
)
def test_nearest_name(name, candidates, expected):
    assert nearest(name, candidates) == expected


def test_a_long_list_of_names_is_cut():
    text = _VALID.replace('scale: "mu - sqrt_mu"', "scale: zzzzzzzzzz").replace(
        "functions:\n",
        "functions:\n" + "".join(f"  - {{name: f_{i}, expression: mu}}\n" for i in range(50)),
    )
    assert [line for line in _answer(text) if line.endswith(" and 45 more.")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xff\xfes\x00", "1:1 this is UTF-16 text; save the file as UTF-8."),
        (b"a: \xc3\xa9\nb: \xe9", "2:4 the byte 0xe9 is no UTF-8; save the file as UTF-8."),
        (b"name: a\x07b", "1:8 the character U+0007 may not stand in a YAML file."),
    ],
)
def test_bytes_that_are_no_text(tmp_path, content, expected):
    file = tmp_path / "spec.yaml"
    file.write_bytes(content)
    with pytest.raises(SpecErrors) as caught:
        load_spec(file)
    assert [str(problem) for problem in caught.value.problems] == [f"{file}:{expected}"]


def test_a_byte_order_mark_is_read_over(tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + _VALID.encode())
    assert load_spec(file) == parse_spec(_VALID)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(SpecErrors, match="cannot be read"):
            load_spec(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    file = tmp_path / "spec.yaml"
    with file.open("wb") as stream:
        stream.truncate(9 * 2**20)  # a hole: takes no room on disk
    with pytest.raises(SpecErrors, match="of yaml at most 8388608 are read"):
        load_spec(file)


_CHANNELS = [{"name": "SR", "samples": [{"name": "b", "data": [1]}]}]
_BEYOND = " It is beyond double precision, which ends at 1.8e308."
_JSON_CASES = [
    ("", 'a.json the document is empty; a spec begins with `statmodel: "1"`.'),
    ('{"statmodel": ', "a.json:1:15 this is no JSON: expecting value."),
    (
        '{"statmodel": "1",\n "statmodel": "1", "channels": [3]}',
        'a.json:2:2 statmodel: the key "statmodel" stands here again; first in line 1, column 2. '
        "Keep one.",
    ),
    (
        '{"statmodel": "1", "channels": [3]}',
        "a.json:1:33 channels[0]: got 3, expected a mapping.",
    ),
    (
        '{"statmodel": "1", "channels": NaN}',
        "a.json:1:32 channels: got nan, expected a list.",
    ),
    (
        '{"statmodel": "1", "name": "\\ud800", "channels": []}',
        "a.json the text contains half of a surrogate pair, which stands for no character.",
    ),
    *(
        (
            f'{{"statmodel": "1", "parameters": [{{"name": "a", "init": {number}}}]}}',
            f"a.json:1:57 parameters[0].init: got {said}, expected a finite number.{_BEYOND}",
        )
        for number, said in (
            ("1e400", "1e400"),
            ("-2.5E+308", "-2.5E+308"),
            ("1" + "0" * 309, "10000000000000000000... (310 digits)"),
            ("-1" + "0" * 400, "-1000000000000000000... (401 digits)"),
            ("1" + "0" * 5000, "10000000000000000000... (5001 digits)"),
        )
    ),
    # The 66th bracket: 64 levels below the one that is the document.
    ("[" * 100_000, "a.json:1:66 the document nests deeper than 64 levels."),
    ("[" * 70 + "]" * 70, "a.json:1:66 the document nests deeper than 64 levels."),
    (
        '{"a": ' * 70 + "1" + "}" * 70,  # six characters each
        f"a.json:1:{65 * 6 + 1} the document nests deeper than 64 levels.",
    ),
    (
        '{"a[\\\\\\"{": [[1], [2]],\n "b": ' + "[" * 70 + "]" * 70 + "}",
        f"a.json:2:{6 + 65} the document nests deeper than 64 levels.",
    ),
]


@pytest.mark.parametrize(("text", "expected"), _JSON_CASES, ids=range(len(_JSON_CASES)))
def test_wrong_json(text, expected):
    with pytest.raises(SpecErrors) as caught:
        parse_spec(text, format="json", name="a.json")
    assert str(caught.value.problems[0]) == expected


def test_the_largest_numbers_are_read():
    """(2 - 2**-52) * 2**1023, the largest double (IEEE 754), as a float and as a whole number."""
    largest = (2**53 - 1) * 2**971
    for number in (repr(float(largest)), str(largest), f"0x{largest:x}"):
        document = {"name": "a", "init": "NUMBER"}
        text = json.dumps({"statmodel": "1", "parameters": [document], "channels": _CHANNELS})
        spec = parse_spec(text.replace('"NUMBER"', number))
        assert spec.parameters[0].init == float(largest)


_NEEDS = (
    "a binned channel needs `samples`; an unbinned one needs `type: unbinned`, `observables` and "
    "`processes` (or `morphing`)."
)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("{name: SR}", [f"a.yaml:2:12 channels[0]: {_NEEDS} Keys here: name."]),
        ("{name: SR, data: [1]}", [f"a.yaml:2:12 channels[0]: {_NEEDS} Keys here: name, data."]),
        ("{name: SR, type: binned}", [f"a.yaml:2:12 channels[0]: {_NEEDS} Keys here: name, type."]),
        ("{}", [f"a.yaml:2:12 channels[0]: {_NEEDS} Keys here: none."]),
        (
            "{name: SR, sampels: []}",
            [
                'a.yaml:2:23 channels[0].sampels: unknown key "sampels". Did you mean "samples"? '
                "Keys: name, samples."
            ],
        ),
        (
            "{name: SR, type: unbined}",
            [
                'a.yaml:2:12 channels[0]: the key "observables" is missing. Keys here: name, type.',
                'a.yaml:2:29 channels[0].type: got "unbined", expected "unbinned". Did you mean '
                '"unbinned"?',
            ],
        ),
        (
            "{name: SR, processes: []}",
            [
                'a.yaml:2:12 channels[0]: the key "type" is missing. Keys here: name, processes.',
                'a.yaml:2:12 channels[0]: the key "observables" is missing. Keys here: name, '
                "processes.",
            ],
        ),
    ],
)
def test_a_channel_that_is_neither_kind_is_told_what_each_needs(channel, expected):
    with pytest.raises(SpecErrors) as caught:
        parse_spec(f'statmodel: "1"\nchannels: [{channel}]', name="a.yaml")
    assert [str(problem) for problem in caught.value.problems] == expected


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- "])
def test_deep_yaml_is_a_problem_not_a_recursion_error(bracket):
    with pytest.raises(SpecErrors, match="nests deeper than 64 levels"):
        parse_spec(bracket * 100_000)
