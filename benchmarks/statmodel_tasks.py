"""Value, gradient, Hessian and fit of a bound model, through the functions that users call."""

from collections.abc import Callable
from typing import TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import statmodel as sm
from statmodel.model import (
    log_likelihood,
    log_likelihood_to_first_order,
    log_likelihood_to_second_order,
)

from .worker import Task

PACKAGES = ("statmodel", "jax", "jaxlib", "equinox", "numpy")

Vector: TypeAlias = Float[Array, " parameter"]
Matrix: TypeAlias = Float[Array, "parameter parameter"]
Scalar: TypeAlias = Float[Array, ""]


@eqx.filter_jit
def value(model: sm.Model, prepared: sm.Prepared, at: Vector) -> Scalar:
    """The negative log likelihood."""
    return -log_likelihood(model, model.scope.at_free(at), prepared)


@eqx.filter_jit
def gradient(model: sm.Model, prepared: sm.Prepared, at: Vector) -> tuple[Scalar, Vector]:
    """The value, and its gradient."""

    def nll(free: Vector) -> Scalar:
        return -log_likelihood_to_first_order(model, model.scope.at_free(free), prepared)

    return jax.value_and_grad(nll)(at)


@eqx.filter_jit
def hessian(model: sm.Model, prepared: sm.Prepared, at: Vector) -> tuple[Scalar, Vector, Matrix]:
    """The value, its gradient, and its Hessian."""

    def slope(free: Vector) -> tuple[Vector, tuple[Scalar, Vector]]:
        number, first = jax.value_and_grad(nll)(free)
        return first, (number, first)

    def nll(free: Vector) -> Scalar:
        return -log_likelihood_to_second_order(model, model.scope.at_free(free), prepared)

    second, (number, first) = jax.jacfwd(slope, has_aux=True)(at)
    return number, first, second


def tasks(
    model: sm.Model, prepared: sm.Prepared, points: Float[np.ndarray, "point parameter"]
) -> dict[str, Task]:
    """The four tasks; fits start at the first point.

    Args:
        model: whose starting values are the first point.
        prepared: bound data.
        points: the first two are timed, all are checked.
    """
    at = [jnp.asarray(point) for point in points]
    start = dict(zip(model.space.names, points[0], strict=True))

    def of(function: Callable[..., object]) -> Callable[[int], object]:
        return lambda i: jax.block_until_ready(function(model, prepared, at[i]))

    def fitted() -> sm.FitResult:
        return jax.block_until_ready(sm.fit(model, prepared, start=start))

    def descent() -> list[float]:
        result = fitted()
        if not result.ok:
            raise RuntimeError(result.message)
        return [float(result.nll - value(model, prepared, at[0]))]

    return {
        "value": Task(
            of(value), lambda: np.diff([float(value(model, prepared, one)) for one in at])
        ),
        "gradient": Task(
            of(gradient),
            lambda: np.concatenate([gradient(model, prepared, one)[1] for one in at]),
        ),
        "hessian": Task(
            of(hessian),
            lambda: np.concatenate([hessian(model, prepared, one)[2].ravel() for one in at]),
        ),
        "fit": Task(lambda _: fitted(), descent),
    }
