r"""The profile of `nll` over the parameter of interest for one data set, point by point.

Every minimum that is found is kept, and each new one starts from the nearest of them, where its
tangent points. Where a minimum at a fixed value lies below the global one by more than rounding,
the global fit was not global: it is repeated from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._status import Status
from statmodel.infer.profiles._conditional import NOBODY, conditional_fit
from statmodel.model import Model, Prepared

ROUNDING = 1e-8
"""A `nll` that is lower by no more, and by no more than its own rounding, is the same."""
_A_MINIMUM = (Status.CONVERGED, Status.FLAT_DIRECTION)
_REFITS = 3


class Profiled(NamedTuple):
    """A minimum of `nll`, at a value of the parameter of interest or over all of them."""

    mu: float
    """In the user's unit."""
    nll: float
    at: Float[np.ndarray, " parameter"]
    """Internal coordinates."""
    tangent: Float[np.ndarray, " parameter"]
    """Derivative of `at` in the internal coordinate of the parameter of interest."""
    status: Status

    @property
    def usable(self) -> bool:
        """Whether the number counts."""
        return self.status in _A_MINIMUM and bool(np.isfinite(self.nll))

    @property
    def impossible(self) -> bool:
        """Whether the data have probability zero there: bins with events where none is expected."""
        return self.status is Status.BAD_START and bool(np.isposinf(self.nll))


@final
@dataclass
class Curve:
    """Minima for one data set."""

    model: Model
    prepared: Prepared
    index: int
    fixed: Bool[np.ndarray, " parameter"]
    free: Profiled
    """The global minimum."""
    known: dict[float, Profiled] = field(default_factory=dict)
    fits: int = 0
    refits: int = 0
    """How often a lower global minimum was found."""

    @classmethod
    def around(
        cls,
        model: Model,
        prepared: Prepared,
        values: Float[Array, " parameter"],
        *,
        index: int,
        fixed: Bool[np.ndarray, " parameter"],
        free: tuple[float, Status] | None = None,
    ) -> "Curve":
        """The curve of a data set whose global minimum is at given values, or near them.

        Args:
            model: the compiled likelihood.
            prepared: the data.
            values: in the user's units.
            index: of the parameter of interest.
            fixed: parameters that are held, the one of interest not among them.
            free: `nll` and status of the global fit; without it that fit is made from `values`.
        """
        at = np.asarray(model.space.to_free(values))
        nll, status = (np.nan, Status.RUNNING) if free is None else free
        mu = float(values[index])
        start = Profiled(mu, nll, at, np.zeros_like(at), status)
        curve = cls(model, prepared, index, fixed, start)
        found = curve._run(index, at)
        if free is None:
            curve.free = curve._run(NOBODY, at)
        if found.usable:
            curve.known[mu] = found._replace(mu=mu)
        return curve

    def find(self, values: Sequence[float]) -> None:
        """Make the minima at values of the parameter of interest that are not known yet."""
        for direct in (True, False):
            for mu in dict.fromkeys(values):
                if not self._has(mu):
                    end = self._run(self.index, self._start(mu, direct=direct))
                    self.known[mu] = end._replace(mu=mu)
        self._lower(values)

    def at(self, mu: float) -> Profiled:
        """The minimum at a value."""
        if mu not in self.known:
            self.find([mu])
        return self.known[mu]

    def t(self, mu: float) -> float:
        """-2 ln of the profile likelihood ratio; NaN where a fit failed, 0 for rounding below 0."""
        end = self.at(mu)
        if not (end.usable and self.free.usable):
            return np.nan
        rise = end.nll - self.free.nll
        return 2 * max(rise, 0.0) if rise >= -self._noise() else np.nan

    def point(self, end: Profiled) -> Mapping[str, Float[Array, ""]]:
        """A minimum by name."""
        space = self.model.space
        # Iterating over a JAX array compiles a program of its own, which takes seconds.
        values = np.asarray(space.to_values(jnp.asarray(end.at))).tolist()
        return {name: jnp.asarray(value) for name, value in zip(space.names, values, strict=True)}

    def _has(self, mu: float) -> bool:
        return mu in self.known and self.known[mu].usable

    def _noise(self) -> float:
        return ROUNDING + 16 * float(np.finfo(np.float64).eps) * abs(self.free.nll)

    def _start(self, mu: float, *, direct: bool) -> Float[np.ndarray, " parameter"]:
        """Where a fit starts: along a neighbour's tangent, else at the global minimum."""
        known = [end for end in self.known.values() if end.usable]
        near = min(known, key=lambda end: abs(end.mu - mu)) if known and direct else self.free
        coordinate = float(mu**0.5) if self.index in self.model.space.rooted else mu
        start = near.at + (coordinate - near.at[self.index]) * near.tangent
        start[self.index] = coordinate
        return start

    def _lower(self, values: Sequence[float]) -> None:
        """Fit again from a conditional minimum that lies below the global one, if there is one."""
        for _ in range(_REFITS):
            ends = [self.known[mu] for mu in values if self._has(mu)]
            lowest = min(ends, key=lambda end: end.nll, default=None)
            if lowest is None:
                return
            if self.free.usable and not lowest.nll < self.free.nll - self._noise():
                return
            found = self._run(NOBODY, lowest.at)
            if not (found.usable and found.nll <= lowest.nll + self._noise()):
                return
            self.free, self.refits = found, self.refits + 1

    def _run(self, held: int, start: Float[np.ndarray, " parameter"]) -> Profiled:
        self.fits += 1
        box = Box.of(self.model.space, jnp.asarray(self.fixed))
        end = conditional_fit(self.model, self.prepared, start, held, box)
        tangent = np.zeros_like(end.at) if held == NOBODY else end.tangent
        coordinate = float(end.at[self.index])
        mu = coordinate**2 if self.index in self.model.space.rooted else coordinate
        return Profiled(mu, end.value, end.at, tangent, end.status)
