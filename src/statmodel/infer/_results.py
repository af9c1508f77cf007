"""What a fit returns: values, covariance, status and provenance, frozen."""

import json
import math
from typing import Literal, TypedDict, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.model import Point

from ._status import Status


class _Status(TypedDict):
    ok: bool
    message: str
    code: str
    edm: float | None
    steps: int
    flat_direction: dict[str, float]


class _Parameter(TypedDict):
    value: float | None
    error: float | None
    error_minus: float | None
    error_plus: float | None
    pull: float | None
    at_bound: bool
    fixed: bool
    constrained: bool


class _Covariance(TypedDict):
    names: list[str]
    matrix: list[list[float | None]]


class _Provenance(TypedDict):
    spec: str
    data: str
    versions: dict[str, str]
    minimiser: str
    constants: str
    notes: list[str]


class _Document(TypedDict):
    """The JSON document of a fit."""

    measurement: str
    poi: list[str]
    status: _Status
    nll: float | None
    parameters: dict[str, _Parameter]
    covariance: _Covariance
    provenance: _Provenance


@final
class Correlation(eqx.Module):
    """Correlation coefficients, unit diagonal."""

    names: tuple[str, ...] = eqx.field(static=True)
    matrix: Float[Array, "*batch parameter parameter"]

    def between(self, first: str, second: str) -> Float[Array, "*batch"]:
        """The coefficient of two parameters."""
        return self.matrix[..., self.names.index(first), self.names.index(second)]


