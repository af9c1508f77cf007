"""Answers the requests of searches: conditional fits, each started from a neighbour."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.infer._intervals import NewMinimum
from statmodel.infer._results import FitResult
from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._status import Status
from statmodel.model import Model, Prepared

from ._conditional import NOBODY, Conditional, conditional_fit
from ._crossings import Place, Request

A_MINIMUM = (Status.CONVERGED, Status.FLAT_DIRECTION)
"""How a fit may end for its value to count."""


class Asked(NamedTuple):
    """A request, and whose it is."""

    name: str
    request: Request


@final
@dataclass
class Fitter:
    """Does conditional fits, and counts them."""

    model: Model
    prepared: Prepared
    result: FitResult
    box: Box
    base: float
    """The `nll` that t is measured from."""
    fits: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Model, prepared: Prepared, result: FitResult) -> "Fitter":
        return cls(model, prepared, result, Box.of(model.space, result.fixed), float(result.nll))

    def origins(self, names: Sequence[str]) -> dict[str, Place]:
        """The profile of each parameter at its best fit."""
        here = self._nowhere(self.result.values)
        return dict(
            zip(
                names,
                self.places([Asked(name, self._at(here, name)) for name in names]),
                strict=True,
            )
        )

    def elsewhere(self, name: str, height: float) -> list[Place]:
        """The profile at the other local minima that lie below a height."""
        minima = self.result.minima
        if minima is None:
            return []
        low = [k for k in range(minima.count) if 2 * (float(minima.nll[k]) - self.base) <= height]
        starts = [self._nowhere(minima.values[k]) for k in low]
        found = self.places([Asked(name, self._at(start, name)) for start in starts])
        best = self._nowhere(self.result.values).at
        return [
            place
            for start, place in zip(starts, found, strict=True)
            if place.usable and place.t <= height and not np.allclose(start.at, best, rtol=1e-4)
        ]

    def places(self, asked: Sequence[Asked]) -> list[Place]:
        """Answers to requests, in their order."""
        for name, _ in asked:
            self.fits[name] = self.fits.get(name, 0) + 1
        return [self._place(one) for one in asked]

    def descend(self, place: Place) -> NewMinimum:
        """The minimum that a fit of all parameters finds from a place."""
        nothing = Request(float("nan"), place, straight=False)
        end = self._run(NOBODY, nothing)
        values = self.model.space.to_values(jnp.asarray(end.at))
        return NewMinimum(
            point=tuple(zip(self.model.space.names, np.asarray(values).tolist(), strict=True)),
            nll=end.value,
            status=end.status.name.lower(),
        )

    def _nowhere(self, values: Float[Array, " parameter"]) -> Place:
        at = np.asarray(self.model.space.to_free(values))
        return Place(np.nan, np.nan, np.nan, at, np.zeros_like(at), usable=False)

    def _at(self, place: Place, name: str) -> Request:
        return Request(float(place.at[self.model.space.index(name)]), place, straight=False)

    def _place(self, asked: Asked) -> Place:
        index = self.model.space.index(asked.name)
        end = self._run(index, asked.request)
        return Place(
            value=float(end.at[index]),
            t=2 * (end.value - self.base),
            slope=2 * end.slope,
            at=end.at,
            tangent=end.tangent,
            usable=end.status in A_MINIMUM and bool(np.isfinite(end.value)),
            curvature=2 * end.curvature,
        )

    def _run(self, held: int, request: Request) -> Conditional:
        start = _start(held, request)
        return conditional_fit(self.model, self.prepared, start, held, self.box)


def _start(index: int, request: Request) -> Float[np.ndarray, " parameter"]:
    near = request.near
    if index == NOBODY:
        return near.at
    shift = request.value - near.at[index]
    start = near.at + shift * near.tangent if request.straight else near.at.copy()
    start[index] = request.value
    return start
