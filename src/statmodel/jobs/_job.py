"""What all jobs have: a document that every worker compiles for itself, and sees to be the same."""

import abc
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import numpy as np
from pydantic import BaseModel, ConfigDict

from statmodel import compiler, spec
from statmodel._errors import CampaignError
from statmodel.data import Dataset
from statmodel.model import Model, Sampler

_SAME = 1e-9
"""Of expected events: what other machines may round differently."""


class Documented(TypedDict):
    """Of a job, what the document says."""

    version: str
    document: dict[str, object]
    name: str
    folder: str | None
    root: str | None
    measurement: str | None
    digest: str


class AbstractJob(BaseModel, abc.ABC):
    """All that a worker needs, and nothing of this process."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")

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
    """Events of each channel, at a point."""
    rows: dict[str, float]
    """Effective rows of each simulation, at that point. By both it is known again."""
    piece: int
    """Toys of a piece."""

    @property
    @abc.abstractmethod
    def pieces(self) -> int:
        """How many; the last may make more toys than are wanted."""

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

    def check(self, sampler: Sampler) -> None:
        """See that simulations are as they were.

        Args:
            sampler: at the point that the job was planned with.

        Raises:
            CampaignError: the model expects other numbers of events than at first.
        """
        _check(self.name, sampler.expected, self.expected, "expects", "events")
        _check(self.name, sampler.effective, self.rows, "has", "effective rows")


def documented(loaded: spec.Spec, model: Model, measurement: str | None) -> Documented:
    """What a job says of the document that it is of.

    Args:
        loaded: the document.
        model: that it was compiled to.
        measurement: which was asked for.
    """
    origin = loaded.origin
    return Documented(
        version=version(),
        document=spec.plain_document(loaded),
        name=origin.name,
        folder=_absolute(origin.folder),
        root=_absolute(origin.root),
        measurement=measurement,
        digest=model.measurement.digest,
    )


def version() -> str:
    """Of this package."""
    return importlib.metadata.version("statmodel")


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())


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
