"""Results of a run: kept as JSON, one file a case."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import final

from .harness import Record


@final
@dataclass(frozen=True)
class Result:
    """What a run of one case leaves behind."""

    case: str
    title: str
    machine: dict[str, str | int | None]
    contestants: dict[str, Record]
    small: bool = False
    """Whether it ran at the size of a test, at which no figure means anything."""

    def seconds(self, contestant: str, task: str) -> list[float]:
        """The turns of a contestant at a task; none if it took none, or computed something else."""
        record = self.contestants.get(contestant, Record())
        return [] if task in record.wrong else record.seconds.get(task, [])


def save(result: Result, folder: Path) -> None:
    """Write the file of a case."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False)
    (folder / f"{result.case}.json").write_text(text + "\n", "utf-8")


def load(folder: Path, cases: Sequence[str]) -> dict[str, Result]:
    """Read the files of the cases that have one, in the order of the cases."""
    found = {}
    for case in cases:
        path = folder / f"{case}.json"
        if path.exists():
            read = json.loads(path.read_text("utf-8"))
            records = {name: Record(**one) for name, one in read.pop("contestants").items()}
            found[case] = Result(**read, contestants=records)
    return found


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Turn by turn, as far as both took turns."""
    return [a / b for a, b in zip(over, under, strict=False)]
