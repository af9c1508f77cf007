r"""A minimum and its Hessian by iminuit and finite differences, for comparison.

iminuit finds the minimum; differences of fourth order give

.. math:: f' \approx \frac{f_{-2} - 8 f_{-1} + 8 f_1 - f_2}{12 h}, \qquad
   f'' \approx \frac{-f_{-2} + 16 f_{-1} - 30 f_0 + 16 f_1 - f_2}{12 h^2}

(mixed derivatives: the first rule twice). Newton steps with them take away what iminuit's tolerance
leaves; the covariance is the inverse of the second derivatives. With h = 0.05 errors the truncation
is of order h^4/30 = 2e-7, the rounding of a function of size 1e4 is 1e-12/h^2 = 4e-10.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import iminuit
import numpy as np

STEP = 0.05
NEWTON_STEPS = 3
_FIRST = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))
_SECOND = ((-2, -1 / 12), (-1, 16 / 12), (0, -30 / 12), (1, 16 / 12), (2, -1 / 12))


@final
@dataclass(frozen=True)
class Minimum:
    values: Mapping[str, float]
    errors: Mapping[str, float]
    """NaN for a parameter that rests on a limit."""
    names: tuple[str, ...]
    covariance: np.ndarray
    nll: float


def minimum(
    nll: Callable[[np.ndarray], float],
    start: Mapping[str, float],
    limits: Mapping[str, tuple[float, float]],
) -> Minimum:
    """Minimise -log L over a box; a parameter on its limit is held there."""
    names = tuple(start)
    minuit = iminuit.Minuit(nll, np.array(list(start.values()), float), name=names)
    minuit.errordef, minuit.strategy, minuit.tol = iminuit.Minuit.LIKELIHOOD, 1, 1e-3
    for name, box in limits.items():
        minuit.limits[name] = box
    minuit.migrad(ncall=20_000)
    free = np.ones(len(names), bool)
    for index, name in enumerate(names):
        for limit in limits.get(name, ()):
            if _rests_on(minuit, nll, index, limit):
                minuit.values[name], minuit.fixed[name], free[index] = limit, True, False
    if not free.all():
        minuit.migrad(ncall=20_000)
    at, sizes = np.array(minuit.values), np.array(minuit.errors)
    kept = np.flatnonzero(free)
    for _ in range(NEWTON_STEPS):
        covariance = np.linalg.inv(_hessian(nll, at, STEP * sizes, kept))
        at[kept] -= covariance @ _gradient(nll, at, STEP * sizes, kept)
        sizes[kept] = np.sqrt(np.diag(covariance))
    errors = np.where(free, sizes, np.nan)
    return Minimum(
        values=dict(zip(names, at.tolist(), strict=True)),
        errors=dict(zip(names, errors.tolist(), strict=True)),
        names=tuple(names[index] for index in kept),
        covariance=covariance,
        nll=float(nll(at)),
    )


def _rests_on(
    minuit: iminuit.Minuit, nll: Callable[[np.ndarray], float], index: int, limit: float
) -> bool:
    """Near the limit, and no lower a little inside it than on it."""
    at = np.array(minuit.values)
    width = minuit.errors[index]
    if abs(at[index] - limit) > 0.1 * width:
        return False
    on, inside = at.copy(), at.copy()
    on[index], inside[index] = limit, limit + np.sign(at[index] - limit or 1.0) * 1e-3 * width
    return nll(on) < nll(inside)


def _gradient(
    nll: Callable[[np.ndarray], float], at: np.ndarray, steps: np.ndarray, kept: np.ndarray
) -> np.ndarray:
    axes = np.diag(steps)[kept]
    slope = [sum(c * nll(at + k * axis) for k, c in _FIRST) for axis in axes]
    return np.array(slope) / steps[kept]


def _hessian(
    nll: Callable[[np.ndarray], float], at: np.ndarray, steps: np.ndarray, kept: np.ndarray
) -> np.ndarray:
    axes, sizes = np.diag(steps)[kept], steps[kept]
    curvature = np.empty((kept.size, kept.size))
    for i, first in enumerate(axes):
        curvature[i, i] = sum(c * nll(at + k * first) for k, c in _SECOND)
        for j, second in enumerate(axes[:i]):
            mixed = sum(
                c * d * nll(at + k * first + m * second) for k, c in _FIRST for m, d in _FIRST
            )
            curvature[i, j] = curvature[j, i] = mixed
    return curvature / sizes / sizes[:, None]
