"""Results as tables, and the page that shows them.

python -m benchmarks.report        writes the tables into docs/reference/performance.md
"""

import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from .cases import CASES
from .contestants import ROOT
from .goals import GOALS
from .latency import NAME as COLD_START
from .results import Result, load, ratios

RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "reference" / "performance.md"
ORDER = (*(case.name for case in CASES), COLD_START)
_MARKED = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- end of benchmarks -->)", re.DOTALL)
_KEPT_DIGITS = 3


def filled(page: str, results: Mapping[str, Result]) -> str:
    """A page with its marked part made anew."""
    parts = [goals_table(results)]
    parts += [machine_list(results)] if results else ["Nothing has been measured yet.\n"]
    parts += [case_section(result) for result in results.values()]
    text = "\n".join(parts)
    return _MARKED.sub(lambda mark: f"{mark[1]}\n{text}\n{mark[2]}", page)


def goals_table(results: Mapping[str, Result]) -> str:
    """What is wanted, and what was measured."""
    rows = []
    for goal in GOALS:
        turns = goal.measure.measured(results)
        found, verdict = "", "not measured"
        if turns:
            median = statistics.median(turns)
            found, verdict = _with_spread(turns), goal.verdict(median)
        rows.append(
            [goal.work, goal.figure, goal.bound(goal.gate), goal.bound(goal.aim), found, verdict]
        )
    head = ["problem", "figure", "gate", "aim", "measured", ""]
    return f"### Against the goals\n\n{_table(head, rows)}"


def machine_list(results: Mapping[str, Result]) -> str:
    """Where and when; cases of one run share a machine."""
    machines = list({str(r.machine): r.machine for r in results.values()}.values())
    lines = [
        "- " + ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in one.items())
        for one in machines
    ]
    versions: dict[str, str] = {}
    for result in results.values():
        for record in result.contestants.values():
            versions |= record.versions
    named = ", ".join(f"{name} {versions[name]}" for name in sorted(versions))
    return "\n".join(["### Machine and versions", "", *lines, f"- {named}", ""])


def case_section(result: Result) -> str:
    """Medians of all contestants, and how many times those of the first they are."""
    tasks = list(dict.fromkeys(t for r in result.contestants.values() for t in r.seconds))
    first = next(iter(result.contestants))
    rows, said = [], []
    for name, record in result.contestants.items():
        cells = [name]
        for task in tasks:
            turns = record.seconds.get(task)
            base = result.contestants[first].seconds.get(task) if name != first else None
            cells.append(_cell(turns, base) if turns else "")
            if task in record.wrong:
                cells[-1] += " **wrong**"
                said.append(f"- {name}, {task}: {record.wrong[task]}")
        rows.append(cells)
        if record.status != "ok":
            said.append(f"- {name}: {record.status}")
        if record.facts:
            said.append(f"- {name}: {_facts(record.facts)}")
    heading = f"### {result.title}"
    if result.small:
        heading += " (at the size of a test)"
    return "\n".join([heading, "", _table(["", *tasks], rows), *said, ""])


def _cell(turns: Sequence[float], base: Sequence[float] | None) -> str:
    text = in_units(statistics.median(turns))
    if len(turns) > 1:
        text += f" ± {_spread(turns):.0%}"
    if base:
        text += f" ({_digits(statistics.median(ratios(turns, base)))} ×)"
    return text


def _spread(turns: Sequence[float]) -> float:
    """Half the distance between the quartiles, relative to the median."""
    lower, middle, upper = statistics.quantiles(turns, n=4, method="inclusive")
    return (upper - lower) / (2 * middle)


def _with_spread(turns: Sequence[float]) -> str:
    """The median, and the least and the largest turn."""
    text = _digits(statistics.median(turns))
    return f"{text} ({_digits(min(turns))} – {_digits(max(turns))})" if len(turns) > 1 else text


def _digits(number: float) -> str:
    return f"{number:.{_KEPT_DIGITS}g}" if number < 10**_KEPT_DIGITS else f"{number:.0f}"


def _facts(facts: Mapping[str, float | str]) -> str:
    stored = facts.get("stored_bytes")
    words = []
    for name, fact in facts.items():
        label = name.removesuffix("_bytes").removesuffix("_s").replace("_", " ")
        if isinstance(fact, str):
            words.append(f"{label} {fact}")
        elif name.endswith("_s"):
            words.append(f"{label} {in_units(fact)}")
        elif name == "stored_bytes" or not isinstance(stored, int | float):
            words.append(f"{label} {fact / 1e6:.4g} MB")
        else:
            words.append(f"{label} {fact / stored:.2f} × stored")
    return ", ".join(words)


def in_units(seconds: float) -> str:
    """Three digits and a unit."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{_digits(seconds * factor)} {unit}"
    return f"{_digits(seconds * 1e9)} ns"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def write(page: Path = PAGE, results: Path = RESULTS) -> None:
    """Make the marked part of the page anew."""
    page.write_text(filled(page.read_text("utf-8"), load(results, ORDER)), "utf-8")


if __name__ == "__main__":
    write()
