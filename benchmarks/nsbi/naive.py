"""The likelihood as one writes it in JAX on the first day, and its derivatives by autodiff.

Coefficients of code 4 are found once; the two regimes are joined by `where`, the product over
nuisances is `prod`, all events are visited at once.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from benchmarks.worker import Contender, Problem, Task, serve

from .problem import PROCESSES, Table, points, table


def coefficients(data: Table) -> Float[np.ndarray, "degree process nuisance event"]:
    """The six coefficients that match value, slope and curvature at both anchors."""
    powers = np.arange(1, 7)
    rows = []
    for side in (1.0, -1.0):
        rows += [
            side**powers,
            powers * side ** (powers - 1),
            powers * (powers - 1) * side ** (powers - 2),
        ]
    up, down = np.log(data.up), np.log(data.down)
    wanted = [data.up - 1, data.up * up, data.up * up**2]
    wanted += [data.down - 1, -data.down * down, data.down * down**2]
    inverse = np.linalg.inv(np.stack(rows))
    return np.einsum("nm,mjki->njki", inverse, np.stack(wanted))


def build(problem: Problem) -> Contender:
    events, nuisances = int(problem["events"]), int(problem["nuisances"])
    data = table(events, nuisances)
    stored = (
        jnp.asarray(data.ratios),
        jnp.asarray(np.log(data.up)),
        jnp.asarray(np.log(data.down)),
        jnp.asarray(coefficients(data)),
    )
    at = jnp.asarray(points(nuisances))
    del data

    def nll(parameters: Float[Array, " parameter"], stored: tuple[Array, ...]) -> Array:
        ratios, log_up, log_down, poly = stored
        mu, alpha = parameters[0], parameters[1:][:, None]
        inside = 1.0 + sum(poly[n] * alpha ** (n + 1) for n in range(6))
        outside = jnp.exp(alpha * jnp.where(alpha > 0, log_up, -log_down))
        responses = jnp.where(jnp.abs(alpha) <= 1, inside, outside)
        rates = jnp.full(PROCESSES, events / PROCESSES).at[0].multiply(mu)
        density = (rates[:, None] * ratios * jnp.prod(responses, axis=1)).sum(axis=0)
        return rates.sum() - jnp.log(density).sum() + 0.5 * jnp.sum(alpha**2)

    value, gradient = jax.jit(nll), jax.jit(jax.value_and_grad(nll))
    tasks = {
        "value": Task(
            call=lambda i: value(at[i], stored).block_until_ready(),
            values=lambda: np.diff([float(value(one, stored)) for one in at]),
        ),
        "gradient": Task(
            call=lambda i: jax.block_until_ready(gradient(at[i], stored)),
            values=lambda: np.concatenate([gradient(one, stored)[1] for one in at]),
        ),
    }
    if problem.get("hessian"):
        hessian = jax.jit(jax.hessian(nll))
        tasks["hessian"] = Task(
            call=lambda i: hessian(at[i], stored).block_until_ready(),
            values=lambda: np.concatenate([hessian(one, stored).ravel() for one in at]),
        )
    facts = {"stored_bytes": sum(one.nbytes for one in stored)}
    return Contender(tasks, packages=("jax", "jaxlib"), facts=facts)


if __name__ == "__main__":
    serve(build)
