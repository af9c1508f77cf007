r"""The integral of a likelihood over a focus density.

.. math:: Z = \int_\Theta p(D \mid \mu)\, f(\mu)\, d\mu

Panels end at the top of :math:`p f`, where it has fallen by :math:`e^{-32}` (less far in two and
three dimensions) and where the focus says. In several dimensions the panels of an axis move with
the places on those before, as the Gaussian does that has the curvature of the top: strong
correlations need no more nodes, and bounds cut the axis that they belong to. Coordinates are
internal ones, in which a likelihood of sqrt(mu) is smooth at zero. The error is that of the rule
of every other node.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ._climb import Derivatives, Matrix, Scalar, Summit, Vector, climb, derivatives_of
from ._rule import Nodes, panels
from ._support import Support

_INTERVALS = MappingProxyType({1: 24, 2: 16, 3: 12})
_REACH = MappingProxyType({1: 8.0, 2: 6.0, 3: 5.0})
"""Standard deviations from the top."""
_POOR = 1e-2
"""An error of the logarithm that is not accepted."""

Logs = Callable[[Float[Array, "node poi"]], Float[Array, " node"]]


class Evidence(NamedTuple):
    """Batched: a leading axis on every array."""

    log: Scalar
    """Natural log of Z."""
    error: Scalar
    """Of it, by the coarser rule."""
    top: Vector
    """Where likelihood times focus is largest, in internal coordinates."""
    ok: Bool[Array, ""]
    """Whether the integral is finite, and the error small."""


def evidence(
    log_likelihood: Callable[[Vector], Scalar],
    log_focus: Callable[[Vector], Scalar],
    log_stretch: Callable[[Vector], Scalar],
    support: Support,
    derivatives: Callable[[Vector], Derivatives] | None = None,
) -> Evidence:
    """Of one data set. Pure: may be jitted and mapped over what its functions close over.

    Args:
        log_likelihood: at internal coordinates.
        log_focus: natural log of the focus density, in the user's units.
        log_stretch: natural log of the volume in the user's units for one in internal coordinates.
        support: where the focus counts.
        derivatives: of `log_likelihood`, where there is a faster way to them than autodiff.
    """

    def height(at: Vector) -> Scalar:
        return log_likelihood(at) + log_focus(at)

    heights = jax.vmap(height)(support.places)
    begin = support.places[jnp.argmax(jnp.where(jnp.isnan(heights), -jnp.inf, heights))]
    of_focus = derivatives_of(log_focus)

    def both(at: Vector) -> Derivatives:
        assert derivatives is not None  # noqa: S101 (or it is not called)
        return jax.tree.map(jnp.add, derivatives(at), of_focus(at))

    rising = derivatives_of(height) if derivatives is None else both
    top = climb(rising, begin, support.lower, support.upper, support.scale)

    def logs(at: Float[Array, "node poi"]) -> Float[Array, " node"]:
        return jax.vmap(lambda one: height(one) + log_stretch(one))(at)

    total, error = _integral(logs, top, support)
    positive = total > 0
    log_total = jnp.log(jnp.where(positive, total, 1.0))
    shift = jax.lax.stop_gradient(top.value)
    relative = jnp.where(positive, error / jnp.where(positive, total, 1.0), jnp.inf)
    return Evidence(
        log=jnp.where(positive, log_total + shift, -jnp.inf),
        error=relative,
        top=top.at,
        ok=positive & jnp.isfinite(log_total + top.value) & (relative < _POOR),
    )


class _Shape(NamedTuple):
    """How far, and which way, the integrand reaches from its top."""

    lower_root: Matrix
    """Cholesky factor of the covariance."""
    half: Vector
    """Of each axis, with those before where they are."""


def _shape(top: Summit, support: Support) -> _Shape:
    size = top.at.size
    reach = _REACH[size]
    least = (reach / support.scale) ** 2
    if size == 1:
        bend = jnp.maximum(top.bend, least[:, None])
    else:
        values, vectors = jnp.linalg.eigh(top.bend)
        floor = least.min()
        bend = (vectors * jnp.maximum(values, floor)[None, :]) @ vectors.T
    root = jnp.linalg.cholesky(jnp.linalg.inv(bend))
    own = jnp.diagonal(root)
    # Where it falls by reach^2 / 2, with a slope at a bound too; 8 sd without.
    curvature, slope = own**-2, jnp.abs(top.slope)
    half = reach**2 / (slope + jnp.sqrt(slope**2 + reach**2 * curvature))
    return _Shape(root, half)


def _integral(logs: Logs, top: Summit, support: Support) -> tuple[Scalar, Scalar]:
    """Z in units of the height of the top, and the sum of the differences of panels."""
    shape = _shape(top, support)
    size = top.at.size

    def nodes(axis: int, centre: Scalar) -> Nodes:
        half = shape.half[axis]
        low, high = support.lower[axis], support.upper[axis]
        own = jnp.stack([centre - half, centre, centre + half])
        ends = support.edges[axis] if size < 3 else jnp.zeros(0)  # noqa: PLR2004
        edges = jnp.sort(jnp.clip(jnp.concatenate([ends, own]), low, high))
        return panels(edges, _INTERVALS[size])

    def from_axis(axis: int, before: tuple[Scalar, ...], away: tuple[Scalar, ...]):
        """The integral over this axis and those behind, and its error."""
        shift = sum((shape.lower_root[axis, k] * z for k, z in enumerate(away)), jnp.zeros(()))
        centre = top.at[axis] + shift
        found = nodes(axis, centre)
        if axis == size - 1:
            flat = found.at.reshape(-1)
            fixed = [jnp.full_like(flat, one) for one in before]
            values = logs(jnp.stack([*fixed, flat], axis=1)) - top.value
            inner = jnp.where(values > -jnp.inf, jnp.exp(values), 0.0).reshape(found.at.shape)
            within = jnp.zeros_like(inner)
        else:

            def at(place: Scalar) -> tuple[Scalar, Scalar]:
                z = (place - centre) / shape.lower_root[axis, axis]
                return from_axis(axis + 1, (*before, place), (*away, z))

            inner, within = jax.lax.map(at, found.at.reshape(-1), batch_size=16)
            inner, within = (one.reshape(found.at.shape) for one in (inner, within))
        fine = (found.fine * inner).sum(axis=1)
        coarse = (found.coarse * inner).sum(axis=1)
        error = jnp.abs(fine - coarse).sum() + (found.fine * within).sum()
        return fine.sum(), error

    return from_axis(0, (), ())
