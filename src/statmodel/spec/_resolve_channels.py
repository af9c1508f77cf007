"""Channels: one base measure, processes with their modifiers, the rule of normalisation."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

from ._channels import Channel, Normalization, Observable, Process
from ._densities import RatioDensity
from ._document import InterpolationDefaults
from ._formulas import formulas_of_density
from ._morphing import Morphed, morphed, processes_of
from ._nodes import Node, names
from ._origin import DocumentPath
from ._report import Report
from ._resolve_data import check_table
from ._resolve_densities import place_density
from ._resolve_functions import used_functions
from ._resolve_modifiers import Surroundings, sort_modifiers
from ._resolved import (
    ChannelKind,
    ResolvedChannel,
    ResolvedFunction,
    ResolvedObservable,
    ResolvedProcess,
)

Listed: TypeAlias = tuple[Process, Node, DocumentPath]


@final
@dataclass(frozen=True)
class Model:
    """What channels read of the rest of the document.

    `values` are initial values of parameters and functions; those with problems are left out.
    """

    parameters: tuple[str, ...]
    functions: tuple[ResolvedFunction, ...]
    defaults: InterpolationDefaults
    values: Mapping[str, float]


def resolve_channel(
    channel: Channel, model: Model, path: DocumentPath, report: Report
) -> ResolvedChannel:
    """One channel; what is wrong with it is reported.

    Args:
        channel: of the document.
        model: the rest of the document.
        path: place of the channel.
        report: takes the problems.
    """
    observables = tuple(_observable(observable) for observable in channel.observables)
    report.unique(
        [(o.name, (*path, "observables", i, "name")) for i, o in enumerate(observables)],
        "observable",
    )
    morph = _morph(channel, model, path, report)
    listed = _listed(channel, morph, path)
    report.unique([(process.name, (*place, "name")) for process, _, place in listed], "process")
    kind = _kind(listed, report)
    ranges = {observable.name: observable for observable in observables}
    around = Surroundings(ranges, model.defaults, model.values, model.functions)
    processes = tuple(
        _process(process, scale, around, place, report) for process, scale, place in listed
    )
    resolved = ResolvedChannel(
        name=channel.name,
        observables=observables,
        kind=kind,
        processes=processes,
        simulation=channel.simulation,
        normalization=_normalization(channel, kind, processes, path, report),
        reference=channel.reference or channel.name,
        morphing_condition=None if morph is None else morph.condition,
        path=path,
    )
    if channel.simulation is not None:
        check_table(channel.simulation, resolved, (*path, "simulation"), report)
    return resolved


def _observable(observable: Observable) -> ResolvedObservable:
    return ResolvedObservable(
        name=observable.name,
        min=-math.inf if observable.min is None else observable.min,
        max=math.inf if observable.max is None else observable.max,
        unit=observable.unit or "",
        label=observable.label or observable.name,
    )


def _morph(channel: Channel, model: Model, path: DocumentPath, report: Report) -> Morphed | None:
    if channel.morphing is None:
        return None
    place = (*path, "morphing")
    return morphed(channel.morphing, model.functions, model.parameters, place, report)


def _listed(channel: Channel, morph: Morphed | None, path: DocumentPath) -> list[Listed]:
    """The processes, those of morphing behind the others, with their factors and places."""
    own = [
        (process, process.scale.tree, (*path, "processes", i))
        for i, process in enumerate(channel.processes)
    ]
    if channel.morphing is None:
        return own
    bases = channel.morphing.bases
    # Where the matrix is wrong, the rest of the base points is checked all the same.
    scales = tuple(base.yield_.tree for base in bases) if morph is None else morph.scales
    inside = (*path, "morphing", "bases")
    return [
        *own,
        *(
            (process, scale, (*inside, i))
            for i, (process, scale) in enumerate(processes_of(channel, scales))
        ),
    ]


def _kind(listed: list[Listed], report: Report) -> ChannelKind:
    kinds = [isinstance(process.density, RatioDensity) for process, _, _ in listed]
    for (process, _, path), ratio in zip(listed, kinds, strict=True):
        if ratio != kinds[0]:
            this, first = ("a ratio", "is analytic") if ratio else ("analytic", "is a ratio")
            message = (
                f'the density of "{process.name}" is {this}, that of "{listed[0][0].name}" '
                f"{first}; all processes of a channel share one base measure."
            )
            report.problem((*path, "density"), message)
    return "ratio" if kinds and kinds[0] else "analytic"


def _process(
    process: Process,
    scale: Node,
    around: Surroundings,
    path: DocumentPath,
    report: Report,
) -> ResolvedProcess:
    sorted_ = sort_modifiers(process, around, path, report)
    density = place_density(
        process.density, around.ranges, around.values, (*path, "density"), report
    )
    for name in sorted_.normfactors:
        if name in names_read((scale,), around.functions):
            message = f'"{name}" is in the scale of "{process.name}" and in a normfactor of it.'
            report.warning(path, f"{message} Both multiply the rate.")
    arguments = formulas_of_density(process.density, path, frozenset())
    read = names_read(tuple(located.formula.tree for located in arguments), around.functions)
    shaped = [response.name for response in sorted_.densitysys]
    shaped += [name for term in sorted_.terms for name in term.parameters]
    for name in dict.fromkeys(shaped):
        if name in read:
            message = f'"{name}" is in the density of "{process.name}" and in a densitysys of it.'
            report.warning(path, f"{message} Both change the shape.")
    return ResolvedProcess(
        name=process.name,
        yield_=process.yield_.tree,
        scale=scale,
        density=density,
        normfactors=sorted_.normfactors,
        luminosities=sorted_.luminosities,
        scalefactors=sorted_.scalefactors,
        normsys=sorted_.normsys,
        densitysys=sorted_.densitysys,
        terms=sorted_.terms,
        path=path,
    )


def names_read(trees: tuple[Node, ...], functions: tuple[ResolvedFunction, ...]) -> frozenset[str]:
    """The names that formulas read, through functions too."""
    direct = [name for tree in trees for name in names(tree)]
    inside = used_functions(functions, direct)
    return frozenset([*direct, *(name for function in inside for name in names(function.tree))])


def _normalization(
    channel: Channel,
    kind: ChannelKind,
    processes: tuple[ResolvedProcess, ...],
    path: DocumentPath,
    report: Report,
) -> Normalization:
    shaped = any(process.densitysys or process.terms for process in processes)
    said = channel.normalization
    if kind == "analytic":
        for key, value in (("simulation", channel.simulation), ("reference", channel.reference)):
            if value is not None:
                message = f"`{key}` belongs to channels of ratios; these densities are analytic."
                report.problem_of_key((*path, key), f"{message} Remove it.")
        if said not in (None, "analytic"):
            message = f"`{said}` belongs to channels of ratios; these densities are analytic."
            report.problem((*path, "normalization"), message)
        return "analytic"
    if channel.simulation is not None:
        return said or ("reference" if shaped else "analytic")
    if said in ("reference", "simulation_sum"):
        message = f"`{said}` needs `simulation`, events distributed as the reference."
        report.problem((*path, "normalization"), message)
    elif said is None and shaped:
        message = (
            "a channel with densitysys needs `simulation`, or must say "
            "`normalization: analytic` (its closure cannot be checked then)."
        )
        report.problem(path, message)
    return "analytic"
