"""Measurements and focus densities: whether what they ask about exists."""

from statmodel._errors import did_you_mean, listed, printable, suggestion

from ._document import Spec
from ._measurements import Measurement
from ._origin import DocumentPath
from ._report import Report
from ._resolved import ResolvedFocus
from ._symbols import Symbols


def choose_measurement(
    spec: Spec, measurement: str | None, report: Report
) -> tuple[Measurement | None, DocumentPath]:
    """The measurement that is asked for, the first unless one is named."""
    known = [item.name for item in spec.measurements]
    if measurement is None:
        return (spec.measurements[0] if known else None), ("measurements", 0)
    if measurement not in known:
        message = f'there is no measurement "{measurement}".'
        report.problem(("measurements",), message + suggestion(measurement, known, "Measurements"))
        return None, ("measurements",)
    index = known.index(measurement)
    return spec.measurements[index], ("measurements", index)


def interest_of(measurement: Measurement, symbols: Symbols) -> tuple[str, ...]:
    """The parameters of interest that exist; a modifier of one bin stands for its parameter."""
    named = (_alone(name, symbols) for name in measurement.config.interest)
    known = frozenset(symbols.parameters)
    return tuple(name for name in named if name in known)


def _alone(name: str, symbols: Symbols) -> str:
    bins = symbols.sets.get(name)
    return bins.components[0] if bins is not None and len(bins.components) == 1 else name


def check_measurements(spec: Spec, symbols: Symbols, used: frozenset[str], report: Report) -> None:
    """Whether all measurements, not only the one asked for, name parameters that exist."""
    named = [(m.name, ("measurements", i, "name")) for i, m in enumerate(spec.measurements)]
    report.unique(named, "measurement")
    for i, measurement in enumerate(spec.measurements):
        config: DocumentPath = ("measurements", i, "config")
        key = "poi" if measurement.config.poi is not None else "pois"
        places = [
            (name, (*config, key) if key == "poi" else (*config, key, j))
            for j, name in enumerate(measurement.config.interest)
        ]
        report.unique(places, "parameter of interest")
        for name, path in places:
            if not _lacking(spec, name, symbols, path, report):
                _check_parameter(_alone(name, symbols), symbols, used, path, report)
        settings = [
            (parameter.name, (*config, "parameters", j, "name"))
            for j, parameter in enumerate(measurement.config.parameters)
        ]
        report.unique(settings, "parameter")
        for name, path in settings:
            if name not in symbols.sets and not _lacking(spec, name, symbols, path, report):
                _check_parameter(name, symbols, None, path, report)


def _lacking(spec: Spec, name: str, symbols: Symbols, path: DocumentPath, report: Report) -> bool:
    """Whether a pyhf workspace asks for a parameter that a patch will bring; a warning."""
    if not spec.plain_pyhf or name in symbols.parameters or name in symbols.sets:
        return False
    tail = (
        "the setting is left out"
        if "parameters" in path
        else "there is no parameter of interest until a patch brings it"
    )
    message = f'no channel has the parameter "{printable(name)}"; {tail}.'
    report.warning(path, message + did_you_mean(name, symbols.parameters))
    return True


def resolve_focus(
    spec: Spec, symbols: Symbols, used: frozenset[str], report: Report
) -> tuple[ResolvedFocus, ...]:
    """The focus densities; each is over parameters of interest of some measurement."""
    report.unique(
        [(focus.name, ("focus", i, "name")) for i, focus in enumerate(spec.focus)], "focus"
    )
    interest = {name for m in spec.measurements for name in m.config.interest}
    # A misspelt parameter of interest is one problem, not one more for each focus.
    complete = interest <= set(symbols.parameters)
    for i, focus in enumerate(spec.focus):
        for name in focus.density:
            path = ("focus", i, "density", name)
            known = _check_parameter(name, symbols, used, path, report)
            if known and complete and name not in interest:
                message = f'"{name}" is no parameter of interest of any measurement.'
                tail = suggestion(name, sorted(interest), "Parameters of interest")
                report.problem_of_key(path, message + tail)
    return tuple(ResolvedFocus(focus.name, dict(focus.density)) for focus in spec.focus)


def _check_parameter(
    name: str,
    symbols: Symbols,
    used: frozenset[str] | None,
    path: DocumentPath,
    report: Report,
) -> bool:
    """Whether a name is a parameter that the channels read (`used` None: that exists)."""
    if name in symbols.functions:
        message = f'"{name}" is a function; expected a parameter.'
        report.problem(path, message + suggestion(name, symbols.parameters, "Parameters"))
    elif name in symbols.sets:
        names = listed("Parameters", symbols.sets[name].components)
        report.problem(path, f'"{name}" has one parameter a bin; name one of them.{names}')
    elif name not in symbols.parameters:
        message = f'unknown parameter "{name}".'
        tail = symbols.nearest_to(name, symbols.parameters, "Parameters")
        report.problem(path, message + tail)
    elif used is not None and name not in used:
        report.problem(path, f'no channel reads the parameter "{name}"; data say nothing of it.')
    else:
        return True
    return False
