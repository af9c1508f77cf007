"""pyhf's model and data of a problem, and its numbers in the order that contestants agree on."""

from typing import final

import numpy as np
import pyhf
from jaxtyping import Float

from benchmarks.worker import Problem

from .inputs import Toy, chosen, points, toys


@final
class Loaded:
    """A model as pyhf reads it, with data, points and box as arrays in its own order."""

    def __init__(self, problem: Problem) -> None:
        self.document = chosen(problem)
        workspace = pyhf.Workspace(self.document, validate=False)
        names = {name for name, _ in workspace.modifiers}
        known = self.document["measurements"][0]["config"]["poi"] in names
        self.model = workspace.model(validate=False, **({} if known else {"poi_name": None}))
        config = self.model.config
        self.names: list[str] = config.par_names
        self.start = np.asarray(config.suggested_init(), float)
        self.box = np.asarray(config.suggested_bounds(), float)
        self.fixed = np.asarray(config.suggested_fixed(), bool)
        self.data = np.asarray(workspace.data(self.model), float)
        self.free = np.flatnonzero(~self.fixed)
        # Arrays of what is compared are sorted by the name of what floats.
        self.order = np.array(sorted(self.free, key=lambda index: self.names[index]))
        given = {self.names[i]: float(self.start[i]) for i in self.free}
        self.at = [np.array([one.get(n, s) for n, s in zip(self.names, self.start, strict=True)])
                   for one in points(given)]  # fmt: skip

    @property
    def nuisances(self) -> list[str]:
        """Those with a Gaussian constraint of unit width, by name."""
        return sorted(name for name in self.names if name.startswith("alpha_"))

    def toys(self, count: int) -> list[Float[np.ndarray, " datum"]]:
        """Data in pyhf's order."""
        return [self._flat(toy) for toy in toys(self.document, count, self.nuisances)]

    def _flat(self, toy: Toy) -> Float[np.ndarray, " datum"]:
        config = self.model.config
        main = [toy.counts[channel] for channel in config.channels]
        return np.concatenate([*main, [toy.measured[name] for name in config.auxdata_order]])
