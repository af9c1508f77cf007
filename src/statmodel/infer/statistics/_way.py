r"""Nuisance parameters as functions of the parameters of interest, for one data set.

.. math::

   \hat{\hat\alpha}(\mu) = \arg\max_\alpha L(\mu, \alpha), \qquad
   \frac{d\hat{\hat\alpha}}{d\mu} = -H_{\alpha\alpha}^{-1} H_{\alpha\mu}

at the points of a lattice, each from the one before; between these by polynomials. A likelihood is
flat about its conditional maximum, so what is found there is wrong by the square of what
:math:`\hat{\hat\alpha}` is wrong by.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ._climb import Derivatives, Matrix, Scalar, climb, free_at, restricted
from ._lattice import Lattice

_RISE = 1e-10
"""Of the log likelihood, that is none."""
_RELEVANT = 40.0
"""Below the top of the profile by more than this, nothing matters."""


Pois: TypeAlias = Float[Array, " poi"]
Nuisance: TypeAlias = Float[Array, " nuisance"]
Whole: TypeAlias = Float[Array, " moving"]
"""Parameters of interest, then nuisance parameters, in internal coordinates as everything here."""


class Way(NamedTuple):
    """At the points of a lattice, in the order of its walk."""

    at: Float[Array, "node nuisance"]
    """Conditional estimates, in internal coordinates."""
    height: Float[Array, " node"]
    """Natural log of the likelihood there."""
    spread: Float[Array, "node nuisance nuisance"]
    r"""Upper-triangular, C with :math:`C C^\top = H_{\alpha\alpha}^{-1}`."""
    log_volume: Float[Array, " node"]
    r""":math:`\ln \sqrt{\det 2\pi H_{\alpha\alpha}^{-1}}`; NaN where H is not positive definite."""
    error: Scalar
    """Of the profiled log likelihood between points, where it matters."""
    volume_error: Scalar
    """Of `log_volume` between points."""
    ok: Bool[Array, ""]
    """Whether every conditional maximum was found."""


class _Place(NamedTuple):
    point: Pois
    at: Nuisance
    tangent: Float[Array, "nuisance poi"]
    height: Scalar
    bend: Matrix
    ok: Bool[Array, ""]


def find_way(
    derivatives: Callable[[Whole], Derivatives],
    log_likelihood: Callable[[Whole], Scalar],
    lattice: Lattice,
    start: Nuisance,
    box: tuple[Nuisance, Nuisance, Nuisance],
) -> Way:
    """Walk over the lattice. Pure: may be jitted and mapped over what its functions close over.

    Args:
        derivatives: of the log likelihood in parameters of interest, then nuisance parameters.
        log_likelihood: the same function.
        lattice: of the parameters of interest.
        start: nuisance parameters, to begin with.
        box: lower bounds, upper bounds and ranges of nuisance parameters.
    """
    points = lattice.points
    pois = points.shape[1]
    held = jnp.asarray(np.arange(pois + start.size) < pois)
    low, high, scale = box

    def visit(before: _Place, point: Pois) -> tuple[_Place, _Place]:
        guess = jnp.clip(before.at + before.tangent @ (point - before.point), low, high)
        whole = jnp.concatenate([point, guess])
        lower, upper = jnp.concatenate([point, low]), jnp.concatenate([point, high])
        ranges = jnp.concatenate([jnp.ones(pois), scale])
        top = climb(derivatives, whole, lower, upper, ranges, held=held, rise=_RISE)
        # Data that cannot be here say nothing of nuisance parameters.
        impossible = top.value == -jnp.inf
        nuisance = top.at[pois:]
        bend = jnp.where(impossible, before.bend, top.bend[pois:, pois:])
        free = free_at(nuisance, top.slope[pois:], low, high, None)
        factor = jnp.linalg.cholesky(restricted(bend, free, scale), symmetrize_input=False)
        across = jnp.where(free[:, None], top.bend[pois:, :pois], 0.0)
        response = -jax.scipy.linalg.cho_solve((factor, True), across)
        tangent = jnp.where(jnp.isfinite(response), response, 0.0)
        here = _Place(point, nuisance, tangent, top.value, bend, top.ok | impossible)
        return here, here

    none = jnp.zeros((start.size, pois))
    first = _Place(points[0], start, none, jnp.zeros(()), jnp.eye(start.size), jnp.ones((), bool))
    _, places = jax.lax.scan(visit, first, points)
    at = _continued(places, low, high)
    _, _, _, height, bend, ok = places
    factor = jnp.linalg.cholesky(bend)
    logs = jnp.log(jnp.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    log_volume = 0.5 * start.size * np.log(2.0 * np.pi) - logs
    inverse = jax.vmap(_inverse_root)(factor)

    half, shared = lattice.half, lattice.shared
    rows = jax.vmap(half.cardinals)(points)
    there = jnp.clip(rows @ at[shared], low[None, :], high[None, :])
    found = jax.vmap(log_likelihood)(jnp.concatenate([points, there], axis=1))
    matters = height > height.max() - _RELEVANT
    # Twice as many points halve what is wrong at least; the likelihood feels its square.
    error = 0.25 * jnp.where(matters, jnp.abs(height - found), 0.0).max()
    away = jnp.abs(rows @ log_volume[shared] - log_volume)
    return Way(
        at=at,
        height=height,
        spread=inverse,
        log_volume=log_volume,
        error=error,
        volume_error=0.5 * jnp.where(matters, away, 0.0).max(),
        ok=ok.all() & jnp.isfinite(height).any(),
    )


def _continued(places: _Place, low: Nuisance, high: Nuisance) -> Float[Array, "node nuisance"]:
    """Where data cannot be: on the straight line through a neighbour, so that the way is smooth."""
    possible = places.height > -jnp.inf
    before, behind = slice(None, -1), slice(1, None)
    at = places.at
    for here, there in ((behind, before), (before, behind)):
        near = _Place(*(leaf[there] for leaf in places))
        steps = places.point[here] - near.point
        led = near.at + (near.tangent * steps[:, None, :]).sum(axis=2)
        led = jnp.clip(led, low[None, :], high[None, :])
        wanted = possible[there] & ~possible[here]
        at = at.at[here].set(jnp.where(wanted[:, None], led, at[here]))
    return at


def _inverse_root(factor: Matrix) -> Matrix:
    r"""Upper-triangular C, where :math:`C C^\top` is the inverse of :math:`F F^\top`."""
    unit = jnp.eye(factor.shape[0], dtype=factor.dtype)
    return jax.lax.linalg.triangular_solve(factor, unit, left_side=True, lower=True).T
