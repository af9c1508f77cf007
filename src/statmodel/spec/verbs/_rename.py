"""Other names for channels, samples, modifiers and measurements, wherever they stand."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from statmodel._errors import printable
from statmodel.spec._document import Spec
from statmodel.spec._nodes import Name, Node, to_text, walk
from statmodel.spec._parser import parse_formula
from statmodel.spec._source import plain_document

from ._accept import accepted
from ._brought import Brought, brought
from ._check_known import Asked, check_known
from ._clashes import check_clashes
from ._names import Names, all_formulas, names_of, set_of
from ._parts import Part, components, entries, inner, replace_at

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def rename(
    spec: Spec,
    *,
    channels: Mapping[str, str] = _NONE,
    samples: Mapping[str, str] = _NONE,
    modifiers: Mapping[str, str] = _NONE,
    measurements: Mapping[str, str] = _NONE,
) -> Spec:
    """The document with other names; all names change at once, so that two may be swapped.

    As `pyhf.Workspace.rename`. A modifier bears the name of its parameter, so `modifiers` renames
    parameters and functions: in declarations, formulas, joint constraints, focus densities,
    morphings and measurements too. Two parameters of one new name become one. Included files stay
    as they are; names that come from there are changed with the `rename` of `include`.

    Args:
        spec: the document.
        channels: new names by old names, with their observations.
        samples: and processes.
        modifiers: and parameters, and functions.
        measurements: new names by old names.

    Raises:
        SpecErrors: a name is unknown or comes from an included file, or the outcome is no sound
            spec.
    """
    names = names_of(spec)
    included = brought(spec)
    # What has one name here and in an included file is one parameter: to rename it on one side
    # would make it two.
    own = tuple(name for name in _parameters(names) if not any(one.reads(name) for one in included))

    def cure(what: str, name: str, entry: Brought) -> str:
        new = {"channel": channels, "sample": samples}.get(what, modifiers)[name]
        return _in_include(what, name, new, entry, here=name in _parameters(names))

    check_known(
        spec,
        included,
        cure,
        Asked("channel", channels, names.channels),
        Asked("sample", samples, (*names.samples, *names.bases)),
        Asked("modifier", modifiers, own),
        Asked("measurement", measurements, names.measurements),
    )

    def parameter(name: str) -> str:
        whole, index = set_of(name, names.sets)
        return modifiers.get(name, modifiers.get(whole, whole) + index)

    document = plain_document(spec)
    if modifiers:
        check_clashes(spec, parameter)
        _in_formulas(spec, document, parameter)
        _in_lists(document, parameter)
    for channel in entries(document, "channels"):
        for component in components(channel):
            _renamed(component, "name", samples)
        _renamed(channel, "name", channels)
    for observation in entries(document, "observations"):
        _renamed(observation, "name", channels)
    for measurement in entries(document, "measurements"):
        _renamed(measurement, "name", measurements)
    return accepted(document, spec, verb="rename")


def _in_include(what: str, name: str, new: str, entry: Brought, *, here: bool) -> str:
    """What to write at an entry of `include` so that a name of the file becomes a new one."""
    sets = entry.names.sets if what == "modifier" else ()
    (old, index), whole = set_of(name, sets), new
    if index:  # the parameter of one bin: its modifier has the name
        whole = new.removesuffix(index)
    pair = f"{printable(entry.original(what, old))}: {printable(whole)}"
    said = f"Write `{what}s: {{{pair}}}` under {entry.place}.rename"
    return f"{said}, and then rename it here." if here and what == "modifier" else f"{said}."


def _parameters(names: Names) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names.modifiers, *names.parameters, *names.functions)))


def _in_formulas(spec: Spec, document: Part, parameter: Callable[[str], str]) -> None:
    for located in all_formulas(spec):
        source = located.formula.source
        if not isinstance(source, str):
            continue

        def name(old: str, kept: frozenset[str] = located.observables) -> str:
            return old if old in kept else parameter(old)

        changed = _rewritten(source, located.formula.tree, name)
        if changed != source:
            replace_at(document, located.path, changed)


def _rewritten(source: str, tree: Node, name: Callable[[str], str]) -> str:
    """The text of a formula with other names, all else as it was."""
    found = [node for node in walk(tree) if isinstance(node, Name)]
    for node in sorted(found, key=lambda node: node.start, reverse=True):
        new = name(node.name)
        if new != node.name:
            quoted = source[node.start - 1 : node.start] == "`"
            start, end = (node.start - quoted, node.end + quoted)
            source = source[:start] + to_text(Name(new)) + source[end:]
    return source


def _in_lists(document: Part, parameter: Callable[[str], str]) -> None:
    """Names that stand by themselves: of modifiers, declarations, functions, in lists, as keys."""
    for channel in entries(document, "channels"):
        for component in components(channel):
            for modifier in entries(component, "modifiers"):
                _parameter(modifier, "name", parameter)
                _keys(inner(modifier, "data"), "terms", lambda text: _monomial(text, parameter))
            _keys(component, "at", parameter)
    for key in ("parameters", "functions"):
        for part in entries(document, key):
            _parameter(part, "name", parameter)
    for constraint in entries(document, "constraints"):
        _members(constraint, "parameters", parameter)
    for focus in entries(document, "focus"):
        _keys(focus, "density", parameter)
    for measurement in entries(document, "measurements"):
        config = inner(measurement, "config")
        _parameter(config, "poi", parameter)
        _members(config, "pois", parameter)
        for part in entries(config, "parameters"):
            _parameter(part, "name", parameter)


def _monomial(text: str, parameter: Callable[[str], str]) -> str:
    return _rewritten(text, parse_formula(text), parameter)


def _renamed(part: Part, key: str, new: Mapping[str, str]) -> None:
    _parameter(part, key, lambda name: new.get(name, name))


def _parameter(part: Part, key: str, parameter: Callable[[str], str]) -> None:
    name = part.get(key)
    if isinstance(name, str):
        part[key] = parameter(name)


def _members(part: Part, key: str, parameter: Callable[[str], str]) -> None:
    names = part.get(key)
    if isinstance(names, list):
        part[key] = [parameter(name) if isinstance(name, str) else name for name in names]


def _keys(part: Part, key: str, parameter: Callable[[str], str]) -> None:
    """Rename the keys of a mapping; two keys that become one are left for the check to find."""
    mapping = part.get(key)
    if isinstance(mapping, dict):
        part[key] = {parameter(name): value for name, value in mapping.items()}
