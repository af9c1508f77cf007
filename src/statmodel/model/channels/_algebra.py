r"""Derivatives of a log-mixture from those of its components: matrix products over the events.

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

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.model._expansion import Expansion

from ._base import weighted_log_sum


class Component(NamedTuple):
    """One term of the mixture, with its derivatives in the few variables that move its shape."""

    term: Float[Array, " row"]
    """t, relative to the events' common offset; may be negative."""
    variables: Int[np.ndarray, " own"]
    """Which of the variables y the entries of `slope` belong to."""
    slope: Float[Array, "own row"]
    """First derivatives of log |t|."""
    bend: Float[Array, "own row"] | Float[Array, "own own row"]
    """Second derivatives of log |t|: their diagonal, or all of them."""


def expand_log_mixture(
    coefficients: Float[Array, " process"],
    components: Sequence[Component],
    *,
    size: int,
    offset: Float[Array, " row"] | float,
    weights: Float[Array, " row"],
    mask: Bool[Array, " row"],
) -> Expansion:
    """Expand F in the variables (c, y) over one chunk of events.

    Args:
        coefficients: c, one a component; may be negative.
        components: t with its derivatives.
        size: the number of variables y.
        offset: added to each event's log m.
        weights: event weights.
        mask: true for events.

    Returns:
        The expansion in the concatenation of c and y. Where some m is not positive the value is
        `-inf` and the event is left out of the derivatives.
    """
    terms = jnp.stack([component.term for component in components])
    intensity = coefficients @ terms
    counted = mask & (weights != 0) & (intensity > 0)
    inverse = jnp.where(counted, 1.0 / jnp.where(counted, intensity, 1.0), 0.0)
    share = terms * inverse[None, :]
    weighted = share * weights[None, :]
    score = jnp.zeros((size, inverse.size), inverse.dtype)
    mixed = jnp.zeros((coefficients.size, size), inverse.dtype)
    curvature = jnp.zeros((size, size), inverse.dtype)
    for index, one in enumerate(components):
        if not one.variables.size:
            continue
        probability = coefficients[index] * weighted[index]
        score = score.at[one.variables].add(
            one.slope * (coefficients[index] * share[index])[None, :]
        )
        mixed = mixed.at[index, one.variables].add(one.slope @ weighted[index])
        block = second_moments(one, probability)
        curvature = curvature.at[one.variables[:, None], one.variables[None, :]].add(block)
    outer = jnp.concatenate([share, score])
    hessian = -(outer * weights[None, :]) @ outer.T
    hessian = hessian + jnp.block(
        [[jnp.zeros((coefficients.size,) * 2, inverse.dtype), mixed], [mixed.T, curvature]]
    )
    value = weighted_log_sum(intensity, offset, weights, mask)
    return Expansion(value, outer @ weights, hessian)


def second_moments(one: Component, weights: Float[Array, " row"]) -> Float[Array, "own own"]:
    r"""The sum over events of :math:`w_i(\phi_{ik}\phi_{il} + \psi_{ikl})`."""
    product = (one.slope * weights[None, :]) @ one.slope.T
    bend = one.bend @ weights
    return product + (jnp.diag(bend) if bend.ndim == 1 else bend)
