"""The JSON document of yields: its keys, and how arrays become lists of it."""

from typing import Literal, TypedDict

import numpy as np
from jaxtyping import Array, Float

from ._result_json import ProvenanceDocument, number
from ._results import Provenance


class StageDocument(TypedDict):
    """How the fit ended, if there was one, and what its errors leave out."""

    ok: bool
    message: str
    code: str | None
    left_out: list[str]


class ColumnDocument(TypedDict):
    """Bins."""

    events: list[float | None]
    errors: list[float | None]


class TotalDocument(TypedDict):
    """A sum over bins."""

    events: float | None
    errors: float | None


class SampleDocument(TypedDict):
    """A sample or process."""

    name: str
    events: list[float | None]
    errors: list[float | None]
    total: TotalDocument


class ChannelDocument(TypedDict):
    """A channel."""

    name: str
    type: Literal["binned", "unbinned"]
    samples: list[SampleDocument]
    bins: ColumnDocument
    total: TotalDocument
    observed: list[float | None] | None


class YieldsDocument(TypedDict):
    """The JSON document of yields."""

    measurement: str
    stage: Literal["prefit", "postfit"]
    status: StageDocument
    channels: list[ChannelDocument]
    point: dict[str, float]
    provenance: ProvenanceDocument


def nulls(values: Float[Array, " entry"]) -> list[float | None]:
    """Numbers, null where one is not finite."""
    return [number(one) for one in np.asarray(values)]


def total_document(events: Float[Array, ""], errors: Float[Array, ""]) -> TotalDocument:
    """A sum over bins."""
    return {"events": number(events), "errors": number(errors)}


def provenance_document(provenance: Provenance) -> ProvenanceDocument:
    """Where a result comes from."""
    return {
        "spec": provenance.spec,
        "data": provenance.data,
        "versions": dict(provenance.versions),
        "minimiser": provenance.minimiser,
        "constants": provenance.constants,
        "notes": list(provenance.notes),
    }


def provenance_from(document: ProvenanceDocument) -> Provenance:
    """Read back what `provenance_document` made."""
    return Provenance(
        spec=document["spec"],
        data=document["data"],
        versions=tuple(document["versions"].items()),
        minimiser=document["minimiser"],
        constants=document["constants"],
        notes=tuple(document["notes"]),
    )
