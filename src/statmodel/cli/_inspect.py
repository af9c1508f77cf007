"""`statmodel inspect`: what stands in a spec, with every default filled in."""

import json
from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from statmodel.spec import HistoCode, InterpolationCode, ResolvedChannel, ResolvedSpec, to_text

from ._binned import counts_words, sample_rows, type_rows
from ._describe import describe, source_words
from ._document import patching, read_document
from ._options import (
    AsJson,
    Debug,
    Measurement,
    PatchFiles,
    PatchName,
    PatchSetFile,
    Root,
    SpecPath,
    Verbose,
)
from ._output import reported, say_warnings, show, show_text, wants_json
from ._settings import Settings
from ._words import (
    between_anchors,
    constraint_words,
    density_words,
    effects,
    range_words,
    rate_words,
)


def inspect(  # noqa: PLR0913 (the options of the command)
    spec: SpecPath,
    *,
    measurement: Measurement = None,
    patch: PatchFiles = None,
    patchset: PatchSetFile = None,
    patch_name: PatchName = None,
    root: Root = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Show parameters, channels, processes and modifiers, with formulas in words.

    The data files are not opened.
    """
    patches = patching(patch, patchset, patch_name)
    with reported(Settings(verbose=verbose, debug=debug)):
        document = read_document(spec, measurement=measurement, root=root, patches=patches)
    say_warnings(document.warnings)
    if wants_json(asked=as_json):
        show_text(json.dumps(describe(document.resolved), indent=2, allow_nan=False))
    else:
        show(*_page(document.resolved))


def _page(resolved: ResolvedSpec) -> Iterator[RenderableType]:
    interest = ", ".join(resolved.pois) or "none"
    yield Text(resolved.name, style="bold")
    if resolved.description:
        yield Text(resolved.description)
    yield Text(
        f"measurement {resolved.measurement or 'none'}, parameters of interest: {interest}\n"
    )
    yield _parameters(resolved)
    if resolved.functions:
        yield _table(
            "Functions",
            ("name", "formula"),
            [(one.name, to_text(one.tree)) for one in resolved.functions],
        )
    if resolved.joint_constraints:
        yield _table(
            "Joint constraints",
            ("name", "parameters"),
            [(one.name, ", ".join(one.parameters)) for one in resolved.joint_constraints],
        )
    for channel in resolved.channels:
        yield _processes(channel)
        yield from _modifiers(channel)
    yield from _binned(resolved)
    yield _data(resolved)
    if resolved.included:
        rows = [(one.file, one.measurement, ", ".join(one.channels)) for one in resolved.included]
        yield _table("Included files", ("file", "measurement", "channels"), rows)
    for code in _codes(resolved):
        yield Text(f"{code}: {between_anchors(code)}", style="dim")


def _codes(resolved: ResolvedSpec) -> list[InterpolationCode | HistoCode]:
    """The interpolation codes that some modifier uses, in order."""
    used: set[InterpolationCode | HistoCode] = {
        response.interpolation
        for channel in resolved.channels
        for process in channel.processes
        for response in (*process.normsys, *process.densitysys)
    }
    for channel in resolved.binned_channels:
        for sample in channel.samples:
            used |= {one.interpolation for one in (*sample.normsys, *sample.histosys)}
    return sorted(used)


def _binned(resolved: ResolvedSpec) -> Iterator[Group]:
    for channel in resolved.binned_channels:
        title = f"Channel {channel.name}: {channel.bins} bin{'' if channel.bins == 1 else 's'}"
        yield _table(title, ("sample", "events", "scale", "modifiers"), sample_rows(channel))
    if rows := type_rows(resolved.binned_channels):
        yield _table("Modifiers of binned channels", ("type", "number", "what it does"), rows)


def _parameters(resolved: ResolvedSpec) -> Group:
    joint = {
        name: f"in {one.name}" for one in resolved.joint_constraints for name in one.parameters
    }
    rows = [
        (
            one.name,
            f"{one.init:g}",
            "fixed" if one.fixed else range_words(*one.bounds),
            joint.get(one.name, constraint_words(one.constraint)),
            ", ".join(one.groups),
            one.unit,
            one.description,
        )
        for one in resolved.parameters
    ]
    heads = ("name", "init", "bounds", "constraint", "groups", "unit", "description")
    return _table(f"Parameters ({len(rows)})", heads, rows)


def _processes(channel: ResolvedChannel) -> Group:
    axes = "; ".join(
        " ".join(part for part in (axis.name, range_words(axis.min, axis.max), axis.unit) if part)
        for axis in channel.observables
    )
    kind = (
        f"ratios to {channel.reference}, normalization {channel.normalization}"
        if channel.kind == "ratio"
        else "analytic densities"
    )
    if channel.morphing_condition is not None:
        kind += f", morphing matrix of condition {channel.morphing_condition:.3g}"
    rows = [
        (process.name, rate_words(process), density_words(process.density))
        for process in channel.processes
    ]
    title = f"Channel {channel.name}: {axes} ({kind})"
    return _table(title, ("process", "rate (yield * scale)", "density"), rows)


def _modifiers(channel: ResolvedChannel) -> Iterator[Group]:
    rows = [
        (process.name, effect.kind, effect.name, effect.words, effect.interpolation)
        for process in channel.processes
        for effect in effects(process)
    ]
    if rows:
        heads = ("process", "type", "name", "what it does", "between")
        yield _table(f"Modifiers of {channel.name}", heads, rows)


def _data(resolved: ResolvedSpec) -> Group:
    rows = [
        (
            channel.name,
            source_words(resolved.observations.get(channel.name)) or "none",
            source_words(channel.simulation) or "none",
        )
        for channel in resolved.channels
    ]
    rows += [
        (channel.name, counts_words(resolved.counts.get(channel.name)) or "none", "")
        for channel in resolved.binned_channels
    ]
    return _table("Data", ("channel", "observed", "simulation"), rows)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Group:
    """A table; columns that are empty in every row are left out."""
    kept = [tuple(row) for row in rows]
    filled = [i for i in range(len(heads)) if not kept or any(row[i] for row in kept)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place in filled:
        table.add_column(heads[place], overflow="fold")
    for row in kept:
        table.add_row(*(Text(row[place]) for place in filled))
    return Group(Text(title, style="bold"), table)
