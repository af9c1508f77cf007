"""MIGRAD and HESSE of iminuit on the likelihood, in internal coordinates.

(H. Dembinski et al., iminuit, https://doi.org/10.5281/zenodo.3949207.) MIGRAD may end early where
the likelihood is hard; it is then called again from where it ended.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel.model import FreeVector, Model, Prepared

from .minimisers._extent import extent_of
from .minimisers._objective import first_order_nll

_TOLERANCE = 1e-2
"""MIGRAD stops where its estimated distance is below 0.002 times this, in units of `nll`."""
_CALLS = 5
_TOO_HIGH = 1e100
"""What stands for `nll` where it is not finite: MIGRAD cannot go on from an infinity."""


class Verdict(NamedTuple):
    """Where iminuit ended, in the user's units."""

    values: Float[np.ndarray, " parameter"]
    errors: Float[np.ndarray, " parameter"]
    """From HESSE; NaN for parameters that were held, or where it failed."""
    nll: float
    edm: float
    valid: bool
    calls: int


def referee(
    model: Model,
    prepared: Prepared,
    values: Float[np.ndarray, " parameter"],
    *,
    fixed: Bool[np.ndarray, " parameter"],
) -> Verdict:
    """Minimise from a point.

    Args:
        model: the compiled likelihood.
        prepared: the data.
        values: where to begin, in the user's units.
        fixed: parameters that stay there.

    Raises:
        ModuleNotFoundError: iminuit is not installed.
    """
    try:
        from iminuit import Minuit  # noqa: PLC0415 (optional package)
    except ModuleNotFoundError as error:
        msg = 'a cross-check needs iminuit, which is not installed: pip install "statmodel[minuit]"'
        raise ModuleNotFoundError(msg, name="iminuit") from error
    space = model.space
    start = np.asarray(space.to_free(jnp.asarray(values)))
    # Differences of a large nll would drown in its rounding: it is told relative to the start.
    offset = float(_slope(model, prepared, jnp.asarray(start))[0])
    offset = offset if np.isfinite(offset) else 0.0

    def both(at: tuple[float, ...]) -> tuple[float, Float[np.ndarray, " parameter"]]:
        value, slope = _slope(model, prepared, jnp.asarray(at))
        slope = np.asarray(slope)
        usable = np.isfinite(value) and bool(np.isfinite(slope).all())
        return (float(value) - offset, slope) if usable else (_TOO_HIGH, np.zeros_like(slope))

    minuit = Minuit(lambda *at: both(at)[0], *start, grad=lambda *at: both(at)[1])
    minuit.errordef, minuit.strategy, minuit.tol = Minuit.LIKELIHOOD, 1, _TOLERANCE
    size = np.asarray(extent_of(model, prepared, jnp.asarray(start)).size)
    lower, upper = (np.asarray(side) for side in space.free_bounds())
    minuit.errors, minuit.limits = 0.3 * size, list(zip(lower, upper, strict=True))
    minuit.fixed = fixed
    for _ in range(0 if fixed.all() else _CALLS):
        minuit.migrad()
        if minuit.valid:
            break
    at = np.array(minuit.values)
    edm = float(minuit.fmin.edm) if minuit.fmin is not None else 0.0
    valid = bool(minuit.valid) or bool(fixed.all())
    if not fixed.all():
        # MINUIT bends coordinates that have limits, and their errors with them: without limits the
        # errors are those of the Hessian. Parameters on a bound are held there.
        resting = _on_a_bound(at, lower, upper, 1e-3 * size)
        minuit.fixed = fixed | resting
        minuit.limits = [(None, None)] * at.size
        minuit.hesse()
    accurate = bool(minuit.accurate)
    jacobian = np.abs(np.asarray(space.jacobian(jnp.asarray(at))))
    held = np.array(minuit.fixed) | (jacobian == 0)
    errors = np.where(held, np.nan, np.array(minuit.errors) * jacobian)
    return Verdict(
        values=np.asarray(space.to_values(jnp.asarray(at))),
        errors=errors if accurate else np.full(errors.shape, np.nan),
        nll=both(tuple(at))[0] + offset,
        edm=edm,
        valid=valid,
        calls=int(minuit.nfcn + minuit.ngrad),
    )


def _on_a_bound(
    at: Float[np.ndarray, " parameter"],
    lower: Float[np.ndarray, " parameter"],
    upper: Float[np.ndarray, " parameter"],
    near: Float[np.ndarray, " parameter"],
) -> Bool[np.ndarray, " parameter"]:
    return (at - lower < near) | (upper - at < near)


@eqx.filter_jit
def _slope(
    model: Model, prepared: Prepared, free: FreeVector
) -> tuple[Float[Array, ""], FreeVector]:
    return jax.value_and_grad(first_order_nll(model, prepared))(free)
