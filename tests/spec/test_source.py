"""Documents: scalars of YAML 1.2, positions, round trips, files."""

import json
import math

import pytest

from statmodel._errors import SpecErrors
from statmodel.spec import Origin, Spec, load_spec, locate, parse_spec, path_text, resolve
from statmodel.spec._yaml import plain_scalar, read_yaml

VALID = """\
statmodel: "1"
channels:
  - name: c
    type: unbinned
    observables: [{name: m, min: 0, max: 1}]
    processes:
      - {name: p, yield: 5, density: {type: uniform}}
"""


# https://yaml.org/spec/1.2.2/#1032-tag-resolution, the table of the core schema, and texts that
# YAML 1.1 or other readers take for something else.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("FALSE", False),
        ("0", 0), ("+1", 1), ("-3", -3), ("010", 10), ("0o17", 15), ("0x1F", 31),
        ("1e-3", 1e-3), ("12e03", 12000.0), ("-2E+05", -2e5), ("1.", 1.0), (".5", 0.5),
        ("+12.3", 12.3), (".inf", math.inf), ("-.Inf", -math.inf), ("+.INF", math.inf),
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("nuLL", "nuLL"),
        ("1_000", "1_000"), ("0b11", "0b11"), ("1:30", "1:30"), ("2001-01-01", "2001-01-01"),
        ("inf", "inf"), ("nan", "nan"), ("1e", "1e"), (".", "."), ("+", "+"), ("0x", "0x"),
        ("١", "١"),  # a digit, but not one of ours
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema(text, value):
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


def test_not_a_number_is_a_float():
    assert math.isnan(plain_scalar(".nan"))


def test_a_scalar_of_thousands_of_digits_is_read_as_a_float():
    assert plain_scalar("9" * 5000) == math.inf


def test_quoted_scalars_are_texts():
    value, _, problems = read_yaml("a: '1'\nb: \"true\"\nc: |\n  2\nno: 1\n", "x")
    assert value == {"a": "1", "b": "true", "c": "2\n", "no": 1}
    assert problems == ()


@pytest.mark.parametrize("language", ["yaml", "json"])
def test_positions_of_values(language):
    text = '{"statmodel": "1",\n "channels":\n  [{"name": "c", "type": "unbinned",\n'
    text += '"observables": [{"name": "m"}], "processes": [{"name": "p", "yield": "1 + x",'
    text += '\n   "density": {"type": "uniform"}}]}]}'
    origin = parse_spec(text, format=language, name="f").origin
    assert locate(origin, ("statmodel",)) == "f:1:15"
    assert locate(origin, ("channels", 0)) == "f:3:4"
    assert locate(origin, ("channels", 0, "processes", 0, "density")) == "f:5:15"
    # Four characters into the formula, behind its quote.
    path = ("channels", 0, "processes", 0, "yield")
    assert locate(origin, path) == "f:4:70"
    assert locate(origin, path, offset=4) == "f:4:75"
    # What is not there has the place of what is around it.
    assert locate(origin, ("channels", 0, "simulation", "file")) == "f:3:4"


@pytest.mark.parametrize(
    ("scalar", "column"),
    [
        ("1 + xx", 18),
        ('"1 + xx"', 19),
        ("'1 + xx'", 19),
        ('"1 +\\u0020xx"', 14),  # an escape: only the beginning is known
        (">-\n          1 + xx", 14),  # on lines of its own: likewise
    ],
)
def test_an_error_in_a_formula_points_into_it(scalar, column):
    text = VALID.replace(
        "      - {name: p, yield: 5, density: {type: uniform}}",
        f"      - name: p\n        yield: {scalar}\n        density: {{type: uniform}}",
    )
    text = text.replace("yield:", "yield:").replace(
        "        yield: ", "      # a\n        yield: ", 1
    )
    _, problems, _ = resolve(parse_spec(text, name="f"))
    line = 1 + text[: text.index("yield")].count("\n")
    offset = 2  # `yield: ` begins in column 9, its value in column 16
    assert problems[0].where == f"f:{line}:{column + offset}"


def test_paths_as_people_write_them():
    assert path_text(("a", 0, "b c", "d")) == 'a[0]["b c"].d'
    assert path_text(()) == ""


_HISTOGRAM = """{type: histogram, edges: [[0, 1], [0, 1, 2]], values: [[1, 2]]}, modifiers: [
        {type: normfactor, name: k, data: null}, {type: scalefactor, data: {formula: 1 + k}}]}"""
