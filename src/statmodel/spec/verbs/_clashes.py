"""Modifiers that would get one name and one type on one sample, where each stands once."""

from collections.abc import Callable, Iterator
from typing import Final

from statmodel._errors import Problem, SpecErrors, printable
from statmodel.spec._document import Spec
from statmodel.spec._origin import DocumentPath, locate, path_text
from statmodel.spec._symbols import modifiers_of

_SHOWN: Final = 3


def check_clashes(spec: Spec, parameter: Callable[[str], str]) -> None:
    """Refuse new names that make two modifiers of a sample one, each pair of names once.

    Args:
        spec: the document, before anything is renamed.
        parameter: gives the new name of a parameter.

    Raises:
        SpecErrors: a problem for each type and each two names, with the first places.
    """
    first: dict[tuple[DocumentPath, str, str], str] = {}
    places: dict[tuple[str, str, str], list[DocumentPath]] = {}
    for modifier, path in modifiers_of(spec):
        if modifier.name is None:
            continue
        key = (path[:-2], modifier.type, parameter(modifier.name))
        other = first.setdefault(key, modifier.name)
        if other != modifier.name:
            one, two = sorted((other, modifier.name))
            places.setdefault((modifier.type, one, two), []).append(path[:-2])
    problems = list(_problems(spec, places, parameter))
    if problems:
        raise SpecErrors(problems)


def _problems(
    spec: Spec,
    places: dict[tuple[str, str, str], list[DocumentPath]],
    parameter: Callable[[str], str],
) -> Iterator[Problem]:
    for (kind, one, other), found in places.items():
        shown = ", ".join(path_text(path) for path in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        count = "one sample has" if len(found) == 1 else f"{len(found)} samples have"
        message = (
            f'{count} a {kind} "{printable(one)}" and a {kind} "{printable(other)}", and both '
            f'would be "{printable(parameter(one))}": {shown}{more}. Remove one of them there '
            "first."
        )
        yield Problem(locate(spec.origin, found[0]), "", message)
