"""The folder in which compiled programs are kept from one process to the next.

JAX names the entries by everything that a program depends on, reads them and writes them; here is
decided where the folder is and how large it grows. JAX can bound the size itself, but then it locks
the folder at every access and reads the ages of all entries at every write, which is slower than
many a compilation once there are a few thousand; so the oldest entries are deleted here, at most
once an hour, when a process turns the cache on. No locks are needed: entries that vanish, or are
half written by another process, are compiled again.
"""

import hashlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

VARIABLE: Final = "STATMODEL_CACHE"
MOST_BYTES: Final = 512 * 2**20
_OFF: Final = frozenset({"off", "no", "false", "0"})
_ON: Final = frozenset({"", "on", "yes", "true", "1"})
_KEPT: Final = 0.8
"""The share of the most bytes that trimming leaves: it need not be done again at once."""
_TRIMMED_EVERY: Final = 3600.0
_STAMP: Final = ".trimmed"
_TRACED: Final = "traced"


def user_folder(environment: Mapping[str, str], system: str = sys.platform) -> Path:
    """Where this user's caches are, by the custom of the system.

    Raises:
        RuntimeError: the user has no home.
    """
    match system:
        case "darwin":
            return Path.home() / "Library" / "Caches" / "statmodel"
        case "win32" if environment.get("LOCALAPPDATA"):
            return Path(environment["LOCALAPPDATA"]) / "statmodel" / "Cache"
        case _:
            # The XDG specification says to ignore relative paths.
            named = Path(environment.get("XDG_CACHE_HOME", ""))
            return (named if named.is_absolute() else Path.home() / ".cache") / "statmodel"


def switched_off(environment: Mapping[str, str]) -> bool:
    """Whether the environment variable `STATMODEL_CACHE` says that there be no cache."""
    return environment.get(VARIABLE, "").strip().lower() in _OFF


def named_folder(environment: Mapping[str, str]) -> Path | None:
    """The folder that the environment variable `STATMODEL_CACHE` names, if it names one."""
    word = environment.get(VARIABLE, "").strip()
    return None if word.lower() in _ON | _OFF else Path(word)


def open_folder(root: Path, *, most_bytes: int = MOST_BYTES) -> Path:
    """Make the folder for this machine and this jaxlib, and trim all folders of the root.

    Raises:
        OSError: it cannot be made, or not be written to.
    """
    folder = root / f"jaxlib-{metadata.version('jaxlib')}-{_processor()}"
    # Whoever can write entries can run code here: the folder is for its owner only.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _TRACED).mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(4096))
    if _due(root / _STAMP):
        trim(root, most_bytes=most_bytes)
    return folder


def traced_folder(settings: Mapping[str, object]) -> Path | None:
    """Where traced programs are kept: in a folder that `open_folder` made, and nowhere else.

    Args:
        settings: those of JAX.
    """
    folder = settings.get("jax_compilation_cache_dir")
    if not isinstance(folder, str) or not settings.get("jax_enable_compilation_cache"):
        return None
    traced = Path(folder) / _TRACED
    return traced if traced.is_dir() else None


def trim(root: Path, *, most_bytes: int) -> None:
    """Delete the entries that were used longest ago, where all together exceed `most_bytes`.

    An entry without content is deleted in any case: its writer was interrupted.
    """
    entries = sorted(_entries(root))
    total = sum(size for _, size, _ in entries)
    bound = most_bytes if total <= most_bytes else _KEPT * most_bytes
    for _, size, path in entries:
        if total > bound or size == 0:
            path.unlink(missing_ok=True)
            total -= size


def _entries(root: Path) -> Iterator[tuple[float, int, Path]]:
    """When each entry was last used, how large it is, and where. Links are not followed."""
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith("-cache"):
                path = Path(folder, name)
                try:
                    found = path.lstat()
                except FileNotFoundError:  # another process was faster
                    continue
                yield max(found.st_atime, found.st_mtime), found.st_size, path


def _due(stamp: Path) -> bool:
    """Whether the last trimming is long ago; if so, notes that it is done now."""
    now = time.time()
    try:
        due = not 0.0 <= now - stamp.stat().st_mtime < _TRIMMED_EVERY
    except FileNotFoundError:
        due = True
    if due:
        stamp.touch()
    return due


def _processor() -> str:
    """The architecture and a digest of the instructions that the processor knows.

    JAX 0.10 takes both into the names of entries. Older versions need not, and a program with
    instructions that the processor does not know kills the process.
    """
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    # "flags" on x86, "Features" on ARM; the first of all cores, which are alike.
    known = next((one for one in lines if one.startswith(("flags", "Features"))), "")
    instructions = " ".join(sorted(known.partition(":")[2].split())) or platform.processor()
    return f"{platform.machine()}-{hashlib.sha256(instructions.encode()).hexdigest()[:8]}"