_MIXTURE = "{type: mixture, terms: [{type: uniform}, {type: gamma, shape: 1, scale: 2}]"
DOCUMENTS = [
    VALID,
    VALID.replace("yield: 5", "yield: 5.0"),
    VALID + 'name: "é: #{}[]\'"\ndescription: |\n  two\n  lines\n',
    VALID + "parameters: [{name: a, inits: [1], bounds: [[0, null]], auxdata: [1], sigmas: [0.1]}]",
    VALID + "parameters: [{name: a, constraint: {type: none}}, {name: 'b[0]', groups: [x]}]\n",
    VALID + "observations: [{name: c, weight: w, events: {m: [1e-300, 0.1], w: [1, 2]}}]",
    VALID + f"focus: [{{name: f, density: {{mu: {_MIXTURE}, fractions: [0.5]}}}}}}]",
    VALID + "measurements: [{name: m, config: {pois: [a, b]}}]\ninterpolation: {normsys: code1}\n",
    VALID.replace("{type: uniform}}", _HISTOGRAM),
]  # fmt: skip


@pytest.mark.parametrize("text", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_a_document_comes_back_as_it_went(text):
    spec = parse_spec(text)
    assert parse_spec(spec.to_yaml()) == spec
    assert parse_spec(spec.to_json(), format="json") == spec
    assert parse_spec(spec.to_json(indent=None), format="json") == spec
    assert parse_spec(spec.to_yaml()).to_yaml() == spec.to_yaml()


def test_specs_that_say_something_else_are_not_equal():
    assert parse_spec(VALID) != parse_spec(VALID.replace("max: 1", "max: 2"))


def test_what_was_not_said_is_not_written():
    assert json.loads(parse_spec(VALID).to_json()) == {
        "statmodel": "1",
        "channels": [
            {
                "name": "c",
                "type": "unbinned",
                "observables": [{"name": "m", "min": 0.0, "max": 1.0}],
                "processes": [{"name": "p", "yield": 5, "density": {"type": "uniform"}}],
            }
        ],
    }


def test_the_type_is_written_also_where_python_left_it_out():
    from_python = parse_spec(VALID).channels[0].processes[0].density.model_copy()
    built = type(from_python)()
    assert built.model_dump(exclude_unset=True) == {"type": "uniform"}


def test_files_by_their_ending(tmp_path):
    spec = parse_spec(VALID)
    (tmp_path / "a.yaml").write_text(spec.to_yaml())
    (tmp_path / "a.json").write_text(spec.to_json())
    assert load_spec(tmp_path / "a.yaml") == load_spec(str(tmp_path / "a.json")) == spec
    assert load_spec(tmp_path / "a.yaml").origin.folder == tmp_path


def test_nothing_of_a_spec_can_be_changed():
    spec = parse_spec(VALID)
    with pytest.raises(ValueError, match="frozen"):
        spec.name = "other"
    assert isinstance(spec.channels, tuple)


def test_every_origin_is_equal():
    assert Origin("a") == Origin("b")
    assert isinstance(parse_spec(VALID), Spec)


@pytest.mark.parametrize(
    ("path", "root", "good"),
    [
        ("data/x.csv", None, True),
        ("data/../x.csv", None, True),
        ("../x.csv", None, False),
        ("/data/x.csv", None, False),
        ("C:/x.csv", None, False),
        ("../x.csv", "..", True),
        ("../../x.csv", "..", False),
        ("/data/x.csv", "/data", True),
        ("/data2/x.csv", "/data", False),
    ],
)
def test_paths_stay_in_the_folder_or_the_root(tmp_path, path, root, good):
    folder = tmp_path / "a"
    folder.mkdir()
    file = folder / "spec.yaml"
    file.write_text(VALID + f"observations: [{{name: c, file: '{path}'}}]\n")
    full_root = None if root is None else folder / root
    resolved, problems, _ = resolve(load_spec(file, root=full_root))
    assert (resolved is not None) == good
    assert len(problems) == (not good)


def test_a_large_json_document_takes_seconds_at_most():
    spec = json.loads(parse_spec(VALID).to_json())
    events = [i / 250_000 for i in range(250_000)]
    spec["observations"] = [{"name": "c", "events": {"m": events}}]
    assert len(parse_spec(json.dumps(spec), format="json").observations[0].events["m"]) == 250_000


def test_all_problems_of_form_are_told_at_once():
    text = VALID.replace("min: 0", "min: zero").replace("yield: 5", "yeild: 5")
    with pytest.raises(SpecErrors) as caught:
        parse_spec(text.replace("uniform", "unifrm"))
    assert len(caught.value.problems) == 3
