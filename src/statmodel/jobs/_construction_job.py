"""The job of a Neyman construction, and one piece of it."""

import functools
import threading
from typing import Literal, final

import jax
from pydantic import BaseModel, ConfigDict

from statmodel import infer
from statmodel._configure import configure
from statmodel._errors import CampaignError, StatmodelError
from statmodel.data import Dataset
from statmodel.model import Model, unobserved

from ._job import AbstractJob

_ONE_AT_A_TIME = threading.Lock()


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


@final
class ConstructionJob(AbstractJob):
    """Which toys are judged, and by what."""

    kind: Literal["construction"] = "construction"
    statistics: tuple[StatisticWords, ...]
    poi: str | None
    fixed: dict[str, float]
    grid: int | tuple[float, ...]
    span: tuple[float, float] | None
    ensemble: infer.Ensemble
    calibration: infer.CalibrationMethod
    seed: int
    toys: int
    """Of the construction, in all."""
    own: infer.Round | None = None
    """Further toys of some hypotheses, in place of its first."""

    @property
    def wanted(self) -> int:
        """Toys that are made here."""
        return self.toys if self.own is None else self.own.toys

    @property
    def pieces(self) -> int:
        return -(-self.wanted // self.piece)

    @property
    def grows(self) -> str:
        """What of it may become more: toys of all hypotheses are of these whatever their number."""
        free = self.calibration == "reweighted" and self.ensemble == "profile" and self.own is None
        return "toys" if free else ""

    def plan(self, model: Model, dataset: Dataset) -> infer.ConstructionPlan:
        """What the construction is of.

        Raises:
            CampaignError: the model expects other numbers of events than at first.
            ValueError: there is no such construction.
        """
        made = infer.plan_construction(
            model,
            [one.made() for one in self.statistics],
            key=jax.random.key(self.seed, impl="threefry2x32"),
            toys=self.toys,
            grid=self.grid if isinstance(self.grid, int) else list(self.grid),
            span=self.span,
            poi=self.poi,
            fixed=self.fixed,
            data=None if unobserved(model, dataset) else dataset,
            ensemble=self.ensemble,
            calibration=self.calibration,
        )
        start = model.space.point(self.fixed | made.top)
        self.check(model.sampler(start))
        return made

    def stage(self, plan: infer.ConstructionPlan) -> infer.Stage:
        """The toys of it; where there may be more of them, with those that fill the last piece."""
        full = plan.round._replace(toys=self.pieces * self.piece)
        return plan.stage(full if self.grows else self.own)

    def made(self, stage: infer.Stage, piece: int) -> bytes:
        """The tables of one piece, as a file."""
        first = piece * self.piece
        return stage.sheets(first, first + self.piece, 1).to_bytes()


def construction_piece(job: str, piece: int) -> bytes:
    """The tables of one piece of a job, as a file. What a worker calls.

    Args:
        job: as `ConstructionJob` writes it.
        piece: its number.

    Raises:
        CampaignError: with the words of what went wrong: other errors do not travel well.
    """
    try:
        with _ONE_AT_A_TIME:
            opened, stage = _opened(job)
        return opened.made(stage, piece)
    except (StatmodelError, ValueError, OSError) as error:
        raise CampaignError(str(error)) from None


@functools.lru_cache(maxsize=1)
def _opened(job: str) -> tuple[ConstructionJob, infer.Stage]:
    """Compiled once by a worker, whatever number of pieces it takes."""
    configure(cache=True)
    opened = ConstructionJob.model_validate_json(job)
    return opened, opened.stage(opened.plan(*opened.compiled()))
