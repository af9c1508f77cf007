"""Labels as they can be drawn: LaTeX that matplotlib cannot read gives way to the plain name.

A label is found wrong when it is drawn, which is after a fit: no reason to lose the picture.
"""

import warnings
from collections.abc import Mapping

from matplotlib.cbook import is_math_text
from matplotlib.mathtext import MathTextParser

from statmodel._errors import SpecWarning


def readable(label: str, plain: str, *, of: str = "") -> str:
    """The label, or where it cannot be drawn a plain text, with a warning.

    Args:
        label: text, LaTeX between dollars.
        plain: what is drawn instead, letter by letter.
        of: what is labelled, for the warning; `plain` unless given.
    """
    problem = _problem(label)
    if not problem:
        return label
    warnings.warn(
        f"the label {label!r} of {of or plain} cannot be drawn ({problem}); plain text stands "
        "instead",
        SpecWarning,
        stacklevel=2,
    )
    return plain.replace("$", r"\$")


def readable_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """All labels by name; see `readable`."""
    return {name: readable(label, name) for name, label in labels.items()}


def _problem(label: str) -> str:
    """Why a label cannot be drawn, in a line; empty where it can."""
    if not is_math_text(label):
        return ""
    try:
        MathTextParser("path").parse(label)
    except ValueError as error:
        # The last line tells what was expected; those before it point at the place.
        return str(error).strip().splitlines()[-1]
    return ""


def shortened(name: str, longest: int) -> str:
    """A plain name as it is drawn, letter by letter; a long one without its middle.

    Example:
        >>> shortened("alpha", 5), shortened("background_of_top_quarks", 12)
        ('alpha', 'backgr…uarks')
    """
    if len(name) > longest:
        kept = longest - 1
        name = f"{name[: kept - kept // 2]}…{name[len(name) - kept // 2 :]}"
    return name.replace("$", r"\$")
