"""What workers do in tests of campaigns: a module of its own, as they import it by name."""

import os
import signal
import time
from pathlib import Path


def words(job: str, piece: int) -> bytes:
    return f"{job}:{piece}".encode()


def slow_words(job: str, piece: int) -> bytes:
    time.sleep(0.05)
    return words(job, piece)


def dies_once(job: str, piece: int) -> bytes:
    """Kills its process at piece 3, the first time; `job` is a folder for the note of it."""
    if piece == 3:
        note = Path(job) / "died"
        if not note.exists():
            note.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return words(job, piece)


def dies_always(job: str, piece: int) -> bytes:
    if piece == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return words(job, piece)


def fails(job: str, piece: int) -> bytes:
    if piece == 2:
        msg = "piece 2 is no good"
        raise ValueError(msg)
    return words(job, piece)
