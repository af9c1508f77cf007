"""The folder of a campaign: its job, and a file for each piece that is done.

A file appears under its name when it is whole, by a rename. Any number of processes, on any number
of machines, may fill one folder: whoever makes a piece twice writes the same bytes twice.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from statmodel._errors import CampaignError
from statmodel._files import write_atomic, write_text_atomic

_JOB = "campaign.json"
_PARTS = "parts"
_DIGITS = 8
_SHOWN = 60


@final
@dataclass(frozen=True)
class Folder:
    """Where a campaign is kept.

    Attributes:
        path: of the folder.
        suffix: of the files of pieces.
    """

    path: Path
    suffix: str

    @property
    def job(self) -> str:
        """What is done here, as JSON.

        Raises:
            OSError: it cannot be read.
        """
        return (self.path / _JOB).read_text(encoding="utf-8")

    @property
    def done(self) -> frozenset[int]:
        """The pieces that are whole."""
        names = (path.stem for path in self._parts.glob(f"*{self.suffix}"))
        return frozenset(int(name) for name in names if name.isdecimal())

    def part(self, piece: int) -> Path:
        """The file of a piece, whether it is there or not."""
        return self._parts / f"{piece:0{_DIGITS}d}{self.suffix}"

    def keep(self, piece: int, content: bytes) -> None:
        """Write the file of a piece.

        Raises:
            OSError: it cannot be written.
        """

        def write(path: Path) -> None:
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # the name must not be on the disk before the content

        write_atomic(self.part(piece), write)

    def clear(self) -> None:
        """Remove what writers that were killed have left; while nobody writes."""
        for path in self._parts.glob(f".*{self.suffix}"):
            path.unlink(missing_ok=True)

    @property
    def _parts(self) -> Path:
        return self.path / _PARTS


def make_folder(
    path: str | os.PathLike[str], job: Mapping[str, object], *, suffix: str, grows: str
) -> Folder:
    """Make the folder of a campaign, or open it to go on with the same.

    Args:
        path: of the folder.
        job: plain values.
        suffix: of the files of pieces.
        grows: the entry of the job that says how much is to be done: the only one that may be
            another than before. The folder keeps the larger.

    Raises:
        OSError: the folder cannot be made or written to.
        CampaignError: the folder holds another campaign, or something else.
    """
    folder = Folder(Path(path), suffix)
    there = folder.path / _JOB
    if there.exists():
        before = _read(folder)
        different = [name for name in {**before, **job} if before.get(name) != job.get(name)]
        if wrong := [name for name in different if name != grows]:
            raise CampaignError(_other(folder, before, job, wrong))
        if not different or _number(before[grows]) >= _number(job[grows]):
            return folder
    elif folder.path.exists() and any(folder.path.iterdir()):
        message = f"{folder.path} is neither empty nor the folder of a campaign"
        raise CampaignError(message)
    folder.part(0).parent.mkdir(parents=True, exist_ok=True)
    write_text_atomic(there, json.dumps(job, indent=1))
    return folder


def folder_at(path: str | os.PathLike[str], *, suffix: str) -> Folder:
    """Open the folder of a campaign.

    Raises:
        CampaignError: it is none.
    """
    folder = Folder(Path(path), suffix)
    if not (folder.path / _JOB).is_file():
        message = f"{folder.path} is no folder of a campaign: there is no {_JOB} in it"
        raise CampaignError(message)
    _read(folder)
    return folder


def _read(folder: Folder) -> dict[str, object]:
    try:
        found = json.loads(folder.job)
    except ValueError as error:
        message = f"{folder.path / _JOB}: {error}"
        raise CampaignError(message) from error
    if not isinstance(found, dict):
        message = f"{folder.path / _JOB}: a mapping was expected"
        raise CampaignError(message)
    return found


def _other(
    folder: Folder, before: Mapping[str, object], job: Mapping[str, object], names: Sequence[str]
) -> str:
    said = "; ".join(
        f"{name} is {_short(before.get(name))} there, {_short(job.get(name))} here"
        for name in names
    )
    return f"{folder.path} holds another campaign: {said}. Name another folder."


def _short(value: object) -> str:
    said = json.dumps(value)
    return said if len(said) <= _SHOWN else "another"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
