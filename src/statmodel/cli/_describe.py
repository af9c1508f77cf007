"""A resolved spec as a document of plain values: what `inspect --json` prints."""

import math
from collections.abc import Iterator
from typing import TypeAlias

from statmodel.spec import (
    Observation,
    ResolvedChannel,
    ResolvedParameter,
    ResolvedProcess,
    ResolvedSpec,
    Simulation,
    to_text,
)

from ._binned import describe_binned, describe_included
from ._words import constraint_words, density_words, effects, rate_words

Plain: TypeAlias = dict[str, object]


def describe(resolved: ResolvedSpec) -> Plain:
    """Everything that the tables of `inspect` show, and the numbers behind it."""
    return {
        "name": resolved.name,
        "description": resolved.description,
        "measurement": resolved.measurement,
        "poi": list(resolved.pois),
        "parameters": [_parameter(one) for one in resolved.parameters],
        "constraints": [
            {
                "name": one.name,
                "type": "multivariate_gaussian",
                "parameters": list(one.parameters),
                "mean": list(one.mean),
                "covariance": [list(row) for row in one.covariance],
            }
            for one in resolved.joint_constraints
        ],
        "functions": [
            {"name": one.name, "expression": to_text(one.tree)} for one in resolved.functions
        ],
        "channels": [plain for _, plain in sorted(_channels(resolved), key=lambda one: one[0])],
        "included": [describe_included(one) for one in resolved.included],
        "focus": [
            {
                "name": one.name,
                "density": {
                    name: density.model_dump(mode="json", by_alias=True)
                    for name, density in one.densities.items()
                },
            }
            for one in resolved.focus
        ],
    }


def _channels(resolved: ResolvedSpec) -> Iterator[tuple[int, Plain]]:
    """Every channel with its number in the document."""
    for one in resolved.channels:
        yield int(one.path[1]), _channel(one, resolved.observations.get(one.name))
    for binned in resolved.binned_channels:
        yield int(binned.path[1]), describe_binned(binned, resolved.counts.get(binned.name))


def source_words(source: Observation | Simulation | None) -> str:
    """Where the events of a channel stand."""
    if source is None:
        return ""
    if isinstance(source, Observation) and source.events is not None:
        size = max((len(column) for column in source.events.values()), default=0)
        return f"{size} events in place" + _weight_words(source)
    key = f", {source.key}" if source.key else ""
    return f"{source.file}{key}{_weight_words(source)}"


def _weight_words(source: Observation | Simulation) -> str:
    return f", weight {source.weight}" if source.weight else ""


def _parameter(one: ResolvedParameter) -> Plain:
    return {
        "name": one.name,
        "init": one.init,
        "bounds": [_finite(end) for end in one.bounds],
        "fixed": one.fixed,
        "constraint": one.constraint.model_dump(mode="json"),
        "constraint_in_words": constraint_words(one.constraint),
        "groups": list(one.groups),
        "label": one.label,
        "unit": one.unit,
        "description": one.description,
        "declared": one.declared,
    }


def _channel(one: ResolvedChannel, observation: Observation | None) -> Plain:
    return {
        "name": one.name,
        "kind": one.kind,
        "observables": [
            {
                "name": axis.name,
                "range": [_finite(axis.min), _finite(axis.max)],
                "unit": axis.unit,
                "label": axis.label,
            }
            for axis in one.observables
        ],
        "normalization": one.normalization,
        "reference": one.reference,
        "morphing_condition": None
        if one.morphing_condition is None
        else _finite(one.morphing_condition),
        "processes": [_process(process) for process in one.processes],
        "observed": source_words(observation),
        "simulation": source_words(one.simulation),
    }


def _process(one: ResolvedProcess) -> Plain:
    return {
        "name": one.name,
        "rate": rate_words(one),
        "density": density_words(one.density),
        "modifiers": [effect._asdict() for effect in effects(one)],
    }


def _finite(number: float) -> float | None:
    """JSON has no infinities: an open end is null."""
    return number if math.isfinite(number) else None
