"""Memory of this process, as Linux counts it; None on other systems."""

import ctypes
import gc
import resource
import sys
from pathlib import Path

_SELF = Path("/proc/self")


def resident() -> float | None:
    """Bytes in memory now."""
    if sys.platform != "linux":
        return None
    _let_go()
    pages = int((_SELF / "statm").read_text("ascii").split()[1])
    return float(pages * resource.getpagesize())


def forget_peak() -> None:
    """Let the peak start again from what is in memory now."""
    if sys.platform == "linux":
        _let_go()
        (_SELF / "clear_refs").write_text("5", "ascii")


def peak() -> float | None:
    """Most bytes that were in memory since the peak was forgotten."""
    if sys.platform != "linux":
        return None
    lines = (_SELF / "status").read_text("ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return 1024.0 * int(line.split()[1])


def _let_go() -> None:
    """Drop garbage, and what the C library keeps of freed memory."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
