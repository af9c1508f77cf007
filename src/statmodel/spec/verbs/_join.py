"""Lists of named parts, joined as tables of a data base are: what one has, and the other lacks.

none: all of both, nothing in common; outer: all of both, common parts must be equal; left outer and
right outer: all of one side, and of the other what the first has not by name.
(pyhf 0.7.6, pyhf/workspace.py, `_join_items`.)
"""

from collections import Counter
from typing import Literal, TypeAlias

from statmodel._errors import Problem, printable

from ._parts import Part, entries, inner, text_of

Join: TypeAlias = Literal["none", "outer", "left outer", "right outer"]


def join_parts(
    join: Join, first: list[Part], second: list[Part], *, deep: tuple[str, ...] = ()
) -> list[Part]:
    """The parts of the first list, then those of the second that are to join them.

    Args:
        join: how; `right outer` is `left outer` with the lists exchanged by the caller.
        first: parts with names.
        second: parts with names.
        deep: keys of lists; parts of one name are merged by what those hold.
    """
    joined = list(first)
    by_name = {text_of(part): part for part in reversed(first)}
    for part in second:
        same = by_name.get(text_of(part))
        if deep and same is not None:
            for key in deep:
                if key in same and key in part:
                    same[key] = join_parts("left outer", entries(same, key), entries(part, key))
        elif join == "none" or (join == "outer" and part not in first) or same is None:
            joined.append(part)
    return joined


def join_measurements(first: list[Part], second: list[Part]) -> tuple[list[Part], list[str]]:
    """Measurements in an outer join: those of one name become one; and what speaks against it.

    They must ask for the same parameters of interest, and agree on the settings they both have.
    """
    others = {text_of(part): part for part in second}
    joined: list[Part] = []
    wrong: list[str] = []
    for part in first:
        name = text_of(part)
        other = others.pop(name, None)
        if other is None or other == part:
            joined.append(part)
            continue
        here, there = inner(part, "config"), inner(other, "config")
        if _interest(here) != _interest(there):
            wrong.append(
                f'the measurement "{printable(name)}" has the parameters of interest '
                f"{_said(here)} on the left, {_said(there)} on the right."
            )
        settings = join_parts("outer", entries(here, "parameters"), entries(there, "parameters"))
        wrong += [
            f'the measurement "{printable(name)}" has settings of "{printable(one)}" on the left '
            "and other ones on the right."
            for one in repeated(settings)
        ]
        if settings or "parameters" in here:
            here["parameters"] = settings
        joined.append(part)
    return [*joined, *others.values()], wrong


def repeated(parts: list[Part]) -> list[str]:
    """The names that stand more than once."""
    return [name for name, count in Counter(map(text_of, parts)).items() if count > 1]


def problem(message: str) -> Problem:
    """A problem of two documents, which has no place in one of them."""
    return Problem("", "", message)


def _interest(config: Part) -> list[object]:
    several = config.get("pois")
    if isinstance(several, list):
        return several
    return [config["poi"]] if config.get("poi") else []


def _said(config: Part) -> str:
    return ", ".join(printable(str(name)) for name in _interest(config)) or "none"
