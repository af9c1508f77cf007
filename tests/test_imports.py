"""What is loaded, by name: time is measured in `benchmarks/cold_start.py`, and not here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# What a fit cannot do without, with all that these packages load themselves. JAX takes LAPACK,
# for eigenvalues, out of SciPy.
FOUNDATION = (
    *("jax", "equinox", "jaxtyping", "pydantic.types", "ruamel.yaml", "pyarrow.parquet"),
    "scipy.linalg",
)
OTHERS = frozenset(
    {
        *("scipy.stats", "scipy.special", "scipy.optimize", "iminuit", "pyhf", "dask", "pandas"),
        *("numpyro", "optax", "optimistix", "lineax", "matplotlib", "mplhep", "jinja2"),
        *("uproot", "awkward", "h5py", "typer", "rich"),
    }
)

PROBE = """
import gc, json, sys

def packages():
    parts = [name.split(".") for name in sys.modules]
    found = {one[0] for one in parts} | {".".join(one[:2]) for one in parts if one[0] == "scipy"}
    return found - set(sys.stdlib_module_names)

def program(*arguments):
    import contextlib, io
    from statmodel.cli import main
    sys.argv = ["statmodel", *arguments]
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as end:
            assert not end.code, end.code

at_start = packages()
%s
found = {"new": sorted(packages() - at_start), "gc": gc.isenabled()}
for name in %r:
    __import__(name)
found["foundation"] = sorted(packages() - at_start) if "statmodel" not in sys.modules else []
json.dump(found, sys.stdout)
"""


def loaded(repository: Path, code: str, *, last: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Packages that are not Python's own and that `code` loads, in a new process.

    SciPy's are named one by one: each takes as long as many another package.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROBE % (code, last)],
        env=os.environ | {"PYTHONPATH": str(repository / "src"), "JAX_PLATFORMS": "cpu"},
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def foundation(repository: Path) -> set[str]:
    return set(loaded(repository, "", last=FOUNDATION)["foundation"])


def test_importing_the_package_loads_nothing_else(repository: Path):
    assert loaded(repository, "import statmodel")["new"] == ["statmodel"]


def test_a_fit_loads_what_it_needs_and_nothing_else(repository: Path, foundation: set[str]):
    code = "\n".join(
        [
            "import statmodel as sm",
            "sm.configure(devices=1)",
            "model, data = sm.compile('specs/peak.yaml')",
            "assert sm.fit(model, data).ok",
        ]
    )
    found = loaded(repository, code)
    assert {"jax", "equinox"} <= foundation
    assert not foundation & OTHERS
    assert set(found["new"]) - foundation == {"statmodel"}
    assert found["gc"] is True


def test_every_name_of_the_front_door_leaves_the_extras_alone(repository: Path):
    code = "import statmodel\nfor name in statmodel.__all__:\n    getattr(statmodel, name)"
    assert not OTHERS & set(loaded(repository, code)["new"])


@pytest.mark.parametrize(
    "code",
    [
        "import statmodel as sm; sm.load_spec('specs/peak.yaml'); sm.SpecErrors",
        "program('--help')",
        "program('fit', '--help')",
        "program('schema')",
        "program('validate', 'specs/peak.yaml')",
        "program('inspect', 'specs/peak.yaml')",
    ],
)
def test_what_reads_no_data_loads_neither_jax_nor_readers(repository: Path, code: str):
    heavy = {*OTHERS, "scipy", "jax", "jaxlib", "equinox", "jaxtyping", "pyarrow"}
    heavy -= {"typer", "rich"}
    assert not heavy & set(loaded(repository, code)["new"])


def test_setting_the_cache_loads_no_more_than_jax(repository: Path):
    found = loaded(repository, "import statmodel as sm; sm.configure(cache=False)")["new"]
    assert "jax" in found
    assert not {"equinox", "pydantic", "pyarrow", "ruamel"} & set(found)


def test_the_collector_stays_off_where_it_was_off(repository: Path):
    code = "gc.disable(); import statmodel as sm; sm.configure; sm.load_spec"
    assert loaded(repository, code)["gc"] is False
