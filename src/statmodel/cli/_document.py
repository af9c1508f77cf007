"""A spec from its file to its resolved form, without JAX."""

from pathlib import Path
from typing import NamedTuple

from statmodel._errors import Problem, SpecErrors
from statmodel.spec import ResolvedSpec, Spec, load_spec, resolve


class Document(NamedTuple):
    """A spec that is in order, and what is suspicious in it."""

    spec: Spec
    resolved: ResolvedSpec
    warnings: tuple[Problem, ...]


def read_document(
    path: Path, *, measurement: str | None = None, root: Path | None = None
) -> Document:
    """Load and resolve.

    Raises:
        SpecErrors: with every problem of the document; its data files are not opened.
    """
    loaded = load_spec(path, root=root)
    resolved, problems, warnings = resolve(loaded, measurement=measurement)
    if resolved is None or problems:
        raise SpecErrors(problems)
    return Document(loaded, resolved, warnings)
