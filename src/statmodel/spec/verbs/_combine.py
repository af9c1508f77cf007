"""Two documents as one: their channels side by side, what has one name being one thing."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from statmodel._errors import Problem, SpecErrors, printable
from statmodel.spec._document import InterpolationDefaults, Spec
from statmodel.spec._resolve import resolve
from statmodel.spec._resolved import ResolvedParameter
from statmodel.spec._source import plain_document

from ._accept import accepted
from ._join import Join, join_measurements, join_parts, problem, repeated
from ._parts import Part, components, entries, text_of
from ._rebase import rebase_document

# Lists that a pyhf workspace has not. They hold what both sides may mean, so equal parts are
# merged in every join.
_SHARED: Final = ("parameters", "functions", "constraints", "focus")
_JOINED: Final = ("channels", "observations", "measurements")
_COMPONENTS: Final = ("samples", "processes")
_CURE: Final = " Rename one of them, or join by `outer`, `left outer` or `right outer`."
_SAFER: Final = " Change one of them, or take one side's by `left outer` or `right outer`."
_Interpolated: TypeAlias = Literal["normsys", "densitysys", "histosys"]


def combine(left: Spec, right: Spec, *, join: Join = "none", merge_channels: bool = False) -> Spec:
    """One document of two: a modifier or parameter of one name is one parameter.

    As `pyhf.Workspace.combine`. The joins: `none`, no channel, observation or measurement may be in
    common; `outer`, what is in common must be equal, and measurements of one name and with one
    parameter of interest become one; `left outer` and `right outer`, what is in common is taken
    from that side, unlike as it may be.

    Two pyhf workspaces give one. Otherwise parameters, functions, joint constraints and focus
    densities are joined too; those in common must be equal unless one side is chosen, and so must
    be what the two sides mean by a parameter that one of them declares. Modifiers of the side that
    is not first keep their interpolation. Paths of data files start where those of the left do.

    Args:
        left: a document.
        right: another.
        join: how.
        merge_channels: whether channels of one name are merged, sample by sample; not with `none`.

    Raises:
        SpecErrors: every conflict, or the outcome is no sound spec.
        ValueError: the join is unknown, or does not go with `merge_channels`.
    """
    if join not in get_args(Join):
        msg = f"`combine(join=...)` must be one of {', '.join(get_args(Join))}, got {join!r}."
        raise ValueError(msg)
    if merge_channels and join == "none":
        msg = "`combine(merge_channels=True)` goes with outer, left outer and right outer joins."
        raise ValueError(msg)
    one, other = plain_document(left), plain_document(right)
    rebase_document(other, right.origin.folder or Path(), left.origin.folder or Path())
    first, second = (right, left) if join == "right outer" else (left, right)
    a, b = (other, one) if join == "right outer" else (one, other)
    _keep_interpolation(first, second, b)
    problems = list(_joined(join, a, b, deep=_COMPONENTS if merge_channels else ()))
    if join in ("none", "outer"):
        problems += _meanings(left, right)
    else:
        _first_decides(first, second, a)
    if problems:
        raise SpecErrors(problems)
    if include := [*entries(a, "include"), *_new(entries(a, "include"), entries(b, "include"))]:
        a["include"] = include
    for key in ("statmodel", "version", "interpolation"):
        if key in b:
            a.setdefault(key, b[key])
    return accepted(a, left, right, verb="combine")


def _joined(join: Join, a: Part, b: Part, *, deep: tuple[str, ...]) -> Iterator[Problem]:
    """Join the lists of `b` into `a`; yields the conflicts."""
    for key in (*_JOINED, *_SHARED):
        if key not in a and key not in b:
            continue
        here, there = entries(a, key), entries(b, key)
        what = key.removesuffix("s")
        if key == "measurements" and join == "outer":
            a[key], wrong = join_measurements(here, there)
            yield from (problem(f"{message}{_SAFER}") for message in wrong)
            continue
        way: Join = "outer" if join == "none" and key in _SHARED else join
        merged = join_parts(way, here, there, deep=deep if key == "channels" else ())
        for name in repeated(merged):
            stands = f'the {what} "{printable(name)}" stands on both sides'
            if way == "none":
                yield problem(f"{stands}.{_CURE}")
            elif way == "outer":
                yield problem(f"{stands}, and differs.{_SAFER}")
        a[key] = merged


def _new(here: list[Part], there: list[Part]) -> Iterator[Part]:
    return (one for one in there if one not in here)


def _keep_interpolation(first: Spec, second: Spec, document: Part) -> None:
    """Write into modifiers what the defaults of their document were, where the other's differ."""
    codes = _differing(first.interpolation, second.interpolation)
    for channel in entries(document, "channels"):
        for component in components(channel):
            for modifier in entries(component, "modifiers"):
                code = codes.get(text_of(modifier, "type"))
                if code is not None and "terms" not in str(modifier.get("data")):
                    modifier.setdefault("interpolation", code)


def _differing(first: InterpolationDefaults, second: InterpolationDefaults) -> dict[str, str]:
    pairs: tuple[tuple[_Interpolated, str, str], ...] = (
        ("normsys", first.normsys, second.normsys),
        ("densitysys", first.densitysys, second.densitysys),
        ("histosys", first.histosys, second.histosys),
    )
    return {kind: own for kind, default, own in pairs if own != default}


def _meanings(left: Spec, right: Spec) -> Iterator[Problem]:
    """Parameters of both sides that one of them declares, and that would change on the other."""
    declared = {one.name for spec in (left, right) for one in spec.parameters}
    if not declared:
        return
    here, there = _parameters(left), _parameters(right)
    both = {one.name: one for one in left.parameters}
    for one in right.parameters:
        if both.get(one.name) not in (None, one):
            declared.discard(one.name)  # told as two declarations that differ
    for name in sorted(declared & here.keys() & there.keys()):
        unlike = list(_unlike(here[name], there[name]))
        if unlike:
            yield problem(
                f'the parameter "{printable(name)}" means two things: {"; ".join(unlike)}.{_SAFER}'
            )


def _first_decides(first: Spec, second: Spec, document: Part) -> None:
    """Leave out declarations of the second side that would change what the first one means."""
    known = _parameters(first)
    own = {one.name for one in first.parameters}
    other = _parameters(second)
    changed = {
        name for name in known.keys() & other.keys() - own if any(_unlike(known[name], other[name]))
    }
    if changed and "parameters" in document:
        every = entries(document, "parameters")
        document["parameters"] = [one for one in every if text_of(one) not in changed]


def _parameters(spec: Spec) -> dict[str, ResolvedParameter]:
    resolved, _, _ = resolve(spec)
    return {} if resolved is None else {one.name: one for one in resolved.parameters}


def _unlike(left: ResolvedParameter, right: ResolvedParameter) -> Iterator[str]:
    rows: Iterable[tuple[str, object, object]] = (
        ("init", left.init, right.init),
        ("bounds", list(left.bounds), list(right.bounds)),
        ("fixed", left.fixed, right.fixed),
        ("constraint", left.constraint, right.constraint),
    )
    for what, here, there in rows:
        if here != there:
            yield f"{what} {here} on the left, {there} on the right"
