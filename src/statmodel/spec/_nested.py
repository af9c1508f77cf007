"""Numbers in nested lists: the edges and contents of histograms of any dimension."""

import math
from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from ._base import refuse


def _nested(value: object) -> tuple[object, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        refuse("expected a list of numbers, or of such lists")
    return tuple(_leaf(part) if not isinstance(part, (list, tuple)) else _nested(part)
                 for part in value)  # fmt: skip


def _leaf(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        refuse(f"expected numbers, got {value!r}")
    if not math.isfinite(value):
        refuse(f"expected finite numbers, got {value}")
    return float(value)


def _lists(values: object) -> object:
    return [_lists(part) for part in values] if isinstance(values, tuple) else values


Nested: TypeAlias = Annotated[
    tuple[object, ...],
    PlainValidator(_nested),
    PlainSerializer(_lists),
    WithJsonSchema(
        {"type": "array", "minItems": 1, "items": {"type": ["number", "array"]}},
        mode="validation",
    ),
]


def flat(values: object) -> tuple[float, ...]:
    """The numbers of a nest in one row, the innermost list running fastest."""
    return tuple(_leaves(values))


def edges_of(edges: tuple[object, ...]) -> tuple[tuple[float, ...], ...]:
    """The edges as one tuple an axis, however they are nested."""
    if all(isinstance(part, float) for part in edges):
        return (flat(edges),)
    return tuple(flat(axis) for axis in edges)


def wrong_histogram(axes: tuple[tuple[float, ...], ...], values: object) -> str | None:
    """What is wrong with a histogram, or None."""
    for number, axis in enumerate(axes, start=1):
        which = f"`edges` of axis {number}" if len(axes) > 1 else "`edges`"
        if len(axis) < 2:  # noqa: PLR2004 (a bin has two edges)
            return f"{which} must have two numbers or more"
        if any(low >= high for low, high in zip(axis[:-1], axis[1:], strict=True)):
            return f"{which} must increase"
    wanted = tuple(len(axis) - 1 for axis in axes)
    got = _shape(values)
    if got != wanted:
        return f"`values` must have the shape {_times(wanted)} (bins), got {_times(got)}"
    contents = flat(values)
    if any(value < 0 for value in contents):
        return f"`values` must not be negative, got {min(contents)}"
    return None if any(contents) else "`values` must not all be zero"


def _leaves(values: object) -> Iterator[float]:
    if isinstance(values, tuple):
        for part in values:
            yield from _leaves(part)
    elif isinstance(values, float):
        yield values


def _shape(values: object) -> tuple[int, ...] | None:
    """The lengths, outermost first; None where lists of one depth differ in length."""
    if not isinstance(values, tuple):
        return ()
    below = {_shape(part) for part in values}
    inner = below.pop()
    return None if below or inner is None else (len(values), *inner)


def _times(shape: tuple[int, ...] | None) -> str:
    return "uneven lists" if shape is None else " x ".join(map(str, shape))
