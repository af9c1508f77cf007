r"""The programs of a fit: minimise, and say what follows from the minimum in the user's units.

.. math:: V = H^{-1}, \qquad H_{kl} = -\frac{\partial^2 \log L}{\partial\theta_k\,\partial\theta_l}

A model of binned channels only is scored first (:mod:`statmodel.infer.minimisers._scoring`), which
is all that most of its fits need; what that leaves in doubt, and every other model, goes to the
trust-region method, whose program is compiled then.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from statmodel._compiling import vectorised_jit
from statmodel._kept import kept
from statmodel.model import FreeVector, Model, Prepared

from .minimisers._box import Box
from .minimisers._extent import Extent, extent_of
from .minimisers._lockstep import Solved
from .minimisers._minimise import Minimum, minimise, scale_of
from .minimisers._objective import begun_alone, nll_derivatives, scored
from .minimisers._status import Status
from .minimisers._trust_region import Matrix, inverse_of, inverse_root, restrict
from .minimisers._walk import Walked


class Fitted(NamedTuple):
    """A minimum, and what follows from it in the user's units."""

    minimum: Minimum
    values: Float[Array, " parameter"]
    errors: Float[Array, " parameter"]
    pulls: Float[Array, " parameter"]
    covariance: Matrix
    at_bound: Bool[Array, " parameter"]
    flat_direction: Float[Array, " parameter"]
    extent: Extent


def fit_arrays(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    box: Box,
    max_steps: int,
    origin: FreeVector | None = None,
) -> Fitted:
    """Minimise and summarise; everything but the model's structure is traced.

    Where a search has led to `start`, `origin` is where it began: distances are typical of that.
    """
    begun, most = start if origin is None else origin, jnp.asarray(max_steps, jnp.int64)
    if model.coordinates is None:
        return _judged(model, prepared, start, box, most, begun)
    first = _scored(model, prepared, start, box, most, begun)
    ended = Status(int(first.minimum.status))
    if ended is not Status.RUNNING:
        return first
    left = jnp.maximum(most - first.minimum.steps, 1)
    last = _judged(model, prepared, first.minimum.at, box, left, begun)
    steps = first.minimum.steps + last.minimum.steps
    return last._replace(minimum=last.minimum._replace(steps=steps))


FITTED = Fitted._make([0] * len(Fitted._fields))._replace(
    minimum=Minimum._make([0] * len(Minimum._fields)),
    extent=Extent._make([0] * len(Extent._fields)),
)


def judged(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    box: Box,
    max_steps: Int[Array, ""],
    origin: FreeVector,
) -> Fitted:
    """A fit by the trust-region method, which says of every end what it is."""
    extent = extent_of(model, prepared, origin)
    derivatives = nll_derivatives(model, prepared)
    minimum = minimise(derivatives, start, **box._asdict(), max_steps=max_steps, extent=extent)
    converged = minimum.status == Status.CONVERGED
    matrix, flat = _invert(minimum.hessian, box.inside(minimum.at), extent, converged=converged)
    return _summary(model, prepared, minimum, matrix, flat, box, extent)


def by_scoring(
    model: Model,
    prepared: Prepared,
    begun: Walked,
    box: Box,
    max_steps: Int[Array, ""],
    extent: Extent,
) -> Fitted:
    """A fit by scoring; `RUNNING` where that settles nothing, unless no more steps are wanted."""
    minimum, matrix = scored(model, prepared, begun, box, extent, max_steps)
    stopped = (minimum.status == Status.RUNNING) & (minimum.steps >= max_steps)
    given_up = jnp.where(
        jnp.isfinite(minimum.value), Status.STEP_LIMIT.value, Status.BAD_START.value
    )
    minimum = minimum._replace(status=jnp.where(stopped, given_up, minimum.status))
    none = jnp.zeros_like(minimum.at)
    return _summary(model, prepared, minimum, matrix, none, box, extent)


def by_lockstep(
    model: Model, prepared: Prepared, solved: Solved, box: Box, extent: Extent
) -> Fitted:
    """A fit that was made beside others; its status is `RUNNING` where that settles nothing."""
    none = jnp.zeros_like(solved.minimum.at)
    return _summary(model, prepared, solved.minimum, solved.inverse, none, box, extent)


_judged = vectorised_jit(kept(returns=FITTED)(judged))


@vectorised_jit
@kept(returns=FITTED)
def _scored(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    box: Box,
    max_steps: Int[Array, ""],
    origin: FreeVector,
) -> Fitted:
    extent = extent_of(model, prepared, origin)
    begun = begun_alone(model, prepared, start, box, extent, max_steps)
    return by_scoring(model, prepared, begun, box, max_steps, extent)


def _summary(
    model: Model,
    prepared: Prepared,
    minimum: Minimum,
    matrix: Matrix,
    flat: Float[Array, " parameter"],
    box: Box,
    extent: Extent,
) -> Fitted:
    """From internal coordinates to the user's; `matrix` is the inverse Hessian."""
    free = box.inside(minimum.at)
    jacobian = model.space.jacobian(minimum.at)
    matrix = matrix * jacobian[None, :] * jacobian[:, None]
    matrix = jnp.where(minimum.status == Status.CONVERGED, matrix, jnp.nan)
    matrix = jnp.where(free[:, None] & free[None, :], matrix, 0.0)
    variance = jnp.diagonal(matrix)
    known = free & (variance > 0)
    values, pulls, at_bound = in_user_units(model, prepared, minimum.at, box)
    return Fitted(
        minimum=minimum,
        values=values,
        errors=jnp.where(known, jnp.sqrt(jnp.where(known, variance, 1.0)), jnp.nan),
        pulls=pulls,
        covariance=matrix,
        at_bound=at_bound,
        flat_direction=flat,
        extent=extent,
    )


def in_user_units(
    model: Model, prepared: Prepared, at: FreeVector, box: Box
) -> tuple[Float[Array, " parameter"], Float[Array, " parameter"], Bool[Array, " parameter"]]:
    """Values, pulls (NaN where nothing constrains) and which parameters rest on a bound."""
    values, widths = model.space.to_values(at), model.prefit_widths()
    pulled = jnp.isfinite(widths)
    pulls = (values - prepared.auxiliary) / jnp.where(pulled, widths, 1.0)
    return values, jnp.where(pulled, pulls, jnp.nan), ~box.fixed & ~box.inside(at)


def _invert(
    hessian: Matrix,
    free: Bool[Array, " parameter"],
    extent: Extent,
    *,
    converged: Bool[Array, ""],
) -> tuple[Matrix, Float[Array, " parameter"]]:
    """The inverse over the free coordinates, or else the eigenvector of least curvature."""
    scale = scale_of(hessian, extent)
    lengths = scale[:, None] * scale[None, :]
    # No eigenvalue of a matrix with a unit diagonal exceeds its size: the others never come first.
    scaled = restrict(hessian / lengths, free, diagonal=1.0 + free.size)
    root = inverse_root(scaled)

    def by_eigenvalues() -> tuple[Matrix, Float[Array, " parameter"]]:
        values, vectors = jnp.linalg.eigh(scaled)
        return (vectors / values[None, :]) @ vectors.T, vectors[:, 0]

    inverse, flat = jax.lax.cond(
        converged & jnp.isfinite(root).all(),
        lambda: (inverse_of(root), jnp.zeros_like(scale)),
        by_eigenvalues,
    )
    return inverse / lengths, flat
