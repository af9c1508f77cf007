r"""First-order minimisation by optimistix' BFGS; bounds by a smooth transform.

.. math:: u = \tfrac12 (l + b) + \tfrac12 (b - l) \sin v, \qquad u = l - 1 + \sqrt{1 + v^2}, \qquad
   u = b + 1 - \sqrt{1 + v^2}

for two bounds, a lower one and an upper one (as MINUIT does: F. James, M. Roos, Comput. Phys.
Commun. 10 (1975) 343; the root is taken in units of a typical distance). On a bound the transform
has no slope, so a start is moved inward by a hundredth of a typical distance. Coordinates are
divided by the square roots of the Hessian's diagonal at the start.

(P. Kidger et al., optimistix: https://github.com/patrick-kidger/optimistix.)
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optimistix as optx

from ._extent import Extent
from ._minimise import scale_of
from ._reached import Reached
from ._trust_region import Mask, Matrix, Scalar, Vector

_STEP_TOLERANCE = 1e-7
"""In units of each parameter's own error, and of `nll`."""
_RELATIVE_TOLERANCE = 1e-13
_INWARD = 0.01


class _Transform(NamedTuple):
    """A smooth map of the real line onto each coordinate's range."""

    lower: Vector
    upper: Vector
    unit: Vector

    def inside(self, at: Vector) -> Vector:
        """Moved off the bounds."""
        room = jnp.minimum(_INWARD * self.unit, 0.25 * (self.upper - self.lower))
        return jnp.clip(at, self.lower + room, self.upper - room)

    def to_box(self, line: Vector) -> Vector:
        """From the real line into the box."""
        below, above = jnp.isfinite(self.lower), jnp.isfinite(self.upper)
        low, high = jnp.where(below, self.lower, 0.0), jnp.where(above, self.upper, 0.0)
        turned = line / self.unit
        away = self.unit * (jnp.sqrt(1.0 + turned**2) - 1.0)
        span = jnp.where(below & above, high - low, 1.0)
        between = 0.5 * (low + high) + 0.5 * span * jnp.sin(2.0 * line / span)
        one_sided = jnp.where(below, low + away, jnp.where(above, high - away, line))
        return jnp.where(below & above, between, one_sided)

    def to_line(self, at: Vector) -> Vector:
        """The inverse, for a point inside."""
        below, above = jnp.isfinite(self.lower), jnp.isfinite(self.upper)
        low, high = jnp.where(below, self.lower, 0.0), jnp.where(above, self.upper, 0.0)
        span = jnp.where(below & above, high - low, 1.0)
        share = jnp.where(below & above, (2.0 * at - low - high) / span, 0.0)
        away = jnp.where(below, at - low, jnp.where(above, high - at, 0.0)) / self.unit
        one_sided = self.unit * jnp.sqrt((1.0 + away) ** 2 - 1.0)
        single = jnp.where(below | above, one_sided, at)
        return jnp.where(below & above, 0.5 * span * jnp.arcsin(jnp.clip(share, -1.0, 1.0)), single)


def optimistix_search(
    value: Callable[[Vector], Scalar],
    start: Vector,
    *,
    hessian: Matrix,
    fixed: Mask,
    lower: Vector,
    upper: Vector,
    max_steps: int,
    extent: Extent,
) -> Reached:
    """Walk down with BFGS; arguments as of :func:`statmodel.infer.minimisers._lbfgs.lbfgs`.

    `value` is differentiated once; `max_steps` counts steps, each with its line search.
    """
    box = _Transform(lower, upper, extent.size)
    begin = jnp.where(fixed, start, box.inside(start))
    length = 1.0 / scale_of(hessian, extent)
    origin = box.to_line(box.inside(begin))

    def to_free(step: Vector) -> Vector:
        return jnp.where(fixed, start, box.to_box(origin + length * step))

    def objective(step: Vector, _: None) -> Scalar:
        nll = value(to_free(step))
        return jnp.where(jnp.isnan(nll), jnp.inf, nll)

    solver = optx.BFGS(rtol=_RELATIVE_TOLERANCE, atol=_STEP_TOLERANCE)
    with jax.numpy_dtype_promotion("standard"):
        found = optx.minimise(
            objective, solver, jnp.zeros_like(start), max_steps=max_steps, throw=False
        )
    return Reached(to_free(found.value), jnp.asarray(found.stats["num_steps"], int))
