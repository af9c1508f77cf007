"""Do what is left of a campaign."""

import time
from collections.abc import Callable

from statmodel._errors import CampaignError

from ._executors import Executor, Work
from ._folder import Folder
from ._pace import Pace


def run_pieces(
    folder: Folder,
    work: Work,
    pieces: range,
    *,
    executor: Executor,
    progress: Callable[[Pace], None] | None = None,
) -> int:
    """Do the pieces that are not done yet, and keep each when it is.

    Args:
        folder: of the campaign.
        work: what makes a piece of its job.
        pieces: of the campaign, or of a shard of it.
        executor: where.
        progress: is told how far it is, at first and after each piece.

    Returns:
        How many pieces this run has done.

    Raises:
        CampaignError: workers were lost; what is done is kept.
        OSError: a result cannot be written.
    """
    job, begun = folder.job, time.monotonic()
    found = folder.done
    missing = [piece for piece in pieces if piece not in found]
    before = done = len(pieces) - len(missing)
    if progress is not None:
        progress(Pace(done, len(pieces), before, time.monotonic() - begun))
    for piece, content in executor.run(work, job, missing) if missing else ():
        folder.keep(piece, content)
        done += 1
        if progress is not None:
            progress(Pace(done, len(pieces), before, time.monotonic() - begun))
    return len(missing)


def shard_of(pieces: int, shard: tuple[int, int]) -> range:
    """The pieces of shard i of n, i from 1 to n: every n-th.

    Args:
        pieces: of the campaign.
        shard: i and n.

    Raises:
        CampaignError: there is no such shard.

    Example:
        >>> list(shard_of(7, (2, 3)))
        [1, 4]
    """
    number, count = shard
    if not 1 <= number <= count:
        message = f"shard {number}/{count}: shards of {count} have numbers from 1 to {count}"
        raise CampaignError(message)
    return range(number - 1, pieces, count)
