"""Densities that are positive wherever they are asked, and channels that such a one makes safe."""

import numpy as np
from jaxtyping import Float

from statmodel.model.channels import AnalyticChannel
from statmodel.model.densities import (
    AbstractDensity,
    BifurcatedGaussian,
    BreitWigner,
    CrystalBall,
    DoubleCrystalBall,
    Exponential,
    Gaussian,
    HistogramDensity,
    JohnsonSU,
    ProductDensity,
    SumDensity,
    Uniform,
    Voigt,
)


def surely_positive(channel: AnalyticChannel, rates: Float[np.ndarray, " process"]) -> bool:
    """Whether the total is positive at every event, as far as it shows without looking."""
    safe = np.asarray([never_vanishes(density) for density in channel.densities], bool)
    return bool((rates >= 0.0).all() and (safe & (rates > 0.0)).any())


def never_vanishes(density: AbstractDensity) -> bool:
    """Whether a density is positive on its whole range, whatever its parameters.

    Example:
        >>> never_vanishes(HistogramDensity((0,), (0.0,), (2.0,), [[0, 1, 2]], [1.0, 0.0]))
        False
    """
    match density:
        case Gaussian() | BifurcatedGaussian() | BreitWigner() | Voigt() | JohnsonSU() | Uniform():
            return True
        case Exponential() | CrystalBall() | DoubleCrystalBall():
            # On an open range some parameters leave them no integral.
            return bool(np.isfinite(density.bounds).all())
        case HistogramDensity(log_density=log_density):
            return bool(np.isfinite(log_density).all())
        case SumDensity(terms=parts) | ProductDensity(factors=parts):
            return all(never_vanishes(part) for part in parts)
        case _:
            return False
