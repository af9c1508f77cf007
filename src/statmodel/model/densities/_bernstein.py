r"""A polynomial in the Bernstein basis, positive where its coefficients are.

.. math:: f(x) = \sum_{k=0}^{n} b_k \binom{n}{k} u^k (1 - u)^{n - k},
   \qquad u = \frac{x - a}{b - a}, \qquad \int_0^1 f\,du = \frac{1}{n + 1}\sum_k b_k
"""

from math import comb
from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel._numerics import safe_log
from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate, check_finite, log_of_integral
from ._sampling import sample_line


@final
class Bernstein(AbstractUnivariate):
    """Coefficients `b0 ... bn`, of any common scale, with the range mapped to [0, 1]."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    coefficients: tuple[AbstractExpression, ...]

    def __check_init__(self) -> None:
        check_finite("bernstein", self)
        if not self.coefficients:
            msg = "`coefficients` of a bernstein density must hold at least b0"
            raise ValueError(msg)

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        return safe_log(self.signed(x, at))

    def signed(self, x: Scalar, at: Slots) -> Scalar:
        """The sum itself, which may be negative where a coefficient is."""
        u = (x - self.lower) / (self.upper - self.lower)
        # Horner's scheme in u, the powers of 1 - u carried along: no division, no power.
        degree = len(self.coefficients) - 1
        value, rest = self.coefficients[-1].value(at) * jnp.ones_like(u), jnp.ones_like(u)
        for k in range(degree - 1, -1, -1):
            rest = rest * (1.0 - u)
            value = value * u + comb(degree, k) * self.coefficients[k].value(at) * rest
        return value

    def log_integral(self, at: Slots) -> Scalar:
        total = jnp.stack([coefficient.value(at) for coefficient in self.coefficients]).sum()
        return log_of_integral((self.upper - self.lower) / len(self.coefficients) * total)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        def shape(x: Scalar) -> Scalar:
            return self.log_shape(x, at)

        return sample_line(shape, self.lower, self.upper, key=key, n=n)[:, None]
