r"""A polynomial in the observable itself.

.. math:: f(x) = 1 + \sum_{k \ge 1} a_k x^k

The integral is a Gauss-Legendre sum of the order that makes it exact: unlike differences of
powers it loses no digits on a range far from zero.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import legendre_rule, safe_log
from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate, check_finite, log_of_integral
from ._sampling import sample_line


@final
class Polynomial(AbstractUnivariate):
    """`1 + a1 x + a2 x^2 + ...`; `-inf` where it is not positive.

    The coefficient `ak` has the unit of the observable to the power `-k`.
    """

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    coefficients: tuple[AbstractExpression, ...]

    def __check_init__(self) -> None:
        check_finite("polynomial", self)

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        return safe_log(self.signed(x, at))

    def signed(self, x: Scalar, at: Slots) -> Scalar:
        """The polynomial itself, which may be negative."""
        value = jnp.zeros_like(x)
        for coefficient in reversed(self.coefficients):
            value = (value + coefficient.value(at)) * x
        return 1.0 + value

    def log_integral(self, at: Slots) -> Scalar:
        edges = np.array([self.lower, self.upper])
        nodes, weights = legendre_rule(edges, order=len(self.coefficients) // 2 + 1)
        values = jax.vmap(self.signed, in_axes=(0, None))(jnp.asarray(nodes), at)
        return log_of_integral(jnp.dot(values, jnp.asarray(weights)))

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        def shape(x: Scalar) -> Scalar:
            return self.log_shape(x, at)

        return sample_line(shape, self.lower, self.upper, key=key, n=n)[:, None]
