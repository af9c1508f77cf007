r"""The problem that every contestant solves, in NumPy alone.

Thirty background events, flat in s1 and a unit Gaussian in y, and half an event a unit of
:math:`\mu`, exponential in s1 and lower by one in y; with a nuisance parameter the background is
known to a fifth. Hypotheses are 41 values of :math:`\mu` from 0 to 30.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

LOW, HIGH = 3.0, 80.0
FALL = 15.0
BACKGROUND, SIGNAL = 30.0, 0.5
UP, DOWN = 1.2, 0.8
HYPOTHESES = np.linspace(0.0, 30.0, 41)
TOP = 60.0
"""The upper bound of mu."""
CHECKED = 6
"""Toys whose statistics must agree."""


class Toy(NamedTuple):
    """Its events, and what was observed of the nuisance parameter."""

    s1: Float[np.ndarray, " event"]
    y: Float[np.ndarray, " event"]
    observed: float


def draw(mu: float, rng: np.random.Generator, *, nuisances: int = 1) -> Toy:
    """One toy with its nuisance parameter at 0."""
    background, signal = rng.poisson(BACKGROUND), rng.poisson(SIGNAL * mu)
    share = rng.uniform(size=signal)
    falling = -np.expm1(-(HIGH - LOW) / FALL)
    s1 = np.concatenate(
        [rng.uniform(LOW, HIGH, background), LOW - FALL * np.log1p(-share * falling)]
    )
    y = np.concatenate([rng.normal(0.0, 1.0, background), rng.normal(-1.0, 1.0, signal)])
    return Toy(s1, y, rng.normal() if nuisances else 0.0)


def toys(*, nuisances: int = 1) -> list[tuple[Toy, float]]:
    """Those that everybody looks at, each with its hypothesis."""
    rng = np.random.default_rng(7)
    at = np.linspace(0.0, 20.0, CHECKED)
    return [(draw(one, rng, nuisances=nuisances), one) for one in at.tolist()]


def document(nuisances: int) -> dict[str, object]:
    """The spec. Of several nuisance parameters each moves the background's rate a little."""
    wide = np.sqrt(max(nuisances, 1))
    up, down = UP ** (1 / wide), DOWN ** (1 / wide)
    modifiers = [
        {"type": "normsys", "name": f"rate_{k}", "data": {"hi": float(up), "lo": float(down)}}
        for k in range(nuisances)
    ]
    gaussian = {"type": "gaussian", "observable": "y", "sigma": 1}
    return {
        "statmodel": "1",
        "parameters": [{"name": "mu", "init": 1, "bounds": [0, TOP]}],
        "channels": [
            {
                "name": "tpc",
                "type": "unbinned",
                "observables": [{"name": "s1", "min": LOW, "max": HIGH}, {"name": "y"}],
                "processes": [
                    {
                        "name": "background",
                        "yield": BACKGROUND,
                        "modifiers": modifiers,
                        "density": {
                            "type": "product",
                            "factors": [
                                {"type": "uniform", "observable": "s1"},
                                {**gaussian, "mean": 0},
                            ],
                        },
                    },
                    {
                        "name": "signal",
                        "yield": SIGNAL,
                        "modifiers": [{"type": "normfactor", "name": "mu"}],
                        "density": {
                            "type": "product",
                            "factors": [
                                {"type": "exponential", "observable": "s1", "slope": -1 / FALL},
                                {**gaussian, "mean": -1},
                            ],
                        },
                    },
                ],
            }
        ],
        "focus": [{"name": "wide", "density": {"mu": {"type": "gaussian", "mean": 0, "sigma": 5}}}],
        "measurements": [{"name": "m", "config": {"poi": "mu"}}],
    }


def densities(
    toy: Toy,
) -> tuple[Float[np.ndarray, " event"], Float[np.ndarray, " event"]]:
    """Of background and signal at the events."""
    root = np.sqrt(2.0 * np.pi)
    background = np.exp(-0.5 * toy.y**2) / root / (HIGH - LOW)
    falling = -np.expm1(-(HIGH - LOW) / FALL)
    signal = np.exp(-0.5 * (toy.y + 1.0) ** 2 - (toy.s1 - LOW) / FALL) / (root * FALL * falling)
    return background, signal
