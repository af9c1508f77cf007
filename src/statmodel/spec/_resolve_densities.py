"""Densities that know their observables, on ranges where they can be normalised."""

import math
from collections.abc import Mapping
from typing import Final, TypeAlias

from statmodel._errors import suggestion

from ._densities import (
    AnyDensity,
    FormulaDensity,
    HistogramDensity,
    OneDimensional,
    ProductDensity,
    RatioDensity,
    SumDensity,
)
from ._nodes import evaluate
from ._origin import DocumentPath
from ._ranges import needs_of_range
from ._report import Report
from ._resolved import ResolvedObservable

Ranges: TypeAlias = Mapping[str, ResolvedObservable]
# Fractions such as 0.1 + 0.2 + 0.7 may add up to a little more than one.
_ROUNDING: Final = 1e-12


def place_density(
    density: AnyDensity,
    ranges: Ranges,
    values: Mapping[str, float],
    path: DocumentPath,
    report: Report,
) -> AnyDensity:
    """The same density with its observables filled in; it must describe all of the channel's.

    Args:
        density: of a process, or an anchor of one.
        ranges: the observables of the channel.
        values: initial values of parameters and functions.
        path: its place.
        report: takes the problems.
    """
    before = len(report.problems)
    placed = _placed(density, ranges, values, path, report)
    missing = [name for name in ranges if name not in observables_of(placed)]
    if missing and len(report.problems) == before and not isinstance(placed, RatioDensity):
        message = (
            f"this density does not describe {_several(missing)}, of which the channel consists. "
            "Multiply by a density of it with `type: product`."
        )
        report.problem(path, message)
    return placed


def observables_of(density: AnyDensity) -> tuple[str, ...]:
    """The observables of a placed density."""
    match density:
        case RatioDensity():
            return ()
        case SumDensity():
            return observables_of(density.terms[0])
        case ProductDensity():
            return tuple(name for factor in density.factors for name in observables_of(factor))
        case HistogramDensity() | FormulaDensity():
            return density.observables or ()
        case _:
            return () if density.observable is None else (density.observable,)


def _placed(
    density: AnyDensity,
    ranges: Ranges,
    values: Mapping[str, float],
    path: DocumentPath,
    report: Report,
) -> AnyDensity:
    match density:
        case RatioDensity():
            return density
        case SumDensity():
            terms = _parts(density.terms, ranges, values, (*path, "terms"), report)
            _check_sum(terms, path, report)
            _check_fractions(density, values, path, report)
            return density.model_copy(update={"terms": terms})
        case ProductDensity():
            factors = _parts(density.factors, ranges, values, (*path, "factors"), report)
            _check_product(factors, path, report)
            return density.model_copy(update={"factors": factors})
        case HistogramDensity():
            return _histogram(density, ranges, path, report)
        case FormulaDensity():
            return _formula(density, ranges, path, report)
        case _:
            return _one_dimensional(density, ranges, values, path, report)


def _parts(
    parts: tuple[AnyDensity, ...],
    ranges: Ranges,
    values: Mapping[str, float],
    path: DocumentPath,
    report: Report,
) -> tuple[AnyDensity, ...]:
    for i, part in enumerate(parts):
        if isinstance(part, RatioDensity):
            message = "a ratio may not stand inside a sum or a product; write processes instead."
            report.problem((*path, i), message)
    return tuple(_placed(part, ranges, values, (*path, i), report) for i, part in enumerate(parts))


def _check_sum(terms: tuple[AnyDensity, ...], path: DocumentPath, report: Report) -> None:
    first = set(observables_of(terms[0]))
    for i, term in enumerate(terms[1:], start=1):
        if set(observables_of(term)) != first:
            message = (
                f"the terms of a sum describe the same observables; this one describes "
                f"{_several(observables_of(term))}, the first one {_several(sorted(first))}."
            )
            report.problem((*path, "terms", i), message)


