"""Pydantic's complaints in the words of the document: where, what was got, expected, the fix."""

import re
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from statmodel._errors import Problem, counted, did_you_mean, listed, nearest, printable, suggestion

from ._numbers import BEYOND, Beyond
from ._origin import DocumentPath, Origin, placed, problem_at
from ._places import Place, place_of

_EXPECTED: Final = (
    ("string_type", "a text"),
    ("float_type", "a number"),
    ("finite_number", "a finite number"),
    ("bool_type", "true or false"),
    ("tuple_type", "a list"),
    ("dict_type", "a mapping"),
    ("model_type", "a mapping"),
    ("model_attributes_type", "a mapping"),
    ("none_required", "null, or no such key"),
    ("formula_type", "a number or a formula"),
)
_QUOTED: Final = re.compile(r"'([^']*)'")


def problems_of(
    errors: Iterable[ErrorDetails], model: type[BaseModel], origin: Origin
) -> tuple[Problem, ...]:
    """The problems behind the errors of one validation.

    Args:
        errors: as `ValidationError.errors()` gives them.
        model: that was validated.
        origin: of the document.
    """
    placed = [(place_of(model, error["loc"]), error) for error in errors if _counts(error)]
    misspelt = {
        (place.path[:-1], nearest(str(place.path[-1]), place_of(model, error["loc"][:-1]).keys))
        for place, error in placed
        if error["type"] == "extra_forbidden"
    }
    return tuple(
        _problem(place, error, model, origin)
        for place, error in placed
        # A key that is missing because it is misspelt is one problem, not two.
        if error["type"] != "missing" or (place.path[:-1], place.path[-1]) not in misspelt
    )


def _counts(error: ErrorDetails) -> bool:
    """Whether an error stands for itself; a list is not too short because its items are wrong."""
    if error["type"] != "too_short":
        return True
    context = error.get("ctx", {})
    return not isinstance(error["input"], (list, dict)) or len(error["input"]) < context.get(
        "min_length", 0
    )


def _problem(place: Place, error: ErrorDetails, model: type[BaseModel], origin: Origin) -> Problem:
    path = place.path
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            key, keys = str(path[-1]), place_of(model, error["loc"][:-1]).keys
            message = f'unknown key "{printable(key)}".{suggestion(key, keys, "Keys")}'
            return problem_at(origin, path, message, key=True)
        case "missing":
            return _missing(path, error, origin)
        case "union_tag_invalid":
            path = (*path, "type")
            tag = str(context.get("tag", ""))
            types = [name for name in _QUOTED.findall(str(context.get("expected_tags", "")))]
            message = f'unknown type "{printable(tag)}".{suggestion_of_type(tag, types)}'
        case "union_tag_not_found":
            message = _tagless(error, place)
        case "channel":
            message = error["msg"] + listed("Keys here", error["input"])
        case "formula":
            text = printable(str(error["input"]))
            message = str(context.get("message", ""))
            if isinstance(error["input"], str):
                message = f'in the formula "{text}": {message}'
            return problem_at(origin, path, message, offset=context.get("offset", 0))
        case _:
            message = _plain(error, context)
    return problem_at(origin, path, message)


def suggestion_of_type(tag: str, types: list[str]) -> str:
    """The nearest type, and all of them: a reader who looks for a type wants the whole list."""
    return f"{did_you_mean(tag, types)} Types: {', '.join(types)}."


def _missing(path: DocumentPath, error: ErrorDetails, origin: Origin) -> Problem:
    above, key = path[:-1], path[-1]
    if isinstance(key, int):
        return problem_at(origin, above, f"expected more than {counted(key, 'item')} in the list.")
    there = error["input"]
    keys = listed("Keys here", there) if isinstance(there, dict) else ""
    # A key that a patch has removed has a place: the operation.
    removed = placed(origin, path)[1][-1:] != (key,)
    message = f'the key "{key}" is missing.{keys}'
    return problem_at(origin, path if removed else above, message)


def _tagless(error: ErrorDetails, place: Place) -> str:
    if isinstance(error["input"], dict):
        return f'the key "type" is missing, or is no text. Types: {", ".join(place.types)}.'
    return f"got {got(error['input'])}, expected a mapping."


def _plain(error: ErrorDetails, context: dict[str, object]) -> str:
    kind, value = error["type"], error["input"]
    for name, words in _EXPECTED:
        if kind == name:
            return f"got {got(value)}, expected {words}.{_cure(kind, value)}"
    match kind:
        case "literal_error":
            choices = _QUOTED.findall(str(context.get("expected", "")))
            near = did_you_mean(value, choices) if isinstance(value, str) else ""
            expected = " or ".join(f'"{choice}"' for choice in choices)
            return f"got {got(value)}, expected {expected}.{near}"
        case "greater_than":
            return f"got {got(value)}, expected more than {context.get('gt', 0):g}."
        case "greater_than_equal":
            return f"got {got(value)}, expected {context.get('ge', 0):g} or more."
        case "too_short":
            return f"got {_items(context)}, expected {context.get('min_length')} or more."
        case "too_long":
            return f"got {_items(context)}, expected {context['max_length']}."
        case "string_too_short":
            return "the text is empty."
        case "string_too_long":
            return f"the text is longer than {context.get('max_length')} characters."
        case "string_pattern_mismatch":
            return f"got {got(value)}; a name has no backquotes and no control characters."
        case "string_unicode":
            return "the text contains half of a surrogate pair, which stands for no character."
        case _:
            return f"{error['msg'].rstrip('.')}."


def _items(context: dict[str, object]) -> str:
    length = context.get("actual_length")
    return counted(length, "item") if isinstance(length, int) else "items"


def _cure(kind: str, value: object) -> str:
    match kind, value:
        case "string_type", bool() | int() | float():
            return f' Put it in quotes: "{got(value)}".'
        case (("float_type" | "finite_number"), str()):
            try:
                float(value)
            except ValueError:
                return ""
            return " Remove the quotes."
        case "bool_type", str() if value.lower() in ("yes", "no", "on", "off"):
            return " YAML 1.2 knows true and false only."
        case "finite_number", Beyond():
            return BEYOND
        case "finite_number", _:
            return " An absent bound is written null."
        case _:
            return ""


def got(value: object) -> str:
    """A value of the document in a few words.

    Example:
        >>> [got(value) for value in (None, True, 1.5, "a", [1], {})]
        ['null', 'true', '1.5', '"a"', 'a list of 1', 'a mapping']
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{printable(value)}"'
        case list() | tuple():
            return f"a list of {len(value)}"
        case dict():
            return "a mapping"
        case Beyond():
            return value.words
        case _:
            return printable(str(value))
