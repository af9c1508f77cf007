"""iminuit on NumPy and SciPy."""

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

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
    inside = ndtr((HIGH - mass) / width) - ndtr((LOW - mass) / width)
    height = signal / (inside * width * np.sqrt(2 * np.pi))
    floor = background * slope / (np.exp(slope * HIGH) - np.exp(slope * LOW))
    z = (x - mass) / width
    return signal + background, height * np.exp(-0.5 * z * z) + floor * np.exp(slope * x)


def build(problem: Problem) -> Contender:
    """Value and fit."""
    return contender(problem, density, packages=("iminuit", "numpy", "scipy"))


if __name__ == "__main__":
    serve(build)
