r"""`nll` with its gradient and Hessian at a point, in the user's units.

A parameter under a square root is held as :math:`s = \sqrt p` inside, so that

.. math::

   \frac{\partial}{\partial p} = \frac{1}{2s}\frac{\partial}{\partial s}, \qquad
   \frac{\partial^2}{\partial p^2} =
       \frac{1}{4s^2}\Big(\frac{\partial^2}{\partial s^2} - \frac1s \frac{\partial}{\partial s}\Big)
"""

from collections.abc import Mapping
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel._compiling import vectorised_jit
from statmodel._kept import kept
from statmodel.data import Dataset
from statmodel.model import FreeVector, Model, ParameterSpace, Prepared, log_likelihood

from ._arguments import checked_values
from ._bound import one_data_set
from .minimisers._minimise import Derivatives
from .minimisers._objective import first_order_nll, nll_derivatives
from .minimisers._trust_region import Scalar


@final
class NllDerivatives(eqx.Module):
    """The negative log likelihood at a point; what was not asked for is None."""

    names: tuple[str, ...] = eqx.field(static=True)
    """The order of the axes; fixed parameters have their place too."""
    value: Float[Array, ""]
    gradient: Float[Array, " parameter"] | None
    """Unit: one over that of the parameter."""
    hessian: Float[Array, "parameter parameter"] | None


def derivatives(
    model: Model,
    data: Dataset | Prepared,
    point: Mapping[str, ArrayLike] | None = None,
    *,
    order: int = 2,
) -> NllDerivatives:
    """`nll` and its derivatives, each event visited once.

    One compiled program an order; other values and data of like size do not compile anew. Inside a
    `jit` of your own write :meth:`statmodel.Model.log_prob` and let JAX differentiate that.

    Args:
        model: the compiled likelihood.
        data: a data set, or what `model.bind` made of one.
        point: parameters by name; the starting value of those that are not named.
        order: 0 for the value alone, 1 with the gradient, 2 with the Hessian.

    Returns:
        The numbers. Not finite where a rate or a mixture is negative; derivatives in a parameter
        under a square root are not finite where it vanishes.

    Raises:
        ValueError: with every unknown name, and every value that is no number or out of bounds.
    """
    if order not in {0, 1, 2}:
        msg = f"`derivatives(order=...)` is 0, 1 or 2, got {order!r}"
        raise ValueError(msg)
    names, space = model.space.names, model.space
    given = checked_values(space, {"point": point}, function="derivatives")
    values = np.array([given.get(name, init) for name, init in zip(names, space.init, strict=True)])
    values[list(space.rooted)] **= 0.5
    free, prepared = jnp.asarray(values), one_data_set(model, data, "derivatives")
    match order:
        case 0:
            return NllDerivatives(names, nll_value(model, prepared, free), None, None)
        case 1:
            value, gradient = slope(model, prepared, free)
            return NllDerivatives(names, value, gradient / space.jacobian(free), None)
        case _:
            return NllDerivatives(names, *_in_units(space, free, _all(model, prepared, free)))


@vectorised_jit
@kept(returns=0)
def nll_value(model: Model, prepared: Prepared, free: FreeVector) -> Scalar:
    """Value, at an internal vector."""
    return -log_likelihood(model, model.scope.at_free(free), prepared)


@vectorised_jit
@kept(returns=(0, 0))
def slope(model: Model, prepared: Prepared, free: FreeVector) -> tuple[Scalar, FreeVector]:
    """Value and gradient, internal."""
    return jax.value_and_grad(first_order_nll(model, prepared))(free)


@vectorised_jit
@kept(returns=(0, 0, 0))
def _all(model: Model, prepared: Prepared, free: FreeVector) -> Derivatives:
    return nll_derivatives(model, prepared)(free)


def _in_units(space: ParameterSpace, free: FreeVector, found: Derivatives) -> Derivatives:
    value, gradient, hessian = found
    scale = space.jacobian(free)
    bend = np.zeros(space.size)
    bend[list(space.rooted)] = 2.0
    curved = jnp.where(bend > 0, bend * gradient / scale, 0.0)
    return value, gradient / scale, (hessian - jnp.diag(curved)) / (scale[:, None] * scale[None])
