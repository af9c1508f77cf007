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


@pytest.fixture(scope="session")
def run() -> Callable:
    """The program: `run("fit", path)` gives `exit_code`, `stdout` and `stderr`."""
    from statmodel.cli._app import app  # noqa: PLC0415

    return lambda *arguments: CliRunner().invoke(
        app, [str(a) for a in arguments], prog_name="statmodel"
    )
