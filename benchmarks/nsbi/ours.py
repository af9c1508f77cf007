"""This package: the structured kernel, and `fit`."""

import jax

import statmodel as sm
from benchmarks import memory
from benchmarks.statmodel_tasks import PACKAGES, tasks
from benchmarks.worker import Contender, Facts, Problem, Task, serve

from .model import dataset, model, normalised_by
from .problem import points, table

_FEW = 2000  # events of the small sample that loads and compiles everything before memory is read
_POOL_SEED = 2


def build(problem: Problem) -> Contender:
    """The tasks, and the memory that they take beyond that of a small sample."""
    events, nuisances = int(problem["events"]), int(problem["nuisances"])
    with_pool = "pool" in problem
    _bound(_FEW, nuisances, with_pool=with_pool)
    before = memory.resident()
    memory.forget_peak()
    able, stored = _bound(events, nuisances, with_pool=with_pool)
    facts = _measured(before, able)
    return Contender(able, PACKAGES, facts={"stored_bytes": stored, **facts})


def _bound(events: int, nuisances: int, *, with_pool: bool) -> tuple[dict[str, Task], int]:
    compiled: sm.Model = model(events, nuisances)
    if with_pool:
        compiled = normalised_by(compiled, table(events, nuisances, seed=_POOL_SEED))
    data = table(events, nuisances)
    prepared = jax.block_until_ready(compiled.bind(dataset(data)))
    return tasks(compiled, prepared, points(nuisances)), data.stored_bytes


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
