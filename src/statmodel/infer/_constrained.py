r"""What the auxiliary measurements say of the parameters, at a point.

.. math:: C_{kl} = -\frac{\partial^2 \log c}{\partial\alpha_k\,\partial\alpha_l}, \qquad
   \delta_k^2 = (C^{-1})_{kk}
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._compiling import vectorised_jit
from statmodel.model import FreeVector, Model, Prepared, constraint_log_prob


def constraint_information(
    model: Model, prepared: Prepared, values: Float[np.ndarray, " parameter"]
) -> Float[np.ndarray, "parameter parameter"]:
    """C, in the user's units; zero where nothing constrains a parameter."""
    return np.asarray(_information(model, prepared, jnp.asarray(values)))


def constraint_widths(
    model: Model, information: Float[np.ndarray, "parameter parameter"]
) -> Float[np.ndarray, " parameter"]:
    r""":math:`\delta`, infinite where nothing constrains a parameter.

    Where C is not positive definite these are the widths at the centres of the constraints.
    """
    before = np.array(model.prefit_widths())
    own = np.flatnonzero(np.isfinite(before))
    block = information[np.ix_(own, own)]
    if own.size and np.isfinite(block).all() and np.linalg.eigvalsh(block)[0] > 0:
        before[own] = np.sqrt(np.diagonal(np.linalg.inv(block)))
    return before


@vectorised_jit
def _information(
    model: Model, prepared: Prepared, values: FreeVector
) -> Float[Array, "parameter parameter"]:
    def lost(at: FreeVector) -> Float[Array, ""]:
        return -constraint_log_prob(model, at, prepared)

    return jax.hessian(lost)(values)
