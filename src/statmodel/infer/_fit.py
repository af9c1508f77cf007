r"""Maximum likelihood: :math:`\hat\theta = \arg\min_\theta -\log L(\theta)`, with its covariance.

.. math:: V = H^{-1}, \qquad H_{kl} = -\frac{\partial^2 \log L}{\partial\theta_k\,\partial\theta_l}

over all free parameters together, at the optimum. Parameters that rest on a bound are held there.
"""

import importlib.metadata
from collections.abc import Mapping
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float, Int

from statmodel.data import Dataset
from statmodel.model import FreeVector, Model, Prepared

from ._minimise import MAX_STEPS, Minimum, minimise, scale_of
from ._objective import negative_log_likelihood, with_derivatives
from ._results import Covariance, FitResult, Provenance
from ._status import Status
from ._trust_region import Matrix, restrict

CONSTANTS = "log n! of unbinned channels; densities of ratio channels are relative to the reference"


def fit(
    model: Model,
    data: Dataset | Prepared,
    *,
    start: Mapping[str, ArrayLike] | None = None,
    fixed: Mapping[str, ArrayLike] | None = None,
    max_steps: int = MAX_STEPS,
) -> FitResult:
    """Maximise the likelihood over all parameters that are not fixed.

    Args:
        model: the compiled likelihood.
        data: a data set, or what `model.bind` made of one.
        start: starting values by name; the document's elsewhere.
        fixed: parameters held at the given values, beside those that the document fixes. Other
            names or values do not recompile anything.
        max_steps: most Newton steps, rejected ones included.

    Returns:
        The result; look at `ok` and `message` before any number.

    Raises:
        KeyError: for an unknown parameter.
        ValueError: for a start or a fixed value outside the parameter's bounds.
    """
    held = dict(fixed or {})
    point = model.space.point({**dict(start or {}), **held})
    _check_bounds(model, point)
    mask = model.space.fixed_mask() | np.isin(model.space.names, list(held))
    lower, upper = model.space.free_bounds()
    free = model.space.to_free(model.space.values(point))
    prepared = model.prepared(data)
    fitted = fit_arrays(
        model, prepared, free, jnp.asarray(mask), lower, upper, jnp.asarray(max_steps)
    )
    return as_result(model, fitted, jnp.asarray(mask), digest=_digest(data))


class Fitted(NamedTuple):
    """A minimum, and what follows from it in the user's units."""

    minimum: Minimum
    values: Float[Array, " parameter"]
    errors: Float[Array, " parameter"]
    pulls: Float[Array, " parameter"]
    covariance: Matrix
    at_bound: Bool[Array, " parameter"]
    flat_direction: Float[Array, " parameter"]


@eqx.filter_jit
def fit_arrays(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    fixed: Bool[Array, " parameter"],
    lower: FreeVector,
    upper: FreeVector,
    max_steps: Int[Array, ""],
) -> Fitted:
    """Minimise and summarise, in one program; everything but the model's structure is traced."""
    nll = negative_log_likelihood(model, prepared)
    minimum = minimise(
        with_derivatives(nll),
        start,
        fixed=fixed,
        lower=lower,
        upper=upper,
        max_steps=max_steps,
    )
    at_bound = ~fixed & ((minimum.at <= lower) | (minimum.at >= upper))
    free = ~fixed & ~at_bound
    matrix, flat = _invert(minimum.hessian, free)
    jacobian = model.space.jacobian(minimum.at)
    matrix = matrix * jacobian[None, :] * jacobian[:, None]
    matrix = jnp.where(minimum.status == Status.CONVERGED, matrix, jnp.nan)
    matrix = jnp.where(free[:, None] & free[None, :], matrix, 0.0)
    variance = jnp.diagonal(matrix)
    known = free & (variance > 0)
    values = model.space.to_values(minimum.at)
    widths = model.prefit_widths()
    pulled = jnp.isfinite(widths)
    pulls = (values - prepared.auxiliary) / jnp.where(pulled, widths, 1.0)
    return Fitted(
        minimum=minimum,
        values=values,
        errors=jnp.where(known, jnp.sqrt(jnp.where(known, variance, 1.0)), jnp.nan),
        pulls=jnp.where(pulled, pulls, jnp.nan),
        covariance=matrix,
        at_bound=at_bound,
        flat_direction=flat,
    )


def as_result(
    model: Model, fitted: Fitted, fixed: Bool[Array, " parameter"], *, digest: str = ""
) -> FitResult:
    """The arrays of a fit under their names, with provenance."""
    minimum, space = fitted.minimum, model.space
    return FitResult(
        measurement=model.measurement.name,
        pois=model.measurement.pois,
        names=space.names,
        values=fitted.values,
        errors=fitted.errors,
        pulls=fitted.pulls,
        covariance=Covariance(space.names, fitted.covariance),
        nll=minimum.value,
        edm=minimum.edm,
        at_bound=fitted.at_bound,
        fixed=fixed,
        steps=minimum.steps,
        status=minimum.status,
        flat_direction=fitted.flat_direction,
        provenance=_provenance(model, digest),
    )


def _invert(
    hessian: Matrix, free: Bool[Array, " parameter"]
) -> tuple[Matrix, Float[Array, " parameter"]]:
    """The inverse over the free coordinates, and the eigenvector of least curvature."""
    scale = scale_of(hessian)
    lengths = scale[:, None] * scale[None, :]
    values, vectors = jnp.linalg.eigh(restrict(hessian / lengths, free))
    inverse = (vectors / values[None, :]) @ vectors.T
    return inverse / lengths, vectors[:, 0]


def _check_bounds(model: Model, point: Mapping[str, Array]) -> None:
    outside = [
        f"{name} = {float(point[name]):g} is outside [{low:g}, {high:g}]"
        for name, (low, high) in zip(model.space.names, model.space.bounds, strict=True)
        if not low <= float(point[name]) <= high
    ]
    if outside:
        msg = f"`fit(start=..., fixed=...)`: {'; '.join(outside)}"
        raise ValueError(msg)


def _digest(data: Dataset | Prepared) -> str:
    return data.digest() if isinstance(data, Dataset) else ""


def _provenance(model: Model, digest: str) -> Provenance:
    packages = ("statmodel", "jax", "jaxlib", "equinox", "numpy")
    return Provenance(
        spec=model.measurement.digest,
        data=digest,
        versions=tuple((name, importlib.metadata.version(name)) for name in packages),
        minimiser=f"trust-region Newton, exact Hessian, {jax.default_backend()}",
        constants=CONSTANTS,
        notes=model.notes,
    )
