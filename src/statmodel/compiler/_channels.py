"""From resolved channels, with their pools, to channels of the model."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from statmodel import spec
from statmodel.data import Events
from statmodel.model import in_chunks
from statmodel.model.channels import (
    AbstractChannel,
    AnalyticChannel,
    LogPolynomial,
    Pool,
    ProcessColumns,
    ProcessShape,
    RatioChannel,
    RatioColumns,
    ShapeResponse,
)

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
    columns = ratio_columns(resolved)
    return RatioChannel(
        name=resolved.name,
        observables=names,
        ranges=ranges,
        processes=processes,
        rates=rates(resolved.processes, symbols),
        measure=resolved.reference,
        columns=columns,
        shapes=tuple(_shape(one, symbols) for one in resolved.processes),
        normalization=resolved.normalization,
        pool=None if pool is None else _pool(columns, names, pool),
    )


def ratio_columns(resolved: spec.ResolvedChannel) -> RatioColumns:
    """Which columns a ratio channel reads, in the order of its responses."""
    return RatioColumns(tuple(_process_columns(one) for one in resolved.processes))


def _process_columns(process: spec.ResolvedProcess) -> ProcessColumns:
    density = process.density
    if not isinstance(density, spec.RatioDensity):
        msg = f"process {process.name} of a ratio channel has a density of type {density.type}"
        raise TypeError(msg)
    blocks = [_of_code(process, code) for code in _codes(process)]
    return ProcessColumns(
        ratio=density.column or density.log_column or "",
        logarithmic=density.column is None,
        up=tuple(tuple(_column(one.hi) for one in block) for block in blocks),
        down=tuple(tuple(_column(one.lo) for one in block) for block in blocks),
        heads=tuple(term.column for term in process.terms),
    )


def _shape(process: spec.ResolvedProcess, symbols: Symbols) -> ProcessShape:
    responses = tuple(
        ShapeResponse(
            code=code,
            slots=jnp.asarray([symbols.slots[one.name] for one in _of_code(process, code)]),
        )
        for code in _codes(process)
    )
    return ProcessShape(responses, _polynomial(process, symbols) if process.terms else None)


def _polynomial(process: spec.ResolvedProcess, symbols: Symbols) -> LogPolynomial:
    degree = max(len(term.parameters) for term in process.terms)
    slots = np.full((len(process.terms), degree), symbols.one)
    for index, term in enumerate(process.terms):
        slots[index, : len(term.parameters)] = [symbols.slots[name] for name in term.parameters]
    return LogPolynomial(jnp.asarray(slots))


def _codes(process: spec.ResolvedProcess) -> tuple[spec.InterpolationCode, ...]:
    return tuple(dict.fromkeys(one.interpolation for one in process.densitysys))


def _of_code(
    process: spec.ResolvedProcess, code: spec.InterpolationCode
) -> Sequence[spec.ShapeResponse]:
    return [one for one in process.densitysys if one.interpolation == code]


def _column(anchor: spec.ColumnAnchor | spec.AnyDensity) -> str:
    if not isinstance(anchor, spec.ColumnAnchor):
        msg = "a ratio channel takes its anchors from columns"
        raise TypeError(msg)
    return anchor.column


def _pool(columns: RatioColumns, observables: tuple[str, ...], events: Events) -> Pool:
    x = np.stack([events.columns[name] for name in observables])
    return Pool(events=columns.prepare(events), x=jnp.asarray(in_chunks(x, 0.0)))
