"""All formulas of a document, each with its place and with what it must be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, final

from ._binned import BinnedChannel, BinnedModifier
from ._channels import Channel, Process
from ._densities import (
    AnyDensity,
    FormulaDensity,
    ProductDensity,
    SumDensity,
    VoigtDensity,
)
from ._document import Spec
from ._formula import Formula
from ._modifiers import ColumnAnchor, DensitySys, Modifier, ScaleFactor
from ._origin import DocumentPath

Rule: TypeAlias = Literal["finite", "positive", "not negative", "more than -1"]

_POSITIVE: Final = frozenset(
    {
        "sigma", "sigma_left", "sigma_right", "width", "scale", "delta", "shape", "median",
        "endpoint", "n", "n_left", "n_right", "alpha", "alpha_left", "alpha_right",
    }
)  # fmt: skip
_OTHER_RULES: Final = MappingProxyType[str, Rule]({"power": "more than -1"})


@final
@dataclass(frozen=True)
class Located:
    """A formula of the document.

    Attributes:
        path: its place.
        formula: itself.
        rule: what its value must be, at the initial values at least.
        observables: names that it may read beside parameters and functions.
    """

    path: DocumentPath
    formula: Formula
    rule: Rule = "finite"
    observables: frozenset[str] = frozenset()


def formulas_of_spec(spec: Spec) -> Iterator[Located]:
    """The formulas of all channels; those of `functions` are not among them."""
    for i, channel in enumerate(spec.channels):
        if isinstance(channel, BinnedChannel):
            yield from formulas_of_binned(channel, ("channels", i))
        else:
            yield from formulas_of_channel(channel, ("channels", i))


def formulas_of_binned(channel: BinnedChannel, path: DocumentPath) -> Iterator[Located]:
    """The formulas of a binned channel, in the order of the document."""
    for i, sample in enumerate(channel.samples):
        here = (*path, "samples", i)
        yield Located((*here, "scale"), sample.scale)
        yield from _of_modifiers(sample.modifiers, (*here, "modifiers"), frozenset())


def formulas_of_channel(channel: Channel, path: DocumentPath) -> Iterator[Located]:
    """The formulas of a channel, in the order of the document."""
    observables = frozenset(observable.name for observable in channel.observables)
    for i, process in enumerate(channel.processes):
        yield from formulas_of_process(process, (*path, "processes", i), observables)
    if channel.morphing is None:
        return
    inside = (*path, "morphing")
    for i, monomial in enumerate(channel.morphing.monomials):
        yield Located((*inside, "monomials", i), monomial)
    for i, base in enumerate(channel.morphing.bases):
        here = (*inside, "bases", i)
        yield Located((*here, "yield"), base.yield_)
        yield from formulas_of_density(base.density, (*here, "density"), observables)
        yield from _of_modifiers(base.modifiers, (*here, "modifiers"), observables)


def formulas_of_process(
    process: Process, path: DocumentPath, observables: frozenset[str]
) -> Iterator[Located]:
    """The formulas of a process."""
    yield Located((*path, "yield"), process.yield_)
    yield Located((*path, "scale"), process.scale)
    yield from formulas_of_density(process.density, (*path, "density"), observables)
    yield from _of_modifiers(process.modifiers, (*path, "modifiers"), observables)


def formulas_of_density(
    density: AnyDensity, path: DocumentPath, observables: frozenset[str]
) -> Iterator[Located]:
    """The arguments of a density, and of those inside it."""
    match density:
        case FormulaDensity():
            yield Located((*path, "expression"), density.expression, observables=observables)
        case SumDensity():
            for i, term in enumerate(density.terms):
                yield from formulas_of_density(term, (*path, "terms", i), observables)
            for i, fraction in enumerate(density.fractions):
                yield Located((*path, "fractions", i), fraction, "not negative")
        case ProductDensity():
            for i, factor in enumerate(density.factors):
                yield from formulas_of_density(factor, (*path, "factors", i), observables)
        case _:
            yield from _arguments(density, path)


def _arguments(density: AnyDensity, path: DocumentPath) -> Iterator[Located]:
    for key, value in density:
        if isinstance(value, Formula):
            yield Located((*path, key), value, _rule(density, key))
        elif isinstance(value, tuple):
            for i, part in enumerate(value):
                if isinstance(part, Formula):
                    yield Located((*path, key, i), part)


def _rule(density: AnyDensity, key: str) -> Rule:
    match density, key:
        case VoigtDensity(), "width":
            return "not negative"
        case _, "power" if density.type != "argus":
            return "finite"
        case _ if key in _POSITIVE:
            return "positive"
        case _:
            return _OTHER_RULES.get(key, "finite")


def _of_modifiers(
    modifiers: Sequence[Modifier | BinnedModifier],
    path: DocumentPath,
    observables: frozenset[str],
) -> Iterator[Located]:
    for i, modifier in enumerate(modifiers):
        here = (*path, i, "data")
        match modifier:
            case ScaleFactor():
                yield Located((*here, "formula"), modifier.data.formula)
            case DensitySys():
                for key, anchor in (("hi", modifier.data.hi), ("lo", modifier.data.lo)):
                    if anchor is not None and not isinstance(anchor, ColumnAnchor):
                        yield from formulas_of_density(anchor, (*here, key), observables)
            case _:
                pass
