"""Works through pages of the documentation: specs validate, Python runs, commands print.

    python run_pages.py PAGE.md ...

prints what is not true, and ends with 1 if anything is not.

A page is worked through from top to bottom in a folder of its own, in which `specs/` is the
project's. Blocks with a title are written to that file. What counts by the first line of a block:

- yaml: a complete spec (it begins with `statmodel:`) is loaded and resolved. Any other block is
  a change of the page's last complete spec (entries of one name are merged, others added), and the
  outcome is resolved. One whose first line is a comment that begins with `# wrong` is not.
- python: runs, in one namespace a page. A `text` block right behind it is what it prints.
- console: each `$ statmodel` line is run as on a terminal; the lines below it are what it prints
  on both streams, where `...` stands for any lines. Other commands are not run.
"""

import contextlib
import io
import json
import math
import os
import re
import shlex
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from statmodel.cli._app import app
from statmodel.spec import parse_spec, resolve

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
REPLACES = {"type", "file", "events"}
STYLE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Block:
    kind: str
    title: str
    text: str
    adjacent: bool
    """Whether it stands right behind the block before it."""


class Terminal(io.StringIO):
    """Collects what is printed, and says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class Aside(io.TextIOBase):
    """The other stream: what is written to it lands between the lines of `main`."""

    def __init__(self, main: io.StringIO) -> None:
        self.main = main

    def write(self, text: str, /) -> int:
        return self.main.write(text)


def blocks(page: Path) -> Iterator[Block]:
    text, end = page.read_text("utf-8"), 0
    for found in FENCE.finditer(text):
        title = re.search(r'title="([^"]+)"', found[2])
        between = text[end : found.start()].strip()
        yield Block(found[1], title[1] if title else "", found[3], not between)
        end = found.end()


def work_through(page: Path) -> None:
    """Run every block in the present folder; an exception means a block that is not true."""
    namespace: dict[str, object] = {"__name__": "__page__"}
    whole, printed = "", ""
    for block in blocks(page):
        if block.title:
            Path(block.title).write_text(block.text, "utf-8")
        match block.kind:
            case "yaml":
                whole = checked_spec(block.text, whole)
            case "json":
                json.loads(block.text)
            case "python":
                code = compile(block.text, f"{page.name}: {block.text.splitlines()[0]}", "exec")
                with contextlib.redirect_stdout(io.StringIO()) as stream:
                    exec(code, namespace)
                printed = stream.getvalue()
            case "text" if block.adjacent and printed:
                assert_printed(block.text, printed)
            case "console":
                for command, shown in commands(block.text):
                    assert_printed(shown, run(command))
            case _:
                pass


def checked_spec(text: str, whole: str) -> str:
    """Resolve a block, and return the last complete spec."""
    if text.startswith("# wrong"):
        return whole
    if re.search(r"^statmodel:", text, re.MULTILINE):
        whole, candidate = text, text
    else:
        assert whole, "a change of a spec stands before any complete spec"
        candidate = json.dumps(merged(plain(whole), plain(text)))
    resolved, problems, _ = resolve(parse_spec(candidate))
    assert not problems, problems
    assert resolved is not None
    return whole


def plain(text: str) -> dict[str, object]:
    return YAML(typ="safe", pure=True).load(text)


def merged(base: object, change: object) -> object:
    """The change laid over the base: entries of one name are merged.

    What says its `type`, or where its events are, replaces what was there.
    """
    if isinstance(base, dict) and isinstance(change, dict) and not change.keys() & REPLACES:
        both = {key: merged(base[key], change[key]) for key in base if key in change}
        return {**base, **change, **both}
    if isinstance(base, list) and isinstance(change, list) and _named(base) and _named(change):
        new = {entry["name"]: entry for entry in change}
        kept = [merged(entry, new.pop(entry["name"], {})) for entry in base]
        return [*kept, *new.values()]
    return change


def _named(entries: list) -> bool:
    return all(isinstance(entry, dict) and "name" in entry for entry in entries)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of the program with the lines that are shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        if command.startswith("statmodel"):
            yield command.partition("  #")[0], shown


def run(command: str) -> str:
    """What a command prints on a terminal, and its exit code where `; echo $?` stands behind it."""
    line, _, echo = command.partition(";")
    out = Terminal()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(Aside(out)):
        try:
            app(shlex.split(line)[1:], standalone_mode=True)
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
    return STYLE.sub("", out.getvalue()) + (f"{int(code)}\n" if echo else "")


def assert_printed(shown: str, printed: str) -> None:
    """Word by word; numbers to 2e-3, `...` for any lines. Nothing shown is nothing claimed."""
    pieces = [piece.split() for piece in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE)]
    words, place = printed.split(), 0
    for number, piece in enumerate(pieces):
        if not piece:
            continue
        starts = [place] if number == 0 else range(place, len(words) - len(piece) + 1)
        place = next(
            (at + len(piece) for at in starts if alike(piece, words[at : at + len(piece)])), -1
        )
        assert place >= 0, f"not printed: {' '.join(piece)}\nbut:\n{printed}"
    if pieces[-1]:
        assert place == len(words), f"printed too: {' '.join(words[place:])}"


def alike(shown: list[str], printed: list[str]) -> bool:
    return len(shown) == len(printed) and all(map(_equal, shown, printed))


def _equal(shown: str, printed: str) -> bool:
    if shown == printed:
        return True
    try:  # other processors and versions round differently, and fits end within 1e-4 of an error
        left, right = (float(word.strip(",;[]()")) for word in (shown, printed))
        return math.isclose(left, right, rel_tol=2e-3)
    except ValueError:
        return False


def failure(page: Path) -> str:
    """What is not true in a page, or nothing."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Path(folder, "specs").symlink_to(ROOT / "specs")
        with contextlib.chdir(folder):
            try:
                work_through(page)
            except (Exception, SystemExit):
                return f"{page}\n{traceback.format_exc()}"
    return ""


if __name__ == "__main__":
    os.environ |= {"MPLBACKEND": "Agg", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "xterm"}
    failures = [text for name in sys.argv[1:] if (text := failure(Path(name).resolve()))]
    sys.stdout.write("\n".join(failures))
    sys.exit(bool(failures))
