"""Reads the tables that a document names, and says what is wrong with them at their place in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Bool

from statmodel import spec
from statmodel._errors import DataError, Problem
from statmodel.data import Events, load_events, make_events, resolve_path

from ._columns import Column, Role, columns_of

Source: TypeAlias = spec.Observation | spec.Simulation

_ROWS_SHOWN = 3
_LARGEST_LOG = 700.0  # exp of more is no float64
_ADVICE: Mapping[Role, str] = MappingProxyType(
    {
        "ratio": "negative: a ratio that may be negative must say `signed: true`",
        "log_ratio": "above 700: give the natural logarithm of the ratio",
        "anchor": "not positive: an anchor is p(x|+1)/p(x|0) or p(x|-1)/p(x|0)",
    }
)


@final
@dataclass(frozen=True)
class Sources:
    """The tables of a document, ranges cut, columns under the names of the spec."""

    observed: Mapping[str, Events]
    pools: Mapping[str, Events]
    """Weights add up to one."""
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


@final
@dataclass(frozen=True)
class _Table:
    """One table that is to be read."""

    channel: spec.Channel
    columns: tuple[Column, ...]
    source: Source
    path: spec.DocumentPath
    kind: str


def read_sources(document: spec.Spec) -> Sources:
    """Read every observation and every pool; collect problems, raise none."""
    observed: dict[str, Events] = {}
    pools: dict[str, Events] = {}
    problems: list[Problem] = []
    notes: list[str] = []
    for table in _tables(document):
        events, wrong = _read(document.origin, table)
        problems.extend(wrong)
        if events is None:
            continue
        notes.extend(_dropped(table, events))
        if table.kind == "observed":
            observed[table.channel.name] = events
        elif not wrong:
            pools[table.channel.name] = _normalised(events)
    return Sources(observed, pools, tuple(problems), tuple(notes))


def _tables(document: spec.Spec) -> Iterator[_Table]:
    observations = {one.name: (i, one) for i, one in enumerate(document.observations)}
    for index, channel in enumerate(document.channels):
        if isinstance(channel, spec.BinnedChannel):
            continue  # its counts stand in the document
        path = ("channels", index)
        columns = columns_of(channel, path)
        if channel.name in observations:
            place, source = observations[channel.name]
            yield _Table(channel, columns, source, ("observations", place), "observed")
        if channel.simulation is not None:
            place = (*path, "simulation")
            yield _Table(channel, columns, channel.simulation, place, "simulated")


def _read(origin: spec.Origin, table: _Table) -> tuple[Events | None, list[Problem]]:
    source = table.source
    inline = source.events if isinstance(source, spec.Observation) else None
    part = (*table.path, "file" if inline is None else "events")
    names = tuple(dict.fromkeys(column.name for column in table.columns))
    ranges = {one.name: _range(one) for one in table.channel.observables}
    if inline is not None and not {*names, *_weight(source)} <= {*inline}:
        return None, []  # told when the document was resolved
    try:
        if inline is not None:
            weights = None if source.weight is None else inline[source.weight]
            columns = {name: inline[name] for name in names}
            events = make_events(columns, weights=weights).select(ranges)
        else:
            events = load_events(
                resolve_path(source.file or "", folder=origin.folder or Path(), root=origin.root),
                names={name: source.columns.get(name, name) for name in names},
                weight=source.weight,
                key=source.key,
                ranges=ranges,
            )
    except DataError as error:
        return None, [spec.problem_at(origin, part, message) for message in str(error).splitlines()]
    wrong = list(_wrong_values(origin, table, events))
    if table.kind == "simulated":
        wrong.extend(spec.problem_at(origin, part, message) for message in _wrong_pool(events))
    return events, wrong


def _weight(source: Source) -> tuple[str, ...]:
    return () if source.weight is None else (source.weight,)


def _range(observable: spec.Observable) -> tuple[float, float]:
    low = -np.inf if observable.min is None else observable.min
    high = np.inf if observable.max is None else observable.max
    return low, high


def _wrong_values(origin: spec.Origin, table: _Table, events: Events) -> Iterator[Problem]:
    """Ratios below zero, and anchors that have no logarithm."""
    for column in table.columns:
        bad = np.flatnonzero(_faulty(column.role, events.columns[column.name]))
        if bad.size:
            values = events.columns[column.name]
            rows = ", ".join(f"{values[i]:g} in row {events.rows[i]}" for i in bad[:_ROWS_SHOWN])
            message = (
                f'column "{column.name}" of {events.source}: {bad.size} values ({rows}) are '
                f"{_ADVICE[column.role]}."
            )
            yield spec.problem_at(origin, column.path, message)


def _faulty(role: Role, values: np.ndarray) -> Bool[np.ndarray, " event"]:
    match role:
        case "ratio":
            return values < 0
        case "log_ratio":
            return values > _LARGEST_LOG
        case "anchor":
            return values <= 0
        case "observable" | "signed_ratio" | "head":
            return np.zeros(values.shape, bool)


def _wrong_pool(events: Events) -> Iterator[str]:
    if events.size == 0:
        yield f"{events.source} has no event inside the ranges of the channel."
        return
    weights = np.ones(events.size) if events.weights is None else events.weights
    negative = np.flatnonzero(weights < 0)
    if negative.size:
        rows = ", ".join(str(events.rows[i]) for i in negative[:_ROWS_SHOWN])
        yield (
            f"{negative.size} weights of {events.source} are negative (rows {rows}). The pool "
            "stands for the reference density: put signs into the ratios, and give weights >= 0."
        )
    elif not weights.sum() > 0:
        yield f"the weights of {events.source} add up to 0."


def _normalised(events: Events) -> Events:
    weights = np.ones(events.size) if events.weights is None else events.weights
    return replace(events, weights=weights / weights.sum())


def _dropped(table: _Table, events: Events) -> Iterator[str]:
    if events.dropped:
        yield (
            f"channel {table.channel.name}: {events.dropped} of {events.dropped + events.size} "
            f"{table.kind} events lie outside the ranges and were dropped"
        )
