"""HistFactory's XML with its ROOT histograms, by pyhf's reader."""

import json
import os
from dataclasses import replace
from pathlib import Path

from statmodel._errors import Problem, SpecErrors
from statmodel.spec import Origin, Spec, build_spec

from ._json_file import refuse

_INSTALL = 'pip install "statmodel[root]"'


def read_xml(path: str | os.PathLike[str], *, folder: str | os.PathLike[str] | None = None) -> Spec:
    """The workspace of a HistFactory configuration.

    Args:
        path: the top-level XML file, the one with `Combination`.
        folder: that the paths in the XML files are relative to; the present one unless given.

    Raises:
        SpecErrors: a file cannot be read, or is no HistFactory configuration.
        ModuleNotFoundError: pyhf or uproot is not installed.
    """
    file = Path(path)
    if not file.is_file():
        refuse(Origin(str(file)), (), "cannot be read: there is no such file.")
    try:
        found = _parsed(file, Path.cwd() if folder is None else Path(folder))
    except FileNotFoundError as error:
        missing = error.filename or error
        message = (
            f"names {missing}, which is not there; paths in the XML files start at the folder "
            "that is given with `--basedir` (`read_xml(..., folder=...)`)."
        )
        raise SpecErrors([Problem(str(file), "", message)]) from error
    except (KeyError, ValueError, RuntimeError, NotImplementedError, SyntaxError, OSError) as error:
        message = f"is no HistFactory configuration that pyhf reads: {error}."
        raise SpecErrors([Problem(str(file), "", message)]) from error
    # Numbers come as numpy's.
    document = json.loads(json.dumps(found))
    spec = build_spec(document, origin=Origin(f"{file} as a workspace:"))
    return spec.with_origin(replace(spec.origin, name=str(file)))


def _parsed(file: Path, folder: Path) -> object:
    """What pyhf reads, without what it keeps of the ROOT files.

    Raises:
        ModuleNotFoundError: with what to install.
    """
    try:
        from pyhf import readxml  # noqa: PLC0415
    except ModuleNotFoundError as error:
        msg = f"reading HistFactory XML needs pyhf and uproot ({error}): {_INSTALL}"
        raise ModuleNotFoundError(msg, name=error.name) from error
    try:
        return readxml.parse(file, folder, track_progress=False)
    finally:
        readxml.clear_filecache()
