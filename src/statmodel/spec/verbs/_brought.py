"""What a document includes, as the verbs see it: names that stand in other files.

A verb edits the document itself, and an included file stays as it is. A name that comes from one is
no unknown name: the error says where it comes from, and what to write there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

from statmodel._errors import Problem, SpecErrors, printable
from statmodel.spec._assemble import assemble
from statmodel.spec._document import Spec
from statmodel.spec._include import Include
from statmodel.spec._origin import locate

from ._names import Names, names_of, set_of, uses

Cure: TypeAlias = Callable[[str, str, "Brought"], str]
"""What to do about a name that an entry of `include` brings: of what it is, the name, the entry."""


@final
@dataclass(frozen=True)
class Brought:
    """What an entry of `include` brings, under its names here.

    Attributes:
        entry: of the document.
        place: of the entry, as `include[0]`.
        where: its line.
        names: of the parts that come along.
        parameters: and functions, of which these parts or their settings speak.
    """

    entry: Include
    place: str
    where: str
    names: Names
    parameters: frozenset[str]

    def has(self, what: str, name: str) -> bool:
        """Whether it brings a channel, sample, modifier or type of modifiers of this name."""
        match what:
            case "channel":
                return name in self.names.channels
            case "sample":
                return name in self.names.samples or name in self.names.bases
            case "modifier":
                return self.reads(name)
            case "modifier type":
                return name in self.names.modifier_types
            case _:
                return False

    def reads(self, name: str) -> bool:
        """Whether a parameter or function is one of its own."""
        return name in self.parameters or set_of(name, self.names.sets)[0] in self.names.sets

    def renamed(self, what: str) -> Mapping[str, str]:
        """The names that the entry changes: old name to name here."""
        known = self.entry.rename
        pairs = {"channel": known.channels, "sample": known.samples, "modifier": known.modifiers}
        return pairs.get(what, {})

    def original(self, what: str, name: str) -> str:
        """The name in the included file."""
        whole, index = set_of(name, self.names.sets) if what == "modifier" else (name, "")
        back = {new: old for old, new in self.renamed(what).items()}
        return back.get(name, back.get(whole, whole) + index)

    def problem(self, what: str, name: str, cure: str) -> Problem:
        """That the name comes from this file, and the cure."""
        old = self.original(what, name)
        called = f' (there "{printable(old)}")' if old != name else ""
        message = (
            f'the {what} "{printable(name)}" comes from {printable(self.entry.file)}{called}, '
            f"which stays as it is. {cure}"
        )
        return Problem(self.where, self.place, message)


def brought(spec: Spec) -> tuple[Brought, ...]:
    """What each entry of `include` brings; entries that cannot be read bring nothing."""
    found: list[Brought] = []
    for i, entry in enumerate(spec.include):
        alone = spec.model_copy(
            update={
                "include": (entry,),
                **dict.fromkeys(
                    ("parameters", "functions", "constraints", "channels", "observations", "focus",
                     "measurements"),
                    (),
                ),
            }
        )  # fmt: skip
        try:
            whole = assemble(alone)
        except SpecErrors:
            continue
        names = names_of(whole)
        settings = whole.assembly.settings if whole.assembly else ()
        parameters = {
            *names.modifiers,
            *names.functions,
            *(use.name for use in uses(whole)),
            *(one.name for group in settings for one, _ in group),
        }
        where = locate(spec.origin, ("include", i))
        found.append(Brought(entry, f"include[{i}]", where, names, frozenset(parameters)))
    return tuple(found)