@final
class Covariance(eqx.Module):
    """The inverse Hessian of `nll` over the free parameters, in the user's units.

    Rows and columns of parameters that were fixed, or that rest on a bound, are zero.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    matrix: Float[Array, "*batch parameter parameter"]

    def between(self, first: str, second: str) -> Float[Array, "*batch"]:
        """The covariance of two parameters."""
        return self.matrix[..., self.names.index(first), self.names.index(second)]

    def correlation(self) -> Correlation:
        """The matrix divided by its standard deviations; 0 where one of them is 0."""
        variance = jnp.diagonal(self.matrix, axis1=-2, axis2=-1)
        known = variance > 0
        inverse = jnp.where(known, 1.0 / jnp.sqrt(jnp.where(known, variance, 1.0)), 0.0)
        scaled = self.matrix * inverse[..., :, None] * inverse[..., None, :]
        unit = jnp.eye(len(self.names), dtype=bool)
        return Correlation(self.names, jnp.where(unit, 1.0, scaled))


@final
class Provenance(eqx.Module):
    """Where a result comes from: enough to make it again."""

    spec: str = eqx.field(static=True)
    """Fingerprint of the document."""
    data: str = eqx.field(static=True)
    """Fingerprint of the data; empty when bound data were given."""
    versions: tuple[tuple[str, str], ...] = eqx.field(static=True)
    minimiser: str = eqx.field(static=True)
    constants: str = eqx.field(static=True)
    """What `nll` leaves out."""
    notes: tuple[str, ...] = eqx.field(static=True, default=())
    """What was warned of on the way, word for word."""


@final
class FitResult(eqx.Module):
    """The minimum of `nll`. A batch of data gives a leading axis on every array."""

    measurement: str = eqx.field(static=True)
    pois: tuple[str, ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    values: Float[Array, "*batch parameter"]
    errors: Float[Array, "*batch parameter"]
    """From the inverse Hessian; NaN for fixed parameters, on a bound, and where undefined."""
    pulls: Float[Array, "*batch parameter"]
    """(value - observed) / width before the fit; NaN without a constraint."""
    covariance: Covariance
    nll: Float[Array, "*batch"]
    edm: Float[Array, "*batch"]
    """Estimated distance to the minimum, in units of nll."""
    at_bound: Bool[Array, "*batch parameter"]
    fixed: Bool[Array, "*batch parameter"]
    steps: Int[Array, "*batch"]
    status: Int[Array, "*batch"]
    """A :class:`Status`, one a data set."""
    flat_direction: Float[Array, "*batch parameter"]
    """Unit vector of least curvature in scaled coordinates; told where the status is flat."""
    provenance: Provenance

    @property
    def point(self) -> Point:
        """Best-fit values by name."""
        return {name: self.values[..., i] for i, name in enumerate(self.names)}

    @property
    def ok(self) -> bool:
        """Whether every fit converged."""
        return bool((np.asarray(self.status) == Status.CONVERGED).all())

    @property
    def message(self) -> str:
        """The status in words, with the parameters on bounds and the degenerate directions."""
        return _describe(self)

    def error(self, name: str) -> Float[Array, "*batch"]:
        """The error of one parameter."""
        return self.errors[..., self.names.index(name)]

    def to_json(self) -> str:
        """The result of one data set as a JSON document; undefined numbers are null."""
        return json.dumps(_as_document(self), indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "FitResult":
        """Read back what `to_json` wrote."""
        return _from_document(json.loads(text))


def _describe(result: FitResult) -> str:
    """The status of a fit in words; of a batch, how many converged."""
    status = np.asarray(result.status)
    if status.ndim:
        good = int((status == Status.CONVERGED).sum())
        return f"{good} of {status.size} fits converged"
    said = Status(int(status)).message
    resting = [n for n, at in zip(result.names, result.at_bound, strict=True) if at]
    if resting:
        said += f"; at a bound: {', '.join(resting)} (no symmetric error there)"
    flat = _degenerate_direction(result) if status == Status.FLAT_DIRECTION else ""
    return f"{said} {flat}".rstrip()


def _degenerate_direction(result: FitResult) -> str:
    """The flat direction by parameter name, largest weights first."""
    direction = np.asarray(result.flat_direction)
    order = np.argsort(-np.abs(direction))[:4]
    shown = [i for i in order if abs(direction[i]) > 0.1 * abs(direction[order[0]])]
    terms = ", ".join(f"{result.names[i]} ({direction[i]:+.2f})" for i in shown)
    return f"Flat direction: {terms}."


def _as_document(result: FitResult) -> _Document:
    """The JSON document of a single fit, as plain Python values."""
    names = result.names
    free = [i for i in range(len(names)) if not (result.fixed[i] or result.at_bound[i])]
    matrix = np.asarray(result.covariance.matrix)[np.ix_(free, free)]
    provenance = result.provenance
    return {
        "measurement": result.measurement,
        "poi": list(result.pois),
        "status": {
            "ok": result.ok,
            "message": result.message,
            "code": Status(int(result.status)).name.lower(),
            "edm": _number(result.edm),
            "steps": int(result.steps),
            "flat_direction": dict(
                zip(names, np.asarray(result.flat_direction).tolist(), strict=True)
            ),
        },
        "nll": _number(result.nll),
        "parameters": {name: _parameter(result, i) for i, name in enumerate(names)},
        "covariance": {
            "names": [names[i] for i in free],
            "matrix": [[_number(entry) for entry in row] for row in matrix],
        },
        "provenance": {
            "spec": provenance.spec,
            "data": provenance.data,
            "versions": dict(provenance.versions),
            "minimiser": provenance.minimiser,
            "constants": provenance.constants,
            "notes": list(provenance.notes),
        },
    }


def _parameter(result: FitResult, index: int) -> _Parameter:
    return {
        "value": _number(result.values[index]),
        "error": _number(result.errors[index]),
        "error_minus": None,
        "error_plus": None,
        "pull": _number(result.pulls[index]),
        "at_bound": bool(result.at_bound[index]),
        "fixed": bool(result.fixed[index]),
        "constrained": bool(np.isfinite(result.pulls[index])),
    }


def _number(value: Float[Array, ""] | float) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _from_document(document: _Document) -> FitResult:
    status, covariance = document["status"], document["covariance"]
    provenance = document["provenance"]
    parameters = document["parameters"]
    names = tuple(parameters)
    free = [names.index(name) for name in covariance["names"]]
    matrix = np.zeros((len(names), len(names)))
    if free:
        matrix[np.ix_(free, free)] = _array(covariance["matrix"])

    def column(key: Literal["value", "error", "pull"]) -> Array:
        return jnp.asarray(_array([parameters[name][key] for name in names]))

    def flags(key: Literal["at_bound", "fixed"]) -> Array:
        return jnp.asarray([parameters[name][key] for name in names], dtype=bool)

    return FitResult(
        measurement=document["measurement"],
        pois=tuple(document["poi"]),
        names=names,
        values=column("value"),
        errors=column("error"),
        pulls=column("pull"),
        covariance=Covariance(names, jnp.asarray(matrix)),
        nll=jnp.asarray(_array(document["nll"])),
        edm=jnp.asarray(_array(status["edm"])),
        at_bound=flags("at_bound"),
        fixed=flags("fixed"),
        steps=jnp.asarray(status["steps"]),
        status=jnp.asarray(Status[status["code"].upper()].value),
        flat_direction=jnp.asarray(list(status["flat_direction"].values())),
        provenance=Provenance(
            spec=provenance["spec"],
            data=provenance["data"],
            versions=tuple(provenance["versions"].items()),
            minimiser=provenance["minimiser"],
            constants=provenance["constants"],
            notes=tuple(provenance["notes"]),
        ),
    )


def _array(values: object) -> Float[np.ndarray, "..."]:
    """Numbers with null as NaN."""
    return np.asarray(values, dtype=np.float64)
