"""Declarations of parameters, one for each parameter: those of bins are taken apart.

pyhf's keys hold a list; what is said of a modifier with one parameter a bin is said of each of
them, by the number of the bin where there is a list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar, final

from ._bin_sets import BinSet
from ._constraints import Constraint
from ._document import Spec
from ._measurements import Measurement
from ._origin import DocumentPath
from ._parameters import Parameter
from ._report import Report
from ._symbols import Symbols

Pair = tuple[float | None, float | None]
T = TypeVar("T")


@final
@dataclass(frozen=True)
class Layer:
    """What a declaration says of one parameter; None where it says nothing.

    Later layers go before earlier ones. `path` is the place of the declaration, `init_key` the
    key of the initial value there.
    """

    path: DocumentPath
    init_key: str
    init: float | None
    bounds: Pair | None
    fixed: bool | None
    constraint: Constraint | None
    auxdata: float | None
    sigmas: float | None
    factors: float | None
    groups: tuple[str, ...] | None
    label: str | None
    description: str | None
    unit: str | None


def layers_of(
    spec: Spec,
    measurement: Measurement | None,
    path: DocumentPath,
    symbols: Symbols,
    report: Report,
) -> dict[str, tuple[Layer, ...]]:
    """The declarations of each parameter, the strongest last.

    Those of the measurement go before those of the document, and these before those of included
    files; among each, what is said of the parameter of one bin goes before what is said of all
    bins.
    """
    found: dict[str, list[Layer]] = {}
    here = tuple((parameter, ("parameters", i)) for i, parameter in enumerate(spec.parameters))
    inside = measurement.config.parameters if measurement else ()
    asked = tuple((said, (*path, "config", "parameters", i)) for i, said in enumerate(inside))
    included = () if spec.assembly is None else spec.assembly.settings
    for declarations in (*included, here, asked):
        seen: set[str] = set()
        for bins in (True, False):
            for said, place in declarations:
                if (said.name in symbols.sets) != bins or said.name in seen:
                    continue  # what stands again is reported where names are
                seen.add(said.name)
                for name, layer in _split(said, symbols.sets.get(said.name), place, report):
                    found.setdefault(name, []).append(layer)
    return {name: tuple(layers) for name, layers in found.items()}


def _split(
    said: Parameter, bins: BinSet | None, path: DocumentPath, report: Report
) -> Iterator[tuple[str, Layer]]:
    names = (said.name,) if bins is None else bins.components
    count = len(names)
    inits = _numbers(said, "inits", said.inits, count, path, report)
    auxdata = _numbers(said, "auxdata", said.auxdata, count, path, report)
    sigmas = _numbers(said, "sigmas", said.sigmas, count, path, report)
    factors = _numbers(said, "factors", said.factors, count, path, report)
    pairs = _bounds(said, count, path, report)
    for i, name in enumerate(names):
        label = said.label if said.label is None or bins is None else f"{said.label}[{i}]"
        yield (
            name,
            Layer(
                path=path,
                init_key="inits" if said.init is None else "init",
                init=inits[i] if said.init is None else said.init,
                bounds=pairs[i],
                fixed=said.fixed,
                constraint=said.constraint,
                auxdata=auxdata[i],
                sigmas=sigmas[i],
                factors=factors[i],
                groups=said.groups,
                label=label,
                description=said.description,
                unit=said.unit,
            ),
        )


def _bounds(
    said: Parameter, count: int, path: DocumentPath, report: Report
) -> tuple[Pair | None, ...]:
    if said.bounds is None:
        return (None,) * count
    pairs = tuple(part for part in said.bounds if isinstance(part, tuple))
    if pairs:
        return _numbers(said, "bounds", pairs, count, path, report)
    low, high = (part for part in said.bounds if not isinstance(part, tuple))
    return ((low, high),) * count


def _numbers(
    said: Parameter,
    key: str,
    values: tuple[T, ...] | None,
    count: int,
    path: DocumentPath,
    report: Report,
) -> tuple[T | None, ...]:
    """One value a parameter; a wrong number of them is reported."""
    if values is None:
        return (None,) * count
    if len(values) == count:
        return values
    what = "pair" if key == "bounds" else "number"
    message = (
        f'got {len(values)} {what}s; "{said.name}" is one parameter.'
        if count == 1
        else f'got {len(values)} {what}{"" if len(values) == 1 else "s"}; "{said.name}" has '
        f"{count} parameters, one a bin."
    )
    report.problem((*path, key), message)
    return (None,) * count
