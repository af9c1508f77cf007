r"""Derivatives of a log-mixture from those of its terms: matrix products over the events.

.. math:: F(c, y) = \sum_i w_i \log m_i, \qquad m_i = \sum_j c_j\, t_{ij}(y)

With :math:`P_{ij} = t_{ij}/m_i`, :math:`Q_{ij} = c_j P_{ij}`, slopes
:math:`\phi_{ijk} = \partial_k \log t_{ij}` and bends
:math:`\psi_{ijkl} = \partial_k\partial_l \log t_{ij}`:

.. math::

   \partial_{c_j} F &= \sum_i w_i P_{ij}, \qquad
   \partial_k F = \sum_i w_i s_{ik}, \quad s_{ik} = \sum_j Q_{ij} \phi_{ijk} \\
   \partial_{c_j}\partial_{c_l} F &= -\sum_i w_i P_{ij} P_{il}, \qquad
   \partial_{c_j}\partial_k F = \sum_i w_i P_{ij} (\phi_{ijk} - s_{ik}) \\
   \partial_k \partial_l F &= \sum_i w_i \Big[ \sum_j Q_{ij} (\phi_{ijk}\phi_{ijl} + \psi_{ijkl})
       - s_{ik} s_{il} \Big]

Each event is visited once for the value, the gradient and the whole Hessian.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.model._expansion import Expansion, Gradient

from ._base import weighted_log_sum
from ._rows import add_to_rows, take_rows

Moments: TypeAlias = Float[Array, "process own own"]


class Movement(NamedTuple):
    """Variables that move some of the terms; a term may have several movements."""

    processes: tuple[int, ...]
    """The terms, increasing."""
    variables: tuple[int, ...]
    """The variables y that move every one of them."""
    slope: Float[Array, "process own row"]
    """First derivatives of log |t|."""
    bent: Callable[[Float[Array, "process row"], Moments], Moments]
    r"""Sums of :math:`q(\phi_k\phi_l + \psi_{kl})`, from weights q and the sums without bends."""


class _Mixture(NamedTuple):
    """A chunk of events under given coefficients."""

    coefficients: Float[Array, " process"]
    value: Float[Array, ""]
    terms: Float[Array, "process row"]
    signed: Float[Array, "process row"]
    """Coefficients times terms."""
    inverse: Float[Array, " row"]
    """1/m; 0 where the event does not count."""
    weighted: Float[Array, " row"]
    """w/m."""


def linearise_log_mixture(
    coefficients: Float[Array, " process"],
    terms: Float[Array, "process row"],
    movements: Sequence[Movement],
    *,
    size: int,
    offset: Float[Array, " row"] | float,
    weights: Float[Array, " row"],
    mask: Bool[Array, " row"],
) -> Gradient:
    """The value and the gradient of F; arguments as in `expand_log_mixture`."""
    mixture = _mixture(coefficients, terms, offset, weights, mask)
    mixed = _mixed(mixture, movements)
    return Gradient(mixture.value, _gradient(mixture, movements, mixed, size))


def expand_log_mixture(
    coefficients: Float[Array, " process"],
    terms: Float[Array, "process row"],
    movements: Sequence[Movement],
    *,
    size: int,
    offset: Float[Array, " row"] | float,
    weights: Float[Array, " row"],
    mask: Bool[Array, " row"],
) -> Expansion:
    """Expand F in the variables (c, y) over one chunk of events.

    Args:
        coefficients: c, one a term; may be negative.
        terms: t, relative to the events' common offset; may be negative.
        movements: what moves them.
        size: the number of variables y.
        offset: added to each event's log m.
        weights: event weights.
        mask: true for events.

    Returns:
        The expansion in the concatenation of c and y. Where some m is not positive the value is
        `-inf` and the event is left out of the derivatives.
    """
    mixture = _mixture(coefficients, terms, offset, weights, mask)
    mixed = _mixed(mixture, movements)
    gradient = _gradient(mixture, movements, mixed, size)
    processes = coefficients.size
    score = jnp.zeros((size, weights.size), terms.dtype)
    cross = jnp.zeros((processes, size), terms.dtype)
    for one, own in zip(movements, mixed, strict=True):
        moved = (one.slope * take_rows(mixture.signed, one.processes)[:, None]).sum(axis=0)
        score = add_to_rows(score, one.variables, moved)
        cross = cross.at[np.ix_(one.processes, one.variables)].add(own)
    curvature = jnp.zeros((size, size), terms.dtype)
    for one, other, moments in second_moments(movements, mixture.signed * mixture.weighted[None]):
        block = moments.sum(axis=0)
        curvature = curvature.at[np.ix_(one.variables, other.variables)].add(block)
        if one is not other:
            curvature = curvature.at[np.ix_(other.variables, one.variables)].add(block.T)
    outer = jnp.concatenate([mixture.terms, score]) * mixture.inverse[None]
    hessian = jnp.block([[jnp.zeros((processes,) * 2), cross], [cross.T, curvature]])
    return Expansion(mixture.value, gradient, hessian - (outer * weights[None]) @ outer.T)


def second_moments(
    movements: Sequence[Movement], weights: Float[Array, "process row"]
) -> Iterator[tuple[Movement, Movement, Moments]]:
    r"""The sums over events of :math:`q_{ij}(\phi_{ijk}\phi_{ijl} + \psi_{ijkl})`.

    Yields:
        Two movements with terms in common (or one twice), and the sums, one matrix for each of the
        common terms.
    """
    for place, one in enumerate(movements):
        own = take_rows(weights, one.processes)
        moments = jnp.einsum("jkr,jlr->jkl", one.slope * own[:, None], one.slope)
        yield one, one, one.bent(own, moments)
        for other in movements[place + 1 :]:
            common = sorted(set(one.processes) & set(other.processes))
            if common:
                first = one.slope[_places(one.processes, common)]
                second = other.slope[_places(other.processes, common)]
                weighted = first * take_rows(weights, common)[:, None]
                yield one, other, jnp.einsum("jkr,jlr->jkl", weighted, second)


def _mixture(
    coefficients: Float[Array, " process"],
    terms: Float[Array, "process row"],
    offset: Float[Array, " row"] | float,
    weights: Float[Array, " row"],
    mask: Bool[Array, " row"],
) -> _Mixture:
    signed = coefficients[:, None] * terms
    intensity = coefficients @ terms
    counted = mask & (weights != 0) & (intensity > 0)
    inverse = jnp.where(counted, 1.0 / jnp.where(counted, intensity, 1.0), 0.0)
    value = weighted_log_sum(intensity, offset, weights, mask)
    return _Mixture(coefficients, value, terms, signed, inverse, inverse * weights)


def _mixed(mixture: _Mixture, movements: Sequence[Movement]) -> list[Float[Array, "_ _"]]:
    r"""For each movement the sums of :math:`w_i P_{ij} \phi_{ijk}`."""
    shares = mixture.terms * mixture.weighted[None]
    return [
        jnp.einsum("jkr,jr->jk", one.slope, take_rows(shares, one.processes)) for one in movements
    ]


def _gradient(
    mixture: _Mixture,
    movements: Sequence[Movement],
    mixed: Sequence[Float[Array, "_ _"]],
    size: int,
) -> Float[Array, " variable"]:
    found = jnp.zeros(size, mixture.terms.dtype)
    for one, own in zip(movements, mixed, strict=True):
        coefficients = take_rows(mixture.coefficients, one.processes)
        found = found.at[np.asarray(one.variables, int)].add(coefficients @ own)
    return jnp.concatenate([mixture.terms @ mixture.weighted, found])


def _places(members: Sequence[int], chosen: Sequence[int]) -> Int[np.ndarray, " chosen"]:
    return np.asarray([members.index(one) for one in chosen], int)
