"""This package's first fit, everything compiled anew: how does that grow with the nuisances?"""

import jax

import statmodel as sm
from benchmarks.statmodel_tasks import PACKAGES
from benchmarks.worker import Contender, Problem, Task, serve

from .model import dataset, model
from .problem import table


def build(problem: Problem) -> Contender:
    """One task: forget all programs, then fit."""
    events, nuisances = int(problem["events"]), int(problem["nuisances"])
    compiled = model(events, nuisances)
    prepared = jax.block_until_ready(compiled.bind(dataset(table(events, nuisances))))

    def first_fit() -> sm.FitResult:
        jax.clear_caches()
        return jax.block_until_ready(sm.fit(compiled, prepared))

    task = Task(call=lambda _: first_fit(), values=lambda: [float(first_fit().nll)])
    return Contender({"compile": task}, PACKAGES)


if __name__ == "__main__":
    serve(build)
