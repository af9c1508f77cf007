r"""Where a focus density counts: its ends, and where it is narrow or jumps.

Ends are :math:`c \pm 8 w` of its mean and its standard deviation, inside the bounds. Each term of a
mixture marks its own centre and its own ends, a histogram its edges. Mean and standard deviation
are those of events drawn from the density, with a key of their own.
"""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.model import Focus, Model
from statmodel.model.densities import AbstractDensity, HistogramDensity, ProductDensity, SumDensity

from ._interest import Interest

_DRAWN = 4096
_REACH = 8.0
_COARSE = (17, 12, 6)
"""Places along an axis to begin from, for one, two and three axes."""


@final
class Support(eqx.Module):
    """In internal coordinates."""

    edges: tuple[Float[Array, " _"], ...]
    """Of each axis, in order; the first and the last are its ends."""
    lower: Float[Array, " poi"]
    upper: Float[Array, " poi"]
    """Beyond, there is no focus, or no parameter."""
    places: Float[Array, "place poi"]
    """A coarse grid over all of it, and over the bounds where these are finite."""

    @property
    def scale(self) -> Float[Array, " poi"]:
        """The range of each axis that counts."""
        return jnp.stack([one[-1] - one[0] for one in self.edges])


def support_of(model: Model, interest: Interest, focus: Focus) -> Support:
    """Of a focus whose parameters are those of interest."""
    user = np.asarray([model.space.bounds[place] for place in interest.places], float)
    every: list[np.ndarray] = []
    low, high = user.T.copy()
    for axis, density in enumerate(_factors(focus.density)):
        ends = np.asarray(density.bounds[0], float)
        low[axis], high[axis] = max(low[axis], ends[0]), min(high[axis], ends[1])
        marked = np.clip(np.concatenate([_marks(density), _ends(density)]), low[axis], high[axis])
        every.append(np.unique(marked))

    def inside(values: np.ndarray) -> Float[Array, " poi"]:
        return interest.inside(model, jnp.asarray(values))

    def along(axis: int, values: np.ndarray) -> Float[Array, " value"]:
        whole = np.tile(low, (values.size, 1))
        whole[:, axis] = values
        return jax.vmap(lambda one: interest.inside(model, one)[axis])(jnp.asarray(whole))

    edges = tuple(along(axis, values) for axis, values in enumerate(every))
    lower, upper = inside(low), inside(high)
    return Support(edges, lower, upper, _places(edges, lower, upper))


def _places(
    edges: tuple[Float[Array, " _"], ...],
    lower: Float[Array, " poi"],
    upper: Float[Array, " poi"],
) -> Float[Array, "place poi"]:
    count = _COARSE[len(edges) - 1]
    axes: list[np.ndarray] = []
    for axis, one in enumerate(edges):
        ends = np.asarray(one)[[0, -1]]
        near = ends[0] + (ends[1] - ends[0]) * (np.arange(count) + 0.5) / count
        whole = np.asarray([lower[axis], upper[axis]])
        if np.isfinite(whole).all():
            far = whole[0] + (whole[1] - whole[0]) * (np.arange(count // 2) + 0.5) / (count // 2)
            near = np.union1d(near, far[(far < ends[0]) | (far > ends[1])])
        axes.append(near)
    mesh = np.meshgrid(*axes, indexing="ij")
    return jnp.asarray(np.stack([one.ravel() for one in mesh], axis=1))


def _factors(density: AbstractDensity) -> tuple[AbstractDensity, ...]:
    """One for each parameter of interest."""
    return density.factors if isinstance(density, ProductDensity) else (density,)


def _marks(density: AbstractDensity) -> np.ndarray:
    match density:
        case HistogramDensity(edges=edges):
            return np.asarray(edges[0], float)
        case SumDensity(terms=terms):
            return np.concatenate([_marks(one) for one in terms])
        case _:
            mean, sd = moments(density)
            return np.array([mean - 0.5 * _REACH * sd, mean, mean + 0.5 * _REACH * sd])


def _ends(density: AbstractDensity) -> np.ndarray:
    mean, sd = moments(density)
    return np.array([mean - _REACH * sd, mean + _REACH * sd])


def moments(density: AbstractDensity) -> tuple[float, float]:
    """Mean and standard deviation of events drawn from it."""
    drawn = np.asarray(density.sample(jnp.zeros(0), key=jax.random.key(0), n=_DRAWN), float)
    return float(drawn.mean()), float(drawn.std())
