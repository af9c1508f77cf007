r"""Where chains begin: at the tops of the posterior density, in coordinates in which it is round.

.. math:: u = u_0 + C z, \qquad C C^\top \approx H^{-1}

with the highest top :math:`u_0` and the curvature H there. Tops are sought from several fits, so
that chains of a likelihood with two minima begin in both; chains that never meet are then seen.
"""

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel.infer import fit
from statmodel.infer.internal import Summit, climb, derivatives_of
from statmodel.model import Model, Prepared

from ._priors import Priors
from ._target import Outer, Target

_FITS = 4
_RELEVANT = 4.5
"""Of the log density, below the highest top: three standard deviations."""
_SAME = 0.3
"""Distance of two tops that are one, in standard deviations."""
_LEAST_EIGENVALUE = 1e-6
"""Of the curvature in units of its diagonal."""
_RANGE = 4.0
_WIDER = 1.5


class Begin(NamedTuple):
    """Of the chains."""

    target: Target
    """In coordinates that suit it."""
    centre: Outer
    spread: Float[Array, "free free"]
    tops: Float[Array, "top free"]
    """All that matter, in coordinates z; the first is zero."""

    def outer(self, z: Outer) -> Outer:
        """From round coordinates to those of the target."""
        return self.centre + self.spread @ z


class _Tops(NamedTuple):
    summit: Summit
    spread: Float[Array, "start free free"]
    inner: Float[Array, "start free"]
    width: Float[Array, "start free"]
    """Half of what lies within one standard deviation on either side, in internal coordinates."""


def begin_at(
    model: Model, prepared: Prepared, priors: Priors, fixed: Mapping[str, ArrayLike] | None
) -> Begin:
    """Look for tops.

    Args:
        model: the compiled likelihood.
        prepared: the data.
        priors: of the free parameters.
        fixed: what is held, beside what the document fixes.

    Raises:
        ValueError: likelihood times prior vanishes wherever a search begins.
    """
    places = np.array(priors.places, int)
    inner = jax.vmap(model.space.to_free)(_wanted(model, prepared, priors, fixed))[:, places]
    # Coordinates as wide as the bounds first, then those that suit the highest top.
    first = Target(model, prepared, priors, inner[0], _first_widths(model, priors, inner[0]))
    middle = jnp.clip(inner[0], *first.ends())
    first = dataclasses.replace(first, middle=middle)
    tops = _climbed(first, jax.vmap(first.outer)(inner))
    best = int(np.argmax(_heights(tops)))
    target = dataclasses.replace(first, middle=tops.inner[best], width=tops.width[best])
    tops = _climbed(target, jax.vmap(target.outer)(tops.inner))
    heights = _heights(tops)
    order = np.argsort(-heights)
    centre, spread = tops.summit.at[order[0]], tops.spread[order[0]]
    offsets = np.asarray(tops.summit.at - centre[None, :])
    offsets = np.linalg.solve(np.asarray(spread), offsets.T).T
    kept: list[np.ndarray] = []
    for place in order:
        near = heights[place] > heights[order[0]] - _RELEVANT
        if near and all(np.linalg.norm(offsets[place] - one) > _SAME for one in kept):
            kept.append(offsets[place])
    return Begin(target, centre, spread, jnp.asarray(np.stack(kept)))


def starts_of(begin: Begin, key: Array, chains: int) -> Float[Array, "chain free"]:
    """Around the tops in turn, a little wider than Gaussian; at the top where nothing is there."""
    tops = begin.tops[np.arange(chains) % begin.tops.shape[0]]
    away = tops + _WIDER * jax.random.normal(key, tops.shape, dtype=jnp.float64)
    heights = jax.vmap(lambda z: begin.target.log_prob(begin.outer(z)))(away)
    return jnp.where(jnp.isfinite(heights)[:, None], away, tops)


def _wanted(
    model: Model, prepared: Prepared, priors: Priors, fixed: Mapping[str, ArrayLike] | None
) -> Float[Array, "start parameter"]:
    """Where fits end, lowest first, and the starting values; always as many."""
    found = fit(model, prepared, fixed=fixed, starts=_FITS, covariance=False)
    rows = [np.asarray(found.values)]
    if found.minima is not None:
        rows += list(np.asarray(found.minima.values))
    begun = np.asarray(priors.values)
    sound = [row for row in rows if np.isfinite(row).all()][:_FITS]
    return jnp.asarray(np.stack([*sound, *([begun] * (_FITS + 1 - len(sound)))]))


def _first_widths(model: Model, priors: Priors, inner: Outer) -> Outer:
    """Half of finite bounds, else the width before the fit, else the size of the value."""
    before = np.asarray(model.prefit_widths())[np.array(priors.places, int)]
    unknown = np.where(np.isfinite(before), before, 1.0 + np.abs(inner))
    low, high = np.asarray(priors.bounds, float).T
    bounded = np.isfinite(high - low)
    return jnp.asarray(np.where(bounded, 0.5 * np.where(bounded, high - low, 1.0), unknown))


def _heights(tops: _Tops) -> Float[np.ndarray, " start"]:
    heights = np.asarray(tops.summit.value)
    heights = np.where(np.isfinite(heights), heights, -np.inf)
    if not np.isfinite(heights.max()):
        msg = (
            "likelihood times prior vanishes where the fit ends and at the starting values; give "
            "other starting values in the spec, or a focus or priors that overlap with the fit"
        )
        raise ValueError(msg)
    return heights


@eqx.filter_jit
def _climbed(target: Target, starts: Float[Array, "start free"]) -> _Tops:
    derivatives = derivatives_of(target.log_prob_to_second_order)
    endless = jnp.full(target.size, jnp.inf)
    scale = jnp.full(target.size, _RANGE)

    def one(start: Outer) -> _Tops:
        top = climb(derivatives, start, -endless, endless, scale)
        spread = _inverse_root(top.bend)
        away = jnp.minimum(jnp.sqrt((spread**2).sum(axis=1)), _RANGE)
        width = 0.5 * (target.inner(top.at + away) - target.inner(top.at - away))
        return _Tops(top, spread, target.inner(top.at), width)

    return jax.lax.map(one, starts)


def _inverse_root(bend: Float[Array, "free free"]) -> Float[Array, "free free"]:
    """C of the curvature, with the moduli of its eigenvalues."""
    diagonal = jnp.abs(jnp.diagonal(bend))
    sizes = jnp.sqrt(jnp.where(jnp.isfinite(diagonal) & (diagonal > 0), diagonal, 1.0))
    unit = bend / (sizes[:, None] * sizes[None, :])
    values, vectors = jnp.linalg.eigh(jnp.where(jnp.isfinite(unit), unit, jnp.eye(sizes.size)))
    roots = jnp.sqrt(jnp.maximum(jnp.abs(values), _LEAST_EIGENVALUE))
    return vectors / roots[None, :] / sizes[:, None]
