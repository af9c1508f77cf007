"""Every block of the documentation is true; `run_pages.py` says what that means.

The pages run in a process of their own, because the type checker of the tests stands between typer
and its commands, and because a user has no strict promotion of dtypes; in one, because what JAX has
traced for one page serves the next.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNS = re.compile(r"^```(yaml|python|json|console)", re.MULTILINE)


def test_every_block_of_every_page_is_true():
    pages = [str(page) for page in PAGES if RUNS.search(page.read_text("utf-8"))]
    assert pages
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("run_pages.py")), *pages],
        capture_output=True,
        text=True,
        check=False,
        timeout=2400,  # seconds; all pages take three hundred where nothing is compiled yet
    )
    assert done.returncode == 0, done.stdout + done.stderr
