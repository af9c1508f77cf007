"""The modifiers of a process, sorted by what they do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, assert_never, final

from ._binned import BinnedModifier
from ._channels import Process
from ._densities import RatioDensity
from ._document import InterpolationDefaults
from ._messages import got
from ._modifiers import (
    ColumnAnchor,
    DensitySys,
    Lumi,
    Modifier,
    NormFactor,
    NormSys,
    RateData,
    ScaleFactor,
)
from ._nodes import Node
from ._origin import DocumentPath, path_text
from ._parser import FormulaError
from ._report import Report
from ._resolve_densities import Ranges, place_density
from ._resolved import RateResponse, ResolvedFunction, ShapeResponse, Term
from ._symbols import monomial_parameters

LARGEST_RESPONSE: Final = 1e60


@final
@dataclass(frozen=True)
class Sorted:
    """Modifiers by kind, each kind in the order of the document."""

    normfactors: tuple[str, ...]
    luminosities: tuple[str, ...]
    scalefactors: tuple[Node, ...]
    normsys: tuple[RateResponse, ...]
    densitysys: tuple[ShapeResponse, ...]
    terms: tuple[Term, ...]


@final
@dataclass(frozen=True)
class Surroundings:
    """What a modifier stands in."""

    ranges: Ranges
    defaults: InterpolationDefaults
    values: Mapping[str, float]
    functions: tuple[ResolvedFunction, ...]


def sort_modifiers(
    process: Process, around: Surroundings, path: DocumentPath, report: Report
) -> Sorted:
    """The modifiers of a process; duplicates and wrong pairings are reported."""
    placed = [((*path, "modifiers", i), m) for i, m in enumerate(process.modifiers)]
    check_repeated(placed, "process", report)
    factors: list[str] = []
    scales: list[Node] = []
    rates: list[RateResponse] = []
    shapes: list[ShapeResponse] = []
    terms: list[Term] = []
    for place, modifier in placed:
        match modifier:
            case NormFactor() | Lumi():
                factors.append(modifier.name)
            case ScaleFactor():
                scales.append(modifier.data.formula.tree)
            case NormSys():
                code = modifier.interpolation or around.defaults.normsys
                data = modifier.data
                check_response(data, (*place, "data"), report)
                rates.append(RateResponse(modifier.name, data.hi, data.lo, code))
            case DensitySys():
                _check_pairing(process, modifier, place, report)
                shapes.extend(_anchors(modifier, around, place, report))
                terms.extend(_terms(modifier, place, report))
            case _:
                assert_never(modifier)
    _check_terms(shapes, terms, report)
    return Sorted(
        normfactors=tuple(factors),
        luminosities=tuple(one.name for one in process.modifiers if isinstance(one, Lumi)),
        scalefactors=tuple(scales),
        normsys=tuple(rates),
        densitysys=tuple(shapes),
        terms=tuple(terms),
    )


def check_response(data: RateData, path: DocumentPath, report: Report) -> None:
    """Refuse a rate that overflows: five standard deviations out it is the fifth power.

    Args:
        data: the rates at +1 and -1.
        path: its place.
        report: takes the problems.
    """
    for key, rate in (("hi", data.hi), ("lo", data.lo)):
        if rate > LARGEST_RESPONSE:
            message = (
                f"got {got(rate)} times the nominal rate, which leaves double precision a few "
                f"standard deviations out; expected {LARGEST_RESPONSE:g} or less."
            )
            report.problem((*path, key), message)


def check_repeated(
    placed: Sequence[tuple[DocumentPath, Modifier | BinnedModifier]], what: str, report: Report
) -> None:
    """A second modifier of one name and type is never dropped silently, and never meant.

    Args:
        placed: the modifiers of a process or sample with their places.
        what: of the two it is.
        report: takes the problems.
    """
    first: dict[tuple[str, str], DocumentPath] = {}
    for path, modifier in placed:
        if modifier.name is None:
            continue
        key = (modifier.type, modifier.name)
        if key in first:
            message = (
                f'this {what} has a {modifier.type} "{modifier.name}" already, at '
                f"{report.place(first[key])}. Remove one of them."
            )
            report.problem((*path, "name"), message)
        first.setdefault(key, path)


def _check_pairing(
    process: Process, modifier: DensitySys, path: DocumentPath, report: Report
) -> None:
    """Columns change ratios, densities change densities; a signed ratio has no such response."""
    data = (*path, "data")
    if not isinstance(process.density, RatioDensity):
        if modifier.data.terms is not None:
            message = "`terms` are columns, which analytic densities have not; give `hi` and `lo`."
            report.problem((*data, "terms"), message)
        for key, anchor in (("hi", modifier.data.hi), ("lo", modifier.data.lo)):
            if isinstance(anchor, ColumnAnchor):
                message = "got a column; the anchors of an analytic density are densities."
                report.problem((*data, key), message)
            elif isinstance(anchor, RatioDensity):
                message = "got a ratio; the anchors of an analytic density are densities."
                report.problem((*data, key), message)
        return
    for key, anchor in (("hi", modifier.data.hi), ("lo", modifier.data.lo)):
        if anchor is not None and not isinstance(anchor, ColumnAnchor):
            message = f"got a {anchor.type} density; the anchors of a ratio are {{column: name}}."
            report.problem((*data, key), message)
    if process.density.signed:
        message = (
            "a signed ratio takes no densitysys: anchors could not keep the sum positive. Write "
            "signal, background and their sum with interference as three processes."
        )
        report.problem(path, message)


def _anchors(
    modifier: DensitySys, around: Surroundings, path: DocumentPath, report: Report
) -> list[ShapeResponse]:
    hi, lo, name = modifier.data.hi, modifier.data.lo, modifier.name
    if hi is None or lo is None or name is None:
        return []
    placed = [
        anchor
        if isinstance(anchor, (ColumnAnchor, RatioDensity))
        else place_density(anchor, around.ranges, around.values, (*path, "data", key), report)
        for key, anchor in (("hi", hi), ("lo", lo))
    ]
    code = modifier.interpolation or around.defaults.densitysys
    return [ShapeResponse(name, placed[0], placed[1], code, path)]


def _terms(modifier: DensitySys, path: DocumentPath, report: Report) -> list[Term]:
    found: list[Term] = []
    for text, column in (modifier.data.terms or {}).items():
        place = (*path, "data", "terms", text)
        try:
            found.append(Term(monomial_parameters(text), column, place))
        except FormulaError as error:
            report.problem_of_key(place, f'in the monomial "{text}": {error.message}')
    return found


def _check_terms(shapes: list[ShapeResponse], terms: list[Term], report: Report) -> None:
    first: dict[tuple[str, ...], DocumentPath] = {
        (response.name,): response.path for response in shapes
    }
    for term in terms:
        key = tuple(sorted(term.parameters))
        if key in first:
            message = (
                f"the response to {' * '.join(key)} stands at {path_text(first[key])} already. "
                "Remove one of them."
            )
            report.problem_of_key(term.path, message)
        first.setdefault(key, term.path)
