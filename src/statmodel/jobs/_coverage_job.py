"""The job of the toys of one true value, for a coverage."""

from typing import Literal, final

import jax
import numpy as np

from statmodel import infer
from statmodel.model import Model

from ._judged_job import AbstractJudgedJob


@final
class CoverageJob(AbstractJudgedJob):
    """Which toys are judged, and by what."""

    kind: Literal["coverage"] = "coverage"
    poi: str
    places: tuple[float, ...]
    """Hypotheses, the true one behind the others."""
    nuisances: bool
    """Whether critical values are functions of them."""
    truth: dict[str, float]
    number: int
    """Of the true value, among others."""
    toys: int

    @property
    def wanted(self) -> int:
        return self.toys

    @property
    def grows(self) -> str:
        return "toys"

    def opened(self) -> infer.Stage:
        model, _ = self.compiled()
        stage = self.stage(model)
        self.check(stage.drawing.sampler)
        return stage

    def stage(self, model: Model) -> infer.Stage:
        """The toys of it."""
        return infer.truth_stage(
            model,
            [one.made() for one in self.statistics],
            self.truth,
            poi=self.poi,
            fixed=self.fixed,
            places=np.asarray(self.places),
            nuisances=self.nuisances,
            key=jax.random.key(self.seed, impl="threefry2x32"),
            number=self.number,
            toys=self.drawn,
        )
