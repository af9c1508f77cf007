"""This package: the pool bound to the model, toys drawn and fitted."""

import dataclasses

import jax
import jax.numpy as jnp

import statmodel as sm
from benchmarks.nsbi.model import dataset, model, normalised_by
from benchmarks.statmodel_tasks import PACKAGES
from benchmarks.worker import Contender, Problem, Task, serve

from .problem import NUISANCES, checked_rows, pool, truth


def build(problem: Problem) -> Contender:
    """Toys at the truth, fitted from there, without errors as the rival has none."""
    events, count = int(problem["events"]), int(problem["toys"])
    simulated = pool(int(problem["pool"]))
    plain = model(events, NUISANCES)
    bound = normalised_by(plain, simulated, with_table=False)
    # The ratios average to one over the pool, so that there is nothing to divide by.
    channels = tuple(dataclasses.replace(one, normalization="analytic") for one in bound.channels)
    compiled = dataclasses.replace(bound, channels=channels)
    at = dict(zip(compiled.space.names, truth().tolist(), strict=True))

    def drawn(turn: int) -> sm.ToyTable:
        table = sm.run_toys(compiled, at, key=jax.random.key(turn), n=count, start=at, errors=False)
        if not table.ok:
            raise RuntimeError(table.message)
        return table

    def descents() -> list[float]:
        found: list[float] = []
        for rows in checked_rows(events, simulated):
            data = jax.block_until_ready(compiled.bind(dataset(simulated.rows(rows))))
            before = sm.derivatives(compiled, data, at, order=0).value
            found.append(float(sm.fit(compiled, data, start=at).nll - jnp.asarray(before)))
        return found

    return Contender({"toys": Task(drawn, descents, pieces=lambda: count)}, PACKAGES)


if __name__ == "__main__":
    serve(build)
