"""Toys by the hundred thousand: planned once, made anywhere, put together at the end."""

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import final

from statmodel import compiler, infer, spec
from statmodel._errors import CampaignError, DataError, SpecWarning
from statmodel.campaign import (
    Executor,
    Folder,
    Pace,
    folder_at,
    make_folder,
)
from statmodel.infer import ToyTable
from statmodel.model import Auxiliary

from ._fill import fill
from ._job import documented
from ._toy_job import ToyJob, toy_piece

_SUFFIX = ".parquet"
_LEAST, _MOST = 32, 1024
"""Toys of a piece: not too many files, not too much to lose."""
_CALLS = 32
"""Calls of the program that draws, for a piece of large toys."""


@final
@dataclass(frozen=True)
class ToyProgress:
    """How far a campaign is.

    Attributes:
        done: pieces that are there.
        pieces: of the campaign.
        toys: how many are there.
        wanted: how many there will be.
        missing: numbers of the first and the last toy of each gap.
        failed: how many of those that are there failed, by reason.
    """

    done: int
    pieces: int
    toys: int
    wanted: int
    missing: tuple[tuple[int, int], ...]
    failed: Mapping[str, int]

    def to_document(self) -> dict[str, object]:
        """Plain values, as JSON has them."""
        return {
            "complete": self.complete,
            "toys": self.toys,
            "wanted": self.wanted,
            "pieces": {"done": self.done, "all": self.pieces},
            "missing": [list(gap) for gap in self.missing],
            "failed": dict(self.failed),
        }

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.done == self.pieces


