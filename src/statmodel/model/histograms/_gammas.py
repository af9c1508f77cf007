r"""What multiplies single entries: the per-bin factors of staterror, shapesys and shapefactor.

.. math:: \Gamma_{sb} = \prod_g \gamma_{gb}^{m_{gsb}}, \qquad m_{gsb} \in \{0, 1\}

Each factor belongs to one bin, where it multiplies some of the samples. A parameter that does so
in several bins stands as several factors that read one slot. Bins with fewer factors than others
are padded.
"""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ._factors import without_zeros


@final
class Gammas(eqx.Module):
    """All per-bin factors."""

    slots: Int[Array, "gamma bin"]
    """Where each is read; padded with the slot that holds one."""
    touched: Bool[Array, "gamma sample bin"]
    """Which samples it multiplies; none in padding."""

    def __call__(self, values: Float[Array, "gamma bin"]) -> Float[Array, "sample bin"]:
        """The factor of each entry."""
        return jnp.where(self.touched, values[:, None], 1.0).prod(axis=0)

    def without_one(self, values: Float[Array, "gamma bin"]) -> Float[Array, "gamma sample bin"]:
        """The derivative of each entry in each of its gammas: the product of the others."""
        safe = without_zeros(values)
        return jnp.where(self.touched, self(safe)[None] / safe[:, None], 0.0)

    def without_two(
        self, values: Float[Array, "gamma bin"]
    ) -> Float[Array, "gamma gamma sample bin"]:
        """The second derivatives: the product of all but two; 0 where the two are one."""
        safe = without_zeros(values)
        rest = self.without_one(safe)
        others = jnp.where(self.touched[None], rest[:, None] / safe[None, :, None], 0.0)
        same = jnp.eye(values.shape[0], dtype=bool)
        return jnp.where(same[:, :, None, None], 0.0, others)
