"""The JSON document of a fit: its keys, and how arrays become columns of it and back.

Numbers that do not exist are null, since JSON knows neither NaN nor infinity.
"""

import math
from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

import numpy as np
from jaxtyping import Array, Bool, Float

from ._finding import FindingDocument
from ._intervals import ProfileErrorsDocument
from ._minima import MinimaDocument


class StatusDocument(TypedDict):
    """How the fit ended."""

    ok: bool
    message: str
    code: str
    edm: float | None
    steps: int
    flat_direction: dict[str, float]


class ParameterDocument(TypedDict):
    """What is known of one parameter."""

    value: float | None
    error: float | None
    error_minus: float | None
    error_plus: float | None
    pull: float | None
    at_bound: bool
    fixed: bool
    constrained: bool


class CovarianceDocument(TypedDict):
    """The covariance of the free parameters."""

    names: list[str]
    matrix: list[list[float | None]]


class ProvenanceDocument(TypedDict):
    """Where the result comes from."""

    spec: str
    data: str
    versions: dict[str, str]
    minimiser: str
    constants: str
    notes: list[str]


class FitDocument(TypedDict):
    """The JSON document of a fit."""

    measurement: str
    poi: list[str]
    status: StatusDocument
    nll: float | None
    parameters: dict[str, ParameterDocument]
    covariance: CovarianceDocument
    profile_errors: NotRequired[ProfileErrorsDocument | None]
    minima: NotRequired[MinimaDocument | None]
    findings: NotRequired[list[FindingDocument]]
    provenance: ProvenanceDocument


Number = Literal["value", "error", "error_minus", "error_plus", "pull"]
Flag = Literal["at_bound", "fixed"]


def number(value: Float[Array, ""] | float) -> float | None:
    """A number, or null where it is not finite."""
    plain = float(value)
    return plain if math.isfinite(plain) else None


def array(values: object) -> Float[np.ndarray, "..."]:
    """Numbers with null as NaN."""
    return np.asarray(values, dtype=np.float64)


def parameter_documents(
    names: Sequence[str],
    numbers: dict[Number, Float[Array, " parameter"]],
    flags: dict[Flag, Bool[Array, " parameter"]],
) -> dict[str, ParameterDocument]:
    """Columns by quantity, turned into one document a parameter."""
    return {
        name: {
            "value": number(numbers["value"][index]),
            "error": number(numbers["error"][index]),
            "error_minus": number(numbers["error_minus"][index]),
            "error_plus": number(numbers["error_plus"][index]),
            "pull": number(numbers["pull"][index]),
            "at_bound": bool(flags["at_bound"][index]),
            "fixed": bool(flags["fixed"][index]),
            "constrained": math.isfinite(float(numbers["pull"][index])),
        }
        for index, name in enumerate(names)
    }


def column(document: FitDocument, key: Number) -> Float[np.ndarray, " parameter"]:
    """One quantity of all parameters."""
    return array([one[key] for one in document["parameters"].values()])


def flags(document: FitDocument, key: Flag) -> Bool[np.ndarray, " parameter"]:
    """One flag of all parameters."""
    return np.asarray([one[key] for one in document["parameters"].values()], dtype=bool)


def covariance_document(
    names: Sequence[str],
    matrix: Float[np.ndarray, "parameter parameter"],
    free: Sequence[int],
) -> CovarianceDocument:
    """The rows and columns of the free parameters."""
    block = matrix[np.ix_(free, free)]
    return {
        "names": [names[index] for index in free],
        "matrix": [[number(entry) for entry in row] for row in block],
    }


def covariance_matrix(document: FitDocument) -> Float[np.ndarray, "parameter parameter"]:
    """The full matrix, zero for parameters that were held."""
    names = list(document["parameters"])
    free = [names.index(name) for name in document["covariance"]["names"]]
    matrix = np.zeros((len(names), len(names)))
    if free:
        matrix[np.ix_(free, free)] = array(document["covariance"]["matrix"])
    return matrix
