r"""A density given by a formula of observables and parameters, normalised numerically.

.. math:: p(x \mid \theta) = \frac{f(x, \theta)}{\int f(x', \theta)\,dx'}

The integral is Gauss-Legendre over one finite range or two. Where the formula is negative or
undefined the density is zero.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import safe_log
from statmodel.model._expressions import AbstractExpression, Observables, Scalar, Slots

from ._base import AbstractDensity
from ._quadrature import line_rule, place, plane_rule
from ._sampling import sample_line, sample_plane


@final
class FormulaDensity(AbstractDensity):
    """A formula >= 0 of one or two observables, which it names by their columns.

    Its derivatives must be finite over the whole range, as its values: `sqrt(max(x - 1, 0))` has
    an infinite one.
    """

    axes: tuple[int, ...] = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    upper: tuple[float, ...] = eqx.field(static=True)
    expression: AbstractExpression

    def __check_init__(self) -> None:
        if not len(self.axes) == len(self.lower) == len(self.upper) in (1, 2):
            msg = f"a formula density has one or two observables, got columns {self.axes}"
            raise ValueError(msg)
        if not np.isfinite([*self.lower, *self.upper]).all():
            msg = (
                "a formula density is normalised numerically, on a finite range: give `min` and "
                f"`max`, got {self.lower} to {self.upper}"
            )
            raise ValueError(msg)
        if not np.less(self.lower, self.upper).all():
            msg = f"`min` must be below `max`, got {self.lower} to {self.upper}"
            raise ValueError(msg)

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        return tuple(zip(self.lower, self.upper, strict=True))

    def log_prob(self, x: Observables, at: Slots) -> Scalar:
        inside = jnp.asarray(True)  # noqa: FBT003
        safe = x
        for axis, (lower, upper) in zip(self.axes, self.bounds, strict=True):
            within = (x[axis] >= lower) & (x[axis] <= upper)
            safe = safe.at[axis].set(jnp.where(within, x[axis], 0.5 * (lower + upper)))
            inside = inside & within
        log_f = self._log_value(safe, at)
        # -inf less an infinite norm (a formula that is zero all over) is no number.
        positive = inside & (log_f > -jnp.inf)
        return jnp.where(positive, jnp.where(positive, log_f, 0.0) - self._log_norm(at), -jnp.inf)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        columns = max(self.axes) + 1

        def line(x: Scalar) -> Scalar:
            return self._log_value(place(x, self.axes[0], columns), at)

        def plane(x: Scalar, y: Scalar) -> Scalar:
            event = place(x, self.axes[0], columns) + place(y, self.axes[1], columns)
            return self._log_value(event, at)

        if len(self.axes) == 1:
            return sample_line(line, self.lower[0], self.upper[0], key=key, n=n)[:, None]
        (low_x, low_y), (high_x, high_y) = self.lower, self.upper
        return sample_plane(plane, (low_x, low_y), (high_x, high_y), key=key, n=n)

    def _log_value(self, x: Observables, at: Slots) -> Scalar:
        value = self.expression.value(at, x)
        return safe_log(jnp.where(jnp.isnan(value), 0.0, value))

    def _log_norm(self, at: Slots) -> Scalar:
        def log_value(x: Observables) -> Scalar:
            return self._log_value(x, at)

        if len(self.axes) == 1:
            nodes, weights = line_rule(log_value, self.axes[0], self.bounds[0])
        else:
            nodes, weights = plane_rule(self.axes, self.bounds)
        return jax.nn.logsumexp(jax.vmap(log_value)(nodes), b=weights)
