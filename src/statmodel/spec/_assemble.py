"""A document with all that it includes, as one document.

The parts of included files are appended to those of the document, each remembering its place; what
the files say of parameters is kept apart, since what the document says goes before it. Included
files may include others. A function or a joint constraint that stands equally in two places is one.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar, final

from statmodel._errors import Problem, SpecErrors, did_you_mean, printable

from ._base import AbstractPart
from ._constraints import MultivariateGaussianConstraint
from ._disagreements import disagreements
from ._document import Assembly, Spec
from ._formulas import formulas_of_spec
from ._origin import DocumentPath, Origin
from ._parameters import Parameter
from ._paths import wrong_path
from ._report import Report
from ._source import load_spec
from ._symbols import symbols_of
from ._take import Group, taken

MOST_FILES: Final = 256

Part = TypeVar("Part", bound=AbstractPart)


def assemble(spec: Spec) -> Spec:
    """The document with the channels, observations and settings of the files that it includes.

    Itself where it includes none, or has them already.

    Raises:
        SpecErrors: every problem of the files and of the entries that name them.
    """
    if not spec.include or spec.assembly is not None:
        return spec
    reader = _Reader()
    start = () if spec.origin.folder is None else (Path(spec.origin.name).resolve(),)
    whole = reader.assembled(spec, start)
    if reader.problems:
        raise SpecErrors(reader.problems)
    return whole


@final
@dataclass
class _Reader:
    """Reads included files, each once; local to one call of `assemble`."""

    problems: list[Problem] = field(default_factory=list)
    read: dict[Path, Spec | None] = field(default_factory=dict)
    count: int = 0

    def assembled(self, spec: Spec, chain: tuple[Path, ...]) -> Spec:
        """A document with what it includes; problems are collected."""
        report = Report(spec.origin)
        pieces: list[Spec] = []
        for i, entry in enumerate(spec.include):
            path = ("include", i)
            self.count += 1
            if self.count > MOST_FILES:
                report.problem(path, f"more than {MOST_FILES} files are included in all.")
                break
            inner = self._included(entry.file, spec.origin, path, chain, report)
            piece = None if inner is None else taken(inner, entry, path, spec, report)
            if piece is not None:
                pieces.append(piece)
        self.problems.extend(report.problems)
        return spec if self.problems else _merged(spec, pieces)

    def _included(
        self,
        file: str,
        origin: Origin,
        path: DocumentPath,
        chain: tuple[Path, ...],
        report: Report,
    ) -> Spec | None:
        """An included document with what it includes, or None where there is a problem."""
        place = (*path, "file")
        found = _target(file, origin, place, report)
        if found is None:
            return None
        real = found.resolve()
        if real in chain:
            names = " -> ".join(one.name for one in (*chain[chain.index(real) :], real))
            report.problem(place, f"the files include each other: {names}.")
            return None
        if real not in self.read:
            self.read[real] = None
            try:
                inner = load_spec(found, root=origin.root or origin.folder or Path())
            except SpecErrors as errors:
                self.problems.extend(errors.problems)
                return None
            before = len(self.problems)
            whole = self.assembled(inner, (*chain, real)) if inner.include else inner
            self.read[real] = whole if len(self.problems) == before else None
        return self.read[real]


def _target(file: str, origin: Origin, place: DocumentPath, report: Report) -> Path | None:
    """The path of an included file, or None where there is no such file, or it may not be read."""
    if message := wrong_path(file, origin):
        report.problem(place, message)
        return None
    folder = origin.folder or Path()
    path = folder / file
    try:
        real = path.resolve()
        inside = [one.resolve() for one in (folder, origin.root) if one is not None]
        exists = path.is_file()
        beside = sorted(one.name for one in path.parent.iterdir()) if path.parent.is_dir() else []
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name too long
        report.problem(place, f"cannot be read: {printable(str(error), 120)}.")
        return None
    if not any(real.is_relative_to(one) for one in inside):
        report.problem(place, "the link leads out of the folder of the spec; give `root`.")
    elif path.is_dir():
        report.problem(place, f'"{printable(file)}" is a folder; expected a file.')
    elif not exists:
        message = f'there is no file "{printable(str(path))}".{did_you_mean(path.name, beside)}'
        report.problem(place, message)
    else:
        return path
    return None


def _merged(spec: Spec, pieces: Sequence[Spec]) -> Spec:
    """One document of several; what is included stands behind what is here."""
    places: dict[DocumentPath, tuple[Origin, DocumentPath]] = {}
    functions = _joined(
        "functions",
        spec.functions,
        [(piece.origin, piece.functions) for piece in pieces],
        places,
        lambda one: (one.name, one.expression.tree),
    )
    constraints = _joined(
        "constraints",
        spec.constraints,
        [(piece.origin, piece.constraints) for piece in pieces],
        places,
        lambda one: (one.name, one.parameters, one.mean, one.matrix()),
    )
    whole = spec.model_copy(
        update={
            "channels": _joined(
                "channels",
                spec.channels,
                [(piece.origin, piece.channels) for piece in pieces],
                places,
            ),
            "observations": _joined(
                "observations",
                spec.observations,
                [(piece.origin, piece.observations) for piece in pieces],
                places,
            ),
            "functions": functions,
        }
    )
    present = _present(whole)
    restricted = (
        one if ("constraints", i) not in places else _restricted(one, present)
        for i, one in enumerate(constraints)
    )
    kept = tuple((i, one) for i, one in enumerate(restricted) if one is not None)
    moved = {("constraints", new): places.pop(("constraints", old))
             for new, (old, _) in enumerate(kept) if ("constraints", old) in places}  # fmt: skip
    whole = whole.model_copy(update={"constraints": tuple(one for _, one in kept)})
    names = frozenset(one.name for one in functions)
    assembly = _assembly(spec, pieces, names, places)
    origin = replace(spec.origin, parts={**places, **moved})
    return whole.with_origin(origin).with_assembly(assembly)


def _joined(
    key: str,
    own: tuple[Part, ...],
    included: Iterable[tuple[Origin, tuple[Part, ...]]],
    places: dict[DocumentPath, tuple[Origin, DocumentPath]],
    meaning: Callable[[Part], Hashable] | None = None,
) -> tuple[Part, ...]:
    """A list of the document and those of included ones; what means the same stands once."""
    found = list(own)
    for origin, parts in included:
        there = set() if meaning is None else {meaning(one) for one in found}
        for i, part in enumerate(parts):
            if meaning is None or meaning(part) not in there:
                places[key, len(found)] = (origin, (key, i))
                found.append(part)
    return tuple(found)


def _present(spec: Spec) -> frozenset[str]:
    """The parameters that channels and functions read, or the document itself names."""
    symbols = symbols_of(spec, Report(spec.origin))
    found = set(symbols.implied) | set(symbols.declared)
    found |= {name for located in formulas_of_spec(spec) for name in located.formula.names}
    found |= {name for one in spec.functions for name in one.expression.names}
    return frozenset(found | {name for one in spec.constraints for name in one.parameters})


def _restricted(
    constraint: MultivariateGaussianConstraint, present: frozenset[str]
) -> MultivariateGaussianConstraint | None:
    """The constraint of those parameters that are there; of the others nothing else is known.

    Minimising a quadratic form over the others leaves the form of the covariance without their
    rows and columns.
    """
    kept = [i for i, name in enumerate(constraint.parameters) if name in present]
    if len(kept) == len(constraint.parameters):
        return constraint
    if not kept:
        return None
    covariance = constraint.matrix()
    return MultivariateGaussianConstraint(
        name=constraint.name,
        type=constraint.type,
        parameters=tuple(constraint.parameters[i] for i in kept),
        mean=tuple(constraint.mean[i] for i in kept),
        covariance=tuple(tuple(covariance[i][j] for j in kept) for i in kept),
    )


def _assembly(
    spec: Spec,
    pieces: Sequence[Spec],
    functions: frozenset[str],
    places: dict[DocumentPath, tuple[Origin, DocumentPath]],
) -> Assembly:
    """What included files say of parameters; of two that say the same the first is kept."""
    known = [(piece, piece.assembly) for piece in pieces]
    brought = [(piece, one) for piece, one in known if one is not None]
    groups: list[Group] = []
    for piece, one in reversed(brought):
        for group in one.settings:
            here: list[tuple[Parameter, DocumentPath]] = []
            for parameter, place in group:
                mark = ("included", len(places))
                places[mark] = (piece.origin, place)
                here.append((parameter, mark))
            groups.append(tuple(here))
    return Assembly(
        settings=tuple(groups),
        declared=tuple(dict.fromkeys(name for _, one in brought for name in one.declared)),
        disagreements=(
            *(item for _, one in brought for item in one.disagreements),
            *disagreements(pieces, functions),
        ),
        files=tuple(file for _, one in brought for file in one.files),
        documents=(spec, *(document for _, one in brought for document in one.documents)),
        warnings=tuple(item for _, one in brought for item in one.warnings),
    )
