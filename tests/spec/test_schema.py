"""The published JSON Schema is the generated one, and fits the documents."""

import json
from pathlib import Path

import jsonschema
import pytest

from statmodel.spec import json_schema, load_spec, parse_spec

_ROOT = Path(__file__).parents[2]
_SPECS = sorted((_ROOT / "specs").glob("*.yaml"))
_VALID = (_ROOT / "tests" / "errors" / "valid.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schema_is_the_generated_one():
    published = json.loads((_ROOT / "specs" / "schema" / "spec.json").read_text(encoding="utf-8"))
    assert published == json_schema()


@pytest.mark.parametrize("file", _SPECS, ids=lambda file: file.name)
def test_every_shipped_spec_fits_the_schema(validator, file):
    validator.validate(json.loads(load_spec(file).to_json()))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("statmodel", "2"),
        ("chanels", []),
        ("channels", []),
        ("parameters", [{"name": "a", "bounds": [0]}]),
        ("parameters", [{"name": "a", "constraint": {"mean": 1}}]),
        ("observations", [{"name": 3}]),
    ],
)
def test_what_the_schema_refuses(validator, key, value):
    document = json.loads(parse_spec(_VALID).to_json())
    assert validator.is_valid(document)
    document[key] = value
    assert not validator.is_valid(document)


def test_a_type_is_always_required(validator):
    document = json.loads(parse_spec(_VALID).to_json())
    del document["channels"][1]["processes"][0]["density"]["type"]
    assert not validator.is_valid(document)


def test_pyhf_s_lists_of_one_fit_the_schema(validator):
    document = json.loads(parse_spec(_VALID).to_json())
    document["parameters"] = [{"name": "a", "inits": [1], "bounds": [[0, 2]], "sigmas": [0.1]}]
    assert validator.is_valid(document)


def test_defaults_of_formulas_are_numbers():
    argus = json_schema()["$defs"]["ArgusDensity"]
    assert argus["properties"]["power"]["default"] == 0.5
    assert argus["required"][0] == "type"
