"""Fill the folder of a job, or a shard of it."""

from collections.abc import Callable

from statmodel import infer
from statmodel._errors import CampaignError
from statmodel.campaign import Executor, Folder, Pace, Threads, Work, run_pieces, shard_of

from ._job import AbstractJob, version


def fill(  # noqa: PLR0913, PLR0917 (what may be asked of a run)
    folder: Folder,
    job: AbstractJob,
    work: Work,
    executor: Executor | None,
    shard: tuple[int, int] | None,
    progress: Callable[[Pace], None] | None,
) -> None:
    """Make the pieces that are not there yet.

    Args:
        folder: of the campaign.
        job: what is kept there.
        work: what makes a piece of it.
        executor: where; all cores of this process unless given.
        shard: i and n, for the i-th of n parts.
        progress: is told how far it is.

    Raises:
        CampaignError: it was begun by another version, workers were lost, or there is no such
            shard. What is done is kept.
        OSError: a result cannot be written.
    """
    mine = shard_of(job.pieces, shard or (1, 1))
    if job.version != version():
        message = f"{folder.path} was begun by version {job.version}, this is {version()}"
        raise CampaignError(message)
    run_pieces(folder, work, mine, executor=executor or Threads(infer.cores()), progress=progress)
