"""From the document to the resolved spec: every reference found, every default filled in."""

import math
from collections import Counter
from pathlib import PurePath
from typing import assert_never

from statmodel._errors import Problem, SpecErrors, counted, sort_problems, suggestion

from ._assemble import assemble
from ._binned import BinnedChannel
from ._disagreements import said_key
from ._document import Spec
from ._formulas import Located, formulas_of_spec
from ._layers import Layer, layers_of
from ._measurements import Observation
from ._nodes import Compare, Node, evaluate, names, roots, to_text, walk
from ._origin import DocumentPath
from ._report import Report
from ._resolve_binned import resolve_binned
from ._resolve_channels import Model, resolve_channel
from ._resolve_data import check_table
from ._resolve_functions import order_functions, used_functions
from ._resolve_measurements import (
    check_measurements,
    choose_measurement,
    interest_of,
    resolve_focus,
)
from ._resolve_parameters import Uses, resolve_parameters
from ._resolved import (
    ResolvedBinnedChannel,
    ResolvedChannel,
    ResolvedFunction,
    ResolvedJointConstraint,
    ResolvedParameter,
    ResolvedSpec,
)
from ._symbols import Symbols, check_names, modifiers_of, one_of_bins, symbols_of


def resolve(
    spec: Spec, *, measurement: str | None = None
) -> tuple[ResolvedSpec | None, tuple[Problem, ...], tuple[Problem, ...]]:
    """What a compiler reads, all problems, and all warnings, both in the order of the file.

    Included files are read, unless `assemble` has done so.

    Args:
        spec: the document.
        measurement: its name; the first of the document where left out.

    Returns:
        The resolved spec, or None where there is a problem; the problems; the warnings.
    """
    try:
        whole = assemble(spec)
    except SpecErrors as errors:
        return None, errors.problems, ()
    return _resolved(whole, measurement)


def _resolved(
    spec: Spec, measurement: str | None
) -> tuple[ResolvedSpec | None, tuple[Problem, ...], tuple[Problem, ...]]:
    report = Report(spec.origin)
    report.warnings.extend(spec.assembly.warnings if spec.assembly else ())
    chosen, chosen_path = choose_measurement(spec, measurement, report)
    symbols = symbols_of(spec, report)
    report.unique([(c.name, ("channels", i, "name")) for i, c in enumerate(spec.channels)],
                  "channel")  # fmt: skip
    formulas = tuple(formulas_of_spec(spec))
    for located in formulas:
        check_names(located, symbols, report)
    functions = order_functions(spec, symbols, report)
    direct = {name for located in formulas for name in located.formula.names}
    direct |= {modifier.name for modifier, _ in modifiers_of(spec) if modifier.type == "normfactor"}
    functions = used_functions(functions, direct)
    used = frozenset(direct | {name for f in functions for name in names(f.tree)})
    used |= frozenset(symbols.implied)
    joint = _joint_constraints(spec, symbols, report)
    in_joint = frozenset(name for constraint in joint for name in constraint.parameters)
    needed = used | in_joint
    _warn_unused(spec, needed | frozenset(symbols.sets), functions, report)
    layers = layers_of(spec, chosen, chosen_path, symbols, report)
    _report_disagreements(spec, layers, report)
    parameters = resolve_parameters(
        [name for name in symbols.parameters if name in needed],
        symbols,
        Uses(layers, _under_root(formulas, functions), in_joint),
        report,
    )
    values = _initial_values(parameters, functions, symbols, report)
    _check_values(formulas, values, report)
    model = Model(symbols.parameters, functions, spec.interpolation, values)
    channels = tuple(
        resolve_channel(channel, model, ("channels", i), report)
        for i, channel in enumerate(spec.channels)
        if not isinstance(channel, BinnedChannel)
    )
    binned = tuple(
        resolve_binned(channel, model, ("channels", i), report)
        for i, channel in enumerate(spec.channels)
        if isinstance(channel, BinnedChannel)
    )
    _check_observations(spec, channels, binned, report)
    check_measurements(spec, symbols, used, report)
    focus = resolve_focus(spec, symbols, used, report)
    pois = interest_of(chosen, symbols) if chosen else ()
    _warn_fixed(pois, chosen_path, parameters, report)
    problems, warnings = sort_problems(report.problems), sort_problems(report.warnings)
    if problems:
        return None, problems, warnings
    resolved = ResolvedSpec(
        name=spec.name or _file_name(spec),
        description=spec.description or "",
        measurement=chosen.name if chosen else "",
        pois=pois,
        parameters=parameters,
        functions=functions,
        joint_constraints=joint,
        channels=channels,
        binned_channels=binned,
        observations={o.name: o for o in spec.observations if o.data is None},
        counts=_counts(spec, binned),
        focus=focus,
        origin=spec.origin,
        included=spec.assembly.files if spec.assembly else (),
    )
    return resolved, (), warnings


