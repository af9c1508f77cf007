"""Toys by number: toy i of a key is the same, whoever draws it, and whichever others are wanted.

Toys are drawn in blocks of a size that the point decides, each by the same program and at its own
place in the block, so that they are the same to the last digit too.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt32

from statmodel._compiling import vectorised_jit
from statmodel.model._prepared import Prepared
from statmodel.model.channels import RatioChannel

from ._draw import (
    Ensemble,
    Kept,
    Recipe,
    Source,
    Survey,
    Toy,
    draw,
    observables,
    source_at,
    survey,
)
from ._room import larger, room_for

Auxiliary: TypeAlias = Literal["redrawn", "held"]
"""Whether the auxiliary measurements are repeated in each toy, or stay what they were."""

_MOST_TOYS = 1024
_ROWS = 1 << 17
"""About how many rows a block has, of all toys and channels."""
_LAST = 1 << 32
_ROWS_AN_EVENT = 10.0
"""Effective rows of a pool for each event of a toy, below which that is warned of."""


@final
@dataclass(frozen=True, eq=False)
class Sampler:
    """Draws toys of an ensemble, all at one point or each at one of its own."""

    ensemble: Ensemble
    values: Float[Array, "*toy parameter"]
    """Where; with a leading axis one point for each toy number."""
    source: Source | None
    """Of the point, where there is one for all."""
    kept: Kept
    recipe: Recipe
    survey: Survey
    """Of all points."""

    @property
    def block(self) -> int:
        """How many toys one call of the program draws: a power of two, the fewer the larger."""
        rows = sum(room.rows for room in self.recipe.rooms) + self.kept.mask.size
        return int(np.clip(1 << int(np.log2(max(_ROWS // max(rows, 1), 1))), 1, _MOST_TOYS))

    def draw(self, key: Array, index: int) -> Toy:
        """A block: toys number `index * block` and those that follow, as NumPy arrays.

        Raises:
            ValueError: the total of a channel is negative where an event was to be drawn.
        """
        recipe = self.recipe
        numbers = self.numbers(index)
        while True:
            found = self._called(key, numbers, recipe)
            drawn = [np.asarray(one) for one in found.drawn]
            if all(room.holds(one) for room, one in zip(recipe.rooms, drawn, strict=True)):
                break
            recipe = recipe._replace(rooms=tuple(map(larger, recipe.rooms, drawn)))
        _refuse_negative(self.ensemble, np.asarray(found.lowest), "where an event would be drawn")
        return jax.tree.map(np.asarray, found)

    def observables(self, key: Array, index: int) -> tuple[Float[np.ndarray, "toy row axis"], ...]:
        """The observables of the events that `draw` gives, one array a channel.

        Raises:
            ValueError: as `draw`, or each toy has a point of its own.
        """
        if self.source is None:
            msg = "observables: toys of one point only"
            raise ValueError(msg)
        toy = jax.tree.map(jnp.asarray, self.draw(key, index))
        numbers = jnp.asarray(self.numbers(index), jnp.uint32)
        found = _observed(self.ensemble, self.source, toy, key, numbers)
        return tuple(np.asarray(one) for one in found)

    def sample(self, key: Array, *, n: int | None, first: int = 0) -> Prepared:
        """Toys `first` to `first + n` as bound data; one without a leading axis if `n` is None.

        Raises:
            ValueError: `n` or `first` is no such number, `key` is no typed key, there are fewer
                points than toys, or as `draw`.
        """
        count = self.check(key, n, first)
        blocks = range(first // self.block, (first + count - 1) // self.block + 1)
        toys = [self.draw(key, index) for index in blocks]
        drawn = [np.concatenate(part) for part in zip(*(toy.drawn for toy in toys), strict=True)]
        rooms = tuple(map(larger, self.recipe.rooms, drawn))
        if rooms != self.recipe.rooms:  # all of one length: once in a thousand million toys
            roomier = replace(self, recipe=self.recipe._replace(rooms=rooms))
            return roomier.sample(key, n=n, first=first)
        begin = first - blocks.start * self.block
        wanted = slice(begin, begin + count)

        def joined(*leaves: np.ndarray) -> Array:
            some = leaves[0] if len(leaves) == 1 else np.concatenate(leaves)
            return jnp.asarray(some[begin] if n is None else some[wanted])

        return jax.tree.map(joined, *(toy.data for toy in toys))

    @property
    def expected(self) -> dict[str, float]:
        """Events of each channel, at the point; the most where toys have points of their own."""
        names = [channel.name for channel in self.ensemble.channels]
        rates = [one.sum(axis=1).max() for one in self.survey.rates]
        bins = self.ensemble.histograms
        if bins is not None:
            edges = np.cumsum([0, *bins.bins])[:-1]
            names += bins.channels
            rates += np.add.reduceat(self.survey.bins, edges, axis=1).max(axis=0).tolist()
        return {name: float(rate) for name, rate in zip(names, rates, strict=True)}

    @property
    def effective(self) -> dict[str, float]:
        """Effective rows of each pool; the fewest where toys have points of their own."""
        rows = np.asarray(self.survey.effective).min(axis=0).tolist()
        names = [channel.name for channel in self.ensemble.channels]
        return {name: one for name, one in zip(names, rows, strict=True) if np.isfinite(one)}

    @property
    def notes(self) -> tuple[str, ...]:
        """Pools that are small beside their toys."""
        return tuple(
            f"channel {name}: toys of {self.expected[name]:.4g} events are drawn from a simulation "
            f"worth {rows:.4g}, so that they repeat events; a pool of ten times a toy is the least"
            for name, rows in self.effective.items()
            if rows < _ROWS_AN_EVENT * self.expected[name]
        )

    @property
    def words(self) -> str:
        """What is drawn, and what is not."""
        where = "one point" if self.source is not None else "a point for each toy"
        if self.recipe.redrawn:
            return f"{where}, auxiliary observations redrawn there (unconditional)"
        return f"{where}, auxiliary observations held (conditional)"

    def numbers(self, index: int) -> Int[np.ndarray, " toy"]:
        """Of the toys of a block."""
        return index * self.block + np.arange(self.block)

    def points(self, numbers: Int[np.ndarray, " toy"]) -> Float[np.ndarray, "toy parameter"]:
        """Where these toys are drawn, in the user's units."""
        values = np.asarray(self.values)
        if self.source is not None:
            return np.tile(values, (numbers.size, 1))
        return values[np.minimum(numbers, len(values) - 1)]

    def check(self, key: Array, n: int | None, first: int) -> int:
        """How many toys are wanted.

        Raises:
            ValueError: as `sample`.
        """
        problems: list[str] = []
        if not jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
            problems.append("`key` must be a typed key, `jax.random.key(seed)`")
        if n is not None and n < 1:
            problems.append(f"`n` must be at least 1, got {n}")
        if not 0 <= first <= _LAST - (n or 1):
            problems.append(f"toys have numbers from 0 to {_LAST - 1}, `first` is {first}")
        count = n or 1
        if self.source is None and first + count > len(self.values):
            problems.append(f"{first + count} toys, but only {len(self.values)} points")
        if problems:
            raise ValueError("sample: " + "; ".join(problems))
        return count

    def _called(self, key: Array, numbers: Int[np.ndarray, " toy"], recipe: Recipe) -> Toy:
        folded = jnp.asarray(numbers, jnp.uint32)
        if self.source is not None:
            return _of_one_point(self.ensemble, self.source, self.kept, recipe, key, folded)
        points = jnp.asarray(self.points(numbers))
        return _of_many_points(self.ensemble, points, self.kept, recipe, key, folded)


