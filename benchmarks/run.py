"""Run cases, print their tables, keep their results.

python -m benchmarks.run --case nsbi --only ours,naive,numba
"""

import argparse
import sys
from pathlib import Path

from . import latency, machine
from .cases import CASES
from .contestants import ROOT
from .harness import Case, run
from .report import ORDER, case_section, goals_table
from .results import Result, load, save


def main() -> None:
    """The command line."""
    options = _options()
    names = options.case.split(",") if options.case else ORDER
    if unknown := sorted(set(names) - set(ORDER)):
        message = f"no such case: {', '.join(unknown)}. Cases: {', '.join(ORDER)}"
        raise SystemExit(message)
    core = machine.pin(options.core)
    for case in CASES:
        if case.name in names:
            _keep(_ran(case, options, core), options.results)
    if latency.NAME in names:
        print(f"{latency.NAME}: runs", file=sys.stderr, flush=True)
        records = latency.run(options.rounds)
        where = machine.described(core)
        _keep(Result(latency.NAME, latency.TITLE, where, records), options.results)
    print(goals_table(load(options.results, ORDER)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run")
    parser.add_argument("--case", default="", help=f"all by default: {','.join(ORDER)}")
    parser.add_argument("--only", default="", help="contestants, separated by commas")
    parser.add_argument("--tasks", default="", help="such as value,gradient; all by default")
    parser.add_argument("--rivals", action="store_true", help="with those of .venv-rivals")
    parser.add_argument("--rounds", type=int, default=None, help="most turns of each task")
    parser.add_argument("--small", action="store_true", help="at the size of a test")
    parser.add_argument("--core", type=int, default=None, help="which core; the last by default")
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "benchmarks")
    return parser.parse_args()


def _ran(case: Case, options: argparse.Namespace, core: int | None) -> Result:
    only = options.only.split(",") if options.only else None
    if only is None:
        only = [one.name for one in case.contestants if options.rivals or not one.rival]
    tasks = options.tasks.split(",") if options.tasks else ()
    records = run(case, only=only, tasks=tasks, rounds=options.rounds, small=options.small)
    return Result(case.name, case.title, machine.described(core), records, small=options.small)


def _keep(result: Result, folder: Path) -> None:
    save(result, folder)
    print(case_section(result), flush=True)


if __name__ == "__main__":
    main()
