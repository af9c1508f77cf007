"""What all commands are told, and the exit codes that scripts may trust."""

import enum
from dataclasses import dataclass
from typing import final


@final
class ExitCode(enum.IntEnum):
    """How a command ended."""

    OK = 0
    NOT_CONVERGED = 1
    """A fit failed, a cross-check overruled it, or a limit was not found; the result was shown."""
    USAGE = 2
    BAD_INPUT = 3
    """The spec or its data are wrong."""
    FILE = 4
    """A file cannot be read or written."""


@final
@dataclass(frozen=True)
class Settings:
    """Options of all commands."""

    verbose: bool = False
    debug: bool = False
