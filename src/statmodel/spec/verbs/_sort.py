"""Documents in alphabetical order, so that two that say the same read the same."""

from collections.abc import Mapping

from statmodel.spec._document import Spec
from statmodel.spec._source import plain_document

from ._accept import accepted
from ._parts import COMPONENTS, entries, inner, text_of

_LISTS = (
    "parameters", "functions", "constraints", "channels", "observations", "focus", "measurements",
)  # fmt: skip


def sort(spec: Spec) -> Spec:
    """Every list of named parts in the order of the names; modifiers by name, then by type.

    As `pyhf.Workspace.sorted`. Parts with the same name keep their order. The first measurement is
    the one that is compiled unless one is named: it may be another one afterwards. The order of
    `pois` is kept.
    """
    document = plain_document(spec)
    for key in _LISTS:
        _sort(document, key)
    for channel in entries(document, "channels"):
        for *above, last in COMPONENTS:
            place = inner(channel, above[0]) if above else channel
            _sort(place, last)
            for component in entries(place, last):
                _sort(component, "modifiers")
    for measurement in entries(document, "measurements"):
        _sort(inner(measurement, "config"), "parameters")
    return accepted(document, spec, verb="sort")


def _sort(part: dict[str, object], key: str) -> None:
    if key in part:
        part[key] = sorted(entries(part, key), key=_order)


def _order(part: Mapping[str, object]) -> tuple[str, str]:
    return (text_of(part), text_of(part, "type"))
