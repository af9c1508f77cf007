r"""A sum of Chebyshev polynomials of the first kind.

.. math:: f(x) = 1 + \sum_{k \ge 1} c_k T_k(u), \qquad u = \frac{2x - a - b}{b - a}

with :math:`\int_{-1}^{1} T_k\,du = 2/(1 - k^2)` for even k and zero for odd k (DLMF 18.17.42-45).
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel._numerics import safe_log
from statmodel.model._expressions import AbstractExpression, Scalar, Slots

from ._base import AbstractUnivariate, check_finite, log_of_integral
from ._sampling import sample_line


@final
class Chebyshev(AbstractUnivariate):
    """`1 + c1 T1 + c2 T2 + ...` with the range mapped to [-1, 1]; `-inf` where not positive."""

    axis: int = eqx.field(static=True)
    lower: float = eqx.field(static=True, converter=float)
    upper: float = eqx.field(static=True, converter=float)
    coefficients: tuple[AbstractExpression, ...]

    def __check_init__(self) -> None:
        check_finite("chebyshev", self)

    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        return safe_log(self.signed(x, at))

    def signed(self, x: Scalar, at: Slots) -> Scalar:
        """The sum itself, which may be negative."""
        u = (2.0 * x - (self.lower + self.upper)) / (self.upper - self.lower)
        # Clenshaw's recurrence.
        last, before = jnp.zeros_like(x), jnp.zeros_like(x)
        for coefficient in reversed(self.coefficients):
            last, before = coefficient.value(at) + 2.0 * u * last - before, last
        return 1.0 + u * last - before

    def log_integral(self, at: Slots) -> Scalar:
        mean = jnp.ones((), at.dtype)
        for degree, coefficient in enumerate(self.coefficients, start=1):
            if degree % 2 == 0:
                mean = mean + coefficient.value(at) / (1.0 - degree * degree)
        return log_of_integral((self.upper - self.lower) * mean)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        def shape(x: Scalar) -> Scalar:
            return self.log_shape(x, at)

        return sample_line(shape, self.lower, self.upper, key=key, n=n)[:, None]
