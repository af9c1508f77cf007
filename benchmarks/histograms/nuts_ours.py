r"""NUTS on this package's likelihood, whitened by its Hessian at the fit.

With :math:`H = C C^T` at the minimum :math:`\hat\theta` of the potential the sampler moves in
:math:`z = C^T(\theta - \hat\theta)`, in which the posterior is close to a unit Gaussian.
"""

import json

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy import optimize

import statmodel as sm
from benchmarks.worker import Contender, Problem, serve
from statmodel.model import log_likelihood, log_likelihood_to_first_order

from .inputs import chosen
from .nuts import Chains, Target, contender


def build(problem: Problem) -> Contender:
    """The chains."""
    model, data = sm.compile(sm.parse_spec(json.dumps(chosen(problem)), format="json"))
    prepared = model.bind(data)

    def nll(at: Float[Array, " parameter"]) -> Float[Array, ""]:
        return -log_likelihood_to_first_order(model, model.scope.at_free(at), prepared)

    def plain(at: Float[Array, " parameter"]) -> Float[Array, ""]:
        return -log_likelihood(model, model.scope.at_free(at), prepared)

    names = model.space.names
    target = Target(nll, names, names.index("mu"))
    smooth = target._replace(nll=plain)
    slope = jax.jit(jax.value_and_grad(smooth.potential))
    found = optimize.minimize(slope, np.asarray(target.start), jac=True, method="L-BFGS-B")
    best = jnp.asarray(found.x)
    hessian = np.asarray(jax.jit(jax.hessian(smooth.potential))(best))
    inverse = jnp.asarray(np.linalg.inv(np.linalg.cholesky(hessian))).T

    def back(z: Float[Array, "*draw parameter"]) -> Float[Array, "*draw parameter"]:
        return best + z @ inverse.T

    def potential(z: Float[Array, " parameter"]) -> Float[Array, ""]:
        return target.potential(back(z))

    chains = Chains(target, potential, back, problem, jnp.zeros(len(names)), acceptance=0.6)
    return contender(chains, target, packages=("numpyro", "jax", "equinox"))


if __name__ == "__main__":
    serve(build)
