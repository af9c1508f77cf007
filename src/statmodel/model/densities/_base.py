r"""What every analytic density is: normalised on its range, sampled on its range.

.. math:: p(x \mid \theta) = \frac{e^{\ell(x \mid \theta)}}{\int_a^b e^{\ell(x' \mid \theta)}\,dx'}

A density is written for one event; :func:`jax.vmap` adds the event axis, and because the
normalisation does not depend on the event, it is evaluated once. The base measure is Lebesgue, in
the inverse units of the observables that the density reads.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model._expressions import Observables, Scalar, Slot, Slots


class AbstractDensity(eqx.Module):
    """A normalised density of one or more observables of a channel."""

    axes: eqx.AbstractVar[tuple[int, ...]]
    """The columns of the channel that this density reads."""

    bounds: eqx.AbstractVar[tuple[tuple[float, float], ...]]
    """The range of each of `axes`, in their order; infinite where the density is open."""

    @abc.abstractmethod
    def log_prob(self, x: Observables, at: Slots) -> Scalar:
        """Natural log of the normalised density at one event; `-inf` outside the range.

        Args:
            x: all observables of the channel, one event.
            at: slot values.
        """

    @abc.abstractmethod
    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        """`n` independent events, the columns in the order of `axes`."""


class AbstractUnivariate(AbstractDensity):
    """A density of one observable, given by its shape and the log of the shape's integral."""

    axis: eqx.AbstractVar[int]
    lower: eqx.AbstractVar[float]
    upper: eqx.AbstractVar[float]

    def __check_init__(self) -> None:
        if not self.lower < self.upper:
            msg = f"`min` must be below `max`, got {self.lower} and {self.upper}"
            raise ValueError(msg)

    @property
    def axes(self) -> tuple[int, ...]:
        return (self.axis,)

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        return ((self.lower, self.upper),)

    @abc.abstractmethod
    def log_shape(self, x: Scalar, at: Slots) -> Scalar:
        """Natural log of the unnormalised density, for `lower <= x <= upper`."""

    @abc.abstractmethod
    def log_integral(self, at: Slots) -> Scalar:
        """Natural log of the integral of the shape over `[lower, upper]`."""

    def log_prob(self, x: Observables, at: Slots) -> Scalar:
        value = x[self.axis]
        inside = (value >= self.lower) & (value <= self.upper)
        # Masked on the way in as well: a shape may be undefined outside its range.
        safe = jnp.where(inside, value, self.interior())
        return jnp.where(inside, self.log_shape(safe, at) - self.log_integral(at), -jnp.inf)

    def interior(self) -> float:
        """A point inside the range, whatever its bounds."""
        if np.isfinite(self.lower) and np.isfinite(self.upper):
            return 0.5 * self.lower + 0.5 * self.upper
        if np.isfinite(self.lower):
            return self.lower + 1.0
        return self.upper - 1.0 if np.isfinite(self.upper) else 0.0


def check_finite(name: str, density: AbstractUnivariate) -> None:
    """Refuse a range without both ends.

    Raises:
        ValueError: a bound is infinite, where the density has no integral.
    """
    if not np.isfinite([density.lower, density.upper]).all():
        msg = (
            f"a {name} density has an integral on a finite range only: give `min` and `max`, "
            f"got {density.lower} and {density.upper}"
        )
        raise ValueError(msg)


def log_of_integral(total: Scalar) -> Scalar:
    """Natural log of the integral of a shape; `inf` where it is not positive.

    There the function is no density: an infinite integral makes it vanish, where `-inf` would make
    it infinite.

    Example:
        >>> float(log_of_integral(jnp.array(-2.0)))
        inf
    """
    wrong = total <= 0.0
    return jnp.where(wrong, jnp.inf, jnp.log(jnp.where(wrong, 1.0, total)))


def slots_read(tree: object) -> frozenset[int]:
    """The slots that a density (or any tree of expressions) reads: empty means data-only.

    Example:
        >>> sorted(slots_read((Slot(2), Slot(0))))
        [0, 2]
    """
    leaves = jax.tree.leaves(tree, is_leaf=lambda node: isinstance(node, Slot))
    return frozenset(leaf.index for leaf in leaves if isinstance(leaf, Slot))
