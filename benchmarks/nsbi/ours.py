"""This package: the structured kernel, and `fit`."""

import jax
import numpy as np

import statmodel as sm
from benchmarks import memory
from benchmarks.statmodel_tasks import PACKAGES, tasks
from benchmarks.worker import Contender, Facts, Problem, Task, serve
from statmodel.infer import Impacts
from statmodel.model import Storage

from .model import dataset, model, normalised_by
from .problem import points, table

_FEW = 2000  # events of the small sample that loads and compiles everything before memory is read
_POOL_SEED = 2


def build(problem: Problem) -> Contender:
    """The tasks, and the memory that they take beyond that of a small sample."""
    events = int(problem["events"])
    _bound(problem, min(events, _FEW))
    before = memory.resident()
    memory.forget_peak()
    able, stored = _bound(problem, events)
    facts = _measured(before, able)
    return Contender(able, PACKAGES, facts={"stored_bytes": stored, **facts})


def _bound(problem: Problem, events: int) -> tuple[dict[str, Task], int]:
    nuisances = int(problem["nuisances"])
    compiled: sm.Model = model(events, nuisances)
    if "pool" in problem:
        pool = table(int(problem["pool"]), nuisances, seed=_POOL_SEED)
        compiled = normalised_by(compiled, pool, with_table="table" in problem)
    data = table(events, nuisances)
    storage: Storage = "float32" if problem.get("storage") == "float32" else "float64"
    prepared = jax.block_until_ready(compiled.bind(dataset(data), storage=storage))
    able = tasks(compiled, prepared, points(nuisances))
    if "ranking" in problem:
        able |= _ranking(events, nuisances)
    size = np.dtype(storage).itemsize / np.dtype(float).itemsize
    return able, int(size * data.stored_bytes)


def _ranking(events: int, nuisances: int) -> dict[str, Task]:
    """A fit, and four more for each nuisance, held up and down by its width before and after it.

    Normalised over a pool of as many events: products of variations are no densities otherwise, and
    nuisances run to their bounds, where no fit holds them.
    """
    every = table(2 * events, nuisances)
    data, pool = every.halves()
    compiled = normalised_by(model(events, nuisances), pool, with_table=False)
    prepared = jax.block_until_ready(compiled.bind(dataset(data)))

    def fitted() -> sm.FitResult:
        found = sm.fit(compiled, prepared)
        if not found.ok or np.asarray(found.at_bound).any():
            raise RuntimeError(found.message)
        return found

    best = fitted()

    def ranked() -> Impacts:
        found = sm.impacts(compiled, prepared, best)
        if not found.ok:
            raise RuntimeError(found.message)
        return found

    fit = Task(lambda _: fitted(), lambda: [float(best.nll)])
    ranking = Task(lambda _: ranked(), lambda: [ranked().error])
    return {"fit": fit, "ranking": ranking}


def _measured(before: float | None, able: dict[str, Task]) -> Facts:
    held, binding = memory.resident(), memory.peak()
    if before is None or held is None or binding is None:
        return {}
    facts: Facts = {"held_bytes": held - before, "binding_peak_bytes": binding - before}
    for name in ("value", "gradient", "hessian"):
        able[name].call(0)  # compiles, which is not counted
        idle = memory.resident()
        memory.forget_peak()
        able[name].call(1)
        top = memory.peak()
        assert idle is not None
        assert top is not None
        facts[f"{name}_peak_bytes"] = held - before + top - idle
    return facts


if __name__ == "__main__":
    serve(build)
