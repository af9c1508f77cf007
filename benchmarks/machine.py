"""The machine that the figures are from, and one core of it for all contestants."""

import datetime
import os
import platform
import sys
from pathlib import Path


def pin(core: int | None = None) -> int | None:
    """Keep this process and its children on one core; None where the system cannot.

    Args:
        core: which one; the last that is allowed if None.
    """
    if sys.platform != "linux":
        return None
    chosen = max(os.sched_getaffinity(0)) if core is None else core
    os.sched_setaffinity(0, {chosen})
    return chosen


def described(core: int | None) -> dict[str, str | int | None]:
    """What a reader must know to judge absolute times."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "pinned_core": core,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
    }


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.processor()
    fields = dict(
        (part.strip() for part in line.split(":", maxsplit=1))
        for line in information.read_text("utf-8").split("\n\n", maxsplit=1)[0].splitlines()
        if ":" in line
    )
    name = fields.get("model name", "unknown")
    numbers = [fields[key] for key in ("cpu family", "model", "stepping") if key in fields]
    wide = "AVX-512" if "avx512f" in fields.get("flags", "") else "AVX2 or less"
    return f"{name} ({'/'.join(numbers)}, {wide})"
