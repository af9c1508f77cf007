"""The job of a toy campaign, and one piece of it."""

import functools
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, final

import jax
import numpy as np
from pydantic import BaseModel, ConfigDict

from statmodel import compiler, infer, spec
from statmodel._configure import configure
from statmodel._errors import CampaignError, StatmodelError
from statmodel.data import Dataset
from statmodel.model import Auxiliary, Model, unobserved

_SAME = 1e-9
"""Of expected events: what other machines may round differently."""
_ONE_AT_A_TIME = threading.Lock()


@final
class ToyJob(BaseModel):
    """What is done with each toy: all that a worker needs, and nothing of this process."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")

    kind: Literal["toys"] = "toys"
    version: str
    """Of this package: another draws other toys."""
    document: dict[str, object]
    """The spec, patched where it was."""
    name: str
    """What messages call it."""
    folder: str | None
    """Where its paths start."""
    root: str | None
    """The folder that they may not leave; the one above where it is None."""
    measurement: str | None
    digest: str
    """Of the document, with what it includes."""
    expected: dict[str, float]
    """Events of each channel, at the point."""
    rows: dict[str, float]
    """Effective rows of each simulation, at the point. By both it is known again."""
    point: dict[str, float]
    seed: int
    toys: int
    piece: int
    """Toys of a piece."""
    auxiliary: Auxiliary
    hypotheses: tuple[dict[str, float], ...]
    start: dict[str, float]
    fixed: dict[str, float]
    errors: bool
    max_steps: int

    @property
    def pieces(self) -> int:
        """How many; the last may make more toys than are wanted."""
        return -(-self.toys // self.piece)

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        return json.loads(self.model_dump_json())

    def compiled(self) -> tuple[Model, Dataset]:
        """The model of the document.

        Raises:
            SpecErrors: a file that it names has changed, and is wrong now.
            CampaignError: it is another model than when the campaign was planned.
        """
        parsed = spec.parse_spec(json.dumps(self.document), format="json", name=self.name)
        origin = replace(
            parsed.origin,
            folder=None if self.folder is None else Path(self.folder),
            root=None if self.root is None else Path(self.root),
        )
        model, dataset = compiler.compile(parsed.with_origin(origin), measurement=self.measurement)
        if model.measurement.digest != self.digest:
            message = f"{self.name}: a file that it includes says something else than at first"
            raise CampaignError(message)
        return model, dataset

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
        _check(self.name, made.sampler.expected, self.expected, "expects", "events")
        _check(self.name, made.sampler.effective, self.rows, "has", "effective rows")
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


def _check(
    name: str, found: Mapping[str, float], planned: Mapping[str, float], verb: str, unit: str
) -> None:
    for channel, before in planned.items():
        now = found.get(channel, float("nan"))
        if not np.isclose(now, before, rtol=_SAME, atol=0.0):
            message = (
                f"{name}: channel {channel} {verb} {now:.10g} {unit} where the campaign was "
                f"planned with {before:.10g}: its simulation has changed"
            )
            raise CampaignError(message)
