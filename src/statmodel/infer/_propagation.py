r"""Expected events and the standard deviations that a covariance of the parameters gives them.

.. math:: \operatorname{Var}[\nu] = J V J^\top = \sum_l (J L_{\cdot l})^2, \qquad
   J = \partial\nu / \partial\theta,\quad V = L L^\top

(G. Cowan, Statistical Data Analysis (1998), section 1.6.) Sums over samples and bins are linear in
the entries, so the columns of JL are summed before they are squared: correlations are those of V.
J is never formed. Its products with the columns of L are taken a few columns at a time, and each
entry keeps one sum of squares.
"""

from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._compiling import vectorised_jit
from statmodel._kept import kept
from statmodel.model import FreeVector, Model, ParameterSpace, Slots
from statmodel.model.histograms import entries_and_tangent

_COLUMNS = 16
"""Of the factor, taken together."""


class Sums(NamedTuple):
    """A quantity of every entry, and of the sums over samples, over bins, and over both."""

    rates: Float[Array, " process"]
    """Of the processes of all unbinned channels, the channels one after another."""
    channels: Float[Array, " unbinned"]
    """Of each unbinned channel."""
    entries: Float[Array, "sample bin"]
    """Of all binned channels side by side; empty without any."""
    bins: Float[Array, " bin"]
    samples: Float[Array, "sample binned"]
    totals: Float[Array, " binned"]
    """Of each binned channel."""


class Propagated(NamedTuple):
    """Expected events, and their standard deviations."""

    events: Sums
    errors: Sums


def propagated(
    model: Model,
    values: Float[np.ndarray, " parameter"],
    covariance: Float[np.ndarray, "parameter parameter"],
) -> Propagated:
    """Expected events at a point, with the standard deviations of a covariance.

    Other values and other covariances compile nothing anew.

    Args:
        model: the compiled likelihood.
        values: of all parameters, in the user's units.
        covariance: of the same, zero in rows and columns of what does not vary; symmetric.
    """
    space = model.space
    free = np.asarray(space.to_free(jnp.asarray(values)))
    factor = _factor(_internal(space, free, covariance))
    missing = -factor.shape[1] % _COLUMNS
    columns = np.pad(factor, ((0, 0), (0, missing))).T.reshape(-1, _COLUMNS, space.size)
    return _propagated(model, jnp.asarray(free), jnp.asarray(columns))


_SUMS = Sums._make([0] * len(Sums._fields))


@vectorised_jit
@kept(returns=Propagated(_SUMS, _SUMS))
def _propagated(
    model: Model, free: FreeVector, columns: Float[Array, "chunk column parameter"]
) -> Propagated:
    slots, moved = jax.linearize(model.scope.at_free, free)
    rates, turned = jax.linearize(lambda at: _rates(model, at), slots)
    if model.histograms is None:
        nothing = jnp.zeros((0, 0), free.dtype)
        events = _sums(model, rates, nothing)

        def along(step: FreeVector) -> Sums:
            return _sums(model, turned(moved(step)), nothing)
    else:
        entries, shifted = entries_and_tangent(model.histograms, slots)
        events = _sums(model, rates, entries)

        def along(step: FreeVector) -> Sums:
            direction = moved(step)
            return _sums(model, turned(direction), shifted(direction))

    def add(variance: Sums, chunk: Float[Array, "column parameter"]) -> tuple[Sums, None]:
        shifts: Sums = jax.vmap(along)(chunk)
        squares = jax.tree.map(lambda shift: (shift**2).sum(axis=0), shifts)
        return jax.tree.map(jnp.add, variance, squares), None

    variance, _ = jax.lax.scan(add, jax.tree.map(jnp.zeros_like, events), columns)
    return Propagated(events, jax.tree.map(jnp.sqrt, variance))


def _rates(model: Model, at: Slots) -> Float[Array, " process"]:
    """Of the processes of all unbinned channels."""
    return jnp.concatenate([jnp.zeros(0, at.dtype), *(one.expected(at) for one in model.channels)])


def _sums(
    model: Model, rates: Float[Array, " process"], entries: Float[Array, "sample bin"]
) -> Sums:
    """All sums of a quantity of every process and every entry."""
    ends = np.cumsum([0, *(len(channel.processes) for channel in model.channels)])
    channels = [rates[low:high].sum() for low, high in pairwise(ends)]
    samples = entries if model.histograms is None else model.histograms.placement.to_rows(entries)
    return Sums(
        rates=rates,
        channels=jnp.stack(channels) if channels else rates,
        entries=entries,
        bins=entries.sum(axis=0),
        samples=samples,
        totals=samples.sum(axis=0),
    )


def _internal(
    space: ParameterSpace,
    free: Float[np.ndarray, " parameter"],
    covariance: Float[np.ndarray, "parameter parameter"],
) -> Float[np.ndarray, "parameter parameter"]:
    """The covariance of the internal coordinates; zero where a root vanishes."""
    slope = np.asarray(space.jacobian(jnp.asarray(free)))
    inverse = np.where(slope > 0, 1.0 / np.where(slope > 0, slope, 1.0), 0.0)
    return covariance * inverse[:, None] * inverse[None, :]


def _factor(
    covariance: Float[np.ndarray, "parameter parameter"],
) -> Float[np.ndarray, "parameter parameter"]:
    """A matrix whose product with its transpose is the covariance; that need not be regular."""
    width = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    varies = np.flatnonzero(width > 0)
    factor = np.zeros(covariance.shape)
    if not varies.size:
        return factor
    scale = width[varies]
    correlation = covariance[np.ix_(varies, varies)] / scale[:, None] / scale[None, :]
    try:
        root = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:  # two parameters move as one
        eigenvalues, vectors = np.linalg.eigh(correlation)
        root = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
    factor[np.ix_(varies, np.arange(varies.size))] = scale[:, None] * root
    return factor
