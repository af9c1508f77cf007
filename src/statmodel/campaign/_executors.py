"""What runs the pieces of a job: in this process here, elsewhere in the files beside."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol, TypeAlias, final, runtime_checkable

Work: TypeAlias = Callable[[str, int], bytes]
"""A function of a module, by whose name workers find it: the result of one piece of a job."""

_AHEAD = 2
"""Pieces that wait, for each that is in work."""


@runtime_checkable
class Executor(Protocol):
    """Runs pieces of a job somewhere."""

    def run(self, work: Work, job: str, pieces: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Every piece with its result, as they end.

        Args:
            work: what makes a result.
            job: what all pieces have in common.
            pieces: what is to be done, each once.
        """
        ...


@final
@dataclass(frozen=True)
class Threads:
    """Pieces in threads of this process: JAX's programs let go of the interpreter.

    Attributes:
        count: how many pieces at a time.
    """

    count: int = 1

    def run(self, work: Work, job: str, pieces: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """A first piece alone, as it may compile, then `count` at a time."""
        if self.count == 1:
            yield from ((piece, work(job, piece)) for piece in pieces)
            return
        for piece in pieces[:1]:
            yield piece, work(job, piece)
        with ThreadPoolExecutor(self.count) as pool:
            try:
                yield from in_turn(
                    lambda piece: pool.submit(work, job, piece), pieces[1:], _AHEAD * self.count
                )
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def in_turn(
    submit: Callable[[int], Future[bytes]], pieces: Sequence[int], most: int
) -> Iterator[tuple[int, bytes]]:
    """Results as they come, with a few pieces waiting: a million need no million futures.

    Args:
        submit: begins a piece.
        pieces: all of them.
        most: how many may have begun.
    """
    waiting = iter(pieces)
    begun: dict[Future[bytes], int] = {}
    while True:
        while len(begun) < most and (piece := next(waiting, None)) is not None:
            begun[submit(piece)] = piece
        if not begun:
            return
        ended, _ = wait(begun, return_when=FIRST_COMPLETED)
        # Results before the first failure are kept: those that have ended count.
        for future in sorted(ended, key=lambda one: one.exception() is not None):
            yield begun.pop(future), future.result()
