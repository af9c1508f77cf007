r"""Expansions: how structured derivatives enter a program that autodiff differentiates.

.. math:: q(y) = f(y_0) + g^\top (y - y_0) + \tfrac12 (y - y_0)^\top H (y - y_0)

with :math:`y_0` the present value of y, held constant. `q` has the value, the gradient and the
Hessian of `f` at :math:`y_0`, so where `f` is a sum over many events whose derivatives are known in
closed form, the events are visited once, and autodiff sees only the small program that leads from
the parameters to y. Third derivatives of `q` are zero and mean nothing.
"""

from typing import NamedTuple

import jax
from jaxtyping import Array, Float


class Gradient(NamedTuple):
    """Value and gradient of a scalar function of a vector."""

    value: Float[Array, ""]
    gradient: Float[Array, " variable"]


class Expansion(NamedTuple):
    """Value, gradient and Hessian of a scalar function of a vector."""

    value: Float[Array, ""]
    gradient: Float[Array, " variable"]
    hessian: Float[Array, "variable variable"]


def linear(known: Gradient, at: Float[Array, " variable"]) -> Float[Array, ""]:
    """The expansion to first order around the present value of `at`.

    Example:
        >>> import jax.numpy as jnp
        >>> known = Gradient(jnp.array(5.0), jnp.array([2.0]))
        >>> float(jax.grad(lambda x: linear(known, jnp.exp(x)[None]))(0.0))
        2.0
    """
    known = jax.lax.stop_gradient(known)
    return known.value + known.gradient @ (at - jax.lax.stop_gradient(at))


def quadratic(expansion: Expansion, at: Float[Array, " variable"]) -> Float[Array, ""]:
    """The expansion around the present value of `at`, for autodiff to go on from.

    Example:
        >>> import jax.numpy as jnp
        >>> known = Expansion(jnp.array(5.0), jnp.array([2.0]), jnp.array([[3.0]]))
        >>> f = lambda x: quadratic(known, jnp.exp(x)[None])
        >>> [round(float(d(f)(0.0)), 3) for d in (lambda f: f, jax.grad, jax.hessian)]
        [5.0, 2.0, 5.0]
    """
    known = jax.lax.stop_gradient(expansion)
    away = at - jax.lax.stop_gradient(at)
    return known.value + known.gradient @ away + 0.5 * away @ (known.hessian @ away)
