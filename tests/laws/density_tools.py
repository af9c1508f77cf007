"""What the laws of densities share: programs compiled once a case, and nodes of their own.

The integral is taken by nodes that the densities know nothing of: Gauss-Legendre panels in t,
x = centre + scale sinh(t), which resolve a peak of any width on a range of any length.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import cases
from statmodel.model.densities import AbstractDensity

PANELS, ORDER = 340, 12
FARTHEST = 60.0  # in t: beyond lies e^-60 of a Cauchy tail
EVENTS = 20_000

compiled = partial(
    jax.jit,
    compiler_options={"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False},
)
"""These programs run for milliseconds: all their time goes into compiling them, here half of it."""


class Panels(NamedTuple):
    """Nodes (panel, node), their weights, and the panels' edges in x."""

    x: np.ndarray
    weights: np.ndarray
    edges: np.ndarray


@cache
def density_of(name: str) -> AbstractDensity:
    return cases.densities[name].make()


@cache
def log_prob_of(name: str) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Compiled once a case: many events, one point."""
    return compiled(jax.vmap(density_of(name).log_prob, in_axes=(0, None)))


@cache
def derivatives_of(name: str) -> Callable[[jax.Array, jax.Array, jax.Array], tuple]:
    """Value and gradient of a weighted sum of log densities, and both along a direction.

    The second pair holds the Hessian times the direction, forward over reverse as fits take it.
    """
    density = density_of(name)

    def total(at: jax.Array, x: jax.Array) -> jax.Array:
        logs = jax.vmap(density.log_prob, in_axes=(0, None))(x, at)
        return jnp.dot(logs, jnp.linspace(1.0, 2.0, x.shape[0]))

    def everything(at: jax.Array, direction: jax.Array, x: jax.Array) -> tuple:
        return jax.jvp(lambda at: jax.value_and_grad(total)(at, x), (at,), (direction,))

    return compiled(everything)


def hessian_of(name: str, at: jax.Array, x: jax.Array) -> np.ndarray:
    return np.array([derivatives_of(name)(at, unit, x)[1][1] for unit in jnp.eye(at.size)])


def panels_of(name: str, place: int) -> Panels:
    point = cases.densities[name].points[place]
    ((lower, upper),) = density_of(name).bounds
    low, high = (
        np.clip(np.arcsinh((bound - point.centre) / point.scale), -FARTHEST, FARTHEST)
        for bound in (lower, upper)
    )
    kinks = np.arcsinh((np.array(point.kinks) - point.centre) / point.scale)
    kinks = kinks[(kinks > low) & (kinks < high)]
    t = np.union1d(np.linspace(low, high, PANELS + 1 - kinks.size), kinks)
    t = np.concatenate([t, np.full(PANELS + 1 - t.size, high)])  # panels of no width, if any
    unit, weight = np.polynomial.legendre.leggauss(ORDER)
    half = 0.5 * np.diff(t)[:, None]
    nodes = t[:-1, None] + half * (1.0 + unit)
    x = np.clip(point.centre + point.scale * np.sinh(nodes), lower, upper)
    edges = point.centre + point.scale * np.sinh(t)
    return Panels(x, half * weight * point.scale * np.cosh(nodes), edges)


def evaluate(name: str, place: int, x: np.ndarray) -> np.ndarray:
    at = jnp.asarray(cases.densities[name].points[place].at)
    return np.asarray(log_prob_of(name)(jnp.asarray(x).reshape(-1, 1), at)).reshape(x.shape)


@cache
def sampler_of(name: str) -> Callable[[jax.Array, jax.Array], jax.Array]:
    density = density_of(name)
    return compiled(lambda at, key: density.sample(at, key=key, n=EVENTS))


def grouped(expected: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours merged until some 200 events are expected in each group."""
    group = np.floor(np.cumsum(expected) / 200.0).astype(int)
    group = np.minimum(group, group[-1] - 1 if group[-1] > 0 else 0)
    merged = np.bincount(group, expected), np.bincount(group, observed)
    kept = merged[0] > 0
    assert merged[1][~kept].sum() == 0
    return merged[0][kept], merged[1][kept]


def differences(
    name: str, at: np.ndarray, k: int, x: jax.Array, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Differences in parameter k of the value and of the gradient, at a ladder of steps."""
    step = max(abs(at[k]), min(1.0, scale))
    slopes, curvatures = [], []
    for h in step * 10.0 ** -np.arange(1.5, 8.0, 0.5):
        shifted = []
        for shift in (2, 1, -1, -2):
            moved = at.copy()
            moved[k] += shift * h
            shifted.append(derivatives_of(name)(jnp.asarray(moved), jnp.zeros(at.size), x)[0])
        values = np.array([float(v) for v, _ in shifted])
        gradients = np.array([np.asarray(g) for _, g in shifted])
        stencil = np.array([-1.0, 8.0, -8.0, 1.0]) / (12.0 * h)
        with np.errstate(invalid="ignore"):  # -inf outside the domain
            slopes.append(stencil @ values)
            curvatures.append(stencil @ gradients)
    slopes, curvatures = np.array(slopes), np.array(curvatures)
    # Steps that leave the domain (a negative width) say nothing.
    usable = np.isfinite(slopes) & np.isfinite(curvatures).all(axis=1)
    return slopes[usable], curvatures[usable]
