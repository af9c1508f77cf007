"""This package: what the focused statistic compares with, of many toys."""

import jax
import jax.numpy as jnp
import numpy as np

import statmodel as sm
from benchmarks.statmodel_tasks import PACKAGES
from benchmarks.worker import Contender, Problem, Task, serve
from statmodel.infer import AbstractStatistic
from statmodel.infer.construction._tables import Asked, Block, tables
from statmodel.infer.statistics import Case

from .ours import bound, compiled
from .problem import TOP, toys

_TRUE = 4.0
_MANY = 20


def build(problem: Problem) -> Contender:
    """Of 0, 1 and 20 nuisance parameters; of the last also the likelihood ratio, by two fits."""
    count = int(problem["toys"])
    models = {size: compiled(size) for size in (0, 1, _MANY)}

    def task(size: int, statistic: AbstractStatistic, share: int) -> Task:
        model, n = models[size], max(count // share, 1)
        asked = (Asked(Case.of(model, statistic, span=(0.0, TOP)), statistic),)
        drawn = model.sample(model.space.point({"mu": _TRUE}), key=jax.random.key(1), n=n)
        size_of_block = min(256, n)
        starts = range(0, n - size_of_block + 1, size_of_block)
        points = np.full((size_of_block, 1, 1), _TRUE)
        blocks = [
            Block(jax.tree.map(lambda one, k=k: one[k : k + size_of_block], drawn), None, points)
            for k in starts
        ]
        number = len(blocks) * size_of_block

        def found(turn: int) -> None:
            del turn
            (values,) = tables(asked, iter(blocks), number)
            if values.ok.mean() < 0.999:  # noqa: PLR2004 (a toy in a thousand)
                msg = f"{(~values.ok).sum()} of {number} toys cannot be judged"
                raise RuntimeError(msg)

        return Task(found, lambda: logs(size, statistic), pieces=lambda: number)

    def logs(size: int, statistic: AbstractStatistic) -> list[float]:
        """Natural logs of the denominators of the checked toys."""
        model = models[size]
        case = Case.of(model, statistic, span=(0.0, TOP))
        found: list[float] = []
        for toy, _ in toys(nuisances=size)[:2]:
            prepared = bound(model, toy)
            reference = jax.jit(lambda data: statistic.reference(case, case.likelihood(data)))
            found.append(float(jnp.asarray(reference(prepared).log)))
        return found

    return Contender(
        {
            "plain": task(0, sm.FTS("wide"), 1),
            "marginal": task(1, sm.FTS("wide", nuisances="marginal"), 4),
            "profiled": task(_MANY, sm.FTS("wide"), 16),
            "ratio": task(_MANY, sm.LRS(), 16),
        },
        PACKAGES,
    )


if __name__ == "__main__":
    serve(build)
