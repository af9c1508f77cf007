"""Settings of the process, each in a process of its own: they outlive a test."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

# The programs of a run are the same in every process, and different from one another.
RUN = """
import json, sys, warnings
import jax
import statmodel as sm

seen = {"hits": 0, "misses": 0}

def listen(event, **_):
    for name in seen:
        if event == f"/jax/compilation_cache/cache_{name}":
            seen[name] += 1

jax.monitoring.register_event_listener(listen)

def compute(programs=3):
    return [float(jax.jit(lambda x, k=k: x * k + 1)(2.0)) for k in range(programs)]

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    found = {}
    %s
found |= seen
found["folder"] = jax.config.values["jax_compilation_cache_dir"]
found["warnings"] = [str(one.message) for one in caught]
json.dump(found, sys.stdout)
"""
COMPUTED = [1.0, 3.0, 5.0]


def run(repository: Path, *lines: str, **environment: str) -> dict:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JAX_", "XLA_", "STATMODEL_"))
    }
    kept |= {"PYTHONPATH": str(repository / "src"), "JAX_PLATFORMS": "cpu"} | environment
    done = subprocess.run(
        [sys.executable, "-c", RUN % "\n    ".join(lines)],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def entries(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*-cache"))


def compute_in(folder: Path, programs: int = 3) -> tuple[str, str]:
    return f"sm.configure(cache={str(folder)!r})", f'found["values"] = compute({programs})'


def test_a_second_process_compiles_nothing(repository, tmp_path):
    first = run(repository, *compute_in(tmp_path / "c"))
    assert (first["values"], first["warnings"]) == (COMPUTED, [])
    assert first["misses"] >= 3
    assert len(entries(tmp_path / "c")) == first["misses"]
    second = run(repository, *compute_in(tmp_path / "c"))
    assert (second["values"], second["misses"]) == (COMPUTED, 0)
    assert second["hits"] == first["misses"] + first["hits"]


def test_it_may_be_set_after_something_was_compiled(repository, tmp_path):
    found = run(
        repository,
        "compute(2)",
        f"sm.configure(cache={str(tmp_path / 'a')!r})",
        "jax.clear_caches(); compute()",
        f"sm.configure(cache={str(tmp_path / 'b')!r})",
        "jax.clear_caches(); compute()",
        "sm.configure(cache=False)",
        "jax.clear_caches(); compute(6)",
    )
    assert found["warnings"] == []
    assert len(entries(tmp_path / "a")) == len(entries(tmp_path / "b")) >= 3


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({}, "home/.cache/statmodel"),
        ({"XDG_CACHE_HOME": "HERE/x"}, "x/statmodel"),
        ({"STATMODEL_CACHE": "HERE/own", "JAX_COMPILATION_CACHE_DIR": "HERE/jax"}, "own"),
    ],
)
def test_the_folder_is_that_of_the_environment(repository, tmp_path, environment, folder):
    given = {name: value.replace("HERE", str(tmp_path)) for name, value in environment.items()}
    found = run(
        repository,
        "sm.configure(cache=True); compute()",
        **{"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": ""} | given,
    )
    assert found["warnings"] == []
    assert Path(found["folder"]).parent == tmp_path / folder
    assert len(entries(tmp_path)) == len(entries(Path(found["folder"]))) >= 3


def test_the_folder_of_jax_itself_is_respected(repository, tmp_path):
    environment = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "jax"), "HOME": str(tmp_path)}
    found = run(repository, "sm.configure(cache=True); compute()", **environment)
    assert found["folder"] == str(tmp_path / "jax")
    count = len(entries(tmp_path))
    assert {path.parent for path in entries(tmp_path)} == {tmp_path / "jax"}
    kept = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "1000"}
    found = run(repository, "sm.configure(cache=True); compute(5)", **environment | kept)
    assert found["misses"] == 0  # too fast to be kept, as the user has said
    assert len(entries(tmp_path)) == count >= 3


def test_off_is_off(repository, tmp_path):
    environment = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "jax"), "HOME": str(tmp_path)}
    run(repository, "sm.configure(cache=True); compute()", STATMODEL_CACHE="off", **environment)
    run(repository, "sm.configure(cache=False); compute()", **environment)
    assert entries(tmp_path) == []


def test_nothing_is_kept_where_nobody_asked(repository, tmp_path):
    run(repository, "compute(); sm.configure(); compute(5)", HOME=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_a_warning(repository, tmp_path):
    (tmp_path / "file").write_text("")
    found = run(repository, *compute_in(tmp_path / "file" / "below"))
    assert found["values"] == COMPUTED
    [warning] = found["warnings"]
    assert warning.startswith("the cache of compiled programs cannot be used ([Errno 20] Not a dir")
    assert "STATMODEL_CACHE" in warning


def test_broken_entries_are_compiled_anew(repository, tmp_path):
    run(repository, *compute_in(tmp_path))
    first, second, third, *_ = entries(tmp_path)
    first.write_bytes(b"")
    second.write_bytes(b"nonsense")
    third.write_bytes(third.read_bytes()[:-100])
    found = run(repository, *compute_in(tmp_path))
    assert found["values"] == COMPUTED
    assert len(found["warnings"]) == 3


def test_processes_share_a_folder(repository, tmp_path):
    """Several begin at once with an empty folder; what they leave is whole."""
    programs = 40
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: run(repository, *compute_in(tmp_path, programs)), range(4)))
    assert all(one["values"] == [2.0 * k + 1 for k in range(programs)] for one in runs)
    last = run(repository, *compute_in(tmp_path, programs))
    assert (last["misses"], last["warnings"]) == (0, [])


def test_the_processor_is_split_into_devices(repository):
    lines = (
        "sm.configure(devices=3)",
        'found["devices"] = jax.device_count()',
        "sm.configure(devices=3)",
        "try:\n        sm.configure(devices=2)\n    except RuntimeError as error:",
        '    found["late"] = str(error)',
    )
    found = run(repository, *lines)
    assert found["devices"] == 3
    assert found["late"] == (
        "`configure(devices=2)` comes too late: JAX has begun to compute, with 3 devices. "
        "Call it first thing in the program."
    )


def test_it_needs_a_device():
    import statmodel as sm  # noqa: PLC0415

    with pytest.raises(ValueError, match=r"`configure\(devices=...\)` must be at least 1, got 0"):
        sm.configure(devices=0)
