r"""The problem that every contestant solves, in NumPy alone.

.. math:: -\log L = s + b - \sum_i \log\big(s\,G(x_i; m, w) + b\,E(x_i; c)\big)

G is a Gaussian and E is proportional to exp(c x), both normalised between `LOW` and `HIGH`.
"""

import numpy as np
from jaxtyping import Float

LOW, HIGH = 105.0, 160.0  # GeV
NAMES = ("n_signal", "mass", "width", "n_background", "slope")
SIGNAL_SHARE = 0.2
SEED = 2


def sample(events: int, *, seed: int = SEED) -> Float[np.ndarray, " event"]:
    """Masses; a fifth of them are signal, which lies far from the ends of the range."""
    rng = np.random.default_rng(seed)
    signal = int(SIGNAL_SHARE * events)
    _, mass, width, _, slope = truth(events)
    steps = rng.uniform(size=events - signal)
    background = LOW + np.log1p(steps * np.expm1(slope * (HIGH - LOW))) / slope
    x = np.concatenate([mass + width * rng.normal(size=signal), background])
    return rng.permutation(x)


def truth(events: int) -> tuple[float, ...]:
    """The parameters that the events were drawn with, in the order of `NAMES`."""
    return (SIGNAL_SHARE * events, 125.0, 1.6, (1 - SIGNAL_SHARE) * events, -0.03)


def points(events: int) -> Float[np.ndarray, "point parameter"]:
    """Two points to time at, in all of whose coordinates they differ; fits start at the first."""
    return np.array(
        [
            [0.18 * events, 125.3, 1.8, 0.85 * events, -0.025],
            [0.21 * events, 124.8, 1.5, 0.78 * events, -0.035],
        ]
    )


def bounds(events: int) -> Float[np.ndarray, "parameter 2"]:
    """The box that all fits keep to, wide enough never to be felt."""
    return np.array([[0.0, events], [120.0, 130.0], [0.5, 4.0], [0.0, 2.0 * events], [-0.2, -1e-3]])


def toys(events: int) -> list[Float[np.ndarray, " event"]]:
    """Data sets whose fits are compared."""
    return [sample(events, seed=SEED + 1 + place) for place in range(3)]


def draw(events: int, rng: np.random.Generator) -> Float[np.ndarray, " event"]:
    """A toy: Poisson numbers of events around the truth."""
    n_signal, mass, width, n_background, slope = truth(events)
    signal = rng.normal(mass, width, rng.poisson(n_signal))
    steps = rng.uniform(size=rng.poisson(n_background))
    return np.concatenate([signal, LOW + np.log1p(steps * np.expm1(slope * (HIGH - LOW))) / slope])
