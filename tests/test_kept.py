"""Traced programs are found again by later processes, and only where nothing has changed.

`jax.clear_caches` makes a process forget what it has traced, so that one process stands for many.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import decimal, json, sys
from pathlib import Path
import equinox as eqx, jax, jax.numpy as jnp, numpy as np
import statmodel as sm
from statmodel._kept import kept
from statmodel.model import ParameterSpace

traces = []

def function(space, numbers, extra):
    traces.append(1)
    shift = extra if isinstance(extra, float) else 0.0
    scaled = numbers * space.init[0] + shift
    return jnp.sin(scaled), {"second": scaled.sum()}

STRUCTURE = (0, {"second": 0})
keeping = kept(returns=STRUCTURE)(function)
compiled = eqx.filter_jit(keeping)

def space(init=2.0):
    return ParameterSpace(names=("a",), init=(init,), bounds=((0.0, 9.0),), fixed=(False,))

def call(*arguments, function=compiled):
    # What a new process does: how often it traces, and what it finds.
    jax.clear_caches()
    traces.clear()
    first, rest = function(*arguments)
    return len(traces), [float(x).hex() for x in (*first, rest["second"])]

found = {}
%s
json.dump(found, sys.stdout)
"""


def run(source: Path, *lines: str, **environment: str) -> dict[str, Any]:
    """What a script leaves in `found`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    kept |= {"PYTHONPATH": str(source), "JAX_PLATFORMS": "cpu"} | environment
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT % "\n".join(lines)],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def keep_in(folder: Path) -> str:
    return f"sm.configure(cache={str(folder)!r})"


def programs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("function-*") if path.parent.name == "traced")


ONE_CALL = "found['it'] = call(space(), jnp.arange(3.0), None)"


@pytest.fixture(scope="module")
def source(repository: Path) -> Path:
    return repository / "src"


@pytest.fixture(scope="module")
def filled(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the program of `ONE_CALL` is kept."""
    folder = tmp_path_factory.mktemp("filled")
    assert run(source, keep_in(folder), ONE_CALL)["it"][0] == 1
    assert len(programs(folder)) == 1
    return folder


def test_a_later_process_does_not_trace_and_finds_the_same(source, filled):
    [traces, values] = run(source, ONE_CALL)["it"]
    assert traces == 1  # nothing is kept where nobody asked
    assert run(source, keep_in(filled), ONE_CALL)["it"] == [0, values]


CHANGED = {
    "a number that is not traced": "space(3.0), jnp.arange(3.0), None",
    "a shape": "space(), jnp.arange(4.0), None",
    "a type of numbers": "space(), jnp.arange(3), None",
    "another part": "space(), jnp.arange(3.0), 1.0",
    "one and true": "space(), jnp.arange(3.0), True",
    "one and 1": "space(), jnp.arange(3.0), 1",
    "text": "space(), jnp.arange(3.0), '1'",
    "more structure": "space(), jnp.arange(3.0), ('1',)",
    "the kind of structure": "space(), jnp.arange(3.0), ['1']",
    "a mapping": "space(), jnp.arange(3.0), {'1': None}",
}


def test_what_differs_is_traced_anew_and_then_kept(source, filled):
    lines = [f"found[{name!r}] = call({code}), call({code})" for name, code in CHANGED.items()]
    found = run(source, keep_in(filled), *lines)
    plain = run(source, *lines)
    for name in CHANGED:
        [[first, values], [second, again]] = found[name]
        assert (first, second) == (1, 0), name
        assert values == again == plain[name][0][1], name


UNKNOWN = {
    "a function": "space(), jnp.arange(3.0), len",
    "a closure": "space(), jnp.arange(3.0), (lambda x: x)",
    "a type": "space(), jnp.arange(3.0), int",
    "a class of others": "space(), jnp.arange(3.0), decimal.Decimal(1)",
    "their modules": "space(), jnp.arange(3.0), eqx.nn.Identity()",
    "weak types": "space(), jnp.arange(3.0), jnp.asarray(1)",
    "keys": "space(), jnp.arange(3.0), jax.random.key(1)",
}


def test_what_a_key_cannot_hold_is_not_kept(source, tmp_path):
    lines = [f"found[{name!r}] = call({code}), call({code})" for name, code in UNKNOWN.items()]
    found = run(source, keep_in(tmp_path), *lines)
    for name in UNKNOWN:
        assert [one[0] for one in found[name]] == [1, 1], name
    assert programs(tmp_path) == []


def test_arrays_that_are_not_traced_count_by_their_content(source, tmp_path):
    code = (
        "def held(numbers):",
        "    return eqx.filter_jit(lambda x: keeping(space(), x, numbers))",
        "for name, one in dict(a=np.ones(2), b=np.ones(2), c=np.zeros(2), d=np.ones(3)).items():",
        "    found[name] = call(jnp.arange(3.0), function=held(one))[0]",
    )
    assert run(source, keep_in(tmp_path), *code) == {"a": 1, "b": 0, "c": 1, "d": 1}


