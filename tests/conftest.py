"""Settings and fixtures that every test shares.

JAX is made strict here, and only here: 64-bit, no silent promotion of dtypes or ranks. `statmodel`
itself is not imported, so that the type-checking import hook sees it first.
"""

import gc
import importlib
import os
import warnings
import zlib
from pathlib import Path

import jax
import pytest

jax.config.update("jax_enable_x64", val=True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

_ROOT = Path(__file__).resolve().parents[1]

_MOST_MAPS = 25_000
_FAR_TOO_MANY_MAPS = 45_000

# Writers of reference numbers run where the other programs are installed.
collect_ignore_glob = ["reference/make_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Let ArviZ write that it has warned today before there are workers: two at once fail."""
    if not hasattr(config, "workerinput"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("arviz")


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Forget compiled programs, best between modules, before a process has more than it may map.

    XLA maps some pieces of memory for each; Linux allows 65 530 a process, and it dies of the next.
    """
    maps = Path("/proc/self/maps")
    if nextitem is None or not maps.exists():
        return
    most = _FAR_TOO_MANY_MAPS if nextitem.path == item.path else _MOST_MAPS
    if maps.read_bytes().count(b"\n") > most:
        jax.clear_caches()
        gc.collect()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> jax.Array:
    """A typed random key that depends on the name of the test (parameters included) only."""
    return jax.random.key(zlib.crc32(request.node.name.encode()))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds `pyproject.toml`."""
    return _ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data and reference numbers, in `../shared/data`; required where CI=true."""
    folder = _ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    message = f"needs the reference data in {folder}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
