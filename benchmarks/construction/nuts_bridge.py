"""The same number of one toy by NumPyro's sampler and bridge sampling."""

import jax

import statmodel as sm
from benchmarks.worker import Contender, Problem, Task, serve

from .ours import bound, compiled
from .problem import toys


def build(problem: Problem) -> Contender:
    """One toy a call."""
    del problem
    model = compiled(1)
    data = [bound(model, toy) for toy, _ in toys()[:2]]

    def log(place: int) -> float:
        found = sm.evidence(model, data[place], key=jax.random.key(3), focus="wide")
        if not found.ok:
            raise RuntimeError(found.message)
        return found.log

    task = Task(log, lambda: [log(0), log(1)])
    return Contender({"marginal": task}, packages=("numpyro", "jax", "statmodel"))


if __name__ == "__main__":
    serve(build)
