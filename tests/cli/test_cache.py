"""The program keeps what it compiles, unless `STATMODEL_CACHE` says off."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = "from statmodel.cli import main; main()"


def program(
    repository: Path, *arguments: object, **environment: str
) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JAX_", "STATMODEL_", "XDG_"))
    }
    kept |= {"PYTHONPATH": str(repository / "src"), "JAX_PLATFORMS": "cpu"} | environment
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done


def entries(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*-cache"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_programs_are_kept_and_found_again(repository, spec, home):
    first = program(repository, "validate", "--data", spec, HOME=str(home))
    assert first.stderr == ""
    kept = entries(home)
    assert kept
    assert all(home / ".cache" / "statmodel" in path.parents for path in kept)
    program(repository, "validate", "--data", spec, HOME=str(home))
    assert entries(home) == kept


def test_entries_that_are_broken_are_one_line(repository, spec, home, tmp_path):
    environment = {"HOME": str(home), "STATMODEL_CACHE": str(tmp_path / "own")}
    whole = program(repository, "validate", "--data", spec, **environment)
    kept = entries(tmp_path)
    assert len(kept) > 1
    assert entries(home) == []
    for path in kept:
        path.write_bytes(b"nonsense")
    broken = program(repository, "validate", "--data", spec, **environment)
    assert broken.stdout == whole.stdout
    [line] = broken.stderr.splitlines()
    assert line.startswith("warning: Error reading persistent compilation cache entry")


@pytest.mark.parametrize("word", ["off", "OFF", "0"])
def test_off_keeps_nothing(repository, spec, home, tmp_path, word):
    environment = {
        "HOME": str(home),
        "STATMODEL_CACHE": word,
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "jax"),
    }
    program(repository, "validate", "--data", spec, **environment)
    assert entries(tmp_path) == []


def test_a_folder_that_cannot_be_used_is_one_line(repository, spec, home, tmp_path):
    (tmp_path / "file").write_text("")
    environment = {"HOME": str(home), "STATMODEL_CACHE": str(tmp_path / "file")}
    done = program(repository, "validate", "--data", spec, **environment)
    [line] = done.stderr.splitlines()
    assert line.startswith("warning: the cache of compiled programs cannot be used")


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "SPEC"], ["inspect", "SPEC"]])
def test_what_compiles_nothing_makes_no_folder(repository, spec, home, arguments):
    given = [spec if one == "SPEC" else one for one in arguments]
    program(repository, *given, HOME=str(home))
    assert list(home.iterdir()) == []