def _report_disagreements(spec: Spec, layers: dict[str, tuple[Layer, ...]], report: Report) -> None:
    """What included files say differently of a parameter, where the document does not decide."""
    for one in spec.assembly.disagreements if spec.assembly else ():
        here = (layer for layer in layers.get(one.name, ()) if layer.path[0] != "included")
        if all(said_key(layer, one.key) is None for layer in here):
            report.problems.append(one.problem)


def _file_name(spec: Spec) -> str:
    return "model" if spec.origin.folder is None else PurePath(spec.origin.name).stem


def _joint_constraints(
    spec: Spec, symbols: Symbols, report: Report
) -> tuple[ResolvedJointConstraint, ...]:
    report.unique(
        [(c.name, ("constraints", i, "name")) for i, c in enumerate(spec.constraints)],
        "constraint",
    )
    found: list[ResolvedJointConstraint] = []
    held: dict[str, str] = {}
    for i, constraint in enumerate(spec.constraints):
        for j, name in enumerate(constraint.parameters):
            path = ("constraints", i, "parameters", j)
            if name in symbols.sets:
                report.problem(path, one_of_bins(symbols.sets[name]))
            elif name not in symbols.parameters:
                tail = suggestion(name, symbols.parameters, "Parameters")
                report.problem(path, f'unknown parameter "{name}".{tail}')
            elif name in held:
                message = f'"{name}" stands in the constraint "{held[name]}" already.'
                report.problem(path, f"{message} One parameter has one constraint.")
            held.setdefault(name, constraint.name)
        known = (constraint.name, constraint.parameters, constraint.mean, constraint.matrix())
        found.append(ResolvedJointConstraint(*known))
    return tuple(found)


def _warn_unused(
    spec: Spec,
    used: frozenset[str],
    functions: tuple[ResolvedFunction, ...],
    report: Report,
) -> None:
    for i, parameter in enumerate(spec.parameters):
        if parameter.name not in used:
            message = f'the parameter "{parameter.name}" is not used, and left out of the model.'
            report.warning(("parameters", i), message)
    kept = {function.name for function in functions}
    for i, function in enumerate(spec.functions):
        if function.name not in kept and function.name not in used:
            message = f'the function "{function.name}" is not used.'
            report.warning(("functions", i), message)


def _under_root(
    formulas: tuple[Located, ...], functions: tuple[ResolvedFunction, ...]
) -> frozenset[str]:
    trees = [located.formula.tree for located in formulas]
    trees += [function.tree for function in functions]
    return frozenset(name for tree in trees for name in roots(tree))


def _initial_values(
    parameters: tuple[ResolvedParameter, ...],
    functions: tuple[ResolvedFunction, ...],
    symbols: Symbols,
    report: Report,
) -> dict[str, float]:
    """Initial values of parameters and functions; what cannot be known is left out."""
    values = {parameter.name: parameter.init for parameter in parameters}
    for function in functions:
        if all(name in values for name in names(function.tree)):
            value = evaluate(function.tree, values)
            if math.isfinite(value):
                values[function.name] = value
            else:
                path = ("functions", symbols.functions[function.name], "expression")
                report.problem(path, f"the formula is {value} at the initial values.")
    return values


