"""This package's first fit of a workspace, everything compiled anew."""

import json

import jax

import statmodel as sm
from benchmarks.statmodel_tasks import PACKAGES
from benchmarks.worker import Contender, Problem, Task, serve

from .inputs import chosen


def build(problem: Problem) -> Contender:
    """One task: forget all programs, then fit."""
    model, data = sm.compile(sm.parse_spec(json.dumps(chosen(problem)), format="json"))
    prepared = jax.block_until_ready(model.bind(data))

    def first_fit() -> sm.FitResult:
        jax.clear_caches()
        return jax.block_until_ready(sm.fit(model, prepared))

    task = Task(call=lambda _: first_fit(), values=lambda: [float(first_fit().nll)])
    return Contender({"compile": task}, PACKAGES)


if __name__ == "__main__":
    serve(build)
