r"""Nuisance parameters as functions of the parameters of interest, for one data set.

.. math::

   \hat{\hat\alpha}(\mu) = \arg\max_\alpha L(\mu, \alpha), \qquad
   \frac{d\hat{\hat\alpha}}{d\mu} = -H_{\alpha\alpha}^{-1} H_{\alpha\mu}

at the points of a lattice about the highest point that is found first, each from the one before;
between these by cubics. A likelihood is flat about its conditional maximum, so what is found there
is wrong by the square of what :math:`\hat{\hat\alpha}` is wrong by. Where the likelihood is
:math:`e^{-80}` of its largest value, maxima are not sought to the end.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ._climb import Derivatives, Matrix, Scalar, Summit, climb, free_at, restricted
from ._lattice import Lattice

Pois: TypeAlias = Float[Array, " poi"]
Nuisance: TypeAlias = Float[Array, " nuisance"]
Whole: TypeAlias = Float[Array, " moving"]
"""Parameters of interest, then nuisance parameters, in internal coordinates as everything here."""

_RISE = 1e-7
"""Of the log likelihood, that is none; the step that promises it is taken all the same."""
_FAR = 80.0
"""Below the top by more, no maximum is sought to the end."""
_RELEVANT = 12.0
"""Below the top by more, errors do not matter."""
_REACH = 8.0
"""Standard deviations of the parameters of interest; three of them are the width of a lattice."""


class Path(NamedTuple):
    """Nuisance parameters as given functions of the parameters of interest."""

    lattice: Lattice
    at: Float[Array, "node nuisance"]


class Way(NamedTuple):
    """What is known at the points of a lattice."""

    lattice: Lattice
    at: Float[Array, "node nuisance"]
    """Conditional estimates."""
    height: Float[Array, " node"]
    """Natural log of the likelihood there."""
    spread: Float[Array, "node nuisance nuisance"]
    r"""Upper-triangular, C with :math:`C C^\top = H_{\alpha\alpha}^{-1}`."""
    log_volume: Float[Array, " node"]
    r""":math:`\ln \sqrt{\det 2\pi H_{\alpha\alpha}^{-1}}`; NaN where H is not positive definite."""
    highest: Whole
    """The highest point that was met."""
    error: Scalar
    """Of the profiled log likelihood between points, where it matters."""
    volume_error: Scalar
    """Of `log_volume` between points."""
    ok: Bool[Array, ""]
    """Whether every conditional maximum that matters was found."""

    @property
    def path(self) -> Path:
        """Conditional estimates alone."""
        return Path(self.lattice, self.at)

    @property
    def matters(self) -> Bool[Array, " node"]:
        """Points that do."""
        return self.height > self.height.max() - _RELEVANT


class Sides(NamedTuple):
    """Where everything is sought."""

    lower: Whole
    upper: Whole
    scale: Whole
    """Ranges."""


class Place(NamedTuple):
    """A conditional maximum, and how it moves."""

    point: Pois
    at: Nuisance
    tangent: Float[Array, "nuisance poi"]
    r""":math:`d\hat{\hat\alpha}/d\mu`."""
    height: Scalar
    bend: Matrix
    found: Bool[Array, ""]
    """Whether the conditional maximum was; no such claim is made where the likelihood is low."""
    ok: Bool[Array, ""]


def find_way(
    derivatives: Callable[[Whole], Derivatives],
    log_likelihood: Callable[[Whole], Scalar],
    region: tuple[Pois, Pois],
    begin: Float[Array, "place moving"],
    sides: Sides,
    intervals: int,
) -> Way:
    """Walk over a lattice. Pure: may be jitted and mapped over what its functions close over.

    Args:
        derivatives: of the log likelihood.
        log_likelihood: the same function.
        region: of the parameters of interest, from and to.
        begin: where the highest point may be.
        sides: of all parameters.
        intervals: of the lattice, along each axis.
    """
    pois = region[0].size
    moving = begin.shape[1]
    heights = jax.vmap(log_likelihood)(begin)
    start = begin[jnp.argmax(jnp.where(jnp.isnan(heights), -jnp.inf, heights))]
    top = climb(derivatives, start, *sides, rise=_RISE)
    lattice = _lattice(top, region, sides, intervals)
    low, high = sides.lower[pois:], sides.upper[pois:]
    first = _place(top, jnp.eye(moving - pois), sides, pois, seen=None)
    floor = top.value - _FAR

    def visit(passed: tuple[Place, Place], point: Pois) -> tuple[tuple[Place, Place], Place]:
        before, last = passed
        origin = jax.tree.map(lambda a, b: jnp.where(before.found, a, b), before, first)
        bent = _bent(last, before, point) if pois == 1 else 0.0
        one = conditional(derivatives, origin, point, sides, floor=floor, bent=bent)
        here = _place(one, before.bend, sides, pois, seen=one.value > floor)
        return (here, before), here

    walk = lattice.walk
    _, places = jax.lax.scan(visit, (first, first), lattice.points[walk])
    at = _continued(places, low, high)
    back = np.argsort(walk)
    at, height, bend, ok = (leaf[back] for leaf in (at, places.height, places.bend, places.ok))
    factor = jnp.linalg.cholesky(bend)
    logs = jnp.log(jnp.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    best = jnp.argmax(height)
    node = jnp.concatenate([lattice.points[best], at[best]])
    way = Way(
        lattice=lattice,
        at=at,
        height=height,
        spread=jax.vmap(_inverse_root)(factor),
        log_volume=0.5 * (moving - pois) * np.log(2.0 * np.pi) - logs,
        highest=jnp.where(height[best] > top.value, node, top.at),
        error=jnp.zeros(()),
        volume_error=jnp.zeros(()),
        ok=ok.all() & jnp.isfinite(height).any(),
    )
    return _with_errors(way, log_likelihood, (low, high))


def highest(
    derivatives: Callable[[Whole], Derivatives],
    log_likelihood: Callable[[Whole], Scalar],
    begin: Float[Array, "place moving"],
    sides: Sides,
    pois: int,
) -> Place:
    """The highest point alone. Pure, as above.

    Along one parameter of interest the two highest of several hills are climbed.

    Args:
        derivatives: of the log likelihood.
        log_likelihood: the same function.
        begin: where it may be, in order along one parameter of interest.
        sides: of all parameters.
        pois: how many parameters of interest there are.
    """
    found = jax.vmap(log_likelihood)(begin)
    heights = jnp.where(jnp.isnan(found), -jnp.inf, found)
    best = jnp.argmax(heights)
    top = climb(derivatives, begin[best], *sides, rise=_RISE)
    if pois == 1:
        around = jnp.pad(heights, 1, constant_values=-jnp.inf)
        hill = (heights > around[:-2]) & (heights > around[2:])
        others = jnp.where(hill & (jnp.arange(heights.size) != best), heights, -jnp.inf)
        second = jnp.argmax(others)
        wanted = others[second] > heights[best] - _RELEVANT
        # Where there is none, this one is at its top already.
        start = jnp.where(wanted, begin[second], top.at)
        other = climb(derivatives, start, *sides, rise=_RISE)
        better = other.ok & (~top.ok | (other.value > top.value))
        top = jax.tree.map(lambda a, b: jnp.where(better, a, b), other, top)
    return _place(top, jnp.eye(begin.shape[1] - pois), sides, pois, seen=None)


def conditional(
    derivatives: Callable[[Whole], Derivatives],
    origin: Place,
    point: Pois,
    sides: Sides,
    *,
    floor: Scalar | None = None,
    bent: Nuisance | float = 0.0,
) -> Summit:
    """The conditional maximum at parameters of interest, on from another one.

    Args:
        derivatives: of the log likelihood.
        origin: where the other one is.
        point: the parameters of interest.
        sides: of all parameters.
        floor: what it cannot be expected to lie above is given up.
        bent: how far off its tangent it is expected.
    """
    pois = point.size
    low, high = sides.lower[pois:], sides.upper[pois:]
    guess = jnp.clip(origin.at + origin.tangent @ (point - origin.point) + bent, low, high)
    return climb(
        derivatives,
        jnp.concatenate([point, guess]),
        jnp.concatenate([point, low]),
        jnp.concatenate([point, high]),
        sides.scale,
        held=jnp.asarray(np.arange(sides.scale.size) < pois),
        rise=_RISE,
        floor=floor,
    )


def _bent(last: Place, before: Place, point: Pois) -> Nuisance:
    """How far off its tangent a way of one variable is, by how the tangent has turned."""
    step, ahead = (before.point - last.point)[0], (point - before.point)[0]
    known = last.found & before.found & (step != 0)
    turned = (before.tangent - last.tangent)[:, 0] / jnp.where(known, step, 1.0)
    return jnp.where(known, 0.5 * turned * ahead**2, 0.0)


def _place(
    one: Summit, before: Matrix, sides: Sides, pois: int, *, seen: Bool[Array, ""] | None
) -> Place:
    """What is to be known of it; `before` stands for B where data cannot be."""
    low, high, scale = (side[pois:] for side in sides)
    # Data that cannot be here say nothing of nuisance parameters.
    impossible = one.value == -jnp.inf
    nuisance = one.at[pois:]
    bend = jnp.where(impossible, before, one.bend[pois:, pois:])
    free = free_at(nuisance, one.slope[pois:], low, high, None)
    factor = jnp.linalg.cholesky(restricted(bend, free, scale), symmetrize_input=False)
    across = jnp.where(free[:, None], one.bend[pois:, :pois], 0.0)
    response = -jax.scipy.linalg.cho_solve((factor, True), across)
    tangent = jnp.where(jnp.isfinite(response), response, 0.0)
    below = impossible if seen is None else impossible | ~seen
    return Place(one.at[:pois], nuisance, tangent, one.value, bend, one.ok, one.ok | below)


def _lattice(top: Summit, region: tuple[Pois, Pois], sides: Sides, intervals: int) -> Lattice:
    """About the highest point, as wide as the likelihood is there."""
    low, high = region
    pois = low.size
    free = free_at(top.at, top.slope, sides.lower, sides.upper, None)
    inverse = jnp.linalg.inv(restricted(top.bend, free, sides.scale))
    curvature = 1.0 / jnp.diagonal(inverse)[:pois]
    sound = jnp.isfinite(curvature) & (curvature > 0)
    slope = jnp.abs(top.slope[:pois])
    curved = jnp.where(sound, curvature, (_REACH / sides.scale[:pois]) ** 2)
    # Where it falls by reach^2 / 2, with a slope at a bound too.
    half = _REACH**2 / (slope + jnp.sqrt(slope**2 + _REACH**2 * curved))
    centre = jnp.clip(top.at[:pois], low, high)
    usable = jnp.isfinite(half) & jnp.isfinite(centre)
    width = 3.0 / _REACH * jnp.where(usable, half, high - low)
    return Lattice(low, high, jnp.where(usable, centre, low), width, intervals)


def _with_errors(
    way: Way, log_likelihood: Callable[[Whole], Scalar], box: tuple[Nuisance, Nuisance]
) -> Way:
    """By every other point."""
    half, shared, points = way.lattice.half, way.lattice.shared, way.lattice.points
    low, high = (end[None, :] for end in box)
    there = jax.vmap(lambda point: half.between(way.at[shared], point))(points)
    whole = jnp.concatenate([points, jnp.clip(there, low, high)], axis=1)
    found = jax.vmap(log_likelihood)(whole)
    volume = jax.vmap(lambda point: half.between(way.log_volume[shared], point))(points)
    matters = way.matters
    # Twice as many points halve what is wrong at least; the likelihood feels its square.
    error = 0.25 * jnp.where(matters, jnp.abs(way.height - found), 0.0).max()
    away = 0.5 * jnp.where(matters, jnp.abs(way.log_volume - volume), 0.0).max()
    return way._replace(error=error, volume_error=away)


def _continued(places: Place, low: Nuisance, high: Nuisance) -> Float[Array, "node nuisance"]:
    """Where data cannot be: on the straight line through a neighbour, so that the way is smooth."""
    possible = places.height > -jnp.inf
    before, behind = slice(None, -1), slice(1, None)
    at = places.at
    for here, there in ((behind, before), (before, behind)):
        near = Place(*(leaf[there] for leaf in places))
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