@final
@dataclass(frozen=True)
class ToyCampaign:
    """A folder in which toys gather.

    Toys are drawn and fitted in pieces, each kept in a file of its own when it is whole. A campaign
    that is killed goes on where it was; toy i is the same whoever makes it, and where.

    Example:
        >>> campaign = ToyCampaign.plan("peak.yaml", {"mu": 1.0}, "toys", seed=1, n=100_000)
        ... # doctest: +SKIP
        >>> campaign.run()  # doctest: +SKIP
        >>> campaign.table().message  # doctest: +SKIP
        '100000 of 100000 toys converged'
    """

    folder: Folder
    job: ToyJob
    compiled: infer.ToyPlan | None = field(default=None, compare=False, repr=False)
    """What this process has compiled for it; workers compile for themselves."""

    @classmethod
    def plan(  # noqa: PLR0913 (what may be asked of toys)
        cls,
        document: str | os.PathLike[str] | Mapping[str, object] | spec.Spec,
        point: Mapping[str, float],
        folder: str | os.PathLike[str],
        *,
        seed: int,
        n: int,
        measurement: str | None = None,
        root: str | os.PathLike[str] | None = None,
        auxiliary: Auxiliary = "redrawn",
        hypotheses: Sequence[Mapping[str, float]] = (),
        start: Mapping[str, float] | None = None,
        fixed: Mapping[str, float] | None = None,
        errors: bool = True,
        max_steps: int = 200,
        piece: int | None = None,
    ) -> "ToyCampaign":
        """Make the folder of a campaign, or open it to go on.

        Args:
            document: as for `statmodel.compile`.
            point: parameters where toys are drawn; the document's starting values elsewhere.
            folder: where the toys are kept; made if it is not there.
            seed: of the key.
            n: how many toys. The folder of a campaign with fewer goes on to so many.
            measurement: which of the document's measurements; the first unless named.
            root: the folder that data files may not leave; the document's own unless given.
            auxiliary: as in `run_toys`.
            hypotheses: as in `run_toys`.
            start: as in `run_toys`.
            fixed: as in `run_toys`.
            errors: as in `run_toys`.
            max_steps: as in `run_toys`.
            piece: toys of a piece; what is drawn in one call unless given.

        Raises:
            SpecErrors: with every problem of the document and of its data files.
            CampaignError: the folder holds another campaign, or something else.
            ValueError: the model cannot be drawn from at the point, or an argument is none.
            OSError: the folder cannot be made or written to.
        """
        _check_numbers(seed, n, piece)
        loaded = spec.spec_of(document, root=root)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SpecWarning)  # in the metadata of every table
            model, dataset = compiler.compile(loaded, measurement=measurement)
        job = ToyJob(
            **documented(loaded, model, measurement),
            expected={},
            rows={},
            point={name: float(value) for name, value in model.space.point(point).items()},
            seed=seed,
            toys=n,
            piece=1,
            auxiliary=auxiliary,
            hypotheses=tuple(dict(one) for one in hypotheses),
            start=dict(start or {}),
            fixed=dict(fixed or {}),
            errors=errors,
            max_steps=max_steps,
        )
        compiled = job.plan(model, dataset)
        size = _size(folder, compiled.sampler.block, n) if piece is None else piece
        sampler = compiled.sampler
        known = {"expected": sampler.expected, "rows": sampler.effective}
        job = job.model_copy(update={**known, "piece": size})
        made = make_folder(folder, job.plain(), suffix=_SUFFIX, grows="toys")
        return replace(cls.open(made.path), compiled=compiled)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was warned of when this process compiled the document; results repeat it."""
        return () if self.compiled is None else self.compiled.notes

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> "ToyCampaign":
        """Open the folder of a campaign.

        Raises:
            CampaignError: it is none, or of another version.
        """
        found = folder_at(folder, suffix=_SUFFIX)
        try:
            return cls(found, ToyJob.model_validate_json(found.job))
        except ValueError as error:
            message = f"{found.path} is no campaign of toys that this version knows: {error}"
            raise CampaignError(message) from error

    def run(
        self,
        *,
        executor: Executor | None = None,
        shard: tuple[int, int] | None = None,
        progress: Callable[[Pace], None] | None = None,
    ) -> ToyProgress:
        """Make the toys that are not there yet.

        Args:
            executor: where: `Threads`, `Processes` or `Dask` of `statmodel.campaign`; all cores of
                this process unless given.
            shard: i and n, for the i-th of n parts of the campaign.
            progress: is told how far it is, in pieces, and how fast.

        Returns:
            How far the whole campaign is.

        Raises:
            CampaignError: workers were lost, the document or its files have changed, or there is no
                such shard. What is done is kept.
            OSError: a result cannot be written.
        """
        work = toy_piece if executor is not None or self.compiled is None else self._made
        fill(self.folder, self.job, work, executor, shard, progress)
        status = self.status()
        if status.complete:
            self.folder.clear()
        return status

    def _made(self, job: str, piece: int) -> bytes:
        """As `toy_piece`, with what is compiled already."""
        del job
        assert self.compiled is not None
        return self.job.made(self.compiled, piece, threads=1)

    def status(self) -> ToyProgress:
        """How far the campaign is, and what failed."""
        return status_of([self])

    def table(self) -> ToyTable:
        """All toys that are there, in one table.

        Raises:
            CampaignError: there are none.
            DataError: a file of the folder is damaged.
        """
        return infer.joined(tuple(tables([self])))

    def merge(self, path: str | os.PathLike[str]) -> Path:
        """All toys that are there, in one file; memory does not grow with their number.

        Raises:
            CampaignError: there are none.
            DataError: a file of the folder is damaged.
            OSError: the file cannot be written.
        """
        return merge([self], path)


def merge(campaigns: Sequence[ToyCampaign], path: str | os.PathLike[str]) -> Path:
    """Put the toys of folders of one campaign into one file.

    Raises:
        CampaignError: they are of different campaigns, or there are no toys.
        DataError: a file of the folders is damaged.
        OSError: the file cannot be written.
    """
    return infer.write_tables(path, tables(campaigns))


def tables(campaigns: Sequence[ToyCampaign]) -> Iterator[ToyTable]:
    """The tables of all pieces, in order; of a piece that is there twice the first.

    Raises:
        CampaignError: the campaigns are different, or there are no toys.
        DataError: a file is damaged.
    """
    parts = _parts(campaigns)
    if not parts:
        message = f"no toys in {', '.join(str(one.folder.path) for one in campaigns)}"
        raise CampaignError(message)
    last = max(one.job.toys for one in campaigns)
    for piece in sorted(parts):
        yield _table(parts[piece]).between(0, last)


def _parts(campaigns: Sequence[ToyCampaign]) -> dict[int, Path]:
    first = campaigns[0]
    for other in campaigns[1:]:
        same = other.job.model_copy(update={"toys": first.job.toys})
        if same != first.job:
            message = f"{other.folder.path} and {first.folder.path} are of different campaigns"
            raise CampaignError(message)
    most = max(one.job.pieces for one in campaigns)
    found: dict[int, Path] = {}
    for one in campaigns:
        for piece in one.folder.done:
            if piece < most:
                found.setdefault(piece, one.folder.part(piece))
    return found


def status_of(campaigns: Sequence[ToyCampaign]) -> ToyProgress:
    """How far a campaign is, whose toys are in one folder or several.

    Raises:
        CampaignError: the folders are of different campaigns.
        DataError: a file is damaged.
    """
    parts = _parts(campaigns)
    job = max((one.job for one in campaigns), key=lambda one: one.toys)
    failed: Counter[str] = Counter()
    toys = 0
    for path in parts.values():
        table = _table(path).between(0, job.toys)
        toys += len(table)
        failed.update(table.failures)
    return ToyProgress(
        done=len(parts),
        pieces=job.pieces,
        toys=toys,
        wanted=job.toys,
        missing=tuple(_gaps(job, parts)),
        failed=dict(failed.most_common()),
    )


def _table(path: Path) -> ToyTable:
    """A piece.

    Raises:
        DataError: the file is damaged, by a disk or by hand: it was whole when it was named.
    """
    try:
        return ToyTable.from_parquet(path)
    except DataError as error:
        message = f"{path} is damaged ({error}). Remove it: `toys run` makes its toys again"
        raise DataError(message) from error


def _gaps(job: ToyJob, parts: Mapping[int, Path]) -> Iterator[tuple[int, int]]:
    begin: int | None = None
    for piece in range(job.pieces + 1):
        there = piece in parts or piece == job.pieces
        if begin is None and not there:
            begin = piece
        elif begin is not None and there:
            yield begin * job.piece, min(piece * job.piece, job.toys) - 1
            begin = None


def _check_numbers(seed: int, n: int, piece: int | None) -> None:
    problems: list[str] = []
    if not 0 <= seed < 1 << 63:
        problems.append(f"a seed is a number from 0 to 2^63 - 1, got {seed}")
    if n < 1:
        problems.append(f"`n` must be at least 1, got {n}")
    if piece is not None and piece < 1:
        problems.append(f"`piece` must be at least 1, got {piece}")
    if problems:
        raise ValueError("; ".join(problems))


def _size(folder: str | os.PathLike[str], block: int, n: int) -> int:
    """Toys of a piece: as before in a campaign that goes on, else what one call draws."""
    try:
        return ToyCampaign.open(folder).job.piece
    except CampaignError:
        return max(min(_CALLS * block, _MOST, _power_of_two(n)), _LEAST)


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()