def sampler(
    ensemble: Ensemble,
    values: Float[Array, "*toy parameter"],
    kept: Kept,
    *,
    auxiliary: Auxiliary,
) -> Sampler:
    """Make room for the toys of a point, or of several, and see that there can be some.

    Args:
        ensemble: what is drawn from.
        values: of all parameters, in the user's units; a leading axis gives each toy its point.
        kept: what is not drawn.
        auxiliary: whether auxiliary observations are.

    Raises:
        ValueError: a channel or a bin expects less than no events there, the total is negative in
            the pool, or a ratio channel has no pool.
    """
    if values.ndim == 1:
        source, one = _source(ensemble, values)
        seen = jax.tree.map(lambda leaf: np.asarray(leaf)[None], one)
    else:
        source, seen = None, jax.tree.map(np.asarray, _surveys(ensemble, values))
    _check(ensemble, seen)
    recipe = Recipe(
        rooms=tuple(room_for(one) for one in seen.rates),
        signed=tuple(bool((one < 0).any()) for one in seen.rates),
        redrawn=auxiliary == "redrawn",
    )
    return Sampler(ensemble, values, source, kept, recipe, seen)


def _check(ensemble: Ensemble, seen: Survey) -> None:
    for channel, rates in zip(ensemble.channels, seen.rates, strict=True):
        total = rates.sum(axis=1)
        wrong = total[~(np.isfinite(total) & (total >= 0))]
        if wrong.size:
            msg = f"channel {channel.name} expects {wrong[0]:.3g} events here, hence no toys"
            raise ValueError(msg)
    if ensemble.histograms is not None:
        edges = np.cumsum([0, *ensemble.histograms.bins])
        for name, first, last in zip(
            ensemble.histograms.channels, edges[:-1], edges[1:], strict=True
        ):
            lowest = seen.bins[:, first:last].min()
            if not lowest >= 0:
                msg = f"channel {name}: a bin expects {lowest:.3g} events here, hence no toys"
                raise ValueError(msg)
    _refuse_negative(ensemble, np.asarray(seen.lowest), "in its simulation")


