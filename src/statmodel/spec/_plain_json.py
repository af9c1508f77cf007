"""JSON that is no spec, as a patch: its plain value, with the places of its parts."""

import math
import re
from collections.abc import Iterator
from typing import Final

from statmodel._errors import Problem, SpecErrors

from ._json import json_positions, read_json
from ._messages import got
from ._numbers import BEYOND, Beyond
from ._origin import DocumentPath, Origin, problem_at
from ._source import is_unicode
from ._yaml import Plain, SyntaxProblem

# A text without these has no number that is not finite; patchsets are large.
_DOUBTFUL: Final = re.compile(r"NaN|Infinity|[eE]\+?[0-9]{3}|[0-9]{309}")


def read_plain_json(text: str, *, name: str) -> tuple[Plain, Origin]:
    """The value of a JSON text, and where its parts stand.

    Args:
        text: the document.
        name: the file, as messages call it.

    Raises:
        SpecErrors: the text is no JSON, nests too deep, has a key twice, or numbers that are not
            finite: every one of them.
    """
    if not text.strip():
        raise SpecErrors([Problem(name, "", "the document is empty.")])
    try:
        value, repeated = read_json(text, name)
    except SyntaxProblem as error:
        raise SpecErrors([error.problem]) from error
    origin = Origin(name, positions=json_positions(text))
    if not is_unicode(text, value):
        message = "the text contains half of a surrogate pair, which stands for no character."
        raise SpecErrors([Problem(name, "", message)])
    doubtful = () if _DOUBTFUL.search(text) is None else not_finite(value, origin)
    if problems := [*repeated, *doubtful]:
        raise SpecErrors(problems)
    return value, origin


def not_finite(value: object, origin: Origin, path: DocumentPath = ()) -> Iterator[Problem]:
    """One problem for each number of a plain value that is NaN or infinite.

    Args:
        value: the value; places are looked for only where there is a problem.
        origin: of the document.
        path: place of the value in it.
    """
    pending: list[tuple[object, DocumentPath]] = [(value, path)]
    while pending:
        part, place = pending.pop()
        if isinstance(part, dict):
            pending += [(below, (*place, key)) for key, below in part.items()]
        elif isinstance(part, list):
            pending += [(below, (*place, i)) for i, below in enumerate(part)]
        elif isinstance(part, float) and not math.isfinite(part):
            cure = BEYOND if isinstance(part, Beyond) else ""
            yield problem_at(origin, place, f"got {got(part)}, expected a finite number.{cure}")
