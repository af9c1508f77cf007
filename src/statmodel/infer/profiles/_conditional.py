r"""Conditional fits: minima of `nll` with one parameter held.

At the minimum :math:`\hat{\hat\theta}(\mu)` over the other parameters the envelope theorem gives
the slope of the profile for nothing, and the Hessian its curvature and the way of the minimum:

.. math::

   \frac{d\,\mathrm{nll}}{d\mu} = \frac{\partial\,\mathrm{nll}}{\partial\mu}, \qquad
   \frac{d\hat{\hat\theta}}{d\mu} = -H_{oo}^{-1} H_{o\mu}, \qquad
   \frac{d^2\mathrm{nll}}{d\mu^2} = H_{\mu\mu} - H_{\mu o} H_{oo}^{-1} H_{o\mu}

Which parameter is held is data, so they run in the programs that a fit of all parameters has
compiled.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from statmodel.infer._programs import fit_arrays
from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._minimise import MAX_STEPS
from statmodel.infer.minimisers._status import Status
from statmodel.model import Model, Prepared

NOBODY = -1
"""In place of a parameter: none is held."""


class Conditional(NamedTuple):
    """The end of a conditional fit, in internal coordinates."""

    at: Float[np.ndarray, " parameter"]
    value: float
    slope: float
    """Derivative of the profiled `nll`; NaN where no parameter is held, as what follows."""
    curvature: float
    """Second derivative of the profiled `nll`."""
    tangent: Float[np.ndarray, " parameter"]
    """Derivative of `at`."""
    status: Status


def conditional_fit(
    model: Model,
    prepared: Prepared,
    start: Float[np.ndarray, " parameter"],
    held: int,
    box: Box,
) -> Conditional:
    """Minimise over all parameters but one.

    Args:
        model: the compiled likelihood.
        prepared: the data.
        start: internal vector; holds the parameter's value.
        held: which parameter, or `NOBODY`.
        box: where to search; what is fixed there stays fixed.
    """
    fixed = np.asarray(box.fixed) | (np.arange(start.size) == held)
    within = box._replace(fixed=jnp.asarray(fixed))
    end = fit_arrays(model, prepared, jnp.asarray(start), within, MAX_STEPS).minimum
    at, value, status = np.asarray(end.at), float(end.value), Status(int(end.status))
    if held == NOBODY:
        return Conditional(at, value, np.nan, np.nan, np.full_like(at, np.nan), status)
    moving = ~fixed & ~np.asarray(end.active)
    tangent, curvature = follow(np.asarray(end.hessian), held, moving)
    return Conditional(at, value, float(end.gradient[held]), curvature, tangent, status)


def follow(
    hessian: Float[np.ndarray, "parameter parameter"],
    held: int,
    moving: Bool[np.ndarray, " parameter"],
) -> tuple[Float[np.ndarray, " parameter"], float]:
    """How the other parameters follow the one held, and the curvature of the profile.

    NaN where the Hessian over those that move is singular.
    """
    diagonal = np.abs(np.diagonal(hessian))
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = hessian / np.outer(scale, scale)
    column = scaled[moving, held]
    response = np.zeros_like(scale)
    try:
        response[moving] = -np.linalg.solve(scaled[np.ix_(moving, moving)], column)
    except np.linalg.LinAlgError:
        response[moving] = np.nan
    curvature = (scaled[held, held] + column @ response[moving]) * scale[held] ** 2
    tangent = response * scale[held] / scale
    tangent[held] = 1.0
    return tangent, float(curvature)
