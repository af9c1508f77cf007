"""What one entry of `include` takes from a document, under the names of the including one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeAlias, TypeVar, final

from statmodel._errors import Problem, printable, suggestion

from ._base import AbstractPart
from ._binned import BinnedChannel
from ._channels import Channel
from ._document import Assembly, Disagreement, IncludedFile, Spec
from ._formulas import formulas_of_spec
from ._include import Include
from ._measurements import Measurement
from ._origin import DocumentPath, Origin
from ._parameters import Parameter
from ._report import Report
from ._rewrite import Rewriter
from ._symbols import Symbols, modifiers_of, symbols_of

Group: TypeAlias = tuple[tuple[Parameter, DocumentPath], ...]
Part = TypeVar("Part", bound=AbstractPart)
Kept: TypeAlias = list[tuple[Part, DocumentPath]]


def taken(
    inner: Spec, entry: Include, path: DocumentPath, outer: Spec, report: Report
) -> Spec | None:
    """The part of an included document that comes along, or None where the entry is wrong.

    It is a document of its own, of which every part knows its place in the file. Its settings
    stand in its assembly; it has no parameter of interest and no focus.

    Args:
        inner: the included document, assembled.
        entry: what is taken.
        path: place of the entry.
        outer: the including document.
        report: takes the problems of the entry.
    """
    before = len(report.problems)
    inside = Report(inner.origin)
    symbols = symbols_of(inner, Report(inner.origin))  # its problems are told where all is known
    chosen, place = _measurement(inner, entry, path, report)
    _check_channels(inner, entry, path, report)
    _check_rename(inner, symbols, entry, path, report)
    _check_inside(inner, symbols, chosen, place, inside)
    report.problems.extend(inside.problems)
    if len(report.problems) > before:
        return None
    codes = None if inner.interpolation == outer.interpolation else inner.interpolation
    rewriter = Rewriter(entry.rename, PurePosixPath(entry.file).parent, codes)
    return _made(inner, entry, (chosen, place), rewriter, tuple(inside.warnings))


@final
@dataclass(frozen=True)
class _Parts:
    """Collects parts of a new document with their places in another one."""

    origin: Origin
    places: dict[DocumentPath, tuple[Origin, DocumentPath]]

    def keep(self, key: str, parts: Kept[Part], rewriter: Rewriter) -> tuple[Part, ...]:
        """The parts under their new names, as the list `key` of the new document."""
        for i, (_, place) in enumerate(parts):
            self.places[key, i] = (self.origin, place)
        return tuple(rewriter.part(part) for part, _ in parts)

    def settings(self, groups: Sequence[Group], rewriter: Rewriter) -> tuple[Group, ...]:
        """Settings under their new names, with places of their own."""
        found: list[Group] = []
        count = 0
        for group in groups:
            here: list[tuple[Parameter, DocumentPath]] = []
            for parameter, place in group:
                self.places["included", count] = (self.origin, place)
                here.append((rewriter.part(parameter), ("included", count)))
                count += 1
            found.append(tuple(here))
        return tuple(found)


def _made(
    inner: Spec,
    entry: Include,
    measurement: tuple[Measurement | None, DocumentPath],
    rewriter: Rewriter,
    warnings: tuple[Problem, ...],
) -> Spec:
    chosen, place = measurement
    wanted = frozenset(entry.channels or [channel.name for channel in inner.channels])
    channels = [
        (channel, ("channels", i))
        for i, channel in enumerate(inner.channels)
        if channel.name in wanted
    ]
    only = inner.model_copy(update={"channels": tuple(channel for channel, _ in channels)})
    read = _functions_read(only)
    parts = _Parts(inner.origin, {})
    known = inner.assembly
    own = tuple((one, ("parameters", i)) for i, one in enumerate(inner.parameters))
    asked = tuple(
        (one, (*place, "config", "parameters", i))
        for i, one in enumerate(chosen.config.parameters if chosen else ())
    )
    groups = (*(known.settings if known else ()), own, asked)
    said = {one.name for one in inner.parameters} | {one.name for one, _ in asked}
    declared = dict.fromkeys(one.name for one in inner.parameters)
    declared |= dict.fromkeys(known.declared if known else ())
    here = IncludedFile(
        entry.file,
        chosen.name if chosen else "",
        tuple(rewriter.channel(channel.name) for channel, _ in channels),
    )
    assembly = Assembly(
        settings=parts.settings(groups, rewriter),
        declared=tuple(rewriter.name(name) for name in declared),
        disagreements=tuple(
            Disagreement(rewriter.name(one.name), one.key, one.problem)
            for one in (known.disagreements if known else ())
            if one.name not in said
        ),
        files=(here, *(_renamed_files(known.files, wanted, rewriter) if known else ())),
        documents=known.documents if known else (inner,),
        warnings=(*(known.warnings if known else ()), *warnings),
    )
    made = inner.model_copy(
        update={
            "parameters": (),
            "measurements": (),
            "focus": (),
            "channels": parts.keep("channels", channels, rewriter),
            "functions": parts.keep(
                "functions",
                [(one, ("functions", i)) for i, one in enumerate(inner.functions)
                 if one.name in read],
                rewriter,
            ),
            "constraints": parts.keep(
                "constraints",
                [(one, ("constraints", i)) for i, one in enumerate(inner.constraints)],
                rewriter,
            ),
            "observations": parts.keep(
                "observations",
                [(one, ("observations", i)) for i, one in enumerate(inner.observations)
                 if one.name in wanted],
                rewriter,
            ),
        }
    )  # fmt: skip
    origin = replace(inner.origin, parts=parts.places)
    return made.with_origin(origin).with_assembly(assembly)


def _renamed_files(
    files: Iterable[IncludedFile], wanted: frozenset[str], rewriter: Rewriter
) -> list[IncludedFile]:
    found: list[IncludedFile] = []
    for file in files:
        names = tuple(rewriter.channel(name) for name in file.channels if name in wanted)
        path = str(rewriter.folder / file.file)
        found.append(IncludedFile(path, file.measurement, names))
    return [file for file in found if file.channels]


def _functions_read(spec: Spec) -> frozenset[str]:
    """The functions that the channels read, directly or through others."""
    formulas = {one.name: one.expression for one in spec.functions}
    pending = {name for located in formulas_of_spec(spec) for name in located.formula.names}
    pending |= {one.name for one, _ in modifiers_of(spec) if one.name is not None}
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name in formulas and name not in found:
            found.add(name)
            pending.update(formulas[name].names)
    return frozenset(found)


def _measurement(
    inner: Spec, entry: Include, path: DocumentPath, report: Report
) -> tuple[Measurement | None, DocumentPath]:
    known = [one.name for one in inner.measurements]
    if entry.measurement is None:
        return (inner.measurements[0] if known else None), ("measurements", 0)
    if entry.measurement in known:
        i = known.index(entry.measurement)
        return inner.measurements[i], ("measurements", i)
    message = f'"{printable(entry.file)}" has no measurement "{printable(entry.measurement)}".'
    tail = suggestion(entry.measurement, known, "Measurements")
    report.problem((*path, "measurement"), message + tail)
    return None, ()


def _check_channels(inner: Spec, entry: Include, path: DocumentPath, report: Report) -> None:
    known = [one.name for one in inner.channels]
    places = [(name, (*path, "channels", i)) for i, name in enumerate(entry.channels or ())]
    report.unique(places, "channel")
    for name, place in places:
        if name not in known:
            message = f'"{printable(entry.file)}" has no channel "{printable(name)}".'
            report.problem(place, message + suggestion(name, known, "Channels"))


def _check_rename(
    inner: Spec, symbols: Symbols, entry: Include, path: DocumentPath, report: Report
) -> None:
    """Whether what is renamed is there, and whether different names stay different."""
    wanted = [one.name for one in inner.channels]
    samples = [one for channel in inner.channels for one in _samples(channel)]
    names = [*symbols.sets, *symbols.names, *(one.name for one in inner.constraints)]
    names += [name for located in formulas_of_spec(inner) for name in located.formula.names]
    old_new = entry.rename
    for key, renamed, known, what in (
        ("channels", old_new.channels, wanted, "channel"),
        ("samples", old_new.samples, samples, "sample or process"),
        ("modifiers", old_new.modifiers, names, "parameter, function or constraint"),
    ):
        candidates = tuple(dict.fromkeys(known))
        for name in renamed:
            place = (*path, "rename", key, name)
            if name not in candidates:
                message = f'"{printable(entry.file)}" has no {what} "{printable(name)}".'
                tail = suggestion(name, candidates, "Names")
                report.problem_of_key(place, message + tail)
            elif key == "channels" and entry.channels and name not in entry.channels:
                message = f'the channel "{printable(name)}" is not among `channels`.'
                report.problem_of_key(place, f"{message} Add it there, or do not rename it.")
    _check_one_to_one(old_new.modifiers, names, (*path, "rename", "modifiers"), report)


def _check_one_to_one(
    renamed: Mapping[str, str], names: Iterable[str], path: DocumentPath, report: Report
) -> None:
    kept = {name: name for name in names if name not in renamed}
    for old, new in renamed.items():
        if new in kept:
            message = (
                f'"{printable(kept[new])}" and "{printable(old)}" of the file would both be '
                f'"{printable(new)}"; different names stay different. Rename one of them otherwise.'
            )
            report.problem((*path, old), message)
        kept.setdefault(new, old)


def _samples(channel: AbstractPart) -> list[str]:
    """The names of samples, processes and base points."""
    found: list[str] = []
    match channel:
        case BinnedChannel():
            found += [sample.name for sample in channel.samples]
        case Channel():
            found += [process.name for process in channel.processes]
            bases = channel.morphing.bases if channel.morphing else ()
            found += [base.name for base in bases if base.name is not None]
        case _:
            pass
    return found


def _check_inside(
    inner: Spec,
    symbols: Symbols,
    chosen: Measurement | None,
    place: DocumentPath,
    report: Report,
) -> None:
    """What is wrong with the settings and observations of the included document."""
    own = [(one.name, ("parameters", i, "name")) for i, one in enumerate(inner.parameters)]
    report.unique(own, "parameter")
    functions = [(one.name, ("functions", i, "name")) for i, one in enumerate(inner.functions)]
    report.unique(functions, "function")
    for name, path in functions:
        if name in dict(own):
            message = f'"{name}" is a parameter already, at {report.place(dict(own)[name])}.'
            report.problem(path, f"{message} Rename the function.")
    settings = [
        (one.name, (*place, "config", "parameters", i, "name"))
        for i, one in enumerate(chosen.config.parameters if chosen else ())
    ]
    report.unique(settings, "parameter")
    for name, path in settings:
        if name in symbols.sets or name in symbols.parameters:
            continue
        if inner.plain_pyhf:
            message = f'no channel has the parameter "{printable(name)}"; the setting is left out.'
            report.warning(path, message)
        else:
            tail = suggestion(name, symbols.parameters, "Parameters")
            report.problem(path, f'unknown parameter "{printable(name)}".{tail}')
    channels = [one.name for one in inner.channels]
    for i, one in enumerate(inner.observations):
        if one.name not in channels:
            tail = suggestion(one.name, channels, "Channels")
            message = f'unknown channel "{printable(one.name)}".{tail}'
            if inner.plain_pyhf:
                report.warning(("observations", i, "name"), f"{message} It is left out.")
            else:
                report.problem(("observations", i, "name"), message)
