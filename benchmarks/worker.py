"""A contestant's side: it holds its data, and works when it is told to, so that turns alternate.

One line of JSON each way. First it says what it can do::

    {"tasks": ["value", "gradient"], "facts": {...}, "versions": {...}}

then it answers ``{"task": "value", "calls": 9}`` by ``{"seconds": [...], "wall": [...]}``, in both
a number for each call, and ``{"values": "value"}`` by ``{"values": [...]}``, numbers that all
contestants must agree on. It leaves at the end of its input.
"""

import gc
import importlib.metadata
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import TypeAlias, final

Problem: TypeAlias = dict[str, int | str]
Facts: TypeAlias = dict[str, float | str]


@final
@dataclass(frozen=True)
class Task:
    """One thing that a contestant can do."""

    call: Callable[[int], object]
    """Do it once, to the end, at the first or the second point (0, 1), which alternate."""
    values: Callable[[], Sequence[float]]
    """What came out of it, in numbers that do not depend on a contestant's conventions."""
    pieces: Callable[[], float] = lambda: 1.0
    """How many pieces of work the last call did; times are told for one (a toy, a fit)."""


@final
@dataclass(frozen=True)
class Contender:
    """What a contestant built from the problem."""

    tasks: Mapping[str, Task]
    packages: Sequence[str]
    """Distributions whose versions matter."""
    facts: Facts = field(default_factory=dict)
    """Numbers that are known once: bytes stored, peak memory."""


def serve(build: Callable[[Problem], Contender]) -> None:
    """Build the contestant from the problem on the command line, then do as told."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes to the log
    contender = build(json.loads(sys.argv[1]))
    _say(
        answers,
        {
            "tasks": list(contender.tasks),
            "facts": contender.facts,
            "versions": {name: importlib.metadata.version(name) for name in contender.packages},
        },
    )
    for line in sys.stdin:
        told = json.loads(line)
        if "values" in told:
            numbers = contender.tasks[told["values"]].values()
            _say(answers, {"values": [float(number) for number in numbers]})
        else:
            _say(answers, _timed(contender.tasks[told["task"]], told["calls"]))
    answers.flush()
    os._exit(0)  # a library that crashes while the interpreter is torn down has nothing left to say


def _timed(task: Task, calls: int) -> dict[str, list[float]]:
    """Seconds of each piece, by the processor and by the wall; garbage is collected in between."""
    gc.collect()
    gc.disable()
    seconds, wall = [], []
    for index in range(calls):
        begin, at = process_time(), perf_counter()
        task.call(index % 2)
        ended, left = perf_counter(), process_time()
        pieces = task.pieces()
        wall.append((ended - at) / pieces)
        seconds.append((left - begin) / pieces)
    gc.enable()
    return {"seconds": seconds, "wall": wall}


def _say(answers, line: Mapping[str, object]) -> None:
    answers.write(json.dumps(line) + "\n")
    answers.flush()
