"""Neyman constructions whose toys are made anywhere: planned once, put together at the end."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import final

import jax

from statmodel import compiler, infer, spec
from statmodel._errors import CampaignError, SpecWarning
from statmodel.campaign import Executor, Folder, Pace, folder_at, make_folder
from statmodel.model import Model

from ._construction_job import ConstructionJob
from ._construction_piece import construction_piece
from ._coverage_job import CoverageJob
from ._job import Documented, documented
from ._judged_job import SUFFIX, StatisticWords, fill_with, read_all, size_of_piece


@final
@dataclass(frozen=True)
class ConstructionProgress:
    """How far a construction is.

    Attributes:
        done: pieces that are there.
        pieces: of its first toys; further ones, of some hypotheses, are made with the curves.
        toys: how many are there.
        wanted: how many there will be.
    """

    done: int
    pieces: int
    toys: int
    wanted: int

    @property
    def complete(self) -> bool:
        """Whether curves can be put together."""
        return self.done == self.pieces

    @property
    def message(self) -> str:
        """The same in words."""
        return f"{self.toys} of {self.wanted} toys"


@final
@dataclass(frozen=True)
class ConstructionCampaign:
    """A folder in which the toys of a Neyman construction gather.

    Toys are drawn and judged in pieces, each kept in a file of its own when it is whole. The curves
    are those of `neyman_several` with the same key, whoever made the pieces, and where.

    Example:
        >>> campaign = ConstructionCampaign.plan(
        ...     "lz_like.yaml", [LRS(), FTS("wide")], "toys", seed=1, toys=100_000)
        ... # doctest: +SKIP
        >>> campaign.run()  # doctest: +SKIP
        >>> lrs, fts = campaign.curves()  # doctest: +SKIP
    """

    folder: Folder
    job: ConstructionJob
    model: Model = field(compare=False, repr=False)
    compiled: infer.ConstructionPlan = field(compare=False, repr=False)

    @classmethod
    def plan(  # noqa: PLR0913 (what a construction takes)
        cls,
        document: str | os.PathLike[str] | Mapping[str, object] | spec.Spec,
        statistics: Sequence[infer.AbstractStatistic],
        folder: str | os.PathLike[str],
        *,
        seed: int,
        toys: int = 20_000,
        grid: int | Sequence[float] = 81,
        span: tuple[float, float] | None = None,
        poi: str | None = None,
        fixed: Mapping[str, float] | None = None,
        ensemble: infer.Ensemble = "profile",
        calibration: infer.CalibrationMethod = "reweighted",
        measurement: str | None = None,
        root: str | os.PathLike[str] | None = None,
        piece: int | None = None,
    ) -> "ConstructionCampaign":
        """Make the folder of a construction, or open it to go on.

        Args:
            document: as for `statmodel.compile`. Where it has observations, nuisance parameters of
                toys are at their conditional estimates.
            statistics: `LRS` and `FTS`, in any number.
            folder: where pieces are kept; made if it is not there.
            seed: of the key.
            toys: how many in all. The folder of a reweighted construction with fewer goes on to so
                many.
            grid: as in `neyman`.
            span: as in `neyman`.
            poi: as in `neyman`.
            fixed: as in `neyman`.
            ensemble: as in `neyman`.
            calibration: as in `neyman`.
            measurement: which of the document's measurements; the first unless named.
            root: the folder that data files may not leave; the document's own unless given.
            piece: toys of a piece; about a thousand unless given, in multiples of those that are
                drawn at once.

        Raises:
            SpecErrors: with every problem of the document and of its data files.
            CampaignError: the folder holds another campaign, or something else.
            ValueError: as `neyman`, or a statistic is one that workers do not know.
            OSError: the folder cannot be made or written to.
        """
        if not 0 <= seed < 1 << 63:
            msg = f"a seed is a number from 0 to 2^63 - 1, got {seed}"
            raise ValueError(msg)
        if piece is not None and piece < 1:
            msg = f"`piece` must be at least 1, got {piece}"
            raise ValueError(msg)
        loaded = spec.spec_of(document, root=root)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SpecWarning)  # `compile` has told
            model, dataset = compiler.compile(loaded, measurement=measurement)
        job = ConstructionJob(
            **documented(loaded, model, measurement),
            expected={},
            rows={},
            statistics=tuple(StatisticWords.of(one) for one in statistics),
            poi=poi,
            fixed=dict(fixed or {}),
            grid=grid if isinstance(grid, int) else tuple(float(one) for one in grid),
            span=span,
            ensemble=ensemble,
            calibration=calibration,
            seed=seed,
            toys=toys,
            piece=1,
        )
        compiled = job.plan(model, dataset)
        start = model.sampler(model.space.point(job.fixed | compiled.top))
        size = _size(folder, compiled.stage().block, piece)
        known = {"expected": start.expected, "rows": start.effective, "piece": size}
        job = job.model_copy(update={**known, "toys": compiled.round.toys})
        made = make_folder(folder, job.plain(), suffix=SUFFIX, grows=job.grows)
        kept = ConstructionJob.model_validate_json(made.job)
        if kept != job:  # more toys than are asked for now
            compiled = kept.plan(model, dataset)
        return cls(made, kept, model, compiled)

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> "ConstructionCampaign":
        """Open the folder of a construction, and compile what it is of.

        Raises:
            CampaignError: it is none, or of another version, or its files have changed.
            SpecErrors: a file that it names is wrong now.
        """
        found = folder_at(folder, suffix=SUFFIX)
        job = _job_of(found)
        model, dataset = job.compiled()
        return cls(found, job, model, job.plan(model, dataset))

    def run(
        self,
        *,
        executor: Executor | None = None,
        shard: tuple[int, int] | None = None,
        progress: Callable[[Pace], None] | None = None,
    ) -> ConstructionProgress:
        """Make the toys that are not there yet.

        Args:
            executor: where: `Threads`, `Processes` or `Dask` of `statmodel.campaign`; all cores of
                this process unless given.
            shard: i and n, for the i-th of n parts of the campaign.
            progress: is told how far it is, in pieces, and how fast.

        Raises:
            CampaignError: workers were lost, the document or its files have changed, or there is no
                such shard. What is done is kept.
            OSError: a result cannot be written.
        """
        stage = self.job.stage(self.compiled)
        fill_with(self.folder, self.job, stage, construction_piece, executor, shard, progress)
        status = self.status()
        if status.complete:
            self.folder.clear()
        return status

    def status(self) -> ConstructionProgress:
        """How far it is."""
        done = sorted(one for one in self.folder.done if one < self.job.pieces)
        sizes = (min(self.job.piece, self.job.toys - one * self.job.piece) for one in done)
        return ConstructionProgress(len(done), self.job.pieces, sum(sizes), self.job.toys)

    def curves(
        self,
        *,
        executor: Executor | None = None,
        progress: Callable[[Pace], None] | None = None,
    ) -> tuple[infer.CriticalCurve, ...]:
        """Critical values of each statistic.

        Where reweighted toys are too few for some hypotheses, these get toys of their own now, kept
        in a folder inside.

        Args:
            executor: where these are made.
            progress: is told of them.

        Raises:
            CampaignError: toys are missing.
            DataError: a file of the folder is damaged.
            OSError: a result cannot be written.
        """
        if not (state := self.status()).complete:
            message = f"{self.folder.path} has {state.message}: run what is missing"
            raise CampaignError(message)

        def made(stage: infer.Stage) -> infer.Sheets:
            if stage.round == self.compiled.round:
                return read_all(self.folder, self.job)
            job = self.job.model_copy(update={"own": stage.round})
            name = f"own-{sha256(repr(stage.round).encode()).hexdigest()[:8]}"
            folder = make_folder(
                self.folder.path / name, job.plain(), suffix=SUFFIX, grows=job.grows
            )
            fill_with(folder, job, stage, construction_piece, executor, None, progress)
            return read_all(folder, job)

        return self.compiled.curves(made)

    def coverage(
        self,
        at: Sequence[float | Mapping[str, float]],
        *,
        toys: int = 4000,
        levels: Sequence[float] = infer.LEVELS,
        executor: Executor | None = None,
        progress: Callable[[Pace], None] | None = None,
    ) -> infer.CoverageCertificate:
        """Coverage and lengths of confidence sets, by toys that are kept in folders inside.

        The result is that of `infer.coverage` with the key of the construction.

        Args:
            at: as there.
            toys: of each true value; there may be more of them later.
            levels: as there.
            executor: where toys are made, those of critical values that are still missing, too.
            progress: is told how far a true value is, in pieces.

        Raises:
            CampaignError: toys of the construction are missing, or workers were lost.
            DataError: a file of the folder is damaged.
            ValueError: as `infer.coverage`.
            OSError: a result cannot be written.
        """
        curves = self.curves(executor=executor)
        key = jax.random.key(self.job.seed, impl="threefry2x32")

        plan = infer.plan_coverage(self.model, curves, at, key=key, toys=toys, levels=levels)

        def made(stage: infer.Stage, some: tuple[infer.CriticalCurve, ...]) -> infer.Sheets:
            job = self._coverage_job(stage, some, plan.truths[stage.round.places[0]])
            said = repr((job.number, job.truth, job.places))
            name = f"truth-{sha256(said.encode()).hexdigest()[:8]}"
            folder = make_folder(
                self.folder.path / name, job.plain(), suffix=SUFFIX, grows=job.grows
            )
            full = job.stage(self.model)
            fill_with(folder, job, full, construction_piece, executor, None, progress)
            return read_all(folder, job)

        return plan.certificate(made)

    def _coverage_job(
        self,
        stage: infer.Stage,
        curves: tuple[infer.CriticalCurve, ...],
        truth: Mapping[str, float],
    ) -> CoverageJob:
        sampler = stage.drawing.sampler
        return CoverageJob(
            **self.job.model_dump(include=set(Documented.__annotations__)),
            expected=sampler.expected,
            rows=sampler.effective,
            piece=size_of_piece(stage.block),
            statistics=tuple(StatisticWords.of(one.statistic) for one in curves),
            poi=curves[0].poi,
            fixed=dict(curves[0].fixed),
            places=tuple(stage.drawing.points[0, :, 0].tolist()),
            nuisances=any(one.on_nuisances for one in curves),
            truth=dict(truth),
            number=stage.round.places[0],
            seed=self.job.seed,
            toys=stage.round.toys,
        )


def _job_of(folder: Folder) -> ConstructionJob:
    try:
        return ConstructionJob.model_validate_json(folder.job)
    except ValueError as error:
        message = f"{folder.path} is no construction that this version knows: {error}"
        raise CampaignError(message) from error


def _size(folder: str | os.PathLike[str], block: int, piece: int | None) -> int:
    """Toys of a piece: as before in a campaign that goes on."""
    if piece is not None:
        return -(-piece // block) * block
    try:
        return _job_of(folder_at(folder, suffix=SUFFIX)).piece
    except CampaignError:
        return size_of_piece(block)