def _refuse_negative(
    ensemble: Ensemble, lowest: Float[np.ndarray, "toy channel"], where: str
) -> None:
    for channel, worst in zip(ensemble.channels, lowest.min(axis=0), strict=True):
        if not worst >= 0:
            msg = f"channel {channel.name}: the total is negative {where}, hence no toys"
            raise ValueError(msg)


@eqx.filter_jit
def _source(ensemble: Ensemble, values: Float[Array, " parameter"]) -> tuple[Source, Survey]:
    source = source_at(ensemble, values)
    return source, survey(source)


@eqx.filter_jit
def _surveys(ensemble: Ensemble, values: Float[Array, "point parameter"]) -> Survey:
    # Pools and histograms are work enough for one point, and memory enough.
    pooled = any(isinstance(channel, RatioChannel) for channel in ensemble.channels)
    each = jax.lax.map if pooled or ensemble.histograms is not None else _side_by_side
    return each(lambda one: survey(source_at(ensemble, one)), values)


def _side_by_side(
    function: Callable[[Float[Array, " parameter"]], Survey],
    values: Float[Array, "point parameter"],
) -> Survey:
    return jax.vmap(function)(values)


@vectorised_jit
def _of_one_point(
    ensemble: Ensemble,
    source: Source,
    kept: Kept,
    recipe: Recipe,
    key: Array,
    numbers: UInt32[Array, " toy"],
) -> Toy:
    def one(number: UInt32[Array, ""]) -> Toy:
        return draw(ensemble, source, kept, recipe, key=jax.random.fold_in(key, number))

    return jax.vmap(one)(numbers)


@vectorised_jit
def _of_many_points(
    ensemble: Ensemble,
    values: Float[Array, "toy parameter"],
    kept: Kept,
    recipe: Recipe,
    key: Array,
    numbers: UInt32[Array, " toy"],
) -> Toy:
    def one(at: Float[Array, " parameter"], number: UInt32[Array, ""]) -> Toy:
        source = source_at(ensemble, at)
        return draw(ensemble, source, kept, recipe, key=jax.random.fold_in(key, number))

    return jax.vmap(one)(values, numbers)


@eqx.filter_jit
def _observed(
    ensemble: Ensemble, source: Source, toy: Toy, key: Array, numbers: UInt32[Array, " toy"]
) -> tuple[Float[Array, "toy row axis"], ...]:
    def one(own: Toy, number: UInt32[Array, ""]) -> tuple[Float[Array, "row axis"], ...]:
        return observables(ensemble, source, own, key=jax.random.fold_in(key, number))

    return jax.vmap(one)(toy, numbers)
