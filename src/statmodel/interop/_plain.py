"""Documents with pyhf's `version` only: what its schema asks for, and whether they say more.

Schema: pyhf 0.7.6, pyhf/schemas/1.0.0/defs.json. Every sample has `modifiers` there, every modifier
`data`, every measurement `parameters`; numbers of parameters stand in lists.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

from statmodel.spec import Spec, build_spec, plain_document

Part: TypeAlias = dict[str, object]

_LISTS: Final = ("inits", "auxdata", "sigmas", "factors")
_SETTING: Final = frozenset({"name", "init", "inits", "bounds", "fixed", *_LISTS})
_WITHOUT_DATA: Final = ("normfactor", "shapefactor", "lumi")


def says_more(spec: Spec) -> bool:
    """Whether a document says something for which pyhf's schema has no place."""
    document = plain_document(spec)
    parts: tuple[tuple[Iterator[Part], frozenset[str]], ...] = (
        (_below([document], "observations"), frozenset({"name", "data"})),
        (_samples(document), frozenset({"name", "data", "modifiers"})),
        (_below(_samples(document), "modifiers"), frozenset({"name", "type", "data"})),
        (_configs(document), frozenset({"poi", "parameters"})),
        (_below(_configs(document), "parameters"), _SETTING),
    )
    modifiers = _below(_samples(document), "modifiers")
    return (
        "measurements" not in document
        or any(one.get("type") == "scalefactor" for one in modifiers)
        or any(not keys.issuperset(part) for found, keys in parts for part in found)
    )


def completed(spec: Spec) -> Spec:
    """The document with what pyhf asks for; itself where nothing is lacking."""
    document = plain_document(spec)
    lacking = "observations" not in document
    document.setdefault("observations", [])
    for part, key in _required(document):
        if key not in part:
            part[key] = None if key == "data" else []
            lacking = True
    for setting in _below(_configs(document), "parameters"):
        lacking = _in_lists(setting) or lacking
    return build_spec(document, origin=spec.origin) if lacking else spec


def _required(document: Part) -> Iterator[tuple[Part, str]]:
    for sample in _samples(document):
        yield sample, "modifiers"
    for modifier in _below(_samples(document), "modifiers"):
        if modifier.get("type") in _WITHOUT_DATA:
            yield modifier, "data"
    for config in _configs(document):
        yield config, "parameters"


def _in_lists(setting: Part) -> bool:
    """Put the numbers of a parameter into lists; whether some were not."""
    changed = "init" in setting
    if changed:
        setting["inits"] = setting.pop("init")
    for key in _LISTS:
        if isinstance(setting.get(key), (int, float)):
            setting[key] = [setting[key]]
            changed = True
    bounds = setting.get("bounds")
    if isinstance(bounds, list) and not isinstance(bounds[0], list):
        setting["bounds"] = [bounds]
        changed = True
    return changed


def _samples(document: Part) -> Iterator[Part]:
    return _below(_below([document], "channels"), "samples")


def _configs(document: Part) -> Iterator[Part]:
    for measurement in _below([document], "measurements"):
        config = measurement.get("config")
        if isinstance(config, dict):
            yield config


def _below(parts: Iterator[Part] | list[Part], key: str) -> Iterator[Part]:
    """The mappings in the lists below a key."""
    for part in parts:
        found = part.get(key)
        yield from (one for one in (found if isinstance(found, list) else ()))
