"""Names that the caller of a verb gives must be there."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from statmodel._errors import Problem, SpecErrors, did_you_mean, listed, printable
from statmodel.spec._document import Spec

from ._brought import Brought, Cure


class Asked(NamedTuple):
    """Names that the caller gave.

    Attributes:
        what: that they are names of, in the singular.
        names: as given.
        known: those that there are in the document itself.
    """

    what: str
    names: Iterable[str]
    known: tuple[str, ...]


def check_known(spec: Spec, included: Sequence[Brought], cure: Cure, *asked: Asked) -> None:
    """Refuse names that the document lacks, all at once.

    Each is told with the file from which it comes, or with the nearest name.

    Args:
        spec: the document.
        included: what it includes.
        cure: what to do about a name that comes from there.
        asked: the names.

    Raises:
        SpecErrors: a problem for each.
    """
    problems = [
        problem
        for one in asked
        for name in one.names
        if name not in one.known
        for problem in _unknown(spec, included, cure, one, name)
    ]
    if problems:
        raise SpecErrors(problems)


def _unknown(
    spec: Spec, included: Sequence[Brought], cure: Cure, one: Asked, name: str
) -> Iterator[Problem]:
    bringing = [entry for entry in included if entry.has(one.what, name)]
    for entry in bringing:
        yield entry.problem(one.what, name, cure(one.what, name, entry))
    if not bringing:
        message = f'there is no {one.what} "{printable(name)}".{did_you_mean(name, one.known)}'
        known = listed(f"{one.what[:1].upper()}{one.what[1:]}s", one.known)
        yield Problem(spec.origin.name, "", message + known)
