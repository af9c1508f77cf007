r"""Coordinates on a bound about which no derivative says anything: they are tried.

A parameter under a square root is held as :math:`s = \sqrt p`, and where only :math:`p^{3/2}` and
powers above it appear, both derivatives in s vanish at s = 0, whichever way the likelihood goes.
Such a coordinate is moved inward a little, once or twice, when everything else is at its minimum:
if `nll` falls there, the fit goes on from there; if it rises, the coordinate rests on its bound.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Int

from ._extent import Extent
from ._trust_region import Mask, Matrix, Scalar, Vector

_LENGTHS = (0.1, 1e-3)
"""How far, in typical distances, one after the other."""
_NO_SLOPE = 1e-7
_NO_CURVATURE = 1e-6
"""Slope and curvature over a typical distance, per unit of information, that are as good as none.
(A curvature of one part in a million is an error of a thousand typical distances.)"""


class Probes(NamedTuple):
    """What has been tried."""

    now: Mask
    """The coordinate that is being tried; at most one."""
    tried: Int[Array, " parameter"]
    rose: Mask
    """Coordinates along which `nll` was seen to rise."""

    def trial(self, at: Vector, extent: Extent, upper: Vector) -> Vector:
        """The coordinate moved inward."""
        lengths = jnp.asarray(_LENGTHS, at.dtype)
        length = lengths[jnp.minimum(self.tried, len(_LENGTHS) - 1)] * extent.size
        return jnp.where(at >= upper, at - length, at + length)


def no_probes(start: Vector) -> Probes:
    """Nothing tried so far."""
    nothing = jnp.zeros(start.shape, bool)
    return Probes(nothing, jnp.zeros(start.shape, int), nothing)


def failed(probes: Probes, refused: Array, *, rose: Array) -> Probes:
    """Note the outcome for the coordinate that was being tried, if there is one."""
    return Probes(
        jnp.zeros_like(probes.now),
        probes.tried + jnp.where(probes.now & refused, 1, 0),
        probes.rose | (probes.now & rose),
    )


def next_probe(probes: Probes, candidates: Mask) -> Probes:
    """Choose the first candidate."""
    return probes._replace(now=candidates & (jnp.arange(candidates.size) == jnp.argmax(candidates)))


def waiting(
    probes: Probes,
    at: Vector,
    derivatives: tuple[Scalar, Vector, Matrix],
    extent: Extent,
    *,
    free: Mask,
    stuck: Array,
    lower: Vector,
    upper: Vector,
) -> Mask:
    """Free coordinates on a bound, without slope or curvature, that are still to be tried.

    Args:
        probes: what has been tried.
        at: present point.
        derivatives: there.
        extent: typical distances.
        free: coordinates that may move.
        stuck: the point is stationary but no minimum, and the box allows no step: coordinates
            without slope are tried then, whatever their curvature.
        lower: lower bounds.
        upper: upper bounds.
    """
    curvature = jnp.diagonal(derivatives[2]) * extent.size**2
    flat = stuck | (curvature <= _NO_CURVATURE * extent.information)
    quiet = flat & _without_slope(derivatives[1], extent)
    return free & quiet & _on_bound(at, lower, upper) & (probes.tried < len(_LENGTHS))


def resting(
    probes: Probes,
    at: Vector,
    gradient: Vector,
    extent: Extent,
    *,
    lower: Vector,
    upper: Vector,
) -> Mask:
    """Coordinates whose bound has proved to be lowest."""
    proved = (probes.tried >= len(_LENGTHS)) & probes.rose
    return proved & _on_bound(at, lower, upper) & _without_slope(gradient, extent)


def _on_bound(at: Vector, lower: Vector, upper: Vector) -> Mask:
    return (at <= lower) | (at >= upper)


def _without_slope(gradient: Vector, extent: Extent) -> Mask:
    return jnp.abs(gradient) * extent.size <= _NO_SLOPE * extent.information
