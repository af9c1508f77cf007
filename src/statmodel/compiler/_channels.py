"""From resolved channels, with their pools, to channels of the model."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Int

from statmodel import spec
from statmodel.data import Events
from statmodel.model import in_chunks
from statmodel.model.channels import (
    AbstractChannel,
    AnalyticChannel,
    HeadBlock,
    Pool,
    RatioChannel,
    RatioColumns,
    ResponseBlock,
    Shapes,
)

from ._arrays import on_device
from ._densities import process_density
from ._expressions import Symbols
from ._rates import rates


def channel(
    resolved: spec.ResolvedChannel, symbols: Symbols, pool: Events | None
) -> AbstractChannel:
    """One channel; `pool` is its simulation, ranges cut, columns under the names of the spec."""
    names = tuple(one.name for one in resolved.observables)
    ranges = tuple((one.min, one.max) for one in resolved.observables)
    processes = tuple(one.name for one in resolved.processes)
    if resolved.kind == "analytic":
        local = symbols.with_observables(names)
        return AnalyticChannel(
            name=resolved.name,
            observables=names,
            ranges=ranges,
            processes=processes,
            rates=rates(resolved.processes, symbols),
            densities=tuple(
                process_density(one, resolved.observables, local) for one in resolved.processes
            ),
        )
    columns = _ratio_columns(resolved)
    return RatioChannel(
        name=resolved.name,
        observables=names,
        ranges=ranges,
        processes=processes,
        rates=rates(resolved.processes, symbols),
        measure=resolved.reference,
        columns=columns,
        shapes=_shapes(resolved, symbols),
        normalization=resolved.normalization,
        pool=None if pool is None else _pool(columns, names, pool),
    )


def _pairs(
    resolved: spec.ResolvedChannel, code: spec.InterpolationCode
) -> list[tuple[int, spec.ShapeResponse]]:
    """The (process, response) pairs of one interpolation code."""
    return [
        (index, one)
        for index, process in enumerate(resolved.processes)
        for one in process.densitysys
        if one.interpolation == code
    ]


def _heads(resolved: spec.ResolvedChannel) -> list[tuple[int, spec.Term]]:
    """The (process, term) pairs of log-polynomial responses."""
    return [
        (index, term) for index, process in enumerate(resolved.processes) for term in process.terms
    ]


def _codes(resolved: spec.ResolvedChannel) -> tuple[spec.InterpolationCode, ...]:
    every: list[spec.InterpolationCode] = [
        one.interpolation for process in resolved.processes for one in process.densitysys
    ]
    return tuple(dict.fromkeys(every))


def _ratio_columns(resolved: spec.ResolvedChannel) -> RatioColumns:
    densities = [_ratio_density(process) for process in resolved.processes]
    blocks = [_pairs(resolved, code) for code in _codes(resolved)]
    return RatioColumns(
        ratios=tuple(one.column or one.log_column or "" for one in densities),
        logarithmic=tuple(one.column is None for one in densities),
        up=tuple(tuple(_column(one.hi) for _, one in block) for block in blocks),
        down=tuple(tuple(_column(one.lo) for _, one in block) for block in blocks),
        heads=tuple(term.column for _, term in _heads(resolved)),
    )


def _shapes(resolved: spec.ResolvedChannel, symbols: Symbols) -> Shapes:
    codes = _codes(resolved)
    names = dict.fromkeys(one.name for code in codes for _, one in _pairs(resolved, code))
    nuisances = {name: variable for variable, name in enumerate(names)}
    heads = _heads(resolved)
    monomials = {
        parameters: len(nuisances) + place
        for place, parameters in enumerate(dict.fromkeys(term.parameters for _, term in heads))
    }
    return Shapes(
        processes=len(resolved.processes),
        nuisances=on_device(np.asarray([symbols.slots[name] for name in nuisances], int)),
        monomials=_monomials(list(monomials), symbols),
        responses=tuple(
            ResponseBlock(
                code=code,
                processes=tuple(process for process, _ in _pairs(resolved, code)),
                variables=tuple(nuisances[one.name] for _, one in _pairs(resolved, code)),
            )
            for code in codes
        ),
        heads=HeadBlock(
            processes=tuple(process for process, _ in heads),
            variables=tuple(monomials[term.parameters] for _, term in heads),
        )
        if heads
        else None,
    )


def _monomials(terms: Sequence[tuple[str, ...]], symbols: Symbols) -> Int[Array, "term factor"]:
    slots = np.full((len(terms), max(map(len, terms), default=0)), symbols.one)
    for index, parameters in enumerate(terms):
        slots[index, : len(parameters)] = [symbols.slots[name] for name in parameters]
    return on_device(slots)


def _ratio_density(process: spec.ResolvedProcess) -> spec.RatioDensity:
    if not isinstance(process.density, spec.RatioDensity):
        msg = f"process {process.name} of a ratio channel has a {process.density.type} density"
        raise TypeError(msg)
    return process.density


def _column(anchor: spec.ColumnAnchor | spec.AnyDensity) -> str:
    if not isinstance(anchor, spec.ColumnAnchor):
        msg = "a ratio channel takes its anchors from columns"
        raise TypeError(msg)
    return anchor.column


def _pool(columns: RatioColumns, observables: tuple[str, ...], events: Events) -> Pool:
    x = [events.columns[name] for name in observables]
    return Pool(events=columns.prepare(events), x=on_device(in_chunks(x, 0.0, columns.chunk_rows)))
