"""JSON files that are no specs."""

import os
from pathlib import Path
from typing import NoReturn

from statmodel._errors import Problem, SpecErrors
from statmodel.spec import DocumentPath, Origin, problem_at, read_plain_json


def read_json_file(path: str | os.PathLike[str]) -> tuple[object, Origin]:
    """The value of a JSON file, and where its parts stand.

    Raises:
        SpecErrors: the file cannot be read, is no JSON, or holds numbers that are not finite.
    """
    name = str(path)
    try:
        text = Path(path).read_text("utf-8-sig")
    except OSError as error:
        raise SpecErrors([Problem(name, "", f"cannot be read: {error.strerror}.")]) from error
    except UnicodeDecodeError as error:
        raise SpecErrors([Problem(name, "", f"this is no JSON: {error}.")]) from error
    return read_plain_json(text, name=name)


def refuse(origin: Origin, path: DocumentPath, message: str) -> NoReturn:
    """Raise one problem."""
    raise SpecErrors([problem_at(origin, path, message)])
