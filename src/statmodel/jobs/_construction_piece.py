"""One piece of the toys of a construction, or of its coverage: what a worker makes."""

import functools
import threading
from typing import Annotated, TypeAlias

from pydantic import Field, TypeAdapter

from statmodel import infer
from statmodel._configure import configure
from statmodel._errors import CampaignError, StatmodelError

from ._construction_job import ConstructionJob
from ._coverage_job import CoverageJob

_Job: TypeAlias = Annotated[ConstructionJob | CoverageJob, Field(discriminator="kind")]
_ONE_AT_A_TIME = threading.Lock()


def construction_piece(job: str, piece: int) -> bytes:
    """The tables of one piece of a job, as a file. What a worker calls.

    Args:
        job: as `ConstructionJob` or `CoverageJob` writes it.
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
def _opened(job: str) -> tuple[ConstructionJob | CoverageJob, infer.Stage]:
    """Compiled once by a worker, whatever number of pieces it takes."""
    configure(cache=True)
    adapter: TypeAdapter[ConstructionJob | CoverageJob] = TypeAdapter(_Job)
    opened = adapter.validate_json(job)
    return opened, opened.opened()
