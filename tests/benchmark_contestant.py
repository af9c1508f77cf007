"""A contestant of the benchmarks that does nothing, well or badly, for `test_benchmarks.py`.

It writes its name into a file at every call, so that turns can be counted.
"""

import os
from pathlib import Path

from benchmarks.worker import Contender, Problem, Task, serve


def build(problem: Problem) -> Contender:
    """What it does wrong is in the problem's `fault`."""
    fault, log = problem.get("fault", ""), Path(str(problem["log"]))
    print("a library that prints where answers go")  # noqa: T201
    if fault == "build":
        msg = "cannot be built"
        raise RuntimeError(msg)

    def call(index: int) -> None:
        if fault == "call":
            os._exit(11)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{problem['name']}{index} ")

    value = {"": 2.0, "value": 2.1, "nan": float("nan")}.get(str(fault), 2.0)
    task = Task(call=call, values=lambda: [1.0, value])
    return Contender({"value": task}, packages=("numpy",), facts={"stored_bytes": 8})


if __name__ == "__main__":
    serve(build)
