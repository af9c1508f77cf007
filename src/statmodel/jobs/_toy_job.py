"""The job of a toy campaign, and one piece of it."""

import functools
import threading
from typing import Literal, final

import jax

from statmodel import infer
from statmodel._configure import configure
from statmodel._errors import CampaignError, StatmodelError
from statmodel.data import Dataset
from statmodel.model import Auxiliary, Model, unobserved

from ._job import AbstractJob

_ONE_AT_A_TIME = threading.Lock()


@final
class ToyJob(AbstractJob):
    """What is done with each toy."""

    kind: Literal["toys"] = "toys"
    point: dict[str, float]
    seed: int
    toys: int
    auxiliary: Auxiliary
    hypotheses: tuple[dict[str, float], ...]
    start: dict[str, float]
    fixed: dict[str, float]
    errors: bool
    max_steps: int

    @property
    def pieces(self) -> int:
        return -(-self.toys // self.piece)

    def plan(self, model: Model, dataset: Dataset) -> infer.ToyPlan:
        """What is done with each toy.

        Raises:
            CampaignError: the model expects other numbers of events than at first.
        """
        made = infer.plan_toys(
            model,
            self.point,
            key=jax.random.key(self.seed, impl="threefry2x32"),
            auxiliary=self.auxiliary,
            like=None if unobserved(model, dataset) else dataset,
            hypotheses=self.hypotheses,
            start=self.start,
            fixed=self.fixed,
            errors=self.errors,
            max_steps=self.max_steps,
        )
        self.check(made.sampler)
        return made

    def made(self, plan: infer.ToyPlan, piece: int, *, threads: int) -> bytes:
        """The table of one piece, as a file."""
        first = piece * self.piece
        tables = tuple(plan.tables(first, first + self.piece, threads=threads))
        return infer.joined(tables).to_bytes()


def toy_piece(job: str, piece: int) -> bytes:
    """The table of one piece of a job, as a file. What a worker calls.

    Args:
        job: as `ToyJob` writes it.
        piece: its number.

    Raises:
        CampaignError: with the words of what went wrong: other errors do not travel well.
    """
    try:
        with _ONE_AT_A_TIME:
            opened, plan = _opened(job)
        return opened.made(plan, piece, threads=1)
    except (StatmodelError, ValueError, OSError) as error:
        raise CampaignError(str(error)) from None


@functools.lru_cache(maxsize=1)
def _opened(job: str) -> tuple[ToyJob, infer.ToyPlan]:
    """Compiled once by a worker, whatever number of pieces it takes."""
    configure(cache=True)
    opened = ToyJob.model_validate_json(job)
    model, dataset = opened.compiled()
    return opened, opened.plan(model, dataset)