def test_another_source_or_setting_is_traced_anew(source, filled, tmp_path):
    changed = tmp_path / "src"
    shutil.copytree(source, changed, ignore=shutil.ignore_patterns("__pycache__"))
    assert run(changed, keep_in(filled), ONE_CALL)["it"][0] == 0
    with (changed / "statmodel" / "infer" / "_status.py").open("a") as file:
        file.write("# another line\n")
    assert run(changed, keep_in(filled), ONE_CALL)["it"][0] == 1
    setting = {"JAX_DEFAULT_MATMUL_PRECISION": "highest"}
    assert run(source, keep_in(filled), ONE_CALL, **setting)["it"][0] == 1


def test_broken_files_are_made_anew(source, tmp_path):
    lines = (
        keep_in(tmp_path),
        "found[''] = call(space(), jnp.arange(3.0), None)[0]",
        f"[file] = Path({str(tmp_path)!r}).glob('*/traced/function-*')",
        "whole = file.read_bytes()",
        "for content in (b'', b'nonsense', whole[:-1], whole[:-1] + b'!'):",
        "    file.write_bytes(content)",
        "    for attempt in range(2):",
        "        found[f'{content[-4:]} {attempt}'] = call(space(), jnp.arange(3.0), None)[0]",
    )
    assert list(run(source, *lines).values()) == [1, *(1, 0) * 4]


def test_several_devices_and_folders_of_jax_keep_nothing(source, tmp_path):
    devices = f"sm.configure(cache={str(tmp_path / 'a')!r}, devices=2)"
    assert run(source, devices, ONE_CALL)["it"][0] == 1
    own = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "b")}
    assert run(source, "sm.configure(cache=True)", ONE_CALL, **own)["it"][0] == 1
    off = "sm.configure(cache=False)"
    assert run(source, keep_in(tmp_path / "c"), off, ONE_CALL)["it"][0] == 1
    assert programs(tmp_path) == []


def test_without_jit_it_is_the_function_itself(source, tmp_path):
    code = "found['it'] = call(space(), jnp.arange(3.0), None, function=keeping)"
    assert run(source, keep_in(tmp_path), code)["it"][0] == 1
    assert programs(tmp_path) == []


def test_a_result_of_another_structure_is_refused(source, tmp_path):
    code = (
        "wrong = eqx.filter_jit(kept(returns=0)(function))",
        "try:",
        "    call(space(), jnp.arange(3.0), None, function=wrong)",
        "except TypeError as error:",
        "    found['error'] = str(error)",
    )
    found = run(source, keep_in(tmp_path), *code)
    assert found == {"error": "function does not return what `kept(returns=...)` says"}


def test_what_cannot_be_written_is_no_error(tmp_path):
    from statmodel._kept import _read, _write  # noqa: PLC0415

    _write(tmp_path / "none" / "x-cache", bytearray(b"program"))
    assert _read(tmp_path / "none" / "x-cache") is None
    assert list(tmp_path.iterdir()) == []


def test_a_model_and_its_fit_are_the_same_where_they_are_kept(source, tmp_path):
    """A total that is negative for mu > 4, as in the tests of the checks."""
    spec = tmp_path / "model.json"
    density = {"type": "ratio", "column": "r", "signed": True}
    signal = {"name": "I", "yield": 5, "scale": "mu", "density": density}
    other = {"name": "B", "yield": 20, "density": {"type": "ratio", "column": "one"}}
    channel = {
        "name": "SR",
        "type": "unbinned",
        "observables": [{"name": "x", "min": 0, "max": 10}],
        "processes": [signal, other],
    }
    events = {"x": [1, 2, 3, 4], "r": [1, 1, 1, -1], "one": [1, 1, 1, 1]}
    document = {
        "statmodel": "1",
        "parameters": [{"name": "mu", "init": 1, "bounds": [0, 5]}],
        "channels": [channel],
        "observations": [{"name": "SR", "events": events}],
        "measurements": [{"name": "m", "config": {"poi": "mu"}}],
    }
    spec.write_text(json.dumps(document))
    lines = (
        "import warnings; warnings.simplefilter('ignore')",
        "def used():",
        f"    model, data = sm.compile({str(spec)!r})",
        "    result = sm.fit(model, data)",
        "    errors = sm.profile_errors(model, data, result, parameters=['mu'])",
        "    slope = sm.derivatives(model, data, order=1).gradient",
        "    numbers = [*result.values, *result.errors, result.nll, *slope]",
        "    return model.notes, [float(one).hex() for one in numbers], str(errors.intervals)",
        "found['plain'] = used(); jax.clear_caches()",
        keep_in(tmp_path),
        "found['first'] = used(); jax.clear_caches()",
        "found['second'] = used()",
    )
    found = run(source, *lines)
    assert found["plain"] == found["first"] == found["second"]
    assert "Not positive at 51 points" in found["plain"][0][0]
    names = {path.name.partition("-")[0] for path in tmp_path.rglob("traced/*")}
    checks, fits = {"_lowest", "rates_at", "slots_at"}, {"judged", "slope"}
    assert checks | fits <= names
