r"""Several starts: where they are, and which of their ends are the same minimum.

Starts are a Latin hypercube: along each parameter, each of n - 1 equal parts of its range holds one
(M. McKay, R. Beckman, W. Conover, Technometrics 21 (1979) 239). Two ends are one minimum if their
values of `nll` agree and the Hessian puts them less than a tenth of a standard deviation apart,
which overlooks a distance along a flat direction.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel.model import FreeVector, Model, Prepared

from ._minima import LocalMinima
from .minimisers._minimise import Minimum, rounding
from .minimisers._status import Status

_WIDTHS = 3.0
_UNITS = 5.0
_SAME_VALUE = 1e-6
_SAME_PLACE = 0.1
_SEED = 0
_A_MINIMUM = (Status.CONVERGED, Status.FLAT_DIRECTION)


class Ending(NamedTuple):
    """Where one start led."""

    at: Float[np.ndarray, " parameter"]
    value: float
    noise: float
    metric: Float[np.ndarray, "parameter parameter"]
    status: Status

    @classmethod
    def of(cls, minimum: Minimum) -> "Ending":
        """On the host."""
        noise = float(rounding(minimum.value))
        status = Status(int(minimum.status))
        at, metric = np.asarray(minimum.at), np.asarray(minimum.hessian)
        return cls(at, float(minimum.value), noise, metric, status)

    @property
    def is_minimum(self) -> bool:
        """Whether it counts."""
        return self.status in _A_MINIMUM

    def same(self, other: "Ending") -> bool:
        """Whether two ends are one minimum."""
        close = abs(self.value - other.value) <= _SAME_VALUE + self.noise + other.noise
        apart = self.at - other.at
        return close and float(apart @ self.metric @ apart) <= _SAME_PLACE**2


def start_points(
    model: Model,
    prepared: Prepared,
    first: FreeVector,
    *,
    fixed: Bool[Array, " parameter"],
    count: int,
    key: Array | None = None,
) -> list[FreeVector]:
    """The first start, and others spread over the ranges of the parameters that are not fixed.

    Args:
        model: the compiled likelihood.
        prepared: the data, for the auxiliary observations that constrained parameters start near.
        first: the first start.
        fixed: parameters that stay there.
        count: how many starts, the first one included.
        key: of the hypercube.
    """
    if count == 1:
        return [first]
    low, high = (np.asarray(side) for side in start_ranges(model, prepared, first))
    seed = () if key is None else np.asarray(jax.random.key_data(key)).ravel().tolist()
    rng = np.random.default_rng([_SEED, *seed])
    shape = (count - 1, model.space.size)
    parts = rng.permuted(np.broadcast_to(np.arange(count - 1)[:, None], shape), axis=0)
    shares = (parts + rng.random(shape)) / (count - 1)
    others = np.where(np.asarray(fixed), np.asarray(first), low + shares * (high - low))
    return [first, *(jnp.asarray(one) for one in others)]


def start_ranges(
    model: Model, prepared: Prepared, first: FreeVector
) -> tuple[FreeVector, FreeVector]:
    """Three widths before the fit, the bounds, or five units around the first start; internal."""
    space = model.space
    lower, upper = space.free_bounds()
    width = model.prefit_widths()
    constrained = jnp.isfinite(width)
    centre = jnp.where(constrained, prepared.auxiliary, space.to_values(first))
    reach = jnp.where(constrained, _WIDTHS * jnp.where(constrained, width, 1.0), _UNITS)
    least, most = (jnp.asarray([pair[side] for pair in space.bounds]) for side in (0, 1))
    near = (jnp.maximum(centre - reach, least), jnp.minimum(centre + reach, most))
    low, high = (space.to_free(jnp.clip(side, least, most)) for side in near)
    return (
        jnp.where(constrained | (lower == -jnp.inf), low, lower),
        jnp.where(constrained | (upper == jnp.inf), high, upper),
    )


def lowest(endings: Sequence[Ending]) -> int:
    """The end that is the result: the lowest minimum, and the first end where there is none."""
    found = [k for k, one in enumerate(endings) if one.is_minimum]
    # Of two ends of one minimum, the one whose errors are known.
    return min(found, key=lambda k: (endings[k].value, endings[k].status), default=0)


def distinct_minima(model: Model, endings: Sequence[Ending]) -> LocalMinima:
    """The minima without repetition, lowest first, and how the other starts failed."""
    kept: list[Ending] = []
    counts: list[int] = []
    for one in sorted((e for e in endings if e.is_minimum), key=lambda e: (e.value, e.status)):
        twins = [k for k, other in enumerate(kept) if other.same(one)]
        if twins:
            counts[twins[0]] += 1
        else:
            kept.append(one)
            counts.append(1)
    lost = [one.status.name.lower() for one in endings if not one.is_minimum]
    to_values = model.space.to_values
    return LocalMinima(
        names=model.space.names,
        pois=model.measurement.pois,
        values=jnp.asarray([to_values(jnp.asarray(one.at)) for one in kept]).reshape(
            len(kept), model.space.size
        ),
        nll=jnp.asarray([one.value for one in kept], jnp.float64),
        status=jnp.asarray([one.status.value for one in kept], int),
        starts=jnp.asarray(counts, int),
        failed=tuple((name, lost.count(name)) for name in sorted(set(lost))),
    )
