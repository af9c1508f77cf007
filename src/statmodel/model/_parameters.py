r"""Named parameters, the flat vector that minimisers use, and the slots that the likelihood reads.

A *point* is a dict from name to value, in the user's units. The *free vector* is flat and internal:
it equals the values, except that a parameter under a square root is held as :math:`s = \sqrt p`,
because the derivative in :math:`p` is infinite at :math:`p = 0` and the one in :math:`s` is not.
The slot vector is what formulas read: values, roots, named functions, and a constant one.
"""

from collections.abc import Mapping
from typing import TypeAlias, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from statmodel._errors import suggestion

from ._expressions import AbstractExpression, Slots

Point: TypeAlias = dict[str, Float[Array, ""]]
FreeVector: TypeAlias = Float[Array, " parameter"]


@final
class ParameterSpace(eqx.Module):
    """Names, starting values, bounds and fixed flags of all parameters, in one order; hashable."""

    names: tuple[str, ...] = eqx.field(static=True)
    init: tuple[float, ...] = eqx.field(static=True)
    bounds: tuple[tuple[float, float], ...] = eqx.field(static=True)
    fixed: tuple[bool, ...] = eqx.field(static=True)
    rooted: tuple[int, ...] = eqx.field(static=True, default=())
    """Indices of the parameters that are fitted in s = sqrt(p)."""

    def __check_init__(self) -> None:
        sizes = {len(self.names), len(self.init), len(self.bounds), len(self.fixed)}
        if len(sizes) != 1:
            msg = f"names, init, bounds and fixed must have one length, got {sorted(sizes)}"
            raise ValueError(msg)
        for index in self.rooted:
            if self.bounds[index][0] < 0:
                msg = (
                    f"{self.names[index]} stands under a square root: its lower bound must be >= 0"
                )
                raise ValueError(msg)

    @property
    def size(self) -> int:
        """The number of parameters, fixed ones included."""
        return len(self.names)

    def index(self, name: str) -> int:
        """The place of a parameter in every flat vector."""
        if name not in self.names:
            msg = f'there is no parameter "{name}".{suggestion(name, self.names, "Parameters")}'
            raise KeyError(msg)
        return self.names.index(name)

    def point(self, values: Mapping[str, ArrayLike] | None = None) -> Point:
        """A full point: `values`, and the starting value of every other parameter."""
        given = dict(values or {})
        for name in given:
            self.index(name)
        return {
            name: jnp.asarray(given.get(name, init), jnp.float64)
            for name, init in zip(self.names, self.init, strict=True)
        }

    def values(self, point: Mapping[str, ArrayLike]) -> Float[Array, " parameter"]:
        """The flat vector of a full point, in the user's units."""
        self._check_names(point)
        return jnp.stack([jnp.asarray(point[name], jnp.float64) for name in self.names])

    def many_values(self, points: Mapping[str, ArrayLike]) -> Float[Array, "*point parameter"]:
        """The flat vectors of points whose values are numbers, or arrays of one length.

        Raises:
            KeyError: a name is missing, or is none.
            ValueError: the arrays differ in length.
        """
        self._check_names(points)
        given = {name: jnp.asarray(points[name], jnp.float64) for name in self.names}
        shapes = {array.shape for array in given.values() if array.ndim}
        if len(shapes) > 1 or any(len(shape) > 1 for shape in shapes):
            said = ", ".join(f"{name} {x.shape}" for name, x in given.items() if x.ndim)
            msg = f"the values of several points are arrays of one axis and length; got {said}"
            raise ValueError(msg)
        return jnp.stack(jnp.broadcast_arrays(*given.values()), axis=-1)

    def _check_names(self, point: Mapping[str, ArrayLike]) -> None:
        unknown = [name for name in point if name not in self.names]
        missing = [name for name in self.names if name not in point]
        if unknown or missing:
            said = [f"unknown: {', '.join(unknown)}"] * bool(unknown)
            said += [f"missing: {', '.join(missing)}"] * bool(missing)
            msg = f"a point names every parameter once ({'; '.join(said)}); see `model.space.point`"
            raise KeyError(msg)

    def to_free(self, values: Float[Array, " parameter"]) -> FreeVector:
        """User's units to internal: s = sqrt(p) where a formula takes sqrt(p)."""
        if not self.rooted:
            return values
        rooted = self._rooted_mask()
        return jnp.where(rooted, jnp.sqrt(jnp.where(rooted, values, 1.0)), values)

    def to_values(self, free: FreeVector) -> Float[Array, " parameter"]:
        """Internal to user's units: p = s**2 where a formula takes sqrt(p)."""
        if not self.rooted:
            return free
        return jnp.where(self._rooted_mask(), free * free, free)

    def to_point(self, free: FreeVector) -> Point:
        """Internal to a named point."""
        return dict(zip(self.names, self.to_values(free), strict=True))

    def jacobian(self, free: FreeVector) -> Float[Array, " parameter"]:
        """The diagonal dp/du of the internal-to-user map: 2s for a rooted parameter, else 1."""
        return jnp.where(self._rooted_mask(), 2.0 * free, 1.0)

    def free_bounds(self) -> tuple[FreeVector, FreeVector]:
        """Lower and upper bounds of the internal vector."""
        # In NumPy: a list of a hundred numbers costs JAX more than a small fit.
        bounds = np.asarray(self.bounds, float).reshape(-1, 2)
        rooted = np.asarray(self.rooted, int)
        bounds[rooted] = np.sqrt(bounds[rooted])
        return jnp.asarray(bounds[:, 0]), jnp.asarray(bounds[:, 1])

    def fixed_mask(self) -> Bool[np.ndarray, " parameter"]:
        """True where the document fixes the parameter."""
        return np.asarray(self.fixed, bool)

    def _rooted_mask(self) -> Bool[np.ndarray, " parameter"]:
        mask = np.zeros(self.size, bool)
        mask[list(self.rooted)] = True
        return mask


@final
class Scope(eqx.Module):
    """Turns parameters into the slot vector: values, roots, functions, one."""

    space: ParameterSpace
    functions: tuple[AbstractExpression, ...] = ()
    """Each may read the slots of those before it."""

    @property
    def one(self) -> int:
        """The slot that always holds 1: what padded index vectors point at."""
        return self.space.size + len(self.space.rooted) + len(self.functions)

    def root_slot(self, parameter: int) -> int:
        """The slot of the square root of a rooted parameter."""
        return self.space.size + self.space.rooted.index(parameter)

    def function_slot(self, position: int) -> int:
        """The slot of the function at `position`."""
        return self.space.size + len(self.space.rooted) + position

    def at_free(self, free: FreeVector) -> Slots:
        """Slots at an internal vector: smooth at a vanishing root."""
        return self._fill(self.space.to_values(free), free[np.asarray(self.space.rooted, int)])

    def at_point(self, point: Mapping[str, ArrayLike]) -> Slots:
        """Slots at a named point: derivatives in p are infinite where a root vanishes."""
        return self.at_values(self.space.values(point))

    def at_values(self, values: Float[Array, " parameter"]) -> Slots:
        """Slots at values of all parameters, in the user's units."""
        return self._fill(values, jnp.sqrt(values[np.asarray(self.space.rooted, int)]))

    def _fill(self, values: Float[Array, " parameter"], roots: Float[Array, " root"]) -> Slots:
        empty = jnp.zeros(len(self.functions), values.dtype)
        at = jnp.concatenate([values, roots, empty, jnp.ones(1, values.dtype)])
        for position, function in enumerate(self.functions):
            at = at.at[self.function_slot(position)].set(function.value(at))
        return at
