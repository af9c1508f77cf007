"""pyhf's workspaces load as they are, and have pyhf's parameters.

Numbers: `pyhf_reference.json` beside the published workspaces (names and initial values), and
`tests/reference/pyhf_parameters.json`, written by `make_pyhf_parameters.py` with pyhf 0.7.6.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from statmodel.spec import (
    GaussianConstraint,
    NoConstraint,
    PoissonConstraint,
    ResolvedSpec,
    load_spec,
    parse_spec,
    resolve,
)

_PYHF = json.loads(
    (Path(__file__).parents[1] / "reference" / "pyhf_parameters.json").read_text("utf-8")
)
# Widths and rates are sums over a few samples, added in another order than pyhf adds them.
_ROUNDING = 1e-13
_LARGEST = "susy_2019_09/bkg_onshell.json"


@pytest.fixture(scope="module")
def workspaces(shared_data):
    return shared_data / "pyhf_workspaces"


@pytest.fixture(scope="module")
def loaded(workspaces):
    return cache(lambda name: load_spec(workspaces / name))


@pytest.fixture(scope="module")
def resolved_file(loaded):
    return cache(lambda name: _resolved(loaded(name)))


def _resolved(spec) -> ResolvedSpec:
    resolved, problems, _ = resolve(spec)
    assert problems == ()
    assert resolved is not None
    return resolved


def _check(resolved: ResolvedSpec, expected: dict) -> None:
    found = {parameter.name: parameter for parameter in resolved.parameters}
    assert found.keys() == expected.keys()
    assert len(resolved.parameters) == len(expected)
    for name, (init, bounds, fixed, constraint) in expected.items():
        parameter = found[name]
        assert (parameter.init, list(parameter.bounds), parameter.fixed) == (init, bounds, fixed)
        match parameter.constraint:
            case NoConstraint():
                assert constraint is None
            case GaussianConstraint(mean=mean, sigma=sigma):
                assert constraint[:2] == ["gaussian", mean]
                assert sigma == pytest.approx(constraint[2], rel=_ROUNDING)
            case PoissonConstraint(rate=rate):
                observed = pytest.approx(rate, rel=_ROUNDING)
                assert constraint == ["poisson", observed, observed]


def test_the_published_files_are_those_of_the_numbers(workspaces):
    documents = {
        file.relative_to(workspaces).as_posix(): json.loads(file.read_text("utf-8"))
        for file in workspaces.rglob("*.json")
    }
    found = {
        name
        for name, document in documents.items()
        if isinstance(document, dict) and {"channels", "version"} <= document.keys()
    }
    assert found == _PYHF["published"].keys()
    assert len(found) == 11


@pytest.mark.parametrize("name", _PYHF["published"])
def test_a_published_workspace_has_the_parameters_of_pyhf(workspaces, resolved_file, name):
    resolved = resolved_file(name)
    _check(resolved, _PYHF["published"][name])
    document = json.loads((workspaces / name).read_text("utf-8"))
    assert {c.name: c.bins for c in resolved.binned_channels} == {
        channel["name"]: len(channel["samples"][0]["data"]) for channel in document["channels"]
    }
    assert dict(resolved.counts) == {
        one["name"]: tuple(one["data"]) for one in document["observations"]
    }


@pytest.mark.parametrize("name", _PYHF["published"])
def test_initial_values_of_the_reference(workspaces, resolved_file, name):
    reference = json.loads((workspaces / "pyhf_reference.json").read_text("utf-8"))["workspaces"]
    if name not in reference:
        pytest.skip("the reference has no numbers of it")
    expected = reference[name]
    resolved = resolved_file(name)
    inits = {parameter.name: parameter.init for parameter in resolved.parameters}
    assert inits == dict(zip(expected["par_names"], expected["init"], strict=True))
    assert (resolved.pois or (None,)) == (expected["poi"],)
    assert sum(channel.bins for channel in resolved.binned_channels) == expected["bins"]
    constrained = [p for p in resolved.parameters if not isinstance(p.constraint, NoConstraint)]
    assert len(constrained) == expected["naux"]


@pytest.mark.parametrize("number", range(len(_PYHF["random"])))
def test_random_workspaces_with_empty_bins(number):
    case = _PYHF["random"][number]
    text = json.dumps(case["workspace"])
    _check(_resolved(parse_spec(text, format="json")), case["parameters"])
    assert json.loads(parse_spec(text, format="json").to_json()) == case["workspace"]


def test_the_random_workspaces_have_what_they_are_for():
    rows = [row for case in _PYHF["random"] for row in case["parameters"].values()]
    kinds = {(row[3] and row[3][0], row[2]) for row in rows}
    assert kinds >= {("gaussian", True), ("gaussian", False), ("poisson", True), ("poisson", False)}


@pytest.mark.parametrize("name", _PYHF["published"])
def test_a_workspace_comes_back_as_it_went(workspaces, loaded, name):
    spec = loaded(name)
    text = spec.to_json()
    assert json.loads(text) == json.loads((workspaces / name).read_text("utf-8"))
    assert parse_spec(text, format="json") == spec


def test_a_background_workspace_has_no_parameter_of_interest_and_says_so(workspaces, loaded):
    resolved, _, warnings = resolve(loaded(_LARGEST))
    assert resolved is not None
    assert resolved.pois == ()
    assert [(warning.path, warning.message) for warning in warnings] == [
        (
            "measurements[0].config.parameters[2].name",
            'no channel has the parameter "mu_SIG"; the setting is left out.',
        ),
        (
            "measurements[0].config.poi",
            'no channel has the parameter "mu_SIG"; there is no parameter of interest until a '
            "patch brings it.",
        ),
    ]
    line = '"name": "mu_SIG"'
    text = (workspaces / _LARGEST).read_text("utf-8").splitlines()
    where = warnings[0].where.split(":")
    assert line in text[int(where[-2]) - 1]


_TIMED = """
import sys, time
from statmodel.spec import load_spec, resolve
begin = time.process_time()
assert resolve(load_spec(sys.argv[1]))[0] is not None
print(time.process_time() - begin)
"""


def test_the_largest_workspace_is_read_in_seconds(workspaces, repository):
    """2.2 MB; in a process of its own, without the type checks of the tests."""
    done = subprocess.run(
        [sys.executable, "-c", _TIMED, str(workspaces / _LARGEST)],
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        check=True,
        capture_output=True,
        text=True,
    )
    # 0.9 s where this was written; the bound leaves room for a slower machine.
    assert float(done.stdout) < 3
