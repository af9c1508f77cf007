"""What every contestant is given: a workspace, two points, toy data, what is ranked.

Numbers are drawn by name, so that no contestant's order of parameters matters.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

from benchmarks.contestants import ROOT
from benchmarks.worker import Problem

from .problem import Size, Workspace, workspace

Values: TypeAlias = Mapping[str, float]

RANKED = 4  # conditional fits a nuisance parameter
COMPARED = 2  # nuisance parameters whose impacts are compared, the first by name
_TOY_SEED = 7


class Toy(NamedTuple):
    """One data set: counts by channel, and what was measured of each constrained parameter."""

    counts: Mapping[str, Float[np.ndarray, " bin"]]
    measured: Values


def chosen(problem: Problem) -> Workspace:
    """The workspace that the problem names: a file, or a size."""
    if "file" in problem:
        return json.loads((ROOT / str(problem["file"])).read_text("utf-8"))
    sizes = (int(problem[name]) for name in ("channels", "bins", "nuisances"))
    return workspace(Size(*sizes))


def points(start: Values) -> tuple[Values, Values]:
    """Two points to work at, in all of whose coordinates they differ; fits start at the first.

    Args:
        start: initial values of the parameters that float.
    """
    return _moved(start, "first"), _moved(start, "second")


def _moved(start: Values, which: str) -> Values:
    found = {}
    for name, value in start.items():
        step = np.random.default_rng(zlib.crc32(f"{which} {name}".encode())).uniform(-1, 1)
        found[name] = value + step * (0.3 if value == 0 else 0.03 * value)
    return found


def toys(drawn: Workspace, count: int, nuisances: Iterable[str]) -> list[Toy]:
    """Poisson counts around what is expected, and unit Gaussians; toy i depends on i only."""
    rates = {
        channel["name"]: sum(np.asarray(sample["data"]) for sample in channel["samples"])
        for channel in drawn["channels"]
    }
    ordered = sorted(nuisances)
    found = []
    for index in range(count):
        rng = np.random.default_rng([_TOY_SEED, index])
        counts = {name: rng.poisson(rates[name]).astype(float) for name in sorted(rates)}
        found.append(Toy(counts, dict(zip(ordered, rng.normal(size=len(ordered)), strict=True))))
    return found


def held(best: Values, errors: Values, name: str) -> list[float]:
    """Where a nuisance parameter is held in turn: one width before, and one error after the fit."""
    at = best[name]
    return [at + 1.0, at - 1.0, at + errors[name], at - errors[name]]
