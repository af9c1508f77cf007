"""The floor: nothing but the sum of logs at 201 values of mu, and the integral over them."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.special import ndtr

from benchmarks.worker import Contender, Problem, Task, serve
from statmodel import _elementary
from statmodel._compiling import in_batches, vectorised_jit

from .problem import BACKGROUND, SIGNAL, TOP, Toy, densities, draw, toys

_SLOTS = 64
"""Rows of a toy: thirty-two events, and six standard deviations."""
_NODES, _WIDTH, _SIDE = 201, 5.0, 32


def rows(toy: Toy) -> Float[np.ndarray, "process row"]:
    """Densities at the events; what is no event adds nothing to the sum of logs."""
    found = np.zeros((2, _SLOTS))
    found[0] = 1.0 / BACKGROUND
    number = toy.s1.size
    found[:, :number] = densities(toy)
    return found


@vectorised_jit
def integrals(drawn: Float[Array, "toy process row"]) -> Float[Array, " toy"]:
    """Natural logs of the likelihood averaged over a half Gaussian, by Simpson's rule."""
    mu = jnp.linspace(0.0, 8.0 * _WIDTH, _NODES)
    rule = np.ones(_NODES)
    rule[1:-1:2], rule[2:-1:2] = 4.0, 2.0
    inside = ndtr(TOP / _WIDTH) - 0.5
    weights = rule * (8.0 * _WIDTH / (_NODES - 1) / 3.0) / (inside * _WIDTH * np.sqrt(2 * np.pi))
    log_focus = -0.5 * (mu / _WIDTH) ** 2

    def one(two: Float[Array, "process row"]) -> Float[Array, ""]:
        def height(at: Float[Array, ""]) -> Float[Array, ""]:
            intensity = BACKGROUND * two[0] + SIGNAL * at * two[1]
            return _elementary.log(intensity).sum() - BACKGROUND - SIGNAL * at

        heights = jax.vmap(height)(mu) + log_focus
        top = heights.max()
        return top + jnp.log((jnp.asarray(weights) * jnp.exp(heights - top)).sum())

    return in_batches(one, drawn, _SIDE)


def build(problem: Problem) -> Contender:
    """The one task."""
    count = int(problem["toys"])
    rng = np.random.default_rng(1)
    drawn = jnp.asarray(np.stack([rows(draw(4.0, rng, nuisances=0)) for _ in range(count)]))
    checked = jnp.asarray(np.stack([rows(one) for one, _ in toys(nuisances=0)[:2]]))
    task = Task(
        lambda _: jax.block_until_ready(integrals(drawn)),
        lambda: np.asarray(integrals(checked)).tolist(),
        pieces=lambda: count,
    )
    return Contender({"plain": task}, packages=("jax", "jaxlib", "numpy"))


if __name__ == "__main__":
    serve(build)
