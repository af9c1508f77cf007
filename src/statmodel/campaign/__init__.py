"""Campaigns: pure functions of (job, piece), spread over workers, whose results are kept in files.

Nothing here knows what a piece is about: a job is a text, a result is bytes. What is in the folder
is whole, what is not there is still to do; so a campaign may be killed at any moment.
"""

from ._executors import Executor as Executor
from ._executors import Threads as Threads
from ._executors import Work as Work
from ._folder import Folder as Folder
from ._folder import folder_at as folder_at
from ._folder import make_folder as make_folder
from ._pace import Pace as Pace
from ._pace import in_words as in_words
from ._processes import Processes as Processes
from ._run import run_pieces as run_pieces
from ._run import shard_of as shard_of
from ._with_dask import Dask as Dask
