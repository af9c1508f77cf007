"""ROOT files: the branches of a TTree, or the fields of an RNTuple, named by `key`.

Without a key the table is the only tree of the file. Branches are read one at a time and by name:
uproot's expressions, which run Python, are never used. This module needs uproot and is loaded only
when such a file is read.
"""

import abc
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, cast, runtime_checkable

import numpy as np
import uproot
from uproot.deserialization import DeserializationError

from statmodel._errors import DataError, did_you_mean, listed

from ._formats import Format, RawColumn, Refused, as_float

_TREES: Final = frozenset({"TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple"})


@runtime_checkable
class Branch(Protocol):
    """What is used of a branch or field; uproot's own classes carry no types."""

    typename: str

    @abc.abstractmethod
    def array(self, *, library: str) -> np.ndarray:
        """All values, as an array of `library`."""


@runtime_checkable
class Tree(Protocol):
    """What is used of a TTree or RNTuple."""

    @abc.abstractmethod
    def keys(self) -> Sequence[str]:
        """Names of the branches."""

    @abc.abstractmethod
    def __getitem__(self, name: str) -> Branch:
        """A branch."""


@contextmanager
def _opened(path: Path, key: str | None) -> Generator[Tree, None, None]:
    """The tree of the file; whatever a damaged file makes uproot raise becomes one message."""
    try:
        # Opened as an object, not by name: in a name, uproot gives colons and schemes a meaning.
        with path.open("rb") as stream, uproot.ReadOnlyFile(stream) as file:
            top = file.root_directory
            kinds = cast("Mapping[str, str]", top.classnames(recursive=True, cycle=False))
            trees = [name for name, kind in kinds.items() if kind in _TREES]
            yield cast("Tree", top[_choose(path, trees, key)])
    except (OSError, ValueError, KeyError, DeserializationError) as error:
        message = f"{path.name}: cannot be read as ROOT: {error}"
        raise DataError(message) from error


def _choose(path: Path, trees: Sequence[str], key: str | None) -> str:
    if key is not None:
        name = key.strip("/")
        if name.split(";", maxsplit=1)[0] in trees:
            return name
        message = f'{path.name}: no tree "{key}".{did_you_mean(name, trees)}'
        raise DataError(message + listed("Trees", trees))
    if len(trees) == 1:
        return trees[0]
    message = f"{path.name}: holds {len(trees)} trees; name one with `key`."
    raise DataError(message + listed("Trees", trees))


def _column(branch: Branch) -> RawColumn:
    if isinstance(branch, uproot.TBranch) and not isinstance(branch.interpretation, uproot.AsDtype):
        return Refused(branch.typename)
    values = branch.array(library="np")
    return Refused(branch.typename) if values.dtype.kind in "OUS" else as_float(values)


def _names(path: Path, key: str | None) -> tuple[str, ...]:
    with _opened(path, key) as tree:
        return tuple(tree.keys())


def _read(path: Path, names: Sequence[str], key: str | None) -> Mapping[str, RawColumn]:
    with _opened(path, key) as tree:
        return {name: _column(tree[name]) for name in names}


ROOT = Format(title="ROOT", names=_names, read=_read, keyed=True)
