"""What a caller of `fit` may have typed wrong: all of it in one message."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from statmodel._errors import did_you_mean, nearest, printable, suggestion
from statmodel.model import ParameterSpace

Name = TypeVar("Name", bound=str)


def checked_vector(
    space: ParameterSpace, options: Mapping[str, Mapping[str, object] | None]
) -> Float[np.ndarray, " parameter"]:
    """All values, from what the options of a fit give, else starting values; the last one wins.

    Raises:
        ValueError: as `checked_values`.
    """
    values = np.asarray(space.init, float)
    place = {name: index for index, name in enumerate(space.names)}
    for name, value in checked_values(space, options).items():
        values[place[name]] = value
    return values


def checked_values(
    space: ParameterSpace,
    options: Mapping[str, Mapping[str, object] | None],
    *,
    function: str = "fit",
) -> dict[str, float]:
    """What a function's options give, by name; where two give a parameter the last one wins.

    Raises:
        ValueError: with every unknown name, every value that is no number or outside its bounds.
    """
    call = ", ".join(f"{option}=..." for option in options)
    rows = checked_rows(space, options, call=f"{function}({call})")
    return {name: value for row in rows for name, value in row.items()}


def checked_rows(
    space: ParameterSpace, options: Mapping[str, Mapping[str, object] | None], *, call: str
) -> list[dict[str, float]]:
    """What each option gives, by name.

    Raises:
        ValueError: as `checked_values`.
    """
    rows: list[dict[str, float]] = []
    problems: list[str] = []
    bounds = dict(zip(space.names, space.bounds, strict=True))
    for option, given in options.items():
        row: dict[str, float] = {}
        for name, value in (given or {}).items():
            row[name], problem = _read(bounds, name, value)
            if problem:
                problems.append(f"{option}: {problem}")
        rows.append(row)
    if problems:
        raise ValueError(_listed(call, problems))
    return rows


def checked_choice(value: str, allowed: Sequence[Name], option: str) -> Name:
    """One of the allowed words.

    Raises:
        ValueError: with the nearest of them.
    """
    for word in allowed:
        if word == value:
            return word
    hint = did_you_mean(value, allowed) if nearest(value, allowed) else ""
    choices = ", ".join(f'"{word}"' for word in allowed)
    msg = f'`fit({option}="{printable(str(value))}")` is none of {choices}.{hint}'
    raise ValueError(msg)


def checked_count(value: object, option: str) -> int:
    """A whole number, at least 1.

    Raises:
        ValueError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        msg = f"`fit({option}=...)` must be a whole number, at least 1, got {value!r}"
        raise ValueError(msg)
    return int(value)


def _read(bounds: Mapping[str, tuple[float, float]], name: str, value: object) -> tuple[float, str]:
    """The value of a parameter, and what is wrong with it."""
    if name not in bounds:
        known = suggestion(str(name), tuple(bounds), "Parameters")
        return math.nan, f'there is no parameter "{printable(str(name))}".{known}'
    number = _number(value)
    low, high = bounds[name]
    if number is None:
        shown = printable(repr(value))
        return math.nan, f"{name} must be one real number, got {shown} ({type(value).__name__})"
    if not math.isfinite(number):
        return number, f"{name} must be finite, got {number}"
    if not low <= number <= high:
        return number, f"{name} = {number:g} is outside [{low:g}, {high:g}]"
    return number, ""


def _number(value: object) -> float | None:
    """The value as a float, None where it is not one real number."""
    if isinstance(value, bool | np.bool_ | str | bytes):
        return None
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    one = array.size == 1 and array.dtype.kind in "iuf"
    return float(array.reshape(())) if one else None


def _listed(call: str, problems: Sequence[str]) -> str:
    if len(problems) == 1:
        return f"`{call}`: {problems[0]}"
    return "\n".join([f"`{call}`: {len(problems)} problems:", *(f"  {one}" for one in problems)])
