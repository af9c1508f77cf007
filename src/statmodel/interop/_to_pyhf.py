"""From a spec to a plain pyhf workspace: what pyhf can say, and a list of what it cannot.

pyhf 0.7.6 knows one parameter of interest, normfactors without formulas, code4 for normsys and
code4p for histosys (others are chosen in Python, not in the file), and the constraints that its
modifiers imply; a measurement may set inits, bounds, auxiliary data, and whether a name is fixed.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from statmodel._errors import SpecErrors
from statmodel.spec import (
    BinnedChannel,
    DocumentPath,
    Measurement,
    ResolvedSpec,
    Spec,
    assemble,
    build_spec,
    resolve,
)

from ._losses import Losses
from ._plain import completed, says_more
from ._pyhf_channels import plain_channel
from ._pyhf_parameters import plain_settings, set_names

_VERSION = "1.0.0"


class Workspace(NamedTuple):
    """A plain pyhf workspace.

    Attributes:
        spec: the workspace, which is a spec too.
        notes: what was left out, in sentences.
    """

    spec: Spec
    notes: tuple[str, ...]


def to_pyhf(spec: Spec, *, binned_only: bool = False) -> Workspace:
    """The plain pyhf workspace with the same likelihood.

    Channels that the document includes stand in the workspace, as they are called here.

    Args:
        spec: a document with binned channels, of its own or included.
        binned_only: leave out what lies beside the binned channels: unbinned channels, focus
            densities, and all parameters of interest but the first.

    Returns:
        The workspace, and what was left out.

    Raises:
        SpecErrors: everything that pyhf cannot say; an included file that cannot be read.
    """
    if spec.plain_pyhf and not says_more(spec):
        return Workspace(completed(spec), ())
    spec = assemble(spec)
    losses = Losses(spec, binned_only)
    chosen = _resolved(spec)
    first = next(iter(chosen.values()))
    binned = [(i, one) for i, one in enumerate(spec.channels) if isinstance(one, BinnedChannel)]
    for i, channel in enumerate(spec.channels):
        if not isinstance(channel, BinnedChannel):
            losses.leave_out(("channels", i), f'the channel "{channel.name}" is unbinned.')
    for i, focus in enumerate(spec.focus):
        losses.leave_out(("focus", i), f'the focus density "{focus.name}" has no place in pyhf.')
    if not binned:
        losses.refuse(("channels",), "there is no binned channel, and pyhf has no others.")
        raise SpecErrors(losses.refused)
    document: dict[str, object] = {
        "channels": [plain_channel(one, ("channels", i), first, losses) for i, one in binned],
        "observations": list(_observations(first, binned, losses)),
        "measurements": [],
        "version": _VERSION,
    }
    measurements = [
        _measurement(document, name, resolved, losses) for name, resolved in chosen.items()
    ]
    _note_words(spec, losses)
    if losses.refused:
        raise SpecErrors(losses.refused)
    document["measurements"] = measurements
    origin = replace(spec.origin, name=f"{spec.origin.name} for pyhf:")
    made = build_spec(document, origin=origin)
    _, problems, _ = resolve(made)
    if problems:
        raise SpecErrors(problems)
    return Workspace(made, tuple(dict.fromkeys(losses.notes)))


def _resolved(spec: Spec) -> dict[str, ResolvedSpec]:
    """The resolved spec of every measurement, by name; of the document where there is none."""
    found: dict[str, ResolvedSpec] = {}
    for name in [one.name for one in spec.measurements] or [None]:
        resolved, problems, _ = resolve(spec, measurement=name)
        if resolved is None:
            raise SpecErrors(problems)
        found[name or "measurement"] = resolved
    return found


def _observations(
    resolved: ResolvedSpec, binned: list[tuple[int, BinnedChannel]], losses: Losses
) -> Iterator[dict[str, object]]:
    for i, channel in binned:
        counts = resolved.counts.get(channel.name)
        if counts is None:
            message = f'the channel "{channel.name}" has no observation, and pyhf wants one.'
            losses.refuse(("channels", i), message)
        else:
            yield {"name": channel.name, "data": [_number(count) for count in counts]}


def _measurement(
    document: dict[str, object], name: str, resolved: ResolvedSpec, losses: Losses
) -> dict[str, object]:
    """One measurement, with the settings in which its parameters differ from pyhf's defaults."""
    found = next((one for one in losses.spec.measurements if one.name == name), None)
    path = _path(losses.spec, found)
    base = plain_settings(document, name, resolved, path, losses)
    known = {*base.names, *set_names(losses.spec)}
    poi = resolved.pois[0] if resolved.pois else ""
    if len(resolved.pois) > 1:
        others = ", ".join(resolved.pois[1:])
        message = f"pyhf has one parameter of interest, {poi}; there is also {others}."
        losses.leave_out((*path, "config", "pois"), message)
    if poi and poi not in known:
        losses.note(
            f'measurement "{name}": no binned channel has the parameter of interest "{poi}"; the '
            "workspace has none."
        )
        poi = ""
    return {"name": name, "config": {"poi": poi, "parameters": base.settings}}


def _path(spec: Spec, measurement: Measurement | None) -> DocumentPath:
    if measurement is None:
        return ("measurements",)
    return ("measurements", spec.measurements.index(measurement))


def _note_words(spec: Spec, losses: Losses) -> None:
    """Words that change no number."""
    if spec.name or spec.description:
        losses.note("The name and the description of the document have no place in pyhf.")
    brought = spec.assembly.settings if spec.assembly else ()
    every = (
        *spec.parameters,
        *(one for measurement in spec.measurements for one in measurement.config.parameters),
        *(one for group in brought for one, _ in group),
    )
    told = [
        key
        for key in ("groups", "label", "description", "unit")
        if any(one.model_dump(include={key})[key] for one in every)
    ]
    if told:
        losses.note(f"Of parameters, {', '.join(told)} have no place in pyhf.")


def _number(value: float) -> float | int:
    """Counts as whole numbers where they are."""
    return int(value) if value.is_integer() else value
