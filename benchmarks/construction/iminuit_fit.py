"""iminuit, toy by toy: two fits of a likelihood written in NumPy, densities evaluated once."""

import math

import numpy as np
from iminuit import Minuit

from benchmarks.worker import Contender, Problem, Task, serve

from .problem import (
    BACKGROUND,
    DOWN,
    HYPOTHESES,
    SIGNAL,
    TOP,
    UP,
    Toy,
    densities,
    draw,
    toys,
)

_CODE4 = np.linalg.inv(
    np.array(
        [[(-1.0) ** k if s < 0 else 1.0 for k in range(1, 7)] for s in (1, -1)]
        + [[k * (1.0 if s > 0 else (-1.0) ** (k - 1)) for k in range(1, 7)] for s in (1, -1)]
        + [[k * (k - 1) * (1.0 if s > 0 else (-1.0) ** k) for k in range(1, 7)] for s in (1, -1)]
    )
)
"""From values, slopes and bends at +1 and -1 to coefficients of a polynomial of degree six."""


def _coefficients() -> list[float]:
    up, down = math.log(UP), math.log(DOWN)
    ends = [UP - 1, DOWN - 1, UP * up, -DOWN * down, UP * up**2, DOWN * down**2]
    return (_CODE4 @ np.array(ends)).tolist()


_POLYNOMIAL = _coefficients()


def response(alpha: float) -> float:
    """What the nuisance parameter makes of the background (interpolation code 4)."""
    if alpha >= 1:
        return UP**alpha
    if alpha <= -1:
        return DOWN**-alpha
    return 1.0 + sum(c * alpha ** (k + 1) for k, c in enumerate(_POLYNOMIAL))


def statistic(toy: Toy, mu: float) -> float:
    """The profiled likelihood ratio."""
    background, signal = densities(toy)

    def nll(at: float, alpha: float) -> float:
        b, s = BACKGROUND * response(alpha), SIGNAL * at
        pull = alpha - toy.observed
        return b + s - np.log(b * background + s * signal).sum() + 0.5 * pull * pull

    minuit = Minuit(nll, mu, 0.0)
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.limits = [(0.0, TOP), (-5.0, 5.0)]
    minuit.migrad()
    lowest = minuit.fval
    minuit.values[0], minuit.fixed[0] = mu, True
    minuit.migrad()
    if minuit.fval is None or lowest is None:
        msg = "MIGRAD did not converge"
        raise RuntimeError(msg)
    return 2.0 * max(minuit.fval - lowest, 0.0)


def build(problem: Problem) -> Contender:
    """Toys of all hypotheses, and the share of a construction that they are."""
    count = int(problem["toys"])

    def drawn(turn: int) -> list[float]:
        rng = np.random.default_rng(turn)
        at = [float(HYPOTHESES[k % HYPOTHESES.size]) for k in range(count)]
        return [statistic(draw(mu, rng), mu) for mu in at]

    def values() -> list[float]:
        return [statistic(*one) for one in toys()]

    of_a_curve = count / (HYPOTHESES.size * int(problem["effective"]))
    return Contender(
        {
            "toys": Task(drawn, values, pieces=lambda: count),
            "construction": Task(drawn, lambda: [1.0], pieces=lambda: of_a_curve),
        },
        packages=("iminuit", "numpy"),
    )


if __name__ == "__main__":
    serve(build)
