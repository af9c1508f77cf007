"""The names at the front door, and what importing it does to the process: one switch, to 64-bit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# The whole public surface of `import statmodel as sm`: a change here is a line in CHANGELOG.md.
NAMES = (
    "DataError",
    "Dataset",
    "Events",
    "FitResult",
    "Model",
    "Prepared",
    "Spec",
    "SpecErrors",
    "SpecWarning",
    "StatmodelError",
    "Status",
    "ToyCampaign",
    "ToyTable",
    "asimov",
    "breakdown",
    "combine",
    "compile",
    "configure",
    "contours",
    "cross_check",
    "derivatives",
    "diagnose",
    "digest",
    "exclusions",
    "explain",
    "fit",
    "hypotest",
    "impacts",
    "load_spec",
    "parse_spec",
    "profile",
    "profile_errors",
    "prune",
    "pulls",
    "refits",
    "rename",
    "sort",
    "run_toys",
    "significance",
    "upper_limit",
    "bias",
    "hypotest_toys",
    "gof",
    "fisher",
    "sandwich",
    "yields",
    "FTS",
    "LRS",
    "confidence_interval",
    "neyman",
    "evidence",
    "posterior",
    "to_numpyro",
)

# Run in a fresh interpreter. JAX is imported first, so that only what `statmodel` adds is seen.
REPORT = """
import json, logging, sys, warnings
import jax

def state():
    return {
        "config": {name: repr(value) for name, value in jax.config.values.items()},
        "filters": len(warnings.filters),
        "handlers": len(logging.getLogger().handlers),
        "loggers": sorted(n for n in logging.root.manager.loggerDict if n.startswith("statmodel")),
    }

before = state()
import statmodel
after = state()
if "--names" in sys.argv:
    for name in statmodel.__all__:
        getattr(statmodel, name)
json.dump(
    {
        "before": before,
        "after": after,
        "config": state()["config"],
        "arrays": len(jax.live_arrays()),
        "x64": jax.config.jax_enable_x64,
    },
    sys.stdout,
)
"""


def _report(package: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    kept |= {"PYTHONPATH": str(package.parent), "JAX_PLATFORMS": "cpu"} | environment
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *arguments],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def imported(package: Path) -> dict[str, Any]:
    return _report(package)


def test_names_are_the_agreed_ones():
    import statmodel  # noqa: PLC0415 (after the type-checking hook)

    assert sorted(statmodel.__all__) == sorted(NAMES)


def test_every_name_resolves_and_is_listed():
    import statmodel  # noqa: PLC0415

    assert all(getattr(statmodel, name) is not None for name in NAMES)
    assert set(NAMES) <= set(dir(statmodel))


def test_an_unknown_name_is_an_attribute_error():
    import statmodel  # noqa: PLC0415

    with pytest.raises(AttributeError, match="no_such_name"):
        _ = statmodel.no_such_name


def test_import_changes_nothing_but_the_64_bit_switch(imported: dict[str, Any]):
    before, after = imported["before"]["config"], imported["after"]["config"]
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed == {"jax_enable_x64"}
    assert imported["x64"] is True


def test_import_adds_no_filter_and_no_logging(imported: dict[str, Any]):
    for what in ("filters", "handlers", "loggers"):
        assert imported["after"][what] == imported["before"][what], what


def test_import_makes_no_array(imported: dict[str, Any]):
    assert imported["arrays"] == 0


def test_resolving_every_name_makes_no_array_and_sets_nothing(package: Path):
    resolved = _report(package, "--names")
    assert resolved["arrays"] == 0
    assert resolved["config"] == resolved["after"]["config"]


@pytest.mark.parametrize("value", ["0", "false"])
def test_a_user_who_switched_64_bit_off_is_left_alone(package: Path, value: str):
    assert _report(package, JAX_ENABLE_X64=value)["x64"] is False
