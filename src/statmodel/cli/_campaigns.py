"""Options and progress of what is made in a folder, by any workers."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias, final

import typer
from rich.console import Console

from statmodel.campaign import Dask, Executor, Pace, Processes, in_words

from ._output import say

ToyFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        help="Keep the toys in this folder, made or filled up: the same command goes on where it "
        "was stopped.",
        metavar="DIR",
    ),
]
Shard: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Make the I-th of N parts only; any number of folders.", metavar="I/N"),
]
Part: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Make the I-th of N parts of the toys of --folder only; who finds all of them there "
        "finds the result.",
        metavar="I/N",
    ),
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Worker processes; by default threads of one process, one a core.",
        metavar="NUMBER",
    ),
]
Scheduler: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Let the workers of a Dask cluster do it.", metavar="ADDRESS"),
]
_EVERY = 30.0
"""Seconds between two lines about progress in a log."""


@final
@dataclass(frozen=True)
class Kept:
    """Toys that gather in a folder."""

    folder: Path
    executor: Executor | None
    shard: tuple[int, int] | None


def kept_in(
    folder: Path | None, workers: int | None, scheduler: str | None, shard: str | None = None
) -> Kept | None:
    """Where toys gather; None for memory.

    Raises:
        typer.BadParameter: only the folder is missing, or the options exclude each other.
    """
    check_workers(workers, scheduler)
    for option, given in (("--workers", workers), ("--scheduler", scheduler), ("--shard", shard)):
        if folder is None and given is not None:
            msg = "is of toys that are kept: give --folder, too"
            raise typer.BadParameter(msg, param_hint=option)
    if folder is None:
        return None
    part = None if shard is None else shard_of(shard)
    return Kept(folder, executor_of(workers, scheduler), part)


def check_workers(workers: int | None, scheduler: str | None) -> None:
    """Refuse both.

    Raises:
        typer.BadParameter: both are given.
    """
    if workers is not None and scheduler is not None:
        msg = "and --scheduler: either processes of this machine, or those of a cluster"
        raise typer.BadParameter(msg, param_hint="--workers")


def executor_of(workers: int | None, scheduler: str | None) -> Executor | None:
    """What was asked for; None for threads of this process.

    Raises:
        typer.BadParameter: Dask is not installed.
    """
    if scheduler is not None:
        try:
            return Dask.at(scheduler)
        except ModuleNotFoundError as error:
            raise typer.BadParameter(str(error), param_hint="--scheduler") from error
    return None if workers is None else Processes(workers)


def shard_of(text: str) -> tuple[int, int]:
    """I and N.

    Raises:
        typer.BadParameter: it is none.
    """
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        msg = f'got "{text}", expected I/N with I from 1 to N, as 3/10'
        raise typer.BadParameter(msg, param_hint="--shard")
    return int(number), int(count)


@contextmanager
def told(size: int, toys: int, *, shown: bool) -> Generator[Callable[[Pace], None] | None]:
    """Progress on standard error: a line that changes, in a log one in half a minute."""
    if not shown:
        yield None
        return
    if sys.stderr.isatty():
        with Console(stderr=True).status("toys ...") as status:
            yield lambda pace: status.update(_at_pace(pace, size, toys))
        return
    said = time.monotonic()

    def tell(pace: Pace) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _EVERY:
            said = now
            say(_at_pace(pace, size, toys))

    yield tell


def _at_pace(pace: Pace, size: int, toys: int) -> str:
    said = f"{min(pace.done * size, toys)} of {min(pace.total * size, toys)} toys"
    if pace.done == pace.before:
        return said
    return f"{said}, {pace.rate * size:.4g} a second, {in_words(pace.left)} left"
