"""Documents without some of their channels, samples, modifiers and measurements."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import final

from statmodel._errors import Problem, SpecErrors, printable
from statmodel.spec._binned import BinnedChannel
from statmodel.spec._document import Spec
from statmodel.spec._origin import DocumentPath, problem_at
from statmodel.spec._source import plain_document
from statmodel.spec._symbols import modifiers_of, monomial_parameters

from ._accept import accepted
from ._brought import Brought, brought
from ._check_known import Asked, check_known
from ._names import modifier_names, names_of, set_of, uses
from ._parts import Part, components, entries, inner, text_of


def prune(
    spec: Spec,
    *,
    channels: Collection[str] = (),
    samples: Collection[str] = (),
    modifiers: Collection[str] = (),
    modifier_types: Collection[str] = (),
    measurements: Collection[str] = (),
) -> Spec:
    """The document without some of its parts.

    As `pyhf.Workspace.prune`. With a channel goes its observation, with a modifier the settings of
    its parameter. A parameter that a formula reads, or that is of interest, cannot go: the error
    says where it is used. (A pyhf workspace may keep the name of a parameter of interest that is
    no more.) Included files stay as they are, and so does what is said here of their parameters.

    Args:
        spec: the document.
        channels: names.
        samples: names, of processes too.
        modifiers: names.
        modifier_types: as `staterror`.
        measurements: names.

    Raises:
        SpecErrors: a name is unknown, comes from an included file or is still used, or the outcome
            is no sound spec.
    """
    names = names_of(spec)
    included = brought(spec)
    declared = (
        name
        for name in _only(names.parameters, names.modifiers)
        if not any(one.reads(name) for one in included)
    )
    check_known(
        spec,
        included,
        _out_of_include,
        Asked("channel", channels, names.channels),
        Asked("sample", samples, names.samples),
        Asked("modifier", modifiers, (*names.modifiers, *declared)),
        Asked("modifier type", modifier_types, names.modifier_types),
        Asked("measurement", measurements, names.measurements),
    )
    cut = _Cut(
        frozenset(channels),
        frozenset(samples),
        frozenset(modifiers),
        frozenset(modifier_types),
        frozenset(measurements),
    )
    here = frozenset(name for name in cut.modifiers if not any(one.reads(name) for one in included))
    gone = frozenset(
        name for name in _gone(spec, cut) if not any(one.reads(name) for one in included)
    )
    if not spec.plain_pyhf:
        _check_uses(spec, cut, gone, names.sets)
    document = plain_document(spec)
    _cut_channels(document, cut)
    kept = [one for one in entries(document, "measurements") if text_of(one) not in measurements]
    if spec.plain_pyhf and measurements and not kept:
        message = "no measurement would be left, and a pyhf workspace has one or more."
        raise SpecErrors([Problem(spec.origin.name, "measurements", message)])
    if "measurements" in document:
        document["measurements"] = kept
    # pyhf leaves the settings of a parameter that went with its sample.
    settings = here if spec.plain_pyhf else here | gone
    _cut_settings(document, here, names.sets)
    for measurement in kept:
        _cut_settings(inner(measurement, "config"), settings, names.sets)
    return accepted(document, spec, verb="prune")


@final
@dataclass(frozen=True)
class _Cut:
    """What goes."""

    channels: frozenset[str]
    samples: frozenset[str]
    modifiers: frozenset[str]
    modifier_types: frozenset[str]
    measurements: frozenset[str]

    def paths(self, spec: Spec) -> Iterator[DocumentPath]:
        """The places of channels, samples, modifiers and measurements that go."""
        for i, channel in enumerate(spec.channels):
            if channel.name in self.channels:
                yield ("channels", i)
            binned = isinstance(channel, BinnedChannel)
            parts = channel.samples if binned else channel.processes
            for j, part in enumerate(parts):
                if part.name in self.samples:
                    yield ("channels", i, "samples" if binned else "processes", j)
        for modifier, path in modifiers_of(spec):
            by_name = bool(self.modifiers.intersection(modifier_names(modifier)))
            if by_name or modifier.type in self.modifier_types:
                yield path
        for i, measurement in enumerate(spec.measurements):
            if measurement.name in self.measurements:
                yield ("measurements", i)


def _gone(spec: Spec, cut: _Cut) -> frozenset[str]:
    """The parameters that are no more: pruned by name, or without the modifier that implied them.

    A modifier named by a function has no parameter, and the function stays.
    """
    removed = frozenset(cut.paths(spec))
    lost: set[str] = set(cut.modifiers)
    kept: set[str] = set()
    for modifier, path in modifiers_of(spec):
        (lost if _inside(path, removed) else kept).update(modifier_names(modifier))
    kept |= {one.name for one in spec.parameters} | {one.name for one in spec.functions}
    return frozenset(lost - (kept - cut.modifiers)) - {one.name for one in spec.functions}


def _check_uses(spec: Spec, cut: _Cut, gone: frozenset[str], sets: frozenset[str]) -> None:
    removed = frozenset(cut.paths(spec))
    problems = [
        problem_at(
            spec.origin,
            use.path,
            f'"{printable(use.name)}" is used here, and would be no more. Change this first.',
            offset=use.offset,
        )
        for use in uses(spec)
        if (use.name in gone or set_of(use.name, sets)[0] in gone)
        and not _inside(use.path, removed)
    ]
    if problems:
        raise SpecErrors(problems)


def _out_of_include(what: str, name: str, entry: Brought) -> str:
    """How a part of an included file is left out."""
    others = [one for one in entry.names.channels if one != name]
    if what != "channel":
        file = printable(entry.entry.file)
        return f"Include a file without it: prune {file}, into another file."
    if not others:
        return f"Remove {entry.place}."
    kept = ", ".join(printable(entry.original(what, one)) for one in others)
    return f"Leave it out of `channels` of {entry.place}: [{kept}]."


def _cut_channels(document: Part, cut: _Cut) -> None:
    for key in ("channels", "observations"):
        if key in document:
            every = entries(document, key)
            document[key] = [one for one in every if text_of(one) not in cut.channels]
    if not document.get("channels") and document.get("include"):
        document.pop("channels", None)
    for channel in entries(document, "channels"):
        for key in ("samples", "processes"):
            if key in channel:
                every = entries(channel, key)
                channel[key] = [one for one in every if text_of(one) not in cut.samples]
        for component in components(channel):
            if "modifiers" in component:
                component["modifiers"] = list(_kept(entries(component, "modifiers"), cut))


def _kept(modifiers: list[Part], cut: _Cut) -> Iterator[Part]:
    for modifier in modifiers:
        if text_of(modifier) in cut.modifiers or text_of(modifier, "type") in cut.modifier_types:
            continue
        data = inner(modifier, "data")
        terms = inner(data, "terms")
        if terms:
            left = {
                text: column
                for text, column in terms.items()
                if not cut.modifiers.intersection(monomial_parameters(text))
            }
            if not left:
                continue
            data["terms"] = left
        yield modifier


def _cut_settings(part: Part, gone: Collection[str], sets: frozenset[str]) -> None:
    if "parameters" in part:
        part["parameters"] = [
            one
            for one in entries(part, "parameters")
            if text_of(one) not in gone and set_of(text_of(one), sets)[0] not in gone
        ]


def _only(names: tuple[str, ...], others: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in others)


def _inside(path: DocumentPath, removed: Collection[DocumentPath]) -> bool:
    return any(path[:length] in removed for length in range(1, len(path) + 1))
