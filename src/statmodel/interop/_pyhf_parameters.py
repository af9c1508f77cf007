"""Settings of parameters in pyhf's words: lists, and only what differs from its defaults."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from statmodel._errors import SpecErrors
from statmodel.spec import (
    AnyConstraint,
    BinnedChannel,
    DocumentPath,
    GaussianConstraint,
    NoConstraint,
    Origin,
    ResolvedParameter,
    ResolvedSpec,
    ShapeFactor,
    ShapeSys,
    Spec,
    StatError,
    build_spec,
    resolve,
)

from ._losses import Losses

_LUMI = "lumi"


class Settings(NamedTuple):
    """The settings of a measurement, and the names of all parameters of the workspace."""

    settings: list[dict[str, object]]
    names: tuple[str, ...]


def plain_settings(
    document: Mapping[str, object],
    name: str,
    resolved: ResolvedSpec,
    path: DocumentPath,
    losses: Losses,
) -> Settings:
    """What a measurement must say so that pyhf has the parameters of a resolved spec.

    Args:
        document: the workspace without its measurements.
        name: of the measurement.
        resolved: the parameters as they shall be.
        path: of the measurement, for messages.
        losses: takes what pyhf cannot say.
    """
    wanted = {one.name: one for one in resolved.parameters}
    luminosity = wanted.get(_LUMI)
    declared: list[dict[str, object]] = []
    if luminosity is not None and isinstance(luminosity.constraint, GaussianConstraint):
        mean, sigma = luminosity.constraint.mean, luminosity.constraint.sigma
        declared = [{"name": _LUMI, "auxdata": [mean], "sigmas": [sigma], "inits": [mean]}]
    asked = {"name": name, "config": {"poi": "", "parameters": declared}}
    try:
        bare, problems, _ = resolve(
            build_spec({**document, "measurements": [asked]}, origin=Origin("for pyhf:"))
        )
    except SpecErrors:
        if losses.refused:  # which has left the document in pieces
            return Settings([], tuple(wanted))
        raise
    if bare is None:
        if not losses.refused:
            raise SpecErrors(problems)
        return Settings([], tuple(wanted))
    _check_joint(resolved, {one.name for one in bare.parameters}, losses)
    sets = set_names(losses.spec)
    groups: dict[str, list[ResolvedParameter]] = {}
    for one in bare.parameters:
        whole = one.name.rpartition("[")[0]
        groups.setdefault(whole if whole in sets else one.name, []).append(one)
    said = [
        _setting(key, tuple(ours), tuple(wanted[one.name] for one in ours), path, losses)
        for key, ours in groups.items()
    ]
    return Settings(
        [one for one in said if len(one) > 1], tuple(one.name for one in bare.parameters)
    )


def set_names(spec: Spec) -> frozenset[str]:
    """The modifiers with one parameter a bin."""
    return frozenset(
        modifier.name
        for channel in spec.channels
        if isinstance(channel, BinnedChannel)
        for sample in channel.samples
        for modifier in sample.modifiers
        if isinstance(modifier, (ShapeFactor, ShapeSys, StatError))
    )


def _setting(
    name: str,
    default: tuple[ResolvedParameter, ...],
    wanted: tuple[ResolvedParameter, ...],
    path: DocumentPath,
    losses: Losses,
) -> dict[str, object]:
    """The name, and what differs from the defaults of pyhf."""
    said: dict[str, object] = {"name": name}
    pairs = tuple(zip(default, wanted, strict=True))
    if name == _LUMI and isinstance(wanted[0].constraint, GaussianConstraint):
        said |= {"auxdata": [wanted[0].constraint.mean], "sigmas": [wanted[0].constraint.sigma]}
        said["inits"] = [wanted[0].init]
    elif any(ours.constraint != theirs.constraint for ours, theirs in pairs):
        mean = _mean(name, pairs, path, losses)
        said |= {} if mean is None else {"auxdata": [mean]}
    if any(ours.init != theirs.init for ours, theirs in pairs):
        said["inits"] = [one.init for one in wanted]
    if name == _LUMI or any(ours.bounds != theirs.bounds for ours, theirs in pairs):
        if all(math.isfinite(end) for one in wanted for end in one.bounds):
            said["bounds"] = [list(one.bounds) for one in wanted]
        else:
            message = f'"{name}" has no bounds, and pyhf wants two numbers. Give it `bounds`.'
            losses.refuse(path, message)
    if any(ours.fixed != theirs.fixed for ours, theirs in pairs):
        if len({one.fixed for one in wanted}) == 1:
            said["fixed"] = wanted[0].fixed
        else:
            message = f'"{name}" is fixed in some bins; pyhf fixes all bins of a name, or none.'
            losses.refuse(path, message)
    return said


def _mean(
    name: str,
    pairs: tuple[tuple[ResolvedParameter, ResolvedParameter], ...],
    path: DocumentPath,
    losses: Losses,
) -> float | None:
    """The observation of a unit gaussian; every other constraint is refused."""
    match [(ours.constraint, theirs.constraint) for ours, theirs in pairs]:
        case [(GaussianConstraint() as ours, GaussianConstraint() as theirs)]:
            if ours.sigma == theirs.sigma and not name.endswith("]"):
                return theirs.mean
        case _:
            pass
    for ours, theirs in pairs:
        if ours.constraint != theirs.constraint:
            message = (
                f'the constraint of "{theirs.name}" is {_said(theirs.constraint)}; in pyhf its '
                f"modifier implies {_said(ours.constraint)}."
            )
            losses.refuse(path, message)
    return None


def _check_joint(resolved: ResolvedSpec, kept: set[str], losses: Losses) -> None:
    for one in resolved.joint_constraints:
        if kept.intersection(one.parameters):
            index = [joint.name for joint in losses.spec.constraints].index(one.name)
            message = "pyhf has no constraints of several parameters."
            losses.refuse(("constraints", index), message)


def _said(constraint: AnyConstraint) -> str:
    """As `gaussian(mean=0, sigma=2)`."""
    if isinstance(constraint, NoConstraint):
        return "none"
    numbers = constraint.model_dump(exclude={"type"}).items()
    return f"{constraint.type}({', '.join(f'{key}={value:g}' for key, value in numbers)})"
