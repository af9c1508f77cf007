"""Pieces in processes of their own, on this machine; a process that dies is replaced."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import final

from statmodel._errors import CampaignError

from ._executors import Work, in_turn

_DEATHS = 3
"""After so many pieces are not tried again: something in them, or the machine, is at fault."""


@final
@dataclass(frozen=True)
class Processes:
    """Pieces in new Python processes, which compile for themselves and share no memory.

    A script that uses them must do so below `if __name__ == "__main__":`, as its file is imported
    by each process.

    Attributes:
        count: how many processes.
    """

    count: int

    def run(self, work: Work, job: str, pieces: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Every piece with its result; where a process died, its pieces are begun again.

        Raises:
            CampaignError: processes died again and again.
        """
        left = dict.fromkeys(pieces)
        deaths: Counter[int] = Counter()
        while left:
            begun: set[int] = set()
            try:
                for piece, result in self._some(work, job, tuple(left), begun):
                    del left[piece]
                    begun.discard(piece)
                    yield piece, result
            except BrokenProcessPool as error:
                deaths.update(begun)
                worst = [piece for piece in begun if deaths[piece] >= _DEATHS]
                if worst:
                    message = (
                        f"worker processes died {_DEATHS} times while piece "
                        f"{', '.join(map(str, sorted(worst)))} was in work; out of memory? "
                        "What is done is kept; fewer workers need less."
                    )
                    raise CampaignError(message) from error

    def _some(
        self, work: Work, job: str, pieces: Sequence[int], begun: set[int]
    ) -> Iterator[tuple[int, bytes]]:
        context = multiprocessing.get_context("spawn")  # a fork of JAX's threads would hang
        with ProcessPoolExecutor(self.count, mp_context=context) as pool:

            def submit(piece: int) -> Future[bytes]:
                begun.add(piece)
                return pool.submit(work, job, piece)

            try:
                # One waiting for each in work, no more: few are under suspicion if one dies.
                yield from in_turn(submit, pieces, 2 * self.count)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
