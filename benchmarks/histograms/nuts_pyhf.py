"""NUTS on pyhf's likelihood, with the diagonal mass that NumPyro adapts."""

import jax
import jax.numpy as jnp
import pyhf

from benchmarks.worker import Contender, Problem, serve

from .nuts import Chains, Target, contender
from .pyhf_model import Loaded


def build(problem: Problem) -> Contender:
    """The chains."""
    pyhf.set_backend("jax")
    one = Loaded(problem)
    data = jnp.asarray(one.data)

    def nll(at: jax.Array) -> jax.Array:
        return -one.model.logpdf(at, data)[0]

    target = Target(nll, one.names, one.model.config.poi_index)
    chains = Chains(
        target, target.potential, lambda drawn: drawn, problem, target.start, acceptance=0.7
    )
    return contender(chains, target, packages=("pyhf", "numpyro", "jax"))


if __name__ == "__main__":
    serve(build)
