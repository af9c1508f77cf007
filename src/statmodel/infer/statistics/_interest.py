"""Parameters of interest as coordinates of their own, nuisance parameters beside them."""

from collections.abc import Mapping, Sequence
from typing import final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from statmodel._errors import suggestion
from statmodel.infer._arguments import checked_vector
from statmodel.model import FreeVector, Model, Prepared, log_likelihood

Vector = Float[Array, " poi"]


@final
class Interest(eqx.Module):
    """One to three parameters; points are internal vectors of these alone."""

    names: tuple[str, ...] = eqx.field(static=True)
    places: tuple[int, ...] = eqx.field(static=True)
    """In the vector of all parameters."""
    bounds: tuple[tuple[float, float], ...] = eqx.field(static=True)
    """Internal."""
    others: FreeVector
    """All parameters; those of interest and nuisance parameters count for nothing here."""
    nuisances: tuple[int, ...] = eqx.field(static=True, default=())
    """Places of the other free parameters."""

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.places)

    def inside(self, model: Model, user: Float[Array, " poi"]) -> Vector:
        """Internal coordinates of values in the user's units."""
        values = model.space.to_values(self.others).at[np.asarray(self.places)].set(user)
        return model.space.to_free(values)[np.asarray(self.places)]

    def outside(self, model: Model, at: Vector) -> Float[Array, " poi"]:
        """Values in the user's units."""
        free = self.others.at[np.asarray(self.places)].set(at)
        return model.space.to_values(free)[np.asarray(self.places)]

    @property
    def moving(self) -> np.ndarray:
        """Places of all that moves: parameters of interest, then nuisance parameters."""
        return np.array(self.places + self.nuisances)

    @property
    def start(self) -> Float[Array, " nuisance"]:
        """Nuisance parameters, to begin with."""
        return self.others[np.asarray(self.nuisances, int)]

    def free(self, whole: Float[Array, " moving"]) -> FreeVector:
        """The internal vector of all parameters."""
        return self.others.at[self.moving].set(whole)

    def stretch(self, model: Model, at: Vector) -> Float[Array, ""]:
        """The volume in the user's units for one in internal coordinates."""
        free = self.others.at[np.asarray(self.places)].set(at)
        return model.space.jacobian(free)[np.asarray(self.places)].prod()

    def log_likelihood(
        self, model: Model, prepared: Prepared, whole: Float[Array, " moving"]
    ) -> Float[Array, ""]:
        """Of one data set."""
        return log_likelihood(model, model.scope.at_free(self.free(whole)), prepared)


_MOST = 3


def interest_of(
    model: Model,
    pois: str | Sequence[str] | None,
    fixed: Mapping[str, ArrayLike] | None,
) -> Interest:
    """The parameters of interest of a model; what is neither held nor of interest is a nuisance.

    Args:
        model: the compiled likelihood.
        pois: which; those of the measurement by default.
        fixed: values at which others are held.

    Raises:
        ValueError: there is no such parameter, none or more than three, or one is fixed.
    """
    names = (pois,) if isinstance(pois, str) else tuple(pois or model.measurement.pois)
    space = model.space
    for name in names:
        if name not in space.names:
            msg = f'there is no parameter "{name}".{suggestion(name, space.names, "Parameters")}'
            raise ValueError(msg)
    if not 1 <= len(set(names)) == len(names) <= _MOST:
        msg = f"a test statistic has one to three parameters of interest, got {list(names)}"
        raise ValueError(msg)
    values = checked_vector(space, {"fixed": fixed})
    held = space.fixed_mask() | np.isin(space.names, list(fixed or {}))
    places = tuple(space.names.index(name) for name in names)
    still = [name for name, place in zip(names, places, strict=True) if held[place]]
    if still:
        msg = f"{', '.join(still)} is of interest and cannot be held fixed"
        raise ValueError(msg)
    low, high = (np.asarray(one, float) for one in space.free_bounds())
    return Interest(
        names=names,
        places=places,
        bounds=tuple((float(low[place]), float(high[place])) for place in places),
        others=space.to_free(jnp.asarray(values)),
        nuisances=tuple(
            place for place in range(space.size) if not held[place] and place not in places
        ),
    )
