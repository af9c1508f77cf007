"""From a file or a text to a `Spec`, or to every problem at once."""

import copy
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from pydantic import ValidationError

from statmodel._errors import Problem, SpecErrors, listed

from ._document import PYHF_VERSION, Spec
from ._json import json_positions, read_json
from ._messages import got, problems_of
from ._origin import Origin, Written, problem_at
from ._yaml import Plain, SyntaxProblem, read_yaml

Format: TypeAlias = Literal["yaml", "json"]

# Bytes. YAML is read at some 5 s a megabyte, JSON at 0.05 s.
LARGEST: Final = MappingProxyType[Format, int]({"json": 64 * 2**20, "yaml": 8 * 2**20})
VERSION: Final = "1"
_PYHF_KEYS: Final = ("channels", "measurements", "observations", "version")
_BYTE_ORDER_MARK: Final = "\ufeff"
_OTHER_ENCODINGS: Final = (b"\xff\xfe", b"\xfe\xff")


def load_spec(path: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None) -> Spec:
    """The spec of a file: JSON where its name ends so, YAML otherwise.

    Args:
        path: the file.
        root: paths in the document may lead anywhere below this folder; without it they may
            not leave the folder of the file.

    Raises:
        SpecErrors: every problem of form, each with its place.
    """
    file = Path(path)
    name = str(file)
    language = _format_of(file)
    try:
        size = file.stat().st_size
        content = file.read_bytes() if size <= LARGEST[language] else b""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SpecErrors([Problem(name, "", f"cannot be read: {reason}.")]) from error
    if size > LARGEST[language]:
        raise SpecErrors([_too_large(name, size, language)])
    origin_root = None if root is None else Path(root)
    origin = Origin(name, file.parent, origin_root)
    return _parsed(_decoded(content, name), language, origin)


