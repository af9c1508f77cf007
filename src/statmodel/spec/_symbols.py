"""What the names of a document mean: one name, one meaning."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

from statmodel._errors import StatmodelError, did_you_mean, listed, printable, suggestion

from ._bin_sets import BinDefault, BinSet, bin_sets
from ._binned import BinnedChannel, BinnedModifier, HistoSys
from ._constraints import NoConstraint
from ._document import Spec
from ._formulas import Located
from ._modifiers import DensitySys, Lumi, Modifier, NormFactor, NormSys
from ._nodes import ARGUMENTS, CONSTANTS, Binary, Name, Node, Number, walk
from ._origin import DocumentPath
from ._parser import FormulaError, parse_formula
from ._report import Report

Meaning: TypeAlias = Literal["factor", "nuisance", "lumi", "bin"]

_LARGEST_POWER = 8


@final
@dataclass(frozen=True)
class Implied:
    """A parameter that a modifier implies; `default` for parameters of bins."""

    name: str
    meaning: Meaning
    modifier: str
    path: DocumentPath
    default: BinDefault | None = None


@final
@dataclass(frozen=True)
class Symbols:
    """The names that formulas may read.

    Attributes:
        declared: parameters of the document, with their index in `parameters`.
        functions: with their index in `functions`.
        implied: parameters of modifiers, by name, with the first modifier that implies them.
        sets: modifiers with one parameter a bin, by name; the name itself is no parameter.
        included: parameters that included files declare.
        settings: names that measurements set, which declares none.
    """

    declared: Mapping[str, int]
    functions: Mapping[str, int]
    implied: Mapping[str, Implied]
    sets: Mapping[str, BinSet]
    included: tuple[str, ...]
    settings: frozenset[str]

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters: those declared, here and in included files, then those implied."""
        return tuple(dict.fromkeys((*self.declared, *self.included, *self.implied)))

    @property
    def names(self) -> tuple[str, ...]:
        """All parameters and functions."""
        return (*self.parameters, *self.functions)

    def nearest_to(self, name: str, candidates: Sequence[str], head: str = "Declared") -> str:
        """What to say of an unknown name: the nearest, or why it is none of them."""
        if name in self.settings and not did_you_mean(name, candidates):
            return " A measurement sets it, which does not declare it: write it in `parameters`."
        return suggestion(name, candidates, head)


def symbols_of(spec: Spec, report: Report) -> Symbols:
    """The names of a document; names with two meanings are reported."""
    declared = [(p.name, ("parameters", i, "name")) for i, p in enumerate(spec.parameters)]
    functions = [(f.name, ("functions", i, "name")) for i, f in enumerate(spec.functions)]
    report.unique(declared, "parameter")
    report.unique(functions, "function")
    places = dict(declared)
    for name, path in functions:
        if name in places:
            message = f'"{name}" is a parameter already, at {report.place(places[name])}.'
            report.problem(path, f"{message} Rename the function.")
    _check_reserved([*declared, *functions], report)
    names = dict(functions)
    _check_included(spec, names, report)
    sets = bin_sets(spec, report)
    implied: dict[str, Implied] = {}
    for found in (*_implied(spec), *_implied_by_sets(sets)):
        first = implied.setdefault(found.name, found)
        if found.name in names:
            if found.modifier != "normfactor":
                message = f'"{found.name}" is a function; only a normfactor may be named by one.'
                report.problem(found.path, message)
            del implied[found.name]
        elif first.meaning != found.meaning:
            message = (
                f'"{found.name}" is the parameter of a {found.modifier} here and of a '
                f"{first.modifier} at {report.place(first.path)}; one name has one meaning. "
                "Rename one of them."
            )
            report.problem(found.path, message)
    _check_sets(sets, names, implied, report)
    others = {*dict(declared), *names, *implied, *_included(spec)}
    _check_observables(spec, others, report)
    first_index = _first_index(parameter.name for parameter in spec.parameters)
    return Symbols(
        {name: index for name, index in first_index.items() if name not in sets},
        _first_index(function.name for function in spec.functions),
        implied,
        sets,
        tuple(name for name in _included(spec) if name not in sets and name not in names),
        frozenset(one.name for m in spec.measurements for one in m.config.parameters),
    )


def _included(spec: Spec) -> tuple[str, ...]:
    return () if spec.assembly is None else spec.assembly.declared


def _check_included(spec: Spec, functions: Mapping[str, DocumentPath], report: Report) -> None:
    """A parameter of an included file may be a function here, but a function has no constraint."""
    if spec.assembly is None:
        return
    for group in spec.assembly.settings:
        for said, path in group:
            keys = {
                "constraint": said.constraint, "auxdata": said.auxdata, "sigmas": said.sigmas,
                "factors": said.factors,
            }  # fmt: skip
            key = next((key for key, value in keys.items() if value is not None), None)
            if key is not None and said.name in functions and said.constraint != NoConstraint():
                message = (
                    f'"{printable(said.name)}" is a function, at '
                    f"{report.place(functions[said.name])}, and a function has no constraint. "
                    "Rename one of them."
                )
                report.problem((*path, key), message)


