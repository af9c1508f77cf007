r"""A density given by a formula of observables and parameters, normalised numerically.

.. math:: p(x \mid \theta) = \frac{f(x, \theta)}{\int f(x', \theta)\,dx'}

The integral is a quadrature over one finite range or two. Panels end at thresholds that the formula
shows (:mod:`statmodel.model.densities._landmarks`), elsewhere where compilation put them. Where the
formula is negative or undefined the density is zero.
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._numerics import safe_log
from statmodel.model._expressions import AbstractExpression, Observables, Scalar, Slots

from ._landmarks import Landmark, landmarks_of
from ._quadrature import (
    AbstractIntegrated,
    AbstractRule,
    LineRule,
    PlaneRule,
    even_edges,
    place,
)
from ._sampling import sample_line, sample_plane

_PANELS = 24
_PLANE_PANELS = 10
_LADDERS = 3


@final
class FormulaDensity(AbstractIntegrated):
    """A formula >= 0 of one or two observables, which it names by their columns.

    Its derivatives must be finite over the whole range, as its values: `sqrt(max(x - 1, 0))` has
    an infinite one.
    """

    axes: tuple[int, ...] = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    upper: tuple[float, ...] = eqx.field(static=True)
    expression: AbstractExpression
    rule: AbstractRule | None = None

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
        log_f = self.log_shape(safe, at)
        # -inf less an infinite norm (a formula that is zero all over) is no number.
        positive = inside & (log_f != -jnp.inf)
        return jnp.where(positive, jnp.where(positive, log_f, 0.0) - self.log_norm(at), -jnp.inf)

    def log_shape(self, x: Observables, at: Slots) -> Scalar:
        return safe_log(self.signed(x, at))

    def signed(self, x: Observables, at: Slots) -> Scalar:
        """The formula itself, which may be negative; 0 where it is undefined."""
        value = self.expression.value(at, x)
        return jnp.where(jnp.isnan(value), 0.0, value)

    def landmarks(self) -> tuple[Landmark, ...]:
        return landmarks_of(self.expression, self.axes[0]) if len(self.axes) == 1 else ()

    def breaks(self, axis: int) -> Float[np.ndarray, " break"]:
        del axis
        return np.zeros(0)

    def default_rule(self) -> AbstractRule:
        if len(self.axes) == 1:
            found = self.landmarks()
            return LineRule(
                axis=self.axes[0],
                bound=self.bounds[0],
                edges=even_edges(self.bounds[0], _PANELS),
                sharp=tuple(one for one in found if one.sharp),
                centres=tuple(one for one in found if not one.sharp)[:_LADDERS],
            )
        first, second = self.axes
        along_x, along_y = (even_edges(bound, _PLANE_PANELS) for bound in self.bounds)
        return PlaneRule((first, second), along_x, along_y)

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        columns = max(self.axes) + 1

        def line(x: Scalar) -> Scalar:
            return self.log_shape(place(x, self.axes[0], columns), at)

        def plane(x: Scalar, y: Scalar) -> Scalar:
            event = place(x, self.axes[0], columns) + place(y, self.axes[1], columns)
            return self.log_shape(event, at)

        if len(self.axes) == 1:
            nodes = self.quadrature().nodes(at)[0][:, self.axes[0]]
            drawn = sample_line(line, *self.bounds[0], key=key, n=n, places=nodes)
            return drawn[:, None]
        (low_x, low_y), (high_x, high_y) = self.lower, self.upper
        return sample_plane(plane, (low_x, low_y), (high_x, high_y), key=key, n=n)
