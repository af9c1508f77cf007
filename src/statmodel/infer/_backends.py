"""The minimisers that a fit can use. A new one is a file, a word and an arm of the `match` here.

`newton` is the whole of a fit. The others only walk to where they think that the minimum is; from
there the Newton minimiser goes on for a few evaluations, with the exact Hessian and with the same
words for how it ended, so that results of all of them compare.
"""

import importlib.metadata
from typing import Literal, TypeAlias, assert_never, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel._compiling import vectorised_jit
from statmodel.model import FreeVector, Model, Prepared

from ._derivatives import slope
from .minimisers._extent import extent_of
from .minimisers._lbfgs import lbfgs
from .minimisers._minimise import scale_of
from .minimisers._objective import first_order_nll
from .minimisers._reached import Reached
from .minimisers._trust_region import Matrix

Minimizer: TypeAlias = Literal["newton", "lbfgs", "optimistix", "minuit"]
MINIMIZERS: tuple[Minimizer, ...] = get_args(Minimizer)

POLISH = 8
"""Evaluations of the Newton minimiser after a first-order search: one or two where all is well."""


def search(
    minimizer: Minimizer,
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    *,
    hessian: Matrix,
    fixed: Bool[Array, " parameter"],
    max_steps: int,
) -> Reached:
    """Walk from the start to where the Newton minimiser takes over.

    Args:
        minimizer: which way.
        model: the compiled likelihood.
        prepared: the data.
        start: internal vector, inside the bounds.
        hessian: there; it gives the scales.
        fixed: parameters that stay.
        max_steps: most evaluations.

    Raises:
        ModuleNotFoundError: the minimiser's package is not installed.
    """
    match minimizer:
        case "newton":
            return Reached(start, jnp.asarray(0))
        case "lbfgs":
            return _lbfgs(model, prepared, start, hessian, fixed, jnp.asarray(max_steps))
        case "optimistix":
            return _optimistix(model, prepared, start, hessian, fixed, max_steps)
        case "minuit":
            return _minuit(model, prepared, start, hessian, np.asarray(fixed), max_steps)
        case _:
            assert_never(minimizer)


def described(minimizer: Minimizer) -> str:
    """What runs, for the provenance of a result."""
    newton = "trust-region Newton, exact Hessian"
    match minimizer:
        case "newton":
            said = newton
        case "lbfgs":
            said = f"L-BFGS from the Hessian at the start; then {newton}"
        case "optimistix":
            said = f"optimistix {importlib.metadata.version('optimistix')} BFGS; then {newton}"
        case "minuit":
            said = f"iminuit {importlib.metadata.version('iminuit')} MIGRAD; then {newton}"
        case _:
            assert_never(minimizer)
    return f"{said}, {jax.default_backend()}"


@vectorised_jit
def _lbfgs(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    hessian: Matrix,
    fixed: Bool[Array, " parameter"],
    max_steps: Int[Array, ""],
) -> Reached:
    lower, upper = model.space.free_bounds()
    return lbfgs(
        jax.value_and_grad(first_order_nll(model, prepared)),
        start,
        hessian=hessian,
        fixed=fixed,
        lower=lower,
        upper=upper,
        max_steps=max_steps,
        extent=extent_of(model, prepared, start),
    )


@eqx.filter_jit
def _optimistix(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    hessian: Matrix,
    fixed: Bool[Array, " parameter"],
    max_steps: int,
) -> Reached:
    try:
        from .minimisers._with_optimistix import optimistix_search  # noqa: PLC0415 (a second)
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    lower, upper = model.space.free_bounds()
    return optimistix_search(
        first_order_nll(model, prepared),
        start,
        hessian=hessian,
        fixed=fixed,
        lower=lower,
        upper=upper,
        max_steps=max_steps,
        extent=extent_of(model, prepared, start),
    )


def _minuit(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    hessian: Matrix,
    fixed: Bool[np.ndarray, " parameter"],
    max_steps: int,
) -> Reached:
    try:
        from .minimisers._with_minuit import minuit_search  # noqa: PLC0415 (optional package)
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    lower, upper = (np.asarray(side) for side in model.space.free_bounds())
    extent = extent_of(model, prepared, start)
    errors = jnp.minimum(1.0 / scale_of(hessian, extent), extent.size)

    def slope_at(
        at: Float[np.ndarray, " parameter"],
    ) -> tuple[float, Float[np.ndarray, " parameter"]]:
        value, gradient = slope(model, prepared, jnp.asarray(at))
        return float(value), np.asarray(gradient)

    return minuit_search(
        slope_at,
        np.asarray(start),
        errors=np.asarray(errors),
        fixed=fixed,
        lower=lower,
        upper=upper,
        max_steps=max_steps,
    )


def _missing(error: ModuleNotFoundError) -> ModuleNotFoundError:
    extra = "minuit" if error.name == "iminuit" else "optimistix"
    return ModuleNotFoundError(
        f'`fit(minimizer="{extra}")` needs {error.name}, which is not installed: '
        f'pip install "statmodel[{extra}]"'
    )
