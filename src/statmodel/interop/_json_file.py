"""JSON files that are no specs."""

import json
import os
from pathlib import Path
from typing import NoReturn

from statmodel._errors import Problem, SpecErrors


def read_json_file(path: str | os.PathLike[str]) -> object:
    """The value of a JSON file.

    Raises:
        SpecErrors: the file cannot be read, or is no JSON.
    """
    name = str(path)
    try:
        return json.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise SpecErrors([Problem(name, "", f"cannot be read: {error.strerror}.")]) from error
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        words = error.msg[:1].lower() + error.msg[1:]
        raise SpecErrors([Problem(where, "", f"this is no JSON: {words}.")]) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise SpecErrors([Problem(name, "", f"this is no JSON: {error}.")]) from error


def refuse(where: str, path: str, message: str) -> NoReturn:
    """Raise one problem."""
    raise SpecErrors([Problem(where, path, message)])
