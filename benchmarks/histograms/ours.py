"""This package, from the same workspace.

Value, gradient and Hessian are functions that a user compiles, as those of the rivals are. With
`calls` they are those of `derivatives`, whose arguments are names and numbers, checked each time.
"""

import json
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import statmodel as sm
from benchmarks.statmodel_tasks import PACKAGES, tasks
from benchmarks.worker import Contender, Problem, Task, serve
from statmodel.data import make_counts
from statmodel.model import (
    log_likelihood,
    log_likelihood_to_first_order,
    log_likelihood_to_second_order,
)

from .inputs import COMPARED, RANKED, Toy, chosen, held, points, toys


def build(problem: Problem) -> Contender:
    """All tasks; toys and ranking for the synthetic workspaces, whose nuisances have one name."""
    document = chosen(problem)
    model, data = sm.compile(sm.parse_spec(json.dumps(document), format="json"))
    prepared = jax.block_until_ready(model.bind(data))
    names = model.space.names
    start, fixed = model.space.point(), model.space.fixed_mask()
    given = {n: float(start[n]) for n, held_ in zip(names, fixed, strict=True) if not held_}
    at = [[one.get(name, float(start[name])) for name in names] for one in points(given)]
    able = tasks(model, prepared, np.array(at))
    if "calls" not in problem:
        able |= compiled(model, prepared, np.array(at))
    order = np.array(sorted(np.flatnonzero(~fixed), key=lambda index: names[index]))
    able["gradient"] = _sorted(able["gradient"], order, len(names), axes=1)
    able["hessian"] = _sorted(able["hessian"], order, len(names), axes=2)

    nuisances = sorted(name for name in names if name.startswith("alpha_"))
    compared = int(problem.get("toys", 0))
    drawn = toys(document, max(compared, int(problem.get("more_toys", 0))), nuisances)
    bound = [model.bind(_observed(data, toy)) for toy in drawn]

    def ranked(some: Sequence[str]) -> list[float]:
        """Impacts on the strength of the signal."""
        best = sm.fit(model, prepared, start=dict(zip(names, at[0], strict=True)))
        top = dict(zip(names, np.asarray(best.values).tolist(), strict=True))
        errors = dict(zip(names, np.asarray(best.errors).tolist(), strict=True))
        wanted = [{name: value} for name in some for value in held(top, errors, name)]
        found = sm.refits(model, prepared, best, wanted)
        if not found.ok:
            raise RuntimeError(found.message)
        return (np.asarray(found.values)[:, names.index("mu")] - top["mu"]).tolist()

    if bound:
        together = jax.tree.map(lambda *arrays: jnp.stack(arrays), *bound)
        able["toys"] = Task(
            lambda _: jax.block_until_ready(sm.fit(model, together, covariance=False)),
            lambda: _descents(model, together, bound[:compared]),
            pieces=lambda: len(bound),
        )
    if nuisances:
        able["ranking"] = Task(
            lambda _: ranked(nuisances),
            lambda: ranked(nuisances)[: COMPARED * RANKED],
            pieces=lambda: RANKED * len(nuisances),
        )
    return Contender(able, PACKAGES, facts={"parameters": str(len(order))})


def compiled(
    model: sm.Model, prepared: sm.Prepared, points: Float[np.ndarray, "point parameter"]
) -> dict[str, Task]:
    """Value, gradient and Hessian of a vector, in one's own `jit`."""

    def whole(at: Float[Array, " parameter"]) -> Float[Array, ""]:
        return -log_likelihood(model, model.scope.at_free(at), prepared)

    def slope(at: Float[Array, " parameter"]) -> Float[Array, ""]:
        return -log_likelihood_to_first_order(model, model.scope.at_free(at), prepared)

    def bend(at: Float[Array, " parameter"]) -> Float[Array, ""]:
        return -log_likelihood_to_second_order(model, model.scope.at_free(at), prepared)

    value, gradient = jax.jit(whole), jax.jit(jax.value_and_grad(slope))
    hessian = jax.jit(jax.hessian(bend))
    at = [jnp.asarray(one) for one in points]
    return {
        "value": Task(
            lambda i: value(at[i]).block_until_ready(),
            lambda: np.diff([float(value(one)) for one in at]),
        ),
        "gradient": Task(
            lambda i: jax.block_until_ready(gradient(at[i])),
            lambda: np.concatenate([gradient(one)[1] for one in at]),
        ),
        "hessian": Task(
            lambda i: hessian(at[i]).block_until_ready(),
            lambda: np.concatenate([np.ravel(hessian(one)) for one in at]),
        ),
    }


def _sorted(task: Task, order: Float[np.ndarray, " free"], size: int, *, axes: int) -> Task:
    """The same derivatives, of what floats, by name."""

    def values() -> Float[np.ndarray, " component"]:
        whole = np.reshape(task.values(), (-1, *[size] * axes))
        for axis in range(1, axes + 1):
            whole = np.take(whole, order, axis=axis)
        return whole.ravel()

    return Task(task.call, values)


def _observed(data: sm.Dataset, toy: Toy) -> sm.Dataset:
    counts = {channel: make_counts(values.tolist()) for channel, values in toy.counts.items()}
    return data.with_counts(counts).with_auxiliary(toy.measured)


def _descents(
    model: sm.Model, together: sm.Prepared, some: Sequence[sm.Prepared]
) -> Float[np.ndarray, " toy"]:
    """How far the first fits get down; every fit must have converged."""
    result = sm.fit(model, together, covariance=False)
    if not result.ok:
        raise RuntimeError(result.message)
    start = model.space.point()
    before = [sm.derivatives(model, one, start, order=0).value for one in some]
    return np.asarray(result.nll)[: len(some)] - np.asarray(before)


if __name__ == "__main__":
    serve(build)