def _check_fractions(
    density: SumDensity, values: Mapping[str, float], path: DocumentPath, report: Report
) -> None:
    if any(name not in values for part in density.fractions for name in part.names):
        return
    total = sum(evaluate(fraction.tree, values) for fraction in density.fractions)
    if total > 1 + _ROUNDING:
        message = f"the fractions add up to {total:g} at the initial values, which leaves "
        report.problem((*path, "fractions"), message + "nothing for the last term.")


def _check_product(factors: tuple[AnyDensity, ...], path: DocumentPath, report: Report) -> None:
    seen: set[str] = set()
    for i, factor in enumerate(factors):
        again = [name for name in observables_of(factor) if name in seen]
        seen.update(observables_of(factor))
        if again:
            message = (
                f"another factor describes {_several(again)} already; the factors of a product "
                "describe different observables. A product in one observable is a `formula`."
            )
            report.problem((*path, "factors", i), message)


def _one_dimensional(
    density: OneDimensional,
    ranges: Ranges,
    values: Mapping[str, float],
    path: DocumentPath,
    report: Report,
) -> OneDimensional:
    name = density.observable
    if name is None and len(ranges) > 1:
        message = f"the channel has several observables; say which: `observable`.{_of(ranges)}"
        report.problem(path, message)
        return density
    if name is not None and not _known(name, ranges, (*path, "observable"), report):
        return density
    observable = ranges[next(iter(ranges)) if name is None else name]
    if needed := needs_of_range(density, observable, values):
        report.problem(path, needed)
    return density.model_copy(update={"observable": observable.name})


def _histogram(
    density: HistogramDensity, ranges: Ranges, path: DocumentPath, report: Report
) -> HistogramDensity:
    names = density.observables
    if names is None:
        names = tuple(ranges)
    elif not _all_known(names, ranges, path, report):
        return density
    if len(names) != len(density.axes):
        message = f"`edges` has {len(density.axes)} axes for {_several(names)}."
        report.problem((*path, "edges"), message)
        return density.model_copy(update={"observables": names})
    for name, axis in zip(names, density.axes, strict=True):
        low, high = ranges[name].min, ranges[name].max
        if not (axis[0] <= low and high <= axis[-1]):
            message = (
                f'the edges reach from {axis[0]:g} to {axis[-1]:g}, but "{name}" from {low:g} to '
                f"{high:g}; a histogram must cover the range of its observable."
            )
            report.problem((*path, "edges"), message)
    return density.model_copy(update={"observables": names})


def _formula(
    density: FormulaDensity, ranges: Ranges, path: DocumentPath, report: Report
) -> FormulaDensity:
    read = density.expression.names
    if density.observables is None:
        names = tuple(name for name in ranges if name in read) or tuple(ranges)
    else:
        names = density.observables
        if not _all_known(names, ranges, path, report):
            return density
    for name in read:
        if name in ranges and name not in names:
            message = f'the expression reads "{name}", which `observables` does not list.'
            report.problem((*path, "observables"), message)
    for name in names:
        if not (math.isfinite(ranges[name].min) and math.isfinite(ranges[name].max)):
            message = f'a formula is normalised numerically and needs min and max of "{name}".'
            report.problem(path, message)
    return density.model_copy(update={"observables": names})


def _all_known(names: tuple[str, ...], ranges: Ranges, path: DocumentPath, report: Report) -> bool:
    inside = (*path, "observables")
    report.unique([(name, (*inside, i)) for i, name in enumerate(names)], "observable")
    known = [_known(name, ranges, (*inside, i), report) for i, name in enumerate(names)]
    return all(known)


def _known(name: str, ranges: Ranges, path: DocumentPath, report: Report) -> bool:
    if name in ranges:
        return True
    message = f'unknown observable "{name}".{suggestion(name, ranges, "Observables")}'
    report.problem(path, message)
    return False


def _of(ranges: Ranges) -> str:
    return f" Observables: {', '.join(ranges)}."


def _several(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join(f'"{name}"' for name in names) or "nothing"
