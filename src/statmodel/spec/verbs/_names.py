"""The names of a document: which there are, and where they are used."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, final

from statmodel.spec._binned import BinnedChannel, BinnedModifier, ShapeFactor, ShapeSys, StatError
from statmodel.spec._document import Spec
from statmodel.spec._formulas import Located, formulas_of_spec
from statmodel.spec._modifiers import DensitySys, Modifier
from statmodel.spec._nodes import Name, walk
from statmodel.spec._origin import DocumentPath
from statmodel.spec._symbols import modifiers_of, monomial_parameters

_COMPONENT = re.compile(r"(.+)(\[\d+\])", re.DOTALL)


@final
@dataclass(frozen=True)
class Names:
    """The names of a document, each once, in order of appearance.

    Attributes:
        channels: binned and unbinned.
        samples: and processes.
        bases: base points of morphings.
        modifiers: their names, those of the monomials of `terms` among them.
        modifier_types: that occur.
        parameters: those declared, also in measurements, and those of interest.
        functions: by which a normfactor may be named.
        measurements: their names.
        sets: modifiers with one parameter a bin, `name[0]`, `name[1]`, ...
    """

    channels: tuple[str, ...]
    samples: tuple[str, ...]
    bases: tuple[str, ...]
    modifiers: tuple[str, ...]
    modifier_types: tuple[str, ...]
    parameters: tuple[str, ...]
    functions: tuple[str, ...]
    measurements: tuple[str, ...]
    sets: frozenset[str]


class Use(NamedTuple):
    """A place that reads a parameter without being a modifier or a declaration of it."""

    name: str
    path: DocumentPath
    offset: int | None = None


def names_of(spec: Spec) -> Names:
    """All names of a document."""
    samples: list[str] = []
    bases: list[str] = []
    for channel in spec.channels:
        if isinstance(channel, BinnedChannel):
            samples += [sample.name for sample in channel.samples]
            continue
        samples += [process.name for process in channel.processes]
        points = channel.morphing.bases if channel.morphing else ()
        bases += [base.name for base in points if base.name is not None]
    every = [modifier for modifier, _ in modifiers_of(spec)]
    asked = [one.config for one in spec.measurements]
    return Names(
        channels=_once(channel.name for channel in spec.channels),
        samples=_once(samples),
        bases=_once(bases),
        modifiers=_once(name for modifier in every for name in modifier_names(modifier)),
        modifier_types=_once(modifier.type for modifier in every),
        parameters=_once(
            (
                *(parameter.name for parameter in spec.parameters),
                *(parameter.name for config in asked for parameter in config.parameters),
                *(name for config in asked for name in config.interest),
            )
        ),
        functions=_once(function.name for function in spec.functions),
        measurements=_once(measurement.name for measurement in spec.measurements),
        sets=frozenset(
            modifier.name
            for modifier in every
            if isinstance(modifier, (ShapeFactor, ShapeSys, StatError))
        ),
    )


def modifier_names(modifier: Modifier | BinnedModifier) -> tuple[str, ...]:
    """The name of a modifier, or those of the parameters of its `terms`."""
    if isinstance(modifier, DensitySys) and modifier.data.terms is not None:
        texts = modifier.data.terms
        return _once(name for text in texts for name in monomial_parameters(text))
    return () if modifier.name is None else (modifier.name,)


def set_of(name: str, sets: Iterable[str]) -> tuple[str, str]:
    """The modifier of the parameter of one bin, and the index; the name itself for others.

    Example:
        >>> set_of("staterror_SR[1]", {"staterror_SR"}), set_of("mu", {"staterror_SR"})
        (('staterror_SR', '[1]'), ('mu', ''))
    """
    found = _COMPONENT.fullmatch(name)
    return (found[1], found[2]) if found and found[1] in sets else (name, "")


def all_formulas(spec: Spec) -> Iterator[Located]:
    """The formulas of channels, and those of functions."""
    yield from formulas_of_spec(spec)
    for i, function in enumerate(spec.functions):
        yield Located(("functions", i, "expression"), function.expression)


def uses(spec: Spec) -> Iterator[Use]:
    """The places that read parameters: formulas, joint constraints, focus, morphing, interest."""
    for located in all_formulas(spec):
        for node in walk(located.formula.tree):
            if isinstance(node, Name) and node.name not in located.observables:
                yield Use(node.name, located.path, node.start)
    for i, channel in enumerate(spec.channels):
        if isinstance(channel, BinnedChannel) or channel.morphing is None:
            continue
        for j, base in enumerate(channel.morphing.bases):
            for name in base.at:
                yield Use(name, ("channels", i, "morphing", "bases", j, "at", name))
    for i, constraint in enumerate(spec.constraints):
        for j, name in enumerate(constraint.parameters):
            yield Use(name, ("constraints", i, "parameters", j))
    for i, focus in enumerate(spec.focus):
        for name in focus.density:
            yield Use(name, ("focus", i, "density", name))
    for i, measurement in enumerate(spec.measurements):
        config = measurement.config
        for j, name in enumerate(config.interest):
            end = ("poi",) if config.poi is not None else ("pois", j)
            yield Use(name, ("measurements", i, "config", *end))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