def _first_index(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        found.setdefault(name, index)
    return found


def modifiers_of(spec: Spec) -> Iterator[tuple[Modifier | BinnedModifier, DocumentPath]]:
    """All modifiers of a document with their places."""
    for i, channel in enumerate(spec.channels):
        if isinstance(channel, BinnedChannel):
            for j, sample in enumerate(channel.samples):
                for k, modifier in enumerate(sample.modifiers):
                    yield modifier, ("channels", i, "samples", j, "modifiers", k)
            continue
        for j, process in enumerate(channel.processes):
            for k, modifier in enumerate(process.modifiers):
                yield modifier, ("channels", i, "processes", j, "modifiers", k)
        for j, base in enumerate(channel.morphing.bases if channel.morphing else ()):
            for k, modifier in enumerate(base.modifiers):
                yield modifier, ("channels", i, "morphing", "bases", j, "modifiers", k)


def monomial_parameters(text: str) -> tuple[str, ...]:
    """The parameters of a monomial, with repetition.

    Raises:
        FormulaError: the text is no product of parameters and of their whole powers.

    Example:
        >>> monomial_parameters("alpha**2*beta")
        ('alpha', 'alpha', 'beta')
    """
    return _factors(parse_formula(text))


def check_names(located: Located, symbols: Symbols, report: Report) -> bool:
    """Whether all names of a formula are known; those that are not are reported."""
    if located.formula.constant:
        return True
    reported: set[str] = set()
    candidates = (*symbols.names, *sorted(located.observables))
    known = frozenset(candidates)
    for node in walk(located.formula.tree):
        if not isinstance(node, Name) or node.name in known | reported:
            continue
        reported.add(node.name)
        if node.name in symbols.sets:
            message = one_of_bins(symbols.sets[node.name])
        else:
            message = f'unknown name "{printable(node.name)}".'
            message += symbols.nearest_to(node.name, candidates)
        report.problem(located.path, message, offset=node.start)
    return not reported


def one_of_bins(found: BinSet) -> str:
    """What to say where the name of a modifier stands for one of its parameters."""
    tail = listed("Parameters", found.components)
    quoted = f"(in formulas in backquotes: `{found.components[0]}`)"
    return f'"{found.name}" has one parameter a bin; name one of them {quoted}.{tail}'


def _factors(node: Node) -> tuple[str, ...]:
    match node:
        case Name():
            return (node.name,)
        case Binary(operator="*"):
            return _factors(node.left) + _factors(node.right)
        case Binary(operator="**", left=Name(name), right=Number(power)):
            if power in range(1, _LARGEST_POWER + 1):
                return (name,) * int(power)
        case _:
            pass
    msg = (
        "expected a product of parameters and their powers, as alpha, alpha**2 or alpha*beta "
        f"(powers up to {_LARGEST_POWER})."
    )
    raise FormulaError(msg, node.start)


def _implied(spec: Spec) -> Iterator[Implied]:
    for modifier, path in modifiers_of(spec):
        named = (*path, "name")
        match modifier:
            case NormFactor():
                yield Implied(modifier.name, "factor", "normfactor", named)
            case NormSys() | HistoSys():
                yield Implied(modifier.name, "nuisance", modifier.type, named)
            case Lumi():
                yield Implied(modifier.name, "lumi", "lumi", named)
            case DensitySys(name=str(name)):
                yield Implied(name, "nuisance", "densitysys", named)
            case DensitySys():
                for text in modifier.data.terms or {}:
                    for name in _parameters_or_none(text):
                        place = (*path, "data", "terms", text)
                        yield Implied(name, "nuisance", "densitysys", place)
            case _:
                pass


def _implied_by_sets(sets: Mapping[str, BinSet]) -> Iterator[Implied]:
    for found in sets.values():
        for name, default in zip(found.components, found.defaults, strict=True):
            yield Implied(name, "bin", found.kind, found.path, default)


def _check_sets(
    sets: Mapping[str, BinSet],
    functions: Mapping[str, DocumentPath],
    implied: Mapping[str, Implied],
    report: Report,
) -> None:
    """The name of a modifier with one parameter a bin means nothing else."""
    for name, found in sets.items():
        if name in functions:
            message = f'"{name}" is a function; only a normfactor may be named by one.'
            report.problem(found.path, message)
        elif name in implied:
            other = implied[name]
            message = (
                f'"{name}" is a {found.kind} here, with one parameter a bin, and the parameter of '
                f"a {other.modifier} at {report.place(other.path)}; one name has one meaning. "
                "Rename one of them."
            )
            report.problem(found.path, message)


def _parameters_or_none(text: str) -> tuple[str, ...]:
    """As `monomial_parameters`; a text that is none is reported where it is resolved."""
    try:
        return tuple(dict.fromkeys(monomial_parameters(text)))
    except StatmodelError:
        return ()


def _check_reserved(named: list[tuple[str, DocumentPath]], report: Report) -> None:
    for name, path in named:
        if name in ARGUMENTS or name in CONSTANTS:
            what = "a function" if name in ARGUMENTS else "a constant"
            report.problem(path, f'"{name}" is {what} of the formula language. Rename it.')


def _check_observables(spec: Spec, others: set[str], report: Report) -> None:
    for i, channel in enumerate(spec.channels):
        if isinstance(channel, BinnedChannel):
            continue
        for j, observable in enumerate(channel.observables):
            path = ("channels", i, "observables", j, "name")
            _check_reserved([(observable.name, path)], report)
            if observable.name in others:
                message = f'"{observable.name}" is a parameter or a function already.'
                report.problem(path, f"{message} Rename the observable.")
