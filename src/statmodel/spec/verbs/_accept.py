"""From a changed document back to a spec, which must be as sound as the one that it came from."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from statmodel._errors import SpecErrors
from statmodel.spec._document import Spec
from statmodel.spec._origin import Origin
from statmodel.spec._resolve import resolve
from statmodel.spec._source import build_spec


def accepted(document: Mapping[str, object], *before: Spec, verb: str) -> Spec:
    """The spec of a changed document.

    A document that had problems of its own may keep them: a verb may be what cures them.

    Args:
        document: as it is now.
        before: what it was made of; paths to files start where those of the first do.
        verb: what was done, for messages.

    Raises:
        SpecErrors: the document is no spec, or it has problems that it had not before.
    """
    home = before[0].origin
    # Whether paths may leave the folder is asked where data are read, which may be elsewhere.
    anywhere = None if home.folder is None else Path(home.folder.resolve().anchor)
    spec = build_spec(document, origin=Origin(f"after {verb}:", home.folder, anywhere))
    _, problems, _ = resolve(spec)
    if problems and not any(resolve(one)[1] for one in before):
        raise SpecErrors(problems)
    return spec.with_origin(replace(spec.origin, name=home.name, root=home.root))
