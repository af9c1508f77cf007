"""Jobs whose pieces are tables of toys, judged by test statistics."""

import abc
from collections.abc import Callable
from typing import Literal, final

from pydantic import BaseModel, ConfigDict

from statmodel import infer
from statmodel._errors import DataError
from statmodel.campaign import Executor, Folder, Pace, Work

from ._fill import fill
from ._job import AbstractJob

SUFFIX = ".npz"
"""Of the files of pieces."""
_MOST = 1024
"""Toys of a piece, unless as many are drawn at once."""


@final
class StatisticWords(BaseModel):
    """A test statistic of this package, as JSON has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["lrs", "fts"]
    sides: Literal["two", "upper", "discovery"] = "two"
    focus: str = ""
    nuisances: infer.Nuisances = "profile"

    @classmethod
    def of(cls, statistic: infer.AbstractStatistic) -> "StatisticWords":
        """What is to be said of a statistic.

        Raises:
            ValueError: it is not of this package: workers would not know it.
        """
        if isinstance(statistic, infer.LRS):
            return cls(kind="lrs", sides=statistic.sides, nuisances=statistic.nuisances)
        if isinstance(statistic, infer.FTS):
            return cls(kind="fts", focus=statistic.focus, nuisances=statistic.nuisances)
        msg = f"campaigns know LRS and FTS only, got {statistic!r}: use `neyman`"
        raise ValueError(msg)

    def made(self) -> infer.AbstractStatistic:
        """The statistic."""
        if self.kind == "lrs":
            return infer.LRS(self.sides, nuisances=self.nuisances)
        return infer.FTS(self.focus, nuisances=self.nuisances)


class AbstractJudgedJob(AbstractJob):
    """Which toys are judged, and by what."""

    statistics: tuple[StatisticWords, ...]
    fixed: dict[str, float]
    seed: int

    @property
    @abc.abstractmethod
    def wanted(self) -> int:
        """Toys that are made here."""

    @property
    @abc.abstractmethod
    def grows(self) -> str:
        """What of it may become more; empty where nothing may."""

    @abc.abstractmethod
    def opened(self) -> infer.Stage:
        """The toys of it, compiled from the document.

        Raises:
            SpecErrors: a file that it names has changed, and is wrong now.
            CampaignError: the model is another one, or expects other numbers of events.
            ValueError: there is no such job.
        """

    @property
    def pieces(self) -> int:
        return -(-self.wanted // self.piece)

    @property
    def drawn(self) -> int:
        """Toys that are drawn, with those that fill the last piece."""
        return self.pieces * self.piece

    def made(self, stage: infer.Stage, piece: int) -> bytes:
        """The tables of one piece, as a file."""
        first = piece * self.piece
        return stage.sheets(first, first + self.piece, 1).to_bytes()


def fill_with(  # noqa: PLR0913, PLR0917 (what may be asked of a run)
    folder: Folder,
    job: AbstractJudgedJob,
    stage: infer.Stage,
    worker: Work,
    executor: Executor | None,
    shard: tuple[int, int] | None,
    progress: Callable[[Pace], None] | None,
) -> None:
    """Make the pieces that are not there yet.

    Args:
        folder: where they are kept.
        job: of which.
        stage: its toys, compiled already.
        worker: makes a piece of the job elsewhere.
        executor: where; threads of this process unless given.
        shard: i and n, for the i-th of n parts.
        progress: is told how far it is.
    """

    def here(text: str, piece: int) -> bytes:
        """As a worker does, with what is compiled already."""
        del text
        return job.made(stage, piece)

    fill(folder, job, here if executor is None else worker, executor, shard, progress)


def read_all(folder: Folder, job: AbstractJudgedJob) -> infer.Sheets:
    """All pieces, in order.

    Raises:
        DataError: the file of one is damaged, by a disk or by hand: it was whole when it was named.
    """
    parts: list[infer.Sheets] = []
    for piece in range(job.pieces):
        path = folder.part(piece)
        try:
            parts.append(infer.Sheets.from_bytes(path.read_bytes()))
        except DataError as error:
            message = f"{path} is damaged ({error}). Remove it, and its toys are made again"
            raise DataError(message) from error
    return infer.stitched(parts).first(job.wanted)


def size_of_piece(block: int) -> int:
    """Toys of a piece: about a thousand, in multiples of those that are drawn at once."""
    return max(_MOST // block, 1) * block
