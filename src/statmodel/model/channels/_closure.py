r"""Derivatives of the pool averages :math:`Z_j(\alpha) = \sum_i w_i\, t_{ij}(\alpha)`."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model._expansion import Expansion, Gradient, linear, quadratic
from statmodel.model._layout import accumulate

from ._algebra import second_moments
from ._kernel import bearing, moving_terms
from ._mixture import RatioEvents, Shapes
from ._rows import take_rows


def linear_closure(
    shapes: Shapes, variables: Float[Array, " variable"], pool: RatioEvents
) -> Float[Array, " process"]:
    """Z_j with its first derivatives in the shape variables."""
    at = bearing(shapes, jax.lax.stop_gradient(variables))

    def visit(chunk: RatioEvents) -> Gradient:
        terms, movements = moving_terms(shapes, at, chunk)
        weighted = terms * chunk.weights[None]
        slopes = jnp.zeros((shapes.processes, shapes.size))
        for one in movements:
            own = jnp.einsum("jkr,jr->jk", one.slope, take_rows(weighted, one.processes))
            slopes = slopes.at[np.ix_(one.processes, one.variables)].add(own)
        return Gradient(terms @ chunk.weights, slopes)

    found = accumulate(visit, pool, pool.mask)
    return jax.vmap(linear, in_axes=(0, None))(found, variables)


def expanded_closure(
    shapes: Shapes, variables: Float[Array, " variable"], pool: RatioEvents
) -> Float[Array, " process"]:
    """Z_j with its first and second derivatives in the shape variables."""
    at = bearing(shapes, jax.lax.stop_gradient(variables))

    def visit(chunk: RatioEvents) -> Expansion:
        terms, movements = moving_terms(shapes, at, chunk)
        weighted = terms * chunk.weights[None]
        slopes = jnp.zeros((shapes.processes, shapes.size))
        curvature = jnp.zeros((shapes.processes, shapes.size, shapes.size))
        for one in movements:
            own = jnp.einsum("jkr,jr->jk", one.slope, take_rows(weighted, one.processes))
            slopes = slopes.at[np.ix_(one.processes, one.variables)].add(own)
        for one, other, moments in second_moments(movements, weighted):
            common = [process for process in one.processes if process in other.processes]
            curvature = curvature.at[np.ix_(common, one.variables, other.variables)].add(moments)
            if one is not other:
                turned = moments.transpose(0, 2, 1)
                places = np.ix_(common, other.variables, one.variables)
                curvature = curvature.at[places].add(turned)
        return Expansion(terms @ chunk.weights, slopes, curvature)

    found = accumulate(visit, pool, pool.mask)
    return jax.vmap(quadratic, in_axes=(0, None))(found, variables)