def _check_values(formulas: tuple[Located, ...], values: dict[str, float], report: Report) -> None:
    """Whether formulas are, at the initial values, what they must be."""
    for located in formulas:
        wrong = [part for part in walk(located.formula.tree) if _is_infinite(part)]
        if wrong:
            report.problem(located.path, f"{to_text(wrong[-1])} is not a finite number.")
            continue
        if any(name not in values for name in located.formula.names):
            continue
        value = evaluate(located.formula.tree, values)
        when = "" if located.formula.constant else " at the initial values"
        if not math.isfinite(value):
            report.problem(located.path, f"the formula is {value}{when}.")
        elif not _obeys(value, located):
            message = f"got {value:g}{when}; {located.path[-1]} must be {located.rule}."
            if isinstance(located.path[-1], int):
                message = f"got {value:g}{when}; expected a number that is {located.rule}."
            report.problem(located.path, message)


def _is_infinite(part: Node) -> bool:
    """Whether a part without names is no finite number."""
    return (
        not isinstance(part, Compare) and not names(part) and not math.isfinite(evaluate(part, {}))
    )


def _obeys(value: float, located: Located) -> bool:
    match located.rule:
        case "finite":
            return True
        case "positive":
            return value > 0
        case "not negative":
            return value >= 0
        case "more than -1":
            return value > -1
        case _:
            assert_never(located.rule)


def _check_observations(
    spec: Spec,
    channels: tuple[ResolvedChannel, ...],
    binned: tuple[ResolvedBinnedChannel, ...],
    report: Report,
) -> None:
    names = Counter(channel.name for channel in spec.channels)
    # Two channels of one name are one problem, their observations not another.
    placed = [
        (one, ("observations", i))
        for i, one in enumerate(spec.observations)
        if names[one.name] < 2  # noqa: PLR2004
    ]
    report.unique([(one.name, (*path, "name")) for one, path in placed], "observation")
    by_name = {channel.name: channel for channel in (*reversed(binned), *reversed(channels))}
    for observation, path in placed:
        channel = by_name.get(observation.name)
        match channel:
            case None:
                tail = suggestion(observation.name, [c.name for c in spec.channels], "Channels")
                message = f'unknown channel "{observation.name}".{tail}'
                if spec.plain_pyhf:  # patches of published workspaces remove channels only
                    report.warning((*path, "name"), f"{message} The observation is left out.")
                else:
                    report.problem((*path, "name"), message)
            case ResolvedChannel():
                if observation.data is None:
                    check_table(observation, channel, path, report)
                else:
                    message = "these are counts, and the channel is unbinned; give `file`"
                    report.problem((*path, "data"), f"{message} or `events`.")
            case ResolvedBinnedChannel():
                _check_counts(observation, channel, path, report)


def _counts(spec: Spec, binned: tuple[ResolvedBinnedChannel, ...]) -> dict[str, tuple[float, ...]]:
    known = {channel.name for channel in binned}
    found = ((one.name, one.data) for one in spec.observations if one.name in known)
    return {name: data for name, data in found if data is not None}


def _check_counts(
    observation: Observation, channel: ResolvedBinnedChannel, path: DocumentPath, report: Report
) -> None:
    if observation.data is None:
        key = "file" if observation.events is None else "events"
        message = "these are events, and the channel is binned; give `data`, its counts."
        report.problem_of_key((*path, key), message)
    elif len(observation.data) != channel.bins:
        first = report.place((*channel.path, "samples", 0, "data"))
        message = (
            f"got {counted(len(observation.data), 'count')}; the channel has "
            f"{counted(channel.bins, 'bin')}, as {first} says."
        )
        report.problem((*path, "data"), message)


def _warn_fixed(
    pois: tuple[str, ...],
    path: DocumentPath,
    parameters: tuple[ResolvedParameter, ...],
    report: Report,
) -> None:
    fixed = {parameter.name for parameter in parameters if parameter.fixed}
    for name in pois:
        if name in fixed:
            message = f'the parameter of interest "{name}" is fixed.'
            report.warning((*path, "config"), message)
