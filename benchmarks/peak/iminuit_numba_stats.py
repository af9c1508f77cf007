"""iminuit on the compiled densities of numba-stats."""

import numpy as np
from jaxtyping import Float
from numba_stats import truncexpon, truncnorm

from benchmarks.worker import Contender, Problem, serve

from .minuit import contender
from .problem import HIGH, LOW


def density(
    x: Float[np.ndarray, " event"],
    signal: float,
    mass: float,
    width: float,
    background: float,
    slope: float,
) -> tuple[float, Float[np.ndarray, " event"]]:
    """The integral over the range, and the density."""
    peak = truncnorm.pdf(x, LOW, HIGH, mass, width)
    floor = truncexpon.pdf(x, LOW, HIGH, LOW, -1.0 / slope)
    return signal + background, signal * peak + background * floor


def build(problem: Problem) -> Contender:
    """Value and fit."""
    return contender(problem, density, packages=("iminuit", "numba-stats", "numba", "numpy"))


if __name__ == "__main__":
    serve(build)
