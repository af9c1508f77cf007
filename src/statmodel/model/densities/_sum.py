r"""A mixture of densities of the same observables.

.. math:: p(x) = \sum_{i=1}^{n-1} f_i\,p_i(x) + \Bigl(1 - \sum_{i=1}^{n-1} f_i\Bigr)\,p_n(x)
"""

from typing import final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel._numerics import safe_log
from statmodel.model._expressions import AbstractExpression, Observables, Scalar, Slots

from ._base import AbstractDensity


@final
class SumDensity(AbstractDensity):
    """`n` terms with `n - 1` fractions; the last term has the rest.

    A fraction may be negative, the sum may not: `-inf` where it is not positive. Only a mixture of
    non-negative fractions can be sampled.
    """

    terms: tuple[AbstractDensity, ...]
    fractions: tuple[AbstractExpression, ...]

    def __check_init__(self) -> None:
        if len(self.fractions) != len(self.terms) - 1:
            msg = (
                f"`fractions` must be one fewer than `terms`, got {len(self.fractions)} for "
                f"{len(self.terms)} terms: the last term has the rest"
            )
            raise ValueError(msg)
        if len({frozenset(term.axes) for term in self.terms}) > 1:
            msg = (
                f"the terms of a sum must read the same observables, got columns {self._columns()}"
            )
            raise ValueError(msg)

    @property
    def axes(self) -> tuple[int, ...]:
        return self.terms[0].axes

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """The widest range of any term, axis by axis."""
        by_axis = [dict(zip(term.axes, term.bounds, strict=True)) for term in self.terms]
        return tuple(
            (min(one[axis][0] for one in by_axis), max(one[axis][1] for one in by_axis))
            for axis in self.axes
        )

    def log_prob(self, x: Observables, at: Slots) -> Scalar:
        total, offset = self.signed(x, at)
        return safe_log(total) + offset

    def signed(self, x: Observables, at: Slots) -> tuple[Scalar, Scalar]:
        """The sum itself, which may be negative where a fraction is, and the log of its unit."""
        logs = jnp.stack([term.log_prob(x, at) for term in self.terms])
        largest = jax.lax.stop_gradient(logs.max())
        offset = jnp.where(jnp.isfinite(largest), largest, 0.0)
        # Linear in the fractions, hence differentiable where one of them is zero.
        present = logs != -jnp.inf
        relative = jnp.where(present, jnp.exp(jnp.where(present, logs, 0.0) - offset), 0.0)
        return jnp.dot(self._shares(at), relative), offset

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        choice_key, *keys = jax.random.split(key, len(self.terms) + 1)
        log_shares = safe_log(self._shares(at))
        choice = jax.random.categorical(choice_key, log_shares, shape=(n,))
        draws = jnp.stack(
            [
                term.sample(at, key=one, n=n)[:, [term.axes.index(axis) for axis in self.axes]]
                for term, one in zip(self.terms, keys, strict=True)
            ]
        )
        return jnp.take_along_axis(draws, choice[None, :, None], axis=0)[0]

    def _shares(self, at: Slots) -> Float[Array, " term"]:
        given = [fraction.value(at) for fraction in self.fractions]
        rest = jnp.ones((), at.dtype)
        for share in given:
            rest = rest - share
        return jnp.stack([*given, rest])

    def _columns(self) -> str:
        return ", ".join(str(term.axes) for term in self.terms)
