"""A small spec with its data in place, and the program as a function.

The package is imported by the fixtures, after the type-checking hook is in place.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

_SPEC = """
statmodel: "1"
name: counts
description: A peak on a flat background
parameters:
  - {name: n_s, init: 20, bounds: [0, 200], label: "$n_s$", groups: [signal]}
functions: [{name: twice, expression: "2 * n_s"}]
channels:
  - name: peak
    type: unbinned
    observables: [{name: m, min: 0, max: 10, unit: GeV, label: "$m$"}]
    processes:
      - name: S
        yield: twice
        scale: 0.5
        density: {type: gaussian, mean: 5, sigma: 0.5}
        modifiers: [{type: normsys, name: alpha, data: {hi: 1.1, lo: 0.9}}]
      - {name: B, yield: 10, density: {type: uniform}, modifiers: [{type: normfactor, name: k}]}
observations:
  - name: peak
    events: {m: [4.6, 4.8, 4.9, 5, 5, 5.1, 5.3, 5.5, 0.4, 1.2, 2.5, 3.3, 6.9, 7.7, 8.2, 9.5]}
measurements: [{name: count, config: {poi: n_s}}]
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "model.yaml"
    path.write_text(_SPEC)
    return path


_MIXED = """
statmodel: "1"
include: [{file: inner/workspace.json, rename: {modifiers: {jes: alpha}}}]
channels:
  - name: peak
    type: unbinned
    observables: [{name: m, min: 0, max: 10}]
    processes:
      - {name: S, yield: 5, density: {type: uniform},
         modifiers: [{type: normsys, name: alpha, data: {hi: 1.1, lo: 0.9}}]}
  - name: CR
    samples:
      - name: b
        data: [3, 5, 7]
        scale: 2*k
        modifiers: [{type: staterror, name: g, data: [1, 1, 1]}]
parameters: [{name: k, init: 1}]
measurements: [{name: main, config: {poi: k}}]
"""
_WORKSPACE = """{"version": "1.0.0", "channels": [{"name": "SR", "samples": [
 {"name": "s", "data": [4, 6], "modifiers": [
  {"name": "jes", "type": "histosys", "data": {"hi_data": [5, 7], "lo_data": [3, 6]}},
  {"name": "jes", "type": "normsys", "data": {"hi": 1.2, "lo": 0.8}}]},
 {"name": "t", "data": [1, 1], "modifiers": [
  {"name": "free", "type": "shapefactor", "data": null},
  {"name": "sys", "type": "shapesys", "data": [1, 1]}]}]}],
 "observations": [{"name": "SR", "data": [11, 8.5]}],
 "measurements": [{"name": "first", "config": {"poi": "free", "parameters": []}}]}"""


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A spec with an unbinned channel, a binned one, and an included workspace."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "workspace.json").write_text(_WORKSPACE)
    path = tmp_path / "mixed.yaml"
    path.write_text(_MIXED)
    return path


_COUNTS = """
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 15]}, {name: scale, init: 1, bounds: [0.5, 2]}]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: s, yield: "mu * scale", density: {type: uniform}}
      - {name: b, yield: 2, density: {type: uniform}}
observations: [{name: c, events: {x: [0.1, 0.4, 0.6, 0.7, 0.9]}}]
focus: [{name: near, density: {mu: {type: gaussian, mean: 2, sigma: 1}}}]
measurements: [{name: m, config: {poi: mu}}]
"""


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """Five events on two, and a parameter that may be held."""
    path = tmp_path / "counts.yaml"
    path.write_text(_COUNTS)
    return path


@pytest.fixture(scope="session")
def run() -> Callable:
    """The program: `run("fit", path)` gives `exit_code`, `stdout` and `stderr`."""
    from statmodel.cli._app import app  # noqa: PLC0415

    return lambda *arguments: CliRunner().invoke(
        app, [str(a) for a in arguments], prog_name="statmodel"
    )
