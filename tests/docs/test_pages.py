"""Every block of the documentation is true; `run_page.py` says what that means.

A page runs in a process of its own, because the type checker of the tests stands between typer and
its commands, and because a user has no strict promotion of dtypes.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNS = re.compile(r"^```(yaml|python|json|console)", re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if RUNS.search(page.read_text("utf-8"))],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_page(page: Path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("run_page.py")), str(page)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # seconds; a page takes ten of them on an idle core
    )
    assert done.returncode == 0, done.stdout + done.stderr
