"""Contestants of one case take turns: A B C A B C ..., each in a process of its own.

All hold their data while one of them works, so a slow minute of the machine is shared by all, and
ratios are taken turn by turn. Times are those of the processor, which other programs on the same
core do not stretch (on one core and with nothing to wait for, they are the times of the wall).
What each computes is compared before anything is timed.
"""

import math
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import final

from .contestants import Contestant, ContestantError, Options, Worker, at_work

TURN = 0.3  # seconds that a turn lasts at least, so that short tasks are called many times
MOST_CALLS = 200


@final
@dataclass(frozen=True)
class Work:
    """One task of a case, which every contestant that can do it does."""

    task: str
    relative: float = 0.0
    """How far the values of two contestants may be apart, relative to the largest of them."""
    absolute: float = 0.0
    """The same, in units of the values."""
    compared: bool = True
    """False where the contestants solve problems of different size."""
    long: bool = False
    """Whether the comparison is warm-up enough, and one call a turn."""
    rounds: int = 7


@final
@dataclass(frozen=True)
class Case:
    """A problem, and who solves it."""

    name: str
    title: str
    problem: Options
    small: Options
    """What replaces it, and the contestants' own options, at the size of a test."""
    contestants: tuple[Contestant, ...]
    work: tuple[Work, ...]


@final
@dataclass
class Record:
    """What became of one contestant in one case."""

    status: str = "ok"
    versions: dict[str, str] = field(default_factory=dict)
    facts: dict[str, float | str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """By task: the median call of each turn, in seconds that the processor worked for it."""
    wall: dict[str, list[float]] = field(default_factory=dict)
    """The same by the clock on the wall; larger where the core served other programs as well."""
    calls: dict[str, int] = field(default_factory=dict)
    """By task: calls a turn."""
    values: dict[str, list[float]] = field(default_factory=dict)
    """By task: the first of the numbers that were compared."""
    wrong: dict[str, str] = field(default_factory=dict)
    """By task: how its values differ from those of the first contestant."""


def run(
    case: Case,
    *,
    only: Sequence[str] = (),
    tasks: Sequence[str] = (),
    rounds: int | None = None,
    small: bool = False,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
) -> dict[str, Record]:
    """Run one case.

    Args:
        case: what to run.
        only: names of contestants; all if empty.
        tasks: names of tasks; all if empty.
        rounds: turns of each task, at most; the case's own number if None.
        small: whether to run it at the size of a test.
        say: where progress is told.

    Returns:
        A record by contestant, also of those that could not take part.
    """
    chosen = [one for one in case.contestants if not only or one.name in only]
    records = {one.name: Record() for one in chosen}
    workers: dict[str, Worker] = {}
    with ExitStack() as stack:
        for one in chosen:
            say(f"{case.name}: {one.name} prepares")
            try:
                problem = {**case.problem, **one.options, **(case.small if small else {})}
                worker = stack.enter_context(at_work(one, problem))
            except ContestantError as error:
                records[one.name].status = str(error)
                say(f"{case.name}: {one.name}: {error}")
                continue
            workers[one.name] = worker
            records[one.name].versions = worker.versions
            records[one.name].facts = worker.facts
        work = [one for one in case.work if not tasks or one.task in tasks]
        turns = _Turns(case.name, work, workers, records, say)
        turns.prepare()
        most = max((one.rounds for one in work), default=0)
        for index in range(most if rounds is None else min(rounds, most)):
            turns.take(index)
    return records


@final
class _Turns:
    """The turns of one run; a contestant that fails is left out from there on."""

    def __init__(
        self,
        case: str,
        work: Sequence[Work],
        workers: dict[str, Worker],
        records: dict[str, Record],
        say: Callable[[str], None],
    ) -> None:
        self.case = case
        self.work = work
        self.workers = workers
        self.records = records
        self.say = say

    def prepare(self) -> None:
        """Let everyone compute the values, then warm up; say how many calls fill a turn."""
        for work in self.work:
            for name, worker in self._able(work.task):
                self.say(f"{self.case}: {work.task}: {name} warms up")
                with _survived(self.records[name], self.say):
                    self.records[name].values[work.task] = worker.values(work.task)
                    calls = 1 if work.long else _calls_a_turn(worker, work.task)
                    self.records[name].calls[work.task] = calls
            self._compare(work)

    def take(self, index: int) -> None:
        """One turn of everyone at every task that has a turn of this number."""
        for work in self.work:
            if index >= work.rounds:
                continue
            self.say(f"{self.case}: {work.task}: turn {index + 1} of {work.rounds}")
            for name, worker in self._able(work.task):
                record = self.records[name]
                with _survived(self.records[name], self.say):
                    seconds, wall = worker.timed(work.task, record.calls[work.task])
                    record.seconds.setdefault(work.task, []).append(statistics.median(seconds))
                    record.wall.setdefault(work.task, []).append(statistics.median(wall))

    def _able(self, task: str) -> list[tuple[str, Worker]]:
        return [
            (name, worker)
            for name, worker in self.workers.items()
            if task in worker.tasks and self.records[name].status == "ok"
        ]

    def _compare(self, work: Work) -> None:
        """Hold everyone's values against those of the first."""
        records = [(name, self.records[name]) for name, _ in self._able(work.task)]
        if not records:
            return
        leader, first = records[0]
        for _, record in records[1:] if work.compared else []:
            apart, scale = difference(first.values[work.task], record.values[work.task])
            allowed = work.absolute + work.relative * scale
            if not apart <= allowed:
                record.wrong[work.task] = (
                    f"differs from {leader} by {apart:.1e}, more than {allowed:.1e}"
                )
        for _, record in records:
            record.values[work.task] = record.values[work.task][:3]


def _calls_a_turn(worker: Worker, task: str) -> int:
    """How many calls fill a turn, from one that warms up."""
    begun = perf_counter()
    worker.timed(task, 1)  # a call, where it tells of its pieces
    first = perf_counter() - begun
    return min(math.ceil(TURN / max(first, 1e-9)), MOST_CALLS)


@contextmanager
def _survived(record: Record, say: Callable[[str], None]) -> Iterator[None]:
    """Note that a contestant failed, and let the others go on."""
    try:
        yield
    except ContestantError as error:
        record.status = str(error)
        say(str(error))


def difference(expected: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """The largest difference, infinite if undefined, and the largest number expected."""
    if len(expected) != len(values) or not expected:
        return math.inf, 0.0
    scale = max(abs(one) for one in expected)
    apart = [abs(a - b) for a, b in zip(expected, values, strict=True)]
    return (max(apart) if all(map(math.isfinite, apart)) else math.inf), scale
