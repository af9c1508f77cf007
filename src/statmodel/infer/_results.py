"""What a fit returns: values, covariance, status and provenance, frozen."""

import json
from collections.abc import Callable
from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel._errors import suggestion

from ._finding import Finding
from ._intervals import ProfileErrors, ProfileInterval
from ._minima import LocalMinima
from ._result_json import (
    FitDocument,
    ProvenanceDocument,
    array,
    column,
    covariance_document,
    covariance_matrix,
    flags,
    number,
    parameter_documents,
)
from .minimisers._status import Status


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

    def to_document(self) -> ProvenanceDocument:
        """Plain Python values for a JSON document."""
        return {
            "spec": self.spec,
            "data": self.data,
            "versions": dict(self.versions),
            "minimiser": self.minimiser,
            "constants": self.constants,
            "notes": list(self.notes),
        }

    @classmethod
    def from_document(cls, document: ProvenanceDocument) -> "Provenance":
        """Read back what `to_document` wrote."""
        return cls(
            spec=document["spec"],
            data=document["data"],
            versions=tuple(document["versions"].items()),
            minimiser=document["minimiser"],
            constants=document["constants"],
            notes=tuple(document["notes"]),
        )


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
    """Unit vector of least curvature in scaled coordinates; 0 for a minimum that is clear."""
    provenance: Provenance
    profile_errors: ProfileErrors | None = eqx.field(static=True, default=None)
    """Intervals from the profile likelihood, once :func:`profile_errors` has found them."""
    minima: LocalMinima | None = None
    """Where several starts have ended; None for a fit from one start."""
    findings: tuple[Finding, ...] = eqx.field(static=True, default=())
    """What :func:`diagnose` has found, once it was asked."""

    @property
    def errors_minus(self) -> Float[Array, "*batch parameter"]:
        """Distance down to where the likelihood ratio reaches its level, >= 0; NaN if unknown."""
        return self._from_profiles(lambda one: one.minus)

    @property
    def errors_plus(self) -> Float[Array, "*batch parameter"]:
        """Distance up to where the likelihood ratio reaches its level, >= 0; NaN if unknown."""
        return self._from_profiles(lambda one: one.plus)

    @property
    def point(self) -> dict[str, Float[Array, "*batch"]]:
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
        """The error of one parameter.

        Raises:
            KeyError: there is no such parameter; with the nearest name.
        """
        if name not in self.names:
            msg = f'there is no parameter "{name}".{suggestion(name, self.names, "Parameters")}'
            raise KeyError(msg)
        return self.errors[..., self.names.index(name)]

    def to_json(self) -> str:
        """The result of one data set as a JSON document; undefined numbers are null."""
        return json.dumps(_as_document(self), indent=2, allow_nan=False)

    def _from_profiles(
        self, number_of: Callable[[ProfileInterval], float]
    ) -> Float[Array, "*batch parameter"]:
        known = np.full(self.values.shape, np.nan)
        for one in () if self.profile_errors is None else self.profile_errors.intervals:
            known[..., self.names.index(one.name)] = number_of(one)
        return jnp.asarray(known)

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
    resting = [n for n, at in zip(result.names, np.asarray(result.at_bound), strict=True) if at]
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


def _as_document(result: FitResult) -> FitDocument:
    """The JSON document of a single fit, as plain Python values."""
    names = result.names
    free = [i for i in range(len(names)) if not (result.fixed[i] or result.at_bound[i])]
    direction = np.asarray(result.flat_direction).tolist()
    return {
        "measurement": result.measurement,
        "poi": list(result.pois),
        "status": {
            "ok": result.ok,
            "message": result.message,
            "code": Status(int(result.status)).name.lower(),
            "edm": number(result.edm),
            "steps": int(result.steps),
            "flat_direction": dict(zip(names, direction, strict=True)),
        },
        "nll": number(result.nll),
        "parameters": parameter_documents(
            names,
            {
                "value": result.values,
                "error": result.errors,
                "error_minus": result.errors_minus,
                "error_plus": result.errors_plus,
                "pull": result.pulls,
            },
            {"at_bound": result.at_bound, "fixed": result.fixed},
        ),
        "covariance": covariance_document(names, np.asarray(result.covariance.matrix), free),
        "profile_errors": None
        if result.profile_errors is None
        else result.profile_errors.to_document(),
        "minima": None if result.minima is None else result.minima.to_document(),
        "findings": [finding.to_document() for finding in result.findings],
        "provenance": result.provenance.to_document(),
    }


def _from_document(document: FitDocument) -> FitResult:
    status = document["status"]
    names = tuple(document["parameters"])
    intervals, minima = document.get("profile_errors"), document.get("minima")
    return FitResult(
        measurement=document["measurement"],
        pois=tuple(document["poi"]),
        names=names,
        values=jnp.asarray(column(document, "value")),
        errors=jnp.asarray(column(document, "error")),
        pulls=jnp.asarray(column(document, "pull")),
        covariance=Covariance(names, jnp.asarray(covariance_matrix(document))),
        nll=jnp.asarray(array(document["nll"])),
        edm=jnp.asarray(array(status["edm"])),
        at_bound=jnp.asarray(flags(document, "at_bound")),
        fixed=jnp.asarray(flags(document, "fixed")),
        steps=jnp.asarray(status["steps"]),
        status=jnp.asarray(Status[status["code"].upper()].value),
        flat_direction=jnp.asarray(list(status["flat_direction"].values())),
        provenance=Provenance.from_document(document["provenance"]),
        profile_errors=None if intervals is None else ProfileErrors.from_document(intervals),
        minima=None if minima is None else LocalMinima.from_document(minima),
        findings=tuple(Finding.from_document(one) for one in document.get("findings", [])),
    )
