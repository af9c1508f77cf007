"""Where two included files say different things of one parameter.

Each file is asked what a parameter is in it alone: initial value, bounds, whether it is fixed, and
its constraint, with what its modifiers imply. What differs must be said by the including document.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from ._constraints import NoConstraint
from ._document import Disagreement, Spec
from ._layers import Layer, layers_of
from ._origin import DocumentPath, problem_at
from ._report import Report
from ._resolve_parameters import Uses, resolve_parameter
from ._resolved import ResolvedParameter
from ._symbols import Symbols, symbols_of

KEYS: Final = ("init", "bounds", "fixed", "constraint")


@final
@dataclass(frozen=True)
class _File:
    """An included document, and what it says of its parameters."""

    document: Spec
    symbols: Symbols
    layers: dict[str, tuple[Layer, ...]]
    joint: dict[str, str]
    report: Report

    def parameter(self, name: str) -> ResolvedParameter | None:
        """A parameter as it is in this file alone; None where that cannot be known."""
        uses = Uses(self.layers, frozenset(), frozenset(self.joint))
        return resolve_parameter(name, self.symbols, uses, self.report)

    def place(self, name: str, key: str) -> DocumentPath:
        """Where the file says a setting: a declaration, or the modifier that implies it."""
        for layer in reversed(self.layers.get(name, ())):
            if said := said_key(layer, key):
                return (*layer.path, said)
        implied = self.symbols.implied.get(name)
        return implied.path if implied else self.layers[name][0].path


def disagreements(documents: Sequence[Spec], functions: frozenset[str]) -> tuple[Disagreement, ...]:
    """What included documents say differently, each against the first that has the parameter.

    Args:
        documents: the parts that come along, under their names here.
        functions: of the whole document; what they name is no parameter.
    """
    if len(documents) < 2:  # noqa: PLR2004 (one does not disagree)
        return ()
    files = [_file(document) for document in documents]
    first: dict[str, tuple[_File, ResolvedParameter]] = {}
    found: list[Disagreement] = []
    held = Counter(name for file in files for name in file.symbols.parameters)
    for file in files:
        for name in file.symbols.parameters:
            if held[name] == 1 or name in functions or _of_one_channel(file, name):
                continue
            here = file.parameter(name)
            if here is None:
                continue  # what is wrong with it is told where all is known
            if name in first:
                found.extend(_compared(*first[name], file, here))
            first.setdefault(name, (file, here))
    return tuple(found)


def said_key(layer: Layer, key: str) -> str | None:
    """The key with which a declaration says one of `KEYS`, or None where it does not."""
    match key:
        case "init":
            return None if layer.init is None else layer.init_key
        case "bounds":
            return None if layer.bounds is None else "bounds"
        case "fixed":
            return None if layer.fixed is None else "fixed"
        case _:
            said = {
                "constraint": layer.constraint,
                "sigmas": layer.sigmas,
                "factors": layer.factors,
                "auxdata": layer.auxdata,
            }
            return next((name for name, value in said.items() if value is not None), None)


def _file(document: Spec) -> _File:
    report = Report(document.origin)  # what is wrong is told where all is known
    symbols = symbols_of(document, report)
    joint = {name: one.name for one in document.constraints for name in one.parameters}
    layers = layers_of(document, None, (), symbols, report)
    return _File(document, symbols, layers, joint, report)


def _of_one_channel(file: _File, name: str) -> bool:
    """Whether a parameter is of a staterror or shapesys, which files cannot share."""
    implied = file.symbols.implied.get(name)
    default = implied.default if implied else None
    return default is not None and not isinstance(default.constraint, NoConstraint)


def _compared(
    one: _File, first: ResolvedParameter, other: _File, here: ResolvedParameter
) -> Iterator[Disagreement]:
    name = here.name
    meanings = [file.symbols.implied.get(name) for file in (one, other)]
    if None not in meanings and len({m.meaning for m in meanings if m}) > 1:
        return  # one name with two meanings is told where names are
    for key in KEYS:
        before, now = (_words(file, parameter, key) for file, parameter in
                       ((one, first), (other, here)))  # fmt: skip
        if before == now:
            continue
        place = other.place(name, key)
        message = (
            f'"{name}" has {now} here, and {before} at {one.report.place(one.place(name, key))}. '
            f"Say under `parameters` which is meant: {{name: {name}, {key}: ...}}."
        )
        yield Disagreement(name, key, problem_at(other.document.origin, place, message))


def _words(file: _File, parameter: ResolvedParameter, key: str) -> str:
    match key:
        case "init":
            return f"the initial value {parameter.init!r}"
        case "bounds":
            low, high = parameter.bounds
            return f"the bounds [{low!r}, {high!r}]"
        case "fixed":
            return f"`fixed: {'true' if parameter.fixed else 'false'}`"
        case _ if parameter.name in file.joint:
            return f'the joint constraint "{file.joint[parameter.name]}"'
        case _:
            said = parameter.constraint.model_dump(mode="json")
            kind = said.pop("type")
            arguments = ", ".join(f"{k}: {v!r}" for k, v in said.items())
            return f"the constraint {kind}{f' ({arguments})' if arguments else ''}"
