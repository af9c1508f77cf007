"""The values, signs included, that functions take along the ranges of their observables."""

from math import comb
from typing import TypeAlias

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from statmodel import model
from statmodel.model.densities import (
    AbstractDensity,
    Bernstein,
    Chebyshev,
    FormulaDensity,
    Polynomial,
    SumDensity,
    VariedDensity,
)

from ._anchors import SAFE_LOG
from ._arrays import on_device
from ._formulas import evaluated

Signed: TypeAlias = Polynomial | Chebyshev | Bernstein | FormulaDensity | SumDensity | VariedDensity
_STEPS = (1025, 65)  # along the axes of a line, of a plane
_ROUNDING = 1e-12  # fractions such as 0.1 + 0.2 + 0.7 may add up to a little more than one


def grid(density: AbstractDensity) -> Float[np.ndarray, "event column"]:
    """Even places over a finite range of one observable or two, its ends among them."""
    steps = _STEPS[len(density.axes) - 1]
    lines = [np.linspace(low, high, steps) for low, high in density.bounds]
    places = [each.ravel() for each in np.meshgrid(*lines, indexing="ij")]
    events = np.zeros((places[0].size, max(density.axes) + 1))
    events[:, list(density.axes)] = np.stack(places, axis=1)
    return events


def signed_values(
    density: Signed,
    slots: Float[np.ndarray, "point slot"],
    events: Float[np.ndarray, "event column"],
) -> Float[np.ndarray, "point event"] | None:
    """The values at parameter points; None where none of them can be negative."""
    match density:
        case FormulaDensity(expression=expression):
            every = np.broadcast_to(events, (len(slots), *events.shape))
            return np.nan_to_num(evaluated(expression, slots, every), nan=0.0)
        case Polynomial(coefficients=coefficients, axis=axis):
            ones = np.ones((1, len(slots), 1))
            series = np.concatenate([ones, _numbers(coefficients, slots)])
            return np.polynomial.polynomial.polyval(events[None, :, axis], series, tensor=False)
        case Chebyshev(coefficients=coefficients, axis=axis):
            ones = np.ones((1, len(slots), 1))
            series = np.concatenate([ones, _numbers(coefficients, slots)])
            u = 2.0 * _unit(density, events[:, axis]) - 1.0
            return np.polynomial.chebyshev.chebval(u[None], series, tensor=False)
        case Bernstein(coefficients=coefficients, axis=axis):
            return _bernstein(_numbers(coefficients, slots), _unit(density, events[:, axis]))
        case SumDensity(fractions=fractions):
            shares = _numbers(fractions, slots)
            if bool((shares >= 0.0).all()) and bool((shares.sum(axis=0) <= 1.0 + _ROUNDING).all()):
                return None
            return np.asarray(_sums(density, on_device(slots), on_device(events)))
        case VariedDensity():
            return _responses(density, slots, events)


def _numbers(
    expressions: tuple[model.AbstractExpression, ...], slots: Float[np.ndarray, "point slot"]
) -> Float[np.ndarray, "expression point 1"]:
    nothing = np.zeros((len(slots), 1, 0))
    each = [evaluated(one, slots, nothing) for one in expressions]
    return np.stack(each) if each else np.zeros((0, len(slots), 1))


def _unit(
    density: Chebyshev | Bernstein, x: Float[np.ndarray, " event"]
) -> Float[np.ndarray, " event"]:
    return (x - density.lower) / (density.upper - density.lower)


def _bernstein(
    coefficients: Float[np.ndarray, "expression point 1"], u: Float[np.ndarray, " event"]
) -> Float[np.ndarray, "point event"]:
    n = len(coefficients) - 1
    basis = np.stack([comb(n, k) * u**k * (1.0 - u) ** (n - k) for k in range(n + 1)])
    return coefficients[:, :, 0].T @ basis


def _responses(
    density: VariedDensity,
    slots: Float[np.ndarray, "point slot"],
    events: Float[np.ndarray, "event column"],
) -> Float[np.ndarray, "point event"] | None:
    """-1 where an interpolated response is negative, else 1; only code 4 can be."""
    extreme = density.tables is None or max(abs(one).max() for one in density.tables) > SAFE_LOG
    if not extreme or all(one.interpolation != "code4" for one in density.variations):
        return None
    centred = slots.copy()
    centred[:, [one.slot for one in density.variations]] = 0.0
    empty, empty_at_zero = (
        np.isneginf(np.asarray(_logs(density, on_device(at), on_device(events))))
        for at in (slots, centred)
    )
    return np.where(empty & ~empty_at_zero, -1.0, 1.0)


@eqx.filter_jit
def _logs(
    density: VariedDensity, slots: Float[Array, "point slot"], events: Float[Array, "event column"]
) -> Float[Array, "point event"]:
    over_events = jax.vmap(density.log_shape, in_axes=(0, None))
    return jax.lax.map(lambda at: over_events(events, at), slots)


@eqx.filter_jit
def _sums(
    density: SumDensity, slots: Float[Array, "point slot"], events: Float[Array, "event column"]
) -> Float[Array, "point event"]:
    def value(x: Float[Array, " column"], at: model.Slots) -> Float[Array, ""]:
        total, log_unit = density.signed(x, at)
        return total * jax.numpy.exp(log_unit)

    over_events = jax.vmap(value, in_axes=(0, None))
    return jax.lax.map(lambda at: over_events(events, at), slots)
