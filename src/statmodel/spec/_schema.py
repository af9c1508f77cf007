"""The JSON Schema of the format (draft 2020-12), generated from the models."""

from typing import Final, TypeAlias

from ._document import Spec

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER: Final = "statmodel-spec-1.json"
Schema: TypeAlias = dict[str, object]


def json_schema() -> Schema:
    """The schema of a document; what it refuses, `parse_spec` refuses.

    The reverse does not hold: names that do not exist, formulas that do not parse and numbers
    that do not fit together are found by `parse_spec` and `resolve` only.

    Example:
        >>> json_schema()["$id"]
        'statmodel-spec-1.json'
    """
    generated = Spec.model_json_schema(by_alias=True, mode="validation")
    head: Schema = {"$schema": DIALECT, "$id": IDENTIFIER}
    return head | {key: _completed(value) for key, value in generated.items()}


def _completed(value: object) -> object:
    """The same part of the schema, with what the generator cannot know.

    A `type` with one value must always be written; the default of a formula is its source.
    """
    if isinstance(value, list):
        return [_completed(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"source", "tree"}:
        return value["source"]
    completed: Schema = {str(key): _completed(part) for key, part in value.items()}
    match value:
        case {"properties": {"type": {"const": _}}}:
            others = [key for key in value.get("required", []) if key != "type"]
            return completed | {"required": ["type", *others]}
        case _:
            return completed
