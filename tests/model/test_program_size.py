"""The traced program does not grow with the number of nuisance parameters."""

from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jax.extend.core import ClosedJaxpr, Jaxpr

import statmodel as sm
from statmodel.model import log_likelihood, log_likelihood_to_second_order

_DOCUMENT = """
statmodel: "1"
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: -9, max: 9}]
    normalization: analytic
    processes:
      - name: s
        yield: 10
        density: {type: ratio, column: r}
        modifiers:
          - {type: normfactor, name: mu}
MODIFIERS
      - name: b
        yield: 20
        density: {type: ratio, column: r}
        modifiers:
MODIFIERS
observations: [{name: c, file: events.parquet}]
measurements: [{name: m, config: {poi: mu}}]
"""
_RATE = "          - {type: normsys, name: alpha_%d, data: {hi: 1.1, lo: 0.9}}"
_SHAPE = (
    "          - {type: densitysys, name: alpha_%d, data: {hi: {column: up}, lo: {column: down}}}"
)


def model_of(folder: Path, nuisances: int) -> tuple[sm.Model, sm.Dataset]:
    """`nuisances` of them, each moving the rate and the shape of both processes."""
    rng = np.random.default_rng(0)
    columns = {name: rng.uniform(0.8, 1.2, 20) for name in ("x", "r", "up", "down")}
    pq.write_table(pa.table(columns), folder / "events.parquet")
    lines = [line % k for k in range(nuisances) for line in (_RATE, _SHAPE)]
    (folder / "model.yaml").write_text(_DOCUMENT.replace("MODIFIERS", "\n".join(lines)))
    return sm.compile(folder / "model.yaml")


def equations(program: Jaxpr) -> Iterator[str]:
    """The equations of a program, those of the programs inside included."""
    for equation in program.eqns:
        yield equation.primitive.name
        for inner in jax.tree.leaves(tuple(equation.params.values()), is_leaf=_is_program):
            if _is_program(inner):
                yield from equations(inner if isinstance(inner, Jaxpr) else inner.jaxpr)


def _is_program(part: object) -> bool:
    return isinstance(part, Jaxpr | ClosedJaxpr)


@pytest.mark.parametrize("function", [log_likelihood, log_likelihood_to_second_order])
def test_sixty_nuisances_take_the_program_of_ten(function, tmp_path: Path):
    sizes = []
    for nuisances in (10, 60):
        model, data = model_of(tmp_path, nuisances)
        assert model.space.size == nuisances + 1
        prepared = model.bind(data)
        free = model.space.to_free(model.space.values(model.space.point()))

        def nll(u: jax.Array, model=model, prepared=prepared) -> jax.Array:
            return function(model, model.scope.at_free(u), prepared)

        sizes.append(len(list(equations(jax.make_jaxpr(nll)(free).jaxpr))))
    assert sizes[0] > 100
    # What grows: three more levels of the tree of products, of some equations each.
    assert sizes[1] < 1.1 * sizes[0], sizes
