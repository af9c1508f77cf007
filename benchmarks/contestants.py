"""Contestants: who they are, and the processes in which they work."""

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeAlias, final

ROOT = Path(__file__).resolve().parents[1]
RIVALS = ROOT / ".venv-rivals" / "bin" / "python"
PATIENCE = 900.0  # seconds after which an answer is no longer waited for

Options: TypeAlias = Mapping[str, int | str]

# One thread everywhere, and no accelerator: what is compared is one core.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "CUDA_VISIBLE_DEVICES": "",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
}


@final
@dataclass(frozen=True)
class Contestant:
    """Who takes part, and with what."""

    name: str
    module: str
    """Run as `python -m <module>`."""
    rival: bool = False
    """Whether it lives in the rivals' environment."""
    options: Options = field(default_factory=dict)
    """What it does differently from others of the same module."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, problem: Options) -> list[str]:
        """What starts its process."""
        python = str(RIVALS) if self.rival else sys.executable
        return [python, "-m", self.module, json.dumps(problem)]


class ContestantError(RuntimeError):
    """A contestant that does not answer; the message says why, in a line."""


@final
class Worker:
    """A contestant's process, once it is ready."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._process = process
        self._log = log
        self._buffer = b""
        ready = self._answer()
        self.tasks: tuple[str, ...] = tuple(ready["tasks"])
        self.facts: dict[str, float | str] = ready["facts"]
        self.versions: dict[str, str] = ready["versions"]

    def timed(self, task: str, calls: int) -> tuple[list[float], list[float]]:
        """Let it work, and return the seconds of each call, by the processor and by the wall."""
        told = self._asked({"task": task, "calls": calls})
        return told["seconds"], told["wall"]

    def values(self, task: str) -> list[float]:
        """The numbers that all contestants must agree on."""
        return self._asked({"values": task})["values"]

    def _asked(self, line: Mapping[str, int | str]) -> dict:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
        except BrokenPipeError:
            raise ContestantError(self._last_words()) from None
        return self._answer()

    def _answer(self) -> dict:
        assert self._process.stdout is not None
        while b"\n" not in self._buffer:
            readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
            if not readable:
                msg = f"no answer in {PATIENCE:.0f} s"
                raise ContestantError(msg)
            read = os.read(self._process.stdout.fileno(), 1 << 20)
            if not read:
                raise ContestantError(self._last_words())
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def _last_words(self) -> str:
        """How it ended: the last line of its log, or its exit status."""
        status = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return f"exit status {status}: {lines[-1] if lines else 'nothing was said'}"


@contextmanager
def at_work(contestant: Contestant, problem: Options) -> Iterator[Worker]:
    """Start a contestant's process, wait until it is ready, and end it on the way out.

    Raises:
        ContestantError: its environment is missing, or it did not come so far.
    """
    if contestant.rival and not RIVALS.exists():
        msg = "not installed (`make bench-rivals` makes its environment)"
        raise ContestantError(msg)
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            contestant.command(problem),
            cwd=ROOT,
            env={**os.environ, **_ENVIRONMENT, **contestant.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
        ) as process,
    ):
        try:
            yield Worker(process, log)
        finally:
            process.kill()
