"""Value, gradient, Hessian and fit of a bound model, through the functions that users call."""

from collections.abc import Callable

import jax
import numpy as np
from jaxtyping import Float

import statmodel as sm
from statmodel.infer import NllDerivatives

from .worker import Task

PACKAGES = ("statmodel", "jax", "jaxlib", "equinox", "numpy")


def tasks(
    model: sm.Model, prepared: sm.Prepared, points: Float[np.ndarray, "point parameter"]
) -> dict[str, Task]:
    """The four tasks; fits start at the first point.

    Args:
        model: whose starting values are the first point.
        prepared: bound data.
        points: the first two are timed, all are checked.
    """
    at = [dict(zip(model.space.names, map(float, point), strict=True)) for point in points]

    def found(order: int, place: int) -> NllDerivatives:
        derivatives = sm.derivatives(model, prepared, at[place], order=order)
        return jax.block_until_ready(derivatives)

    def values() -> Float[np.ndarray, " difference"]:
        return np.diff([float(found(0, place).value) for place in range(len(at))])

    def gradients() -> Float[np.ndarray, " component"]:
        return np.concatenate([np.asarray(found(1, place).gradient) for place in range(len(at))])

    def hessians() -> Float[np.ndarray, " component"]:
        return np.concatenate([np.ravel(found(2, place).hessian) for place in range(len(at))])

    def fitted() -> sm.FitResult:
        return jax.block_until_ready(sm.fit(model, prepared, start=at[0]))

    def descent() -> list[float]:
        result = fitted()
        if not result.ok:
            raise RuntimeError(result.message)
        return [float(result.nll - found(0, 0).value)]

    def turn(order: int) -> Callable[[int], object]:
        return lambda place: found(order, place)

    return {
        "value": Task(turn(0), values),
        "gradient": Task(turn(1), gradients),
        "hessian": Task(turn(2), hessians),
        "fit": Task(lambda _: fitted(), descent),
    }