def parse_spec(text: str, *, format: Format = "yaml", name: str = "<text>") -> Spec:
    """The spec of a text.

    Args:
        text: the document.
        format: its language.
        name: what messages call it.

    Raises:
        SpecErrors: every problem of form, each with its place.

    Example:
        >>> parse_spec('statmodel: "2"')
        Traceback (most recent call last):
        ...
        statmodel._errors.SpecErrors: 1 problem in the spec:
          <text>:1:12 statmodel: got "2", expected "1", the version of the format that is read here.
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] (users' types)
        found = type(text).__name__
        msg = f"`parse_spec` takes the text of a document, not a {found}; for values: build_spec"
        raise TypeError(msg)
    size = len(text)
    if size > LARGEST[format]:
        raise SpecErrors([_too_large(name, size, format)])
    return _parsed(text.removeprefix(_BYTE_ORDER_MARK), format, Origin(name))


def _format_of(file: Path) -> Format:
    return "json" if file.suffix.lower() == ".json" else "yaml"


def _too_large(name: str, size: int, language: Format) -> Problem:
    message = f"has {size} bytes; of {language} at most {LARGEST[language]} are read."
    message += " Move data to files."
    return Problem(name, "", message)


def _decoded(content: bytes, name: str) -> str:
    if content.startswith(_OTHER_ENCODINGS):
        message = "this is UTF-16 text; save the file as UTF-8."
        raise SpecErrors([Problem(f"{name}:1:1", "", message)])
    try:
        return content.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        message = f"the byte 0x{content[error.start]:02x} is no UTF-8; save the file as UTF-8."
        raise SpecErrors([Problem(f"{name}:{line}:{column}", "", message)]) from error


def _parsed(text: str, language: Format, source: Origin) -> Spec:
    try:
        if language == "json":
            value, problems = read_json(text, source.name)
            positions = json_positions(text)
            again = _read_again(text)
        else:
            value, positions, problems = read_yaml(text, source.name)
            again = _copied(value)
    except SyntaxProblem as error:
        raise SpecErrors([error.problem]) from error
    if not is_unicode(text, value):
        message = "the text contains half of a surrogate pair, which stands for no character."
        raise SpecErrors([Problem(source.name, "", message)])
    origin = Origin(source.name, source.folder, source.root, positions)
    return _validated(value, origin, again, problems)


def build_spec(document: Mapping[str, object], *, origin: Origin | None = None) -> Spec:
    """The spec of plain values: mappings, lists, texts and numbers, as JSON has them.

    Args:
        document: the whole document.
        origin: where paths in it start, and what messages call it.

    Raises:
        SpecErrors: every problem of form.

    Example:
        >>> sample = {"name": "b", "data": [5], "modifiers": []}
        >>> channel = {"name": "SR", "samples": [sample]}
        >>> build_spec({"version": "1.0.0", "channels": [channel]}).channels[0].name
        'SR'
    """
    value = copy.deepcopy(dict(document))
    return _validated(value, origin or Origin(), _copied(value), ())


def spec_of(
    document: str | os.PathLike[str] | Mapping[str, object] | Spec,
    *,
    root: str | os.PathLike[str] | None = None,
) -> Spec:
    """The spec that a file, plain values or a spec are.

    Args:
        document: what is read, built or taken.
        root: as in `load_spec`; of what is no file, the folder where its paths start.

    Raises:
        SpecErrors: every problem of form.
    """
    if isinstance(document, str | os.PathLike):
        return load_spec(document, root=root)
    found = document if isinstance(document, Spec) else build_spec(document)
    if root is None:
        return found
    folder = found.origin.folder or Path(root)
    return found.with_origin(replace(found.origin, root=Path(root), folder=folder))


def plain_document(spec: Spec) -> dict[str, object]:
    """The plain values of a spec, with whole numbers where they were written so.

    A copy: to change it changes nothing else.
    """
    written = spec.origin.written
    if written is not None and _same(written.fields, _fields(spec)):
        return written.read()
    return spec.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _fields(spec: Spec) -> tuple[object, ...]:
    return tuple(value for _, value in spec)


def _same(left: tuple[object, ...], right: tuple[object, ...]) -> bool:
    """Whether two specs have the very same parts: one may be a changed copy of the other."""
    return all(a is b for a, b in zip(left, right, strict=True))


def _read_again(text: str) -> Callable[[], dict[str, object]]:
    def read() -> dict[str, object]:
        value, _ = read_json(text, "")
        return value if isinstance(value, dict) else {}

    return read


def _copied(value: Plain) -> Callable[[], dict[str, object]]:
    return lambda: copy.deepcopy(value) if isinstance(value, dict) else {}


def _validated(
    value: Plain,
    origin: Origin,
    again: Callable[[], dict[str, object]],
    problems: tuple[Problem, ...],
) -> Spec:
    if foreign := _foreign(value, origin):
        raise SpecErrors([*problems, foreign])
    try:
        spec = Spec.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        # What is refused for its form, such as an alias, has no value to complain about.
        refused = {problem.where for problem in problems}
        found = [p for p in problems_of(details, Spec, origin) if p.where not in refused]
        raise SpecErrors([*problems, *found]) from error
    if problems:
        raise SpecErrors(problems)
    return spec.with_origin(replace(origin, written=Written(_fields(spec), again)))


def is_unicode(text: str, value: Plain) -> bool:
    """Whether a text and the texts that its escapes make can be written to a file."""
    try:
        text.encode()
        if "\\u" in text or "\\U" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _foreign(value: Plain, origin: Origin) -> Problem | None:
    """The problem of a document that is no spec of this version."""
    if not isinstance(value, dict):
        message = f'got {got(value)}, expected a mapping that begins with `statmodel: "1"`.'
        return problem_at(origin, (), message)
    version = value.get("statmodel")
    if version == VERSION:
        return None
    if "statmodel" in value:
        cure = ' Put it in quotes: "1".' if version == 1 and version is not True else ""
        expected = f'expected "{VERSION}", the version of the format that is read here.'
        message = f"got {got(version)}, {expected}{cure}"
        return problem_at(origin, ("statmodel",), message)
    if "version" in value:
        return _wrong_pyhf(value, origin)
    message = f'the key "statmodel" is missing; a spec begins with `statmodel: "{VERSION}"`.'
    return problem_at(origin, (), message + listed("Keys here", value))


def _wrong_pyhf(value: Mapping[str, object], origin: Origin) -> Problem | None:
    """Why a document without `statmodel` is no pyhf workspace, or None."""
    if value["version"] != PYHF_VERSION:
        message = (
            f'got {got(value["version"])}; the `version` of a pyhf workspace is "{PYHF_VERSION}". '
            f'A spec begins with `statmodel: "{VERSION}"`.'
        )
        return problem_at(origin, ("version",), message)
    if "patches" in value and "channels" not in value:
        message = "this is a pyhf patchset; expected the workspace that it changes."
        return problem_at(origin, ("patches",), message, key=True)
    cure = f'a pyhf workspace has {{what}}; add `statmodel: "{VERSION}"` to the document.'
    for key in value:
        if key in Spec.model_fields and key not in _PYHF_KEYS:
            message = cure.format(what=f"no `{key}`")
            return problem_at(origin, (key,), message, key=True)
    found = value.get("channels")
    channels: list[object] = found if isinstance(found, list) else []
    for i, channel in enumerate(channels):
        if isinstance(channel, dict) and channel.get("type") == "unbinned":
            path = ("channels", i, "type")
            message = cure.format(what="no unbinned channels")
            return problem_at(origin, path, message)
    return None
