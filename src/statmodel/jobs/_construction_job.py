"""The job of the toys of a Neyman construction."""

from typing import Literal, final

import jax

from statmodel import infer
from statmodel.data import Dataset
from statmodel.model import Model, unobserved

from ._judged_job import AbstractJudgedJob


@final
class ConstructionJob(AbstractJudgedJob):
    """Which toys are judged, and by what."""

    kind: Literal["construction"] = "construction"
    poi: str | None
    grid: int | tuple[float, ...]
    span: tuple[float, float] | None
    ensemble: infer.Ensemble
    calibration: infer.CalibrationMethod
    toys: int
    """Of the construction, in all."""
    own: infer.Round | None = None
    """Further toys of some hypotheses, in place of its first."""

    @property
    def wanted(self) -> int:
        return self.toys if self.own is None else self.own.toys

    @property
    def grows(self) -> str:
        # Toys of all hypotheses are of these whatever their number.
        free = self.calibration == "reweighted" and self.ensemble == "profile" and self.own is None
        return "toys" if free else ""

    def opened(self) -> infer.Stage:
        return self.stage(self.plan(*self.compiled()))

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
        full = plan.round._replace(toys=self.drawn)
        return plan.stage(full if self.grows else self.own)
