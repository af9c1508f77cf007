"""Errors that teach: where, which part of the document, what was got, what was expected, a fix.

Problems of one file are collected and raised once, so that the file is edited once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, final

_NAMES_LISTED: Final = 12
_LONGEST_COMPARED: Final = 80
_READ: Final = 10_000  # characters of a message, or of a text quoted in it


class StatmodelError(Exception):
    """Base of every error that this package raises about its inputs."""


@final
@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, in words.

    Attributes:
        where: `file.yaml:41:9`, a file alone, or empty.
        path: the place in the document, as `channels[2].processes[0].yield`; may be empty.
        message: what was got, what was expected, the fix; one to three sentences.
    """

    where: str
    path: str
    message: str

    def __str__(self) -> str:
        head = " ".join(part for part in (self.where, self.path) if part)
        # A position alone ends in a number and needs no colon: `a.yaml:1:4 this is no YAML`.
        text = f"{head}{':' if self.path else ''} {self.message}".strip()
        return printable(text, longest=None)


@final
class SpecErrors(StatmodelError):
    """Everything that is wrong in a spec, in the order of the file. Nothing has been loaded.

    Attributes:
        problems: the problems, without repetition, sorted by position.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = sort_problems(problems)
        count = len(self.problems)
        head = f"{count} problem{'' if count == 1 else 's'} in the spec:"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


@final
class SpecWarning(UserWarning):
    """A spec that compiles, but says something that is probably not meant."""


@final
class DataError(StatmodelError):
    """A data file or table that cannot serve the spec that names it."""


@final
class CampaignError(StatmodelError):
    """A campaign that cannot go on, or a folder that holds another one."""


@final
class PrecisionError(StatmodelError):
    """The likelihood needs 64-bit numbers, and they have been switched off."""


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems without repetition, by file, line and column; those of one place keep their order.

    Example:
        >>> late, early = Problem("a.yaml:10:1", "", "x"), Problem("a.yaml:9:1", "", "y")
        >>> [str(problem) for problem in sort_problems([late, early, late])]
        ['a.yaml:9:1 y', 'a.yaml:10:1 x']
    """
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: _position(problem.where)))


def printable(text: str, longest: int | None = 60) -> str:
    r"""A text on one line, without control characters, cut where it is long.

    Example:
        >>> printable("a" + chr(10) + "b"), printable("abcdefgh", longest=6)
        ('a\\nb', 'abc...')
    """
    shown = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text[:_READ])
    return shown if longest is None or len(shown) <= longest else f"{shown[: longest - 3]}..."


def counted(number: int, one: str) -> str:
    """A number of things.

    Example:
        >>> counted(1, "bin"), counted(0, "bin")
        ('1 bin', '0 bins')
    """
    return f"{number} {one}{'' if number == 1 else 's'}"


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was probably meant to be, or None.

    One in three letters may differ (swapped neighbours count once); capitals do not count.

    Example:
        >>> nearest("kapa_l", ["kappa_t", "kappa_l"])
        'kappa_l'
        >>> nearest("kapa_l", ["mu"]) is None
        True
    """
    if len(name) > _LONGEST_COMPARED:
        return None
    best: tuple[int, str] | None = None
    for candidate in candidates:
        allowed = max(1, max(len(name), len(candidate)) // 3)
        if abs(len(name) - len(candidate)) > allowed or len(candidate) > _LONGEST_COMPARED:
            continue
        distance = _edits(name.lower(), candidate.lower())
        if (
            distance <= allowed
            and distance < len(candidate)
            and (best is None or distance < best[0])
        ):
            best = (distance, candidate)
    return None if best is None else best[1]


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """` Did you mean "x"?`, or nothing where no candidate is near.

    Example:
        >>> did_you_mean("sigm", ["mean", "sigma"])
        ' Did you mean "sigma"?'
    """
    found = nearest(name, candidates)
    return "" if found is None else f' Did you mean "{printable(found)}"?'


def listed(head: str, names: Iterable[str]) -> str:
    """` Declared: a, b, c.`, at most a dozen names.

    Example:
        >>> listed("Declared", ["a", "b"]), listed("Declared", [])
        (' Declared: a, b.', ' Declared: none.')
    """
    every = [printable(name) for name in names]
    shown = ", ".join(every[:_NAMES_LISTED]) or "none"
    more = f" and {len(every) - _NAMES_LISTED} more" if len(every) > _NAMES_LISTED else ""
    return f" {head}: {shown}{more}."


def suggestion(name: str, candidates: Iterable[str], head: str = "Declared") -> str:
    """The nearest name, and the list of all of them."""
    every = list(candidates)
    return did_you_mean(name, every) + listed(head, every)


def _position(where: str) -> tuple[str, int, int]:
    file, _, rest = where.rpartition(":")
    file, _, line = file.rpartition(":")
    if line.isdecimal() and rest.isdecimal():
        return (file, int(line), int(rest))
    return (where, 0, 0)


def _edits(left: str, right: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours that lead from one to the other.

    (Optimal string alignment: F. Damerau, Commun. ACM 7 (1964) 171.)
    """
    before: list[int] = []
    above = list(range(len(right) + 1))
    for i, a in enumerate(left):
        row = [i + 1]
        for j, b in enumerate(right):
            cost = min(above[j + 1] + 1, row[j] + 1, above[j] + (a != b))
            if i and j and a == right[j - 1] and left[i - 1] == b:
                cost = min(cost, before[j - 1] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
