r"""Focus densities: where in the parameters of interest a test should be most powerful.

.. math:: f(\mu) \propto \prod_n f_n(\mu_n), \qquad \mu_n \in [a_n, b_n]

Each factor is a density of one parameter of interest, truncated to the parameter's bounds and
normalised there.
"""

from collections.abc import Mapping
from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import ArrayLike

from ._expressions import Scalar
from .densities import AbstractDensity


@final
class Focus(eqx.Module):
    """A named product of densities of parameters of interest."""

    name: str = eqx.field(static=True)
    pois: tuple[str, ...] = eqx.field(static=True)
    density: AbstractDensity
    """A density whose observables are the parameters of interest, in the order of `pois`."""
    digest: str = eqx.field(static=True, default="")
    """Fingerprint of the density and its bounds, as the document has them; not of the name."""

    def log_prob(self, point: Mapping[str, ArrayLike]) -> Scalar:
        """Natural log of the focus density at a point; `-inf` outside the bounds."""
        at = jnp.stack([jnp.asarray(point[name], jnp.float64) for name in self.pois])
        return self.density.log_prob(at, jnp.zeros(0))
