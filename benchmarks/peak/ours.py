"""This package, from a document."""

import jax

import statmodel as sm
from benchmarks.statmodel_tasks import PACKAGES, tasks
from benchmarks.worker import Contender, Problem, serve
from statmodel.data import make_events

from .problem import HIGH, LOW, NAMES, bounds, points, sample

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
    return Contender(tasks(model, prepared, at), PACKAGES, facts={"stored_bytes": x.nbytes})


if __name__ == "__main__":
    serve(build)
