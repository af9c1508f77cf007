"""What is found wrong with a density, and where in the document it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from statmodel import model, spec
from statmodel.model.densities import (
    AbstractDensity,
    ProductDensity,
    SumDensity,
    VariedDensity,
    slots_read,
)

from ._points import box_points, parameters_read


@final
@dataclass(frozen=True)
class Finding:
    """A message with its place; a fatal one leaves no model to use."""

    path: spec.DocumentPath
    message: str
    fatal: bool


def parts_of(
    density: AbstractDensity, process: spec.ResolvedProcess
) -> Iterator[tuple[AbstractDensity, spec.DocumentPath]]:
    """A density of a process and all those of which it is made, each with its place."""
    path = (*process.path, "density")
    if isinstance(density, VariedDensity):
        yield density, path
        yield from _within(density.base, path)
        for variation, response in zip(density.variations, process.densitysys, strict=True):
            yield from _within(variation.up, (*response.path, "data", "hi"))
            yield from _within(variation.down, (*response.path, "data", "lo"))
    else:
        yield from _within(density, path)


def _within(
    density: AbstractDensity, path: spec.DocumentPath
) -> Iterator[tuple[AbstractDensity, spec.DocumentPath]]:
    yield density, path
    match density:
        case SumDensity(terms=terms):
            for place, term in enumerate(terms):
                yield from _within(term, (*path, "terms", place))
        case ProductDensity(factors=factors):
            for place, factor in enumerate(factors):
                yield from _within(factor, (*path, "factors", place))
        case _:
            return


def points_of(
    built: model.Model, density: AbstractDensity, *, inside: int
) -> Float[np.ndarray, "point parameter"]:
    """Parameter points over the ranges of what a density reads; the first one is nominal."""
    return box_points(built, parameters_read(built.scope, slots_read(density)), inside=inside)
