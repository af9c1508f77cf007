"""Digests of documents: the hash of the JSON text with sorted keys, as `pyhf.utils.digest` has it.

A number counts as it was written: 1 and 1.0 are different texts.
"""

import hashlib
import json
from typing import Final, Literal, TypeAlias

from statmodel.spec._document import Spec
from statmodel.spec._source import plain_document

Algorithm: TypeAlias = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def digest(spec: Spec, *, algorithm: Algorithm = "sha256") -> str:
    """The digest of a document; of a pyhf workspace it is pyhf's.

    Files that the document names are not read.

    Args:
        spec: the document.
        algorithm: one of those of Python's `hashlib`.

    Raises:
        ValueError: the algorithm is unknown.
    """
    if algorithm not in ALGORITHMS:
        msg = f"`digest(algorithm=...)` must be one of {', '.join(ALGORITHMS)}, got {algorithm!r}."
        raise ValueError(msg)
    text = json.dumps(plain_document(spec), sort_keys=True, ensure_ascii=False)
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()
