r"""Whether chains have met, and what their draws are worth.

R-hat of halves of chains, after ranks have been made normal, of the draws and of their distances
from the median, whichever is larger; the effective number of draws of the ranks (A. Vehtari,
A. Gelman, D. Simpson, B. Carpenter, P.-C. Buerkner, Bayesian Analysis 16 (2021) 667).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

Draws = Float[np.ndarray, "chain draw"]

LARGEST_R_HAT = 1.01
FEWEST_EFFECTIVE = 400.0


class Convergence(NamedTuple):
    """Of one parameter."""

    r_hat: float
    effective: float


def convergence(draws: Draws) -> Convergence:
    """Look at the chains of one parameter; NaN for draws that are all the same, or fewer than four.

    Args:
        draws: by chain.
    """
    from numpyro.diagnostics import effective_sample_size, gelman_rubin  # noqa: PLC0415

    half = draws.shape[1] // 2
    if half < 2 or np.ptp(draws) == 0:  # noqa: PLR2004
        return Convergence(np.nan, np.nan)
    halves = np.concatenate([draws[:, :half], draws[:, -half:]])
    ranked = _normal_ranks(halves)
    folded = _normal_ranks(np.abs(halves - np.median(halves)))
    r_hat = max(float(gelman_rubin(ranked)), float(gelman_rubin(folded)))
    return Convergence(r_hat, min(float(effective_sample_size(ranked)), _most(draws)))


def effective(draws: Draws) -> float:
    """The number of independent draws that tell the mean as well; at most those that there are."""
    from numpyro.diagnostics import effective_sample_size  # noqa: PLC0415

    if np.ptp(draws) == 0:
        return float(draws.size)
    return float(min(float(effective_sample_size(draws)), float(draws.size)))


def _most(draws: Draws) -> float:
    """Stan's limit: draws may be better than independent ones, but estimates of that are rough."""
    return draws.size * np.log10(draws.size)


def _normal_ranks(draws: Draws) -> Draws:
    """Blom's scores; equal draws share their mean rank."""
    from scipy.special import ndtri  # noqa: PLC0415
    from scipy.stats import rankdata  # noqa: PLC0415

    ranks = rankdata(draws, method="average").reshape(draws.shape)
    return ndtri((ranks - 0.375) / (draws.size + 0.25))
