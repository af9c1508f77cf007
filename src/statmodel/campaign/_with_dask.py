"""Pieces on the workers of a `dask.distributed` cluster: many machines, a batch system."""

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from statmodel._errors import CampaignError

from ._executors import Work

if TYPE_CHECKING:
    from distributed import Client


@final
@dataclass(frozen=True)
class Dask:
    """Pieces on the workers of a Dask cluster, which must have this package installed.

    A worker that is lost loses nothing but the pieces that it had in work; others take them. Data
    files must lie under the same path for workers as for the client.

    Attributes:
        client: of the cluster.
    """

    client: "Client"

    @classmethod
    def at(cls, address: str) -> "Dask":
        """Connect to a scheduler.

        Args:
            address: as `tcp://host:8786`.

        Raises:
            ModuleNotFoundError: the extra `distributed` is not installed.
            CampaignError: nobody answers there.
        """
        if importlib.util.find_spec("distributed") is None:
            msg = 'needs the package distributed: pip install "statmodel[distributed]"'
            raise ModuleNotFoundError(msg)
        from distributed import Client  # noqa: PLC0415 (an extra)

        try:
            return cls(Client(address))
        except (OSError, ValueError) as error:
            msg = f"no Dask scheduler at {address}: {error}"
            raise CampaignError(msg) from error

    def run(self, work: Work, job: str, pieces: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Every piece with its result.

        Raises:
            CampaignError: a piece has lost worker after worker.
        """
        from distributed import KilledWorker, as_completed  # noqa: PLC0415 (an extra)

        # The job is the result of a task, so that it is sent once, and made again if it is lost.
        said = self.client.submit(str, job)
        futures = {self.client.submit(work, said, piece, pure=False): piece for piece in pieces}
        try:
            for future in as_completed(futures):
                try:
                    result: bytes = future.result()
                except KilledWorker as error:
                    message = (
                        f"piece {futures[future]} has lost worker after worker; out of memory? "
                        "What is done is kept."
                    )
                    raise CampaignError(message) from error
                yield futures.pop(future), result
        finally:
            self.client.cancel(list(futures))
