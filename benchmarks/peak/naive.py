"""The likelihood as one writes it in JAX on the first day, and its gradient by autodiff."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from benchmarks.worker import Contender, Problem, Task, serve

from .problem import HIGH, LOW, points, sample


def nll(at: Float[Array, " parameter"], x: Float[Array, " event"]) -> Float[Array, ""]:
    """The negative log likelihood."""
    signal, mass, width, background, slope = at
    inside = norm.cdf(HIGH, mass, width) - norm.cdf(LOW, mass, width)
    area = (jnp.exp(slope * HIGH) - jnp.exp(slope * LOW)) / slope
    density = signal * norm.pdf(x, mass, width) / inside + background * jnp.exp(slope * x) / area
    return signal + background - jnp.log(density).sum()


def build(problem: Problem) -> Contender:
    """Value, gradient, Hessian."""
    events = int(problem["events"])
    x, at = jnp.asarray(sample(events)), jnp.asarray(points(events))
    value, gradient = jax.jit(nll), jax.jit(jax.value_and_grad(nll))
    hessian = jax.jit(jax.hessian(nll))
    tasks = {
        "value": Task(
            call=lambda i: value(at[i], x).block_until_ready(),
            values=lambda: np.diff([float(value(one, x)) for one in at]),
        ),
        "gradient": Task(
            call=lambda i: jax.block_until_ready(gradient(at[i], x)),
            values=lambda: np.concatenate([gradient(one, x)[1] for one in at]),
        ),
        "hessian": Task(
            call=lambda i: hessian(at[i], x).block_until_ready(),
            values=lambda: np.concatenate([hessian(one, x).ravel() for one in at]),
        ),
    }
    return Contender(tasks, packages=("jax", "jaxlib"), facts={"stored_bytes": x.nbytes})


if __name__ == "__main__":
    serve(build)
