"""An included part of a document under its names here, with what its own document decided.

Names change where they stand for something: in `name`, in formulas, in the monomials of a
response, in the points of a morphing. Interpolations that the included document left to its
defaults are written out, paths of data files are made relative to the including document.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final, TypeVar, assert_never, final

from ._base import AbstractPart
from ._binned import BinnedChannel, HistoSys, Sample, ShapeFactor, ShapeSys, StatError
from ._channels import Channel, MorphingBase, Process, Simulation
from ._constraints import MultivariateGaussianConstraint
from ._document import Function, InterpolationDefaults
from ._formula import Formula
from ._include import Rename
from ._measurements import Observation
from ._modifiers import DensitySys, Lumi, NormFactor, NormSys, ShapeData
from ._nodes import Binary, Call, Compare, Name, Negate, Node, Number, to_text
from ._parameters import Parameter
from ._parser import FormulaError, parse_formula

_COMPONENT: Final = re.compile(r"(.+)(\[[0-9]+\])")

Part = TypeVar("Part", bound=AbstractPart)


@final
@dataclass(frozen=True)
class Rewriter:
    """Makes an included part a part of the including document.

    Attributes:
        rename: new names.
        folder: of the included file, seen from the including one.
        codes: interpolation of modifiers that do not say theirs; None where it is the same here.
    """

    rename: Rename
    folder: PurePosixPath
    codes: InterpolationDefaults | None

    def name(self, old: str) -> str:
        """The name here of a parameter, a function or a joint constraint."""
        known = self.rename.modifiers
        if old in known:
            return known[old]
        component = _COMPONENT.fullmatch(old)
        if component is None or component[1] not in known:
            return old
        return known[component[1]] + component[2]

    def channel(self, old: str) -> str:
        """The name here of a channel."""
        return self.rename.channels.get(old, old)

    def part(self, old: Part) -> Part:
        """A part and all below it; itself where nothing changes."""
        if self.rename == Rename() and self.codes is None and self.folder == PurePosixPath():
            return old
        changes = self._inside(old) | self._named(old) | self._decided(old)
        return old.model_copy(update=changes) if changes else old

    def _inside(self, old: AbstractPart) -> dict[str, object]:
        below = ((key, value, self._value(value)) for key, value in old)
        return {key: new for key, value, new in below if new is not value}

    def _value(self, value: object) -> object:
        match value:
            case Formula():
                return self._formula(value)
            case AbstractPart():
                return self.part(value)
            case tuple() if value and not isinstance(value[0], (int, float, str)):
                items = tuple(self._value(item) for item in value)
                same = all(new is old for new, old in zip(items, value, strict=True))
                return value if same else items
            case _:
                return value

    def _named(self, old: AbstractPart) -> dict[str, object]:
        match old:
            case (
                NormFactor() | NormSys() | Lumi() | HistoSys() | ShapeSys() | StatError()
                | ShapeFactor() | Parameter() | Function()
            ):  # fmt: skip
                return _changed("name", old.name, self.name(old.name))
            case DensitySys(name=str(name)):
                return _changed("name", name, self.name(name))
            case ShapeData(terms=dict(terms)):
                new = {self._monomial(text): column for text, column in terms.items()}
                return _changed("terms", terms, new)
            case MultivariateGaussianConstraint():
                names = tuple(self.name(name) for name in old.parameters)
                return _changed("name", old.name, self.name(old.name)) | _changed(
                    "parameters", old.parameters, names
                )
            case MorphingBase():
                at = {self.name(name): value for name, value in old.at.items()}
                found = _changed("at", old.at, at)
                return found if old.name is None else found | self._sample(old.name)
            case Sample() | Process():
                return self._sample(old.name)
            case Channel() | BinnedChannel() | Observation():
                return _changed("name", old.name, self.channel(old.name))
            case _:
                return {}

    def _sample(self, old: str) -> dict[str, object]:
        return _changed("name", old, self.rename.samples.get(old, old))

    def _decided(self, old: AbstractPart) -> dict[str, object]:
        """What the included document decides for all its parts."""
        match old:
            case Simulation(file=str(file)) | Observation(file=str(file)):
                return _changed("file", file, str(self.folder / file))
            case NormSys(interpolation=None) if self.codes:
                return {"interpolation": self.codes.normsys}
            case HistoSys(interpolation=None) if self.codes:
                return {"interpolation": self.codes.histosys}
            case DensitySys(name=str(), interpolation=None) if self.codes:
                return {"interpolation": self.codes.densitysys}
            case _:
                return {}

    def _formula(self, old: Formula) -> Formula:
        tree = _renamed(old.tree, {name: self.name(name) for name in old.names})
        return old if tree is old.tree else Formula(to_text(tree), tree)

    def _monomial(self, text: str) -> str:
        try:
            formula = Formula(text, parse_formula(text))
        except FormulaError:
            return text  # told where the modifiers of a process are read
        return str(self._formula(formula).source)


def _changed(key: str, old: object, new: object) -> dict[str, object]:
    return {} if new == old else {key: new}


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    """The tree under other names; the places in the text stay, for messages."""
    if all(new == old for old, new in names.items()):
        return node
    match node:
        case Number():
            return node
        case Name():
            return replace(node, name=names[node.name])
        case Negate():
            return replace(node, operand=_renamed(node.operand, names))
        case Binary() | Compare():
            left, right = _renamed(node.left, names), _renamed(node.right, names)
            return replace(node, left=left, right=right)
        case Call():
            return replace(node, arguments=tuple(_renamed(arg, names) for arg in node.arguments))
        case _:
            assert_never(node)
