"""How the cost of toys grows with their number and with their events, and what memory they take.

python -m benchmarks.toys_scaling      writes benchmarks/results/toys-scaling.json and the picture

One pinned core, Gaussian + exponential, all five parameters free, errors included. Toys are made as
a campaign makes them: tables are let go of.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import jax
from matplotlib.figure import Figure

import statmodel as sm
from statmodel.infer import ToyPlan, plan_toys

from . import memory
from .contestants import ROOT

RESULTS = ROOT / "benchmarks" / "results" / "toys-scaling.json"
PICTURE = ROOT / "docs" / "reference" / "toys-scaling.svg"
EVENTS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
TOYS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
_FEW_EVENTS = 100
_SECONDS = 3.0
"""About how long a point of the first curve takes."""

_DOCUMENT = """
statmodel: "1"
parameters:
  - {{name: n_signal, init: {signal}, bounds: [0, {most}]}}
  - {{name: mass, init: 1.2, bounds: [0, 3]}}
  - {{name: width, init: 0.1, bounds: [0.02, 1]}}
  - {{name: n_background, init: {background}, bounds: [0, {most}]}}
  - {{name: slope, init: -1.0, bounds: [-5, 2]}}
channels:
  - name: spectrum
    type: unbinned
    observables: [{{name: x, min: 0, max: 3}}]
    processes:
      - {{name: signal, yield: n_signal, density: {{type: gaussian, mean: mass, sigma: width}}}}
      - {{name: background, yield: n_background, density: {{type: exponential, slope: slope}}}}
measurements: [{{name: m, config: {{poi: n_signal}}}}]
"""


def plan(events: int) -> ToyPlan:
    """Toys of so many events, of which three in ten are signal."""
    text = _DOCUMENT.format(signal=0.3 * events, background=0.7 * events, most=3 * events)
    model, _ = sm.compile(sm.parse_spec(text))
    return plan_toys(model, model.space.point(), key=jax.random.key(events))


def by_events() -> Iterator[tuple[int, float]]:
    """Events of a toy, and seconds a toy."""
    for events in EVENTS:
        made = plan(events)
        block = made.sampler.block
        _make(made, 0, block)
        begun = time.perf_counter()
        _make(made, block, 2 * block)
        each = (time.perf_counter() - begun) / block
        count = max(int(_SECONDS / each) // block, 1) * block
        begun = time.perf_counter()
        _make(made, 2 * block, 2 * block + count)
        yield events, (time.perf_counter() - begun) / count


def by_toys() -> Iterator[tuple[int, float, float]]:
    """Number of toys, seconds for all, and the growth of memory while they were made."""
    made = plan(_FEW_EVENTS)
    _make(made, 0, 2 * made.sampler.block)
    for count in TOYS:
        before = memory.resident()
        memory.forget_peak()
        begun = time.perf_counter()
        _make(made, 0, count)
        seconds, top = time.perf_counter() - begun, memory.peak()
        yield count, seconds, (top - before) if top and before else float("nan")


def _make(made: ToyPlan, first: int, last: int) -> None:
    failed = sum(int((~one.good).sum()) for one in made.tables(first, last, threads=1))
    if failed > 1e-2 * (last - first) + 1:
        msg = f"{failed} of {last - first} toys failed"
        raise RuntimeError(msg)


def picture(found: dict[str, list[list[float]]]) -> Figure:
    """Both curves, logarithmic, with straight lines beside them."""
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    x, y = zip(*found["events"], strict=True)
    left.loglog(x, [1e3 * one for one in y], "o-")
    left.loglog(x, [1e3 * y[-1] * one / x[-1] for one in x], "--", color="grey", label="linear")
    left.set_xlabel("events of a toy")
    left.set_ylabel("ms a toy, one core")
    n, seconds, grown = zip(*found["toys"], strict=True)
    right.loglog(n, seconds, "o-", label="seconds")
    right.loglog(n, [seconds[-1] * one / n[-1] for one in n], "--", color="grey", label="linear")
    right.loglog(n, [one / 1e6 for one in grown], "s-", label="memory, MB above idle")
    right.set_xlabel(f"toys of {_FEW_EVENTS} events")
    for axes in (left, right):
        axes.legend()
        axes.grid(visible=True, alpha=0.3)
    return figure


def main() -> None:
    """Measure, write, draw."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found = {"events": [list(one) for one in by_events()], "toys": [list(one) for one in by_toys()]}
    Path(RESULTS).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    picture(found).savefig(PICTURE, metadata={"Date": None})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
