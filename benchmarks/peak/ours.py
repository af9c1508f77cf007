"""This package, from a document."""

import jax

import statmodel as sm
from benchmarks.statmodel_tasks import PACKAGES, tasks
from benchmarks.worker import Contender, Problem, Task, serve
from statmodel.data import make_events

from .problem import HIGH, LOW, NAMES, bounds, points, sample, toys, truth

_DOCUMENT = """
statmodel: "1"
name: peak
parameters: [{parameters}]
channels:
  - name: spectrum
    type: unbinned
    observables: [{{name: x, min: {low}, max: {high}}}]
    processes:
      - {{name: signal, yield: n_signal, density: {{type: gaussian, mean: mass, sigma: width}}}}
      - {{name: background, yield: n_background, density: {{type: exponential, slope: slope}}}}
observations: [{{name: spectrum, events: {{x: [125.0]}}}}]
measurements: [{{name: benchmark, config: {{poi: n_signal}}}}]
"""


def build(problem: Problem) -> Contender:
    """Compile the document, and bind the events in place of its one."""
    events = int(problem["events"])
    x, at = sample(events), points(events)
    rows = zip(NAMES, at[0], bounds(events), strict=True)
    parameters = ", ".join(
        f"{{name: {name}, init: {start}, bounds: [{box[0]}, {box[1]}]}}"
        for name, start, box in rows
    )
    document = _DOCUMENT.format(parameters=parameters, low=LOW, high=HIGH)
    model, _ = sm.compile(sm.parse_spec(document))
    data = sm.Dataset(channels={"spectrum": make_events({"x": x})}, auxiliary={})
    prepared = jax.block_until_ready(model.bind(data))
    able = tasks(model, prepared, at)
    if "toys" in problem:
        able = {"toys": _toys(model, int(problem["toys"]), events)}
    return Contender(able, PACKAGES, facts={"stored_bytes": x.nbytes})


def _toys(model: sm.Model, count: int, events: int) -> Task:
    """Drawn at the truth and fitted from the start of the document, errors included."""
    at = dict(zip(NAMES, truth(events), strict=True))
    start = {name: float(value) for name, value in model.space.point().items()}

    def descents() -> list[float]:
        found: list[float] = []
        for x in toys(events):
            data = sm.Dataset(channels={"spectrum": make_events({"x": x})}, auxiliary={})
            before = sm.derivatives(model, data, start, order=0).value
            found.append(float(sm.fit(model, data).nll - before))
        return found

    def drawn(turn: int) -> sm.ToyTable:
        table = sm.run_toys(model, at, key=jax.random.key(turn), n=count)
        if not table.ok:
            raise RuntimeError(table.message)
        return table

    return Task(drawn, descents, pieces=lambda: count)


if __name__ == "__main__":
    serve(build)
