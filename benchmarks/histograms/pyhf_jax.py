"""pyhf at its best: its likelihood on jax, compiled by the user, under SciPy's SLSQP.

pyhf's own `fit` compiles its objective anew for every set of fixed parameters; here one compiled
function serves all, and parameters that are held are left out of the search.
"""

from typing import NamedTuple

import jax
import numpy as np
import pyhf
from jaxtyping import Float
from scipy import optimize

from benchmarks.worker import Contender, Problem, Task, serve

from .inputs import COMPARED, RANKED, held
from .pyhf_model import Loaded

PACKAGES = ("pyhf", "jax", "scipy")


class Fit(NamedTuple):
    at: Float[np.ndarray, " parameter"]
    nll: float


def build(problem: Problem) -> Contender:
    """All tasks; toys and ranking for the synthetic workspaces, whose nuisances have one name."""
    pyhf.set_backend("jax")
    one = Loaded(problem)

    def nll(pars: jax.Array, data: jax.Array) -> jax.Array:
        return -one.model.logpdf(pars, data)[0]

    value, gradient = jax.jit(nll), jax.jit(jax.value_and_grad(nll))
    hessian = jax.jit(jax.hessian(nll))

    def fitted(
        data: Float[np.ndarray, " datum"],
        start: Float[np.ndarray, " parameter"],
        free: Float[np.ndarray, " free"],
    ) -> Fit:
        def twice(x: Float[np.ndarray, " free"]) -> tuple[float, Float[np.ndarray, " free"]]:
            at = start.copy()
            at[free] = x
            found, slope = gradient(at, data)
            return 2 * float(found), 2 * np.asarray(slope)[free]

        found = optimize.minimize(
            twice, start[free], jac=True, method="SLSQP", bounds=one.box[free],
            options={"maxiter": 100_000},
        )  # fmt: skip
        if not found.success:
            raise RuntimeError(found.message)
        at = start.copy()
        at[free] = found.x
        return Fit(at, found.fun / 2)

    def best() -> Fit:
        return fitted(one.data, one.at[0], one.free)

    def hessians() -> Float[np.ndarray, " component"]:
        pick = np.ix_(one.order, one.order)
        return np.concatenate([np.asarray(hessian(p, one.data))[pick].ravel() for p in one.at])

    samples = one.toys(int(problem.get("toys", 0)))

    def toy_fits() -> list[float]:
        return [fitted(data, one.start, one.free).nll - float(value(one.start, data))
                for data in samples]  # fmt: skip

    def ranked(names: list[str]) -> list[float]:
        """Impacts on the strength of the signal."""
        top = best()
        free = one.free
        inverse = np.linalg.inv(np.asarray(hessian(top.at, one.data))[np.ix_(free, free)])
        widths = np.zeros(len(one.names))
        widths[free] = np.sqrt(np.diag(inverse))
        at, errors = (dict(zip(one.names, each, strict=True)) for each in (top.at, widths))
        impacts = []
        for name in names:
            index = one.names.index(name)
            for number in held(at, errors, name):
                start = top.at.copy()
                start[index] = number
                found = fitted(one.data, start, free[free != index])
                impacts.append(found.at[one.model.config.poi_index] - at["mu"])
        return impacts

    tasks = {
        "value": Task(
            lambda i: value(one.at[i], one.data).block_until_ready(),
            lambda: np.diff([float(value(at, one.data)) for at in one.at]),
        ),
        "gradient": Task(
            lambda i: jax.block_until_ready(gradient(one.at[i], one.data)),
            lambda: np.concatenate(
                [np.asarray(gradient(at, one.data)[1])[one.order] for at in one.at]
            ),
        ),
        "hessian": Task(
            lambda i: hessian(one.at[i], one.data).block_until_ready(),
            hessians,
        ),
        "fit": Task(lambda _: best(), lambda: [best().nll - float(value(one.at[0], one.data))]),
    }
    if samples:
        tasks["toys"] = Task(lambda _: toy_fits(), toy_fits, pieces=lambda: len(samples))
    if one.nuisances:
        tasks["ranking"] = Task(
            lambda _: ranked(one.nuisances),
            lambda: ranked(one.nuisances[:COMPARED]),
            pieces=lambda: RANKED * len(one.nuisances),
        )
    return Contender(tasks, PACKAGES, facts={"parameters": str(len(one.free))})


if __name__ == "__main__":
    serve(build)
