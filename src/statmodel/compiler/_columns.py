"""Which columns a channel of the document reads, and what must hold for each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

from statmodel import spec

Role: TypeAlias = Literal["observable", "ratio", "signed_ratio", "log_ratio", "anchor", "head"]


@final
@dataclass(frozen=True)
class Column:
    """A column of a table, by its name in the spec."""

    name: str
    role: Role
    path: spec.DocumentPath
    """Where the document asks for it."""


def columns_of(channel: spec.Channel, path: spec.DocumentPath) -> tuple[Column, ...]:
    """Every column that a channel reads; one entry for each place that names it."""
    observables = [
        Column(one.name, "observable", (*path, "observables", index))
        for index, one in enumerate(channel.observables)
    ]
    processes = [
        ((*path, "processes", index), one.density, one.modifiers)
        for index, one in enumerate(channel.processes)
    ]
    if channel.morphing is not None:
        processes += [
            ((*path, "morphing", "bases", index), one.density, one.modifiers)
            for index, one in enumerate(channel.morphing.bases)
        ]
    for place, density, modifiers in processes:
        observables.extend(_ratio(density, (*place, "density")))
        for index, modifier in enumerate(modifiers):
            if isinstance(modifier, spec.DensitySys):
                observables.extend(_response(modifier, (*place, "modifiers", index, "data")))
    return tuple(observables)


def _ratio(density: spec.AnyDensity, path: spec.DocumentPath) -> Iterator[Column]:
    if not isinstance(density, spec.RatioDensity):
        return
    if density.column is not None:
        role: Role = "signed_ratio" if density.signed else "ratio"
        yield Column(density.column, role, (*path, "column"))
    if density.log_column is not None:
        yield Column(density.log_column, "log_ratio", (*path, "log_column"))


def _response(modifier: spec.DensitySys, path: spec.DocumentPath) -> Iterator[Column]:
    for key, anchor in (("hi", modifier.data.hi), ("lo", modifier.data.lo)):
        if isinstance(anchor, spec.ColumnAnchor):
            yield Column(anchor.column, "anchor", (*path, key, "column"))
    for key, name in (modifier.data.terms or {}).items():
        yield Column(name, "head", (*path, "terms", key))
