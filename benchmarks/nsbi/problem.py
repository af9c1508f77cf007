r"""The problem that every contestant solves, in NumPy alone.

.. math:: -\log L = \sum_j \lambda_j - \sum_i \log \sum_j \lambda_j r_{ij} \prod_k g_{ijk}(\alpha_k)
   + \tfrac12 \sum_k \alpha_k^2 + \text{const}

with :math:`\lambda_0 = \mu N/J`, all other :math:`\lambda_j = N/J`, and g by code 4 (exponential
beyond the anchors, a polynomial of degree six between them). Parameters: mu, then the alphas.
"""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float, Int

PROCESSES = 5
SEED = 1
_DIMENSIONS = 40
_SHIFT = 0.05


@final
@dataclass(frozen=True)
class Table:
    """Ratios of the processes, and of their variations at +-1 to their nominal."""

    ratios: Float[np.ndarray, "process event"]
    up: Float[np.ndarray, "process nuisance event"]
    down: Float[np.ndarray, "process nuisance event"]

    @property
    def events(self) -> int:
        """The number of events."""
        return self.ratios.shape[1]

    @property
    def nuisances(self) -> int:
        """The number of nuisance parameters, each of which moves every process."""
        return self.up.shape[1]

    @property
    def stored_bytes(self) -> int:
        """Bytes of the variations, two numbers an event, process and nuisance."""
        return self.up.nbytes + self.down.nbytes

    def rows(self, rows: slice | Int[np.ndarray, " row"]) -> "Table":
        """Some of the events."""
        return Table(self.ratios[:, rows], self.up[..., rows], self.down[..., rows])

    def halves(self) -> "tuple[Table, Table]":
        """The first half and the second, of ratios to the mean of the processes."""
        own = replace(self, ratios=self.ratios / self.ratios.mean(axis=0))
        half = self.events // 2
        return own.rows(slice(half)), own.rows(slice(half, None))


def table(events: int, nuisances: int, *, seed: int = SEED) -> Table:
    """Events drawn from the model at mu = 1, alpha = 0.

    The processes are unit normal densities in forty dimensions around centres of their own, the
    reference is one around the origin. A variation moves a process by 0.05 along a direction of its
    own, so that ratios and variations are those of normalised densities.
    """
    rng = np.random.default_rng(seed)
    centres = 0.15 * rng.normal(size=(PROCESSES, _DIMENSIONS))
    directions = rng.normal(size=(PROCESSES, nuisances, _DIMENSIONS))
    directions *= _SHIFT / np.linalg.norm(directions, axis=2, keepdims=True)
    z = rng.normal(size=(_DIMENSIONS, events)) + centres[np.arange(events) % PROCESSES].T
    ratios, up, down = (
        np.empty((PROCESSES, *axes, events)) for axes in ((), (nuisances,), (nuisances,))
    )
    for process, centre in enumerate(centres):
        np.exp(centre @ z - 0.5 * centre @ centre, out=ratios[process])
        along = directions[process] @ (z - centre[:, None])
        np.exp(along - 0.5 * _SHIFT**2, out=up[process])
        np.exp(-along - 0.5 * _SHIFT**2, out=down[process])
    return Table(ratios=ratios, up=up, down=down)


def points(nuisances: int) -> Float[np.ndarray, "point parameter"]:
    """Two points to time at, the first of them where fits start, and one beyond the anchors."""
    steps = np.arange(nuisances)
    first = np.full(nuisances, 0.1)
    second = 0.3 * np.cos(1.0 + steps)
    third = 1.6 * np.sin(2.0 + steps)
    alphas = np.stack([first, second, third])
    return np.concatenate([np.array([[1.0], [1.05], [0.9]]), alphas], axis=1)
