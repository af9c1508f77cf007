r"""A product of densities of different observables.

.. math:: p(x, y, \dots) = p_1(x)\,p_2(y) \cdots
"""

from typing import final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from statmodel.model._expressions import Observables, Scalar, Slots

from ._base import AbstractDensity


@final
class ProductDensity(AbstractDensity):
    """Independent observables; no two factors may read the same one."""

    factors: tuple[AbstractDensity, ...]

    def __check_init__(self) -> None:
        if not self.factors:
            msg = "`factors` of a product must hold at least one density"
            raise ValueError(msg)
        if len(set(self.axes)) != len(self.axes):
            msg = (
                f"the factors of a product must read different observables, got columns {self.axes}"
            )
            raise ValueError(msg)

    @property
    def axes(self) -> tuple[int, ...]:
        return tuple(axis for factor in self.factors for axis in factor.axes)

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        return tuple(bound for factor in self.factors for bound in factor.bounds)

    def log_prob(self, x: Observables, at: Slots) -> Scalar:
        return jnp.stack([factor.log_prob(x, at) for factor in self.factors]).sum()

    def sample(self, at: Slots, *, key: Array, n: int) -> Float[Array, "{n} axis"]:
        keys = jax.random.split(key, len(self.factors))
        draws = [
            factor.sample(at, key=one, n=n) for factor, one in zip(self.factors, keys, strict=True)
        ]
        return jnp.concatenate(draws, axis=1)
