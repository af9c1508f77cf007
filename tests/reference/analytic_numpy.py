r"""The analytic examples in numpy and scipy: extended unbinned likelihoods without log n!.

.. math:: -\log L = \sum_j \nu_j - \sum_i \log \sum_j \nu_j\, p_j(x_i)

Densities are scipy's, divided by their integral over the range. Numbers repeat the YAML files.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import stats


def read_csv(path: Path) -> np.ndarray:
    """The columns of a table with one line of names."""
    return np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)


def extended(*parts: tuple[float, np.ndarray]) -> float:
    """nu - sum log m for pairs of (expected events, density at the events)."""
    return sum(nu for nu, _ in parts) - np.log(sum(nu * p for nu, p in parts)).sum()


def gaussian(x, mean: float, sigma: float, low: float, high: float):
    law = stats.norm(mean, sigma)
    return law.pdf(x) / (law.cdf(high) - law.cdf(low))


def exponential(x, slope: float, low: float, high: float):
    """slope exp(slope x) / (exp(slope high) - exp(slope low)), for slope != 0."""
    return slope * np.exp(slope * (x - low)) / np.expm1(slope * (high - low))


def peak(mass: np.ndarray) -> Callable[[np.ndarray], float]:
    """peak.yaml in (n_signal, mass, resolution, n_background, slope)."""

    def nll(at: np.ndarray) -> float:
        n_signal, mean, sigma, n_background, slope = at
        events = extended(
            (n_signal, gaussian(mass, mean, sigma, 105, 160)),
            (n_background, exponential(mass, slope, 105, 160)),
        )
        return events - stats.norm.logpdf(1.6, sigma, 0.2)

    return nll


def lz_like(s1: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], float]:
    """lz_like.yaml in (mu,)."""
    electron = stats.norm.pdf(y) / 77
    nuclear = exponential(s1, -1 / 15, 3, 80) * stats.norm.pdf(y, -1)
    return lambda at: extended((30.0, electron), (0.5 * at[0], nuclear))


def higgs_tautau(mass: np.ndarray) -> Callable[[np.ndarray], float]:
    """higgs_tautau_unbinned.yaml in (mu,)."""
    signal = gaussian(mass, 121, 20, 50, 200)
    background = exponential(mass, -1 / 40, 50, 200)
    return lambda at: extended((21.8 * at[0], signal), (500.0, background))


def spec_format_peak(mass: np.ndarray) -> Callable[[float, float, float, float], float]:
    """Channel `peak` of spec_format_example.yaml in (mu_on, alpha_jes, n_bkg, lambda_bkg)."""

    def nll(mu_on: float, alpha: float, n_background: float, slope: float) -> float:
        return extended(
            (40 * mu_on, gaussian(mass, 125 * (1 + 0.01 * alpha), 1.8, 100, 180)),
            (n_background, exponential(mass, slope, 100, 180)),
        )

    return nll
