r"""The integral of a density from its draws, by bridge sampling.

.. math::

   Z = \frac{\langle q / (s_1 q + s_2 Z g) \rangle_g}{\langle g / (s_1 q + s_2 Z g) \rangle_p},
   \qquad s_1 = \frac{n_1}{n_1 + n_2}, \quad s_2 = \frac{n_2}{n_1 + n_2}

solved by iteration (X.-L. Meng, W. H. Wong, Statistica Sinica 6 (1996) 831), with the Gaussian g
that has mean and covariance of one half of the draws, the other half as draws of p = q / Z, and
effective numbers of draws. The relative mean-squared error is that of the two averages,

.. math:: \frac{V_g(h_1)}{n_2 E_g^2(h_1)} + \frac{V_p(h_2)}{n_1 E_p^2(h_2)}

where :math:`n_1` is the effective number of draws of h2 (S. Fruehwirth-Schnatter, Econometrics J.
7 (2004) 143).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ._diagnostics import effective

Row = Float[np.ndarray, " draw"]

_MOST_ROUNDS = 1000
_STILL = 1e-10
"""Change of log Z in one round that is none."""


class Bridged(NamedTuple):
    """A marginal likelihood."""

    log: float
    error: float
    """Of it, one standard deviation."""
    settled: bool
    """Whether the iteration came to an end."""


def bridged(
    draws: Float[np.ndarray, "chain draw free"],
    log_q: Float[np.ndarray, "chain draw"],
    log_prob: Callable[[Float[np.ndarray, "draw free"]], Row],
    rng: np.random.Generator,
) -> Bridged:
    """The natural log of the integral of q.

    Args:
        draws: from q, normalised.
        log_q: natural log of q at them.
        log_prob: the same function.
        rng: of the draws from the Gaussian, as many as those that remain of q.
    """
    half = draws.shape[1] // 2
    fitted, kept, log_kept = draws[:, :half], draws[:, half:], log_q[:, half:]
    flat = fitted.reshape(-1, fitted.shape[-1])
    mean = flat.mean(axis=0)
    factor = np.linalg.cholesky(np.atleast_2d(np.cov(flat, rowvar=False)))
    rows = kept.reshape(-1, kept.shape[-1])
    normal = rng.standard_normal(rows.shape)
    # ln(q / g), at draws of p and of g.
    ours = log_kept.ravel() - _log_gaussian(np.linalg.solve(factor, (rows - mean).T).T, factor)
    theirs = log_prob(mean + normal @ factor.T) - _log_gaussian(normal, factor)
    known = np.median([effective(kept[..., k]) for k in range(kept.shape[-1])])
    share = float(known / (known + theirs.size))
    log, settled = float(np.median(ours)), False
    for _ in range(_MOST_ROUNDS):
        above = _log_mean(theirs - _log_mixed(theirs, log, share))
        below = _log_mean(-_log_mixed(ours, log, share))
        change, log = above - below - log, above - below
        if abs(change) < _STILL:
            settled = True
            break
    first = np.exp(theirs - _log_mixed(theirs, log, share))
    second = np.exp(log - _log_mixed(ours, log, share)).reshape(log_kept.shape)
    square = _relative(first) / first.size + _relative(second) / effective(second)
    return Bridged(log, float(np.sqrt(square)), settled and bool(np.isfinite(log)))


def _log_gaussian(
    normal: Float[np.ndarray, "draw free"], factor: Float[np.ndarray, "free free"]
) -> Row:
    logs = np.log(np.diagonal(factor)).sum() + 0.5 * normal.shape[1] * np.log(2 * np.pi)
    return -0.5 * (normal**2).sum(axis=1) - logs


def _log_mixed(ratio: Row, log: float, share: float) -> Row:
    """Natural log of s1 q / g + s2 Z."""
    return np.logaddexp(np.log(share) + ratio, np.log1p(-share) + log)


def _log_mean(logs: Row) -> float:
    return float(np.logaddexp.reduce(logs) - np.log(logs.size))


def _relative(values: Float[np.ndarray, "..."]) -> float:
    """Variance over squared mean."""
    return float(values.var(ddof=1) / values.mean() ** 2)
