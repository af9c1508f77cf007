r"""One toy: events of every channel, counts of every bin, auxiliary observations.

What depends on the point alone is found once for all toys of the point. Each channel, the bins and
the auxiliary observations have a key of their own, folded from the toy's.
"""

from typing import NamedTuple, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel.model._constraints import ConstraintBlock, JointGaussian
from statmodel.model._expressions import Scalar, Slots
from statmodel.model._parameters import Scope
from statmodel.model._prepared import Prepared
from statmodel.model.channels import (
    AbstractChannel,
    AbstractPrepared,
    AnalyticChannel,
    AnalyticEvents,
    RatioChannel,
)
from statmodel.model.histograms import Histograms, counts

from ._pool import PoolSource, draw_from_pool, pool_source, rows_from_pool
from ._processes import draw_processes
from ._room import Room

Constraints: TypeAlias = tuple[ConstraintBlock | JointGaussian, ...]


@final
class Ensemble(eqx.Module):
    """The parts of a model that make data."""

    scope: Scope
    channels: tuple[AbstractChannel, ...]
    constraints: Constraints
    histograms: Histograms | None


class Source(NamedTuple):
    """What all toys of one point have in common."""

    at: Slots
    rates: tuple[Float[Array, " part"], ...]
    """Expected events of what each unbinned channel's toys are put together from."""
    pools: tuple[PoolSource | None, ...]
    """One an unbinned channel."""
    bins: Float[Array, " bin"]
    """Expected counts of all bins."""


class Survey(NamedTuple):
    """What is looked at before toys are drawn. Batched: a leading axis on every array."""

    rates: tuple[Float[Array, " part"], ...]
    bins: Float[Array, " bin"]
    lowest: Float[Array, " channel"]
    """The lowest total of the mixture in each pool, 0 for a channel without one."""
    effective: Float[Array, " channel"]
    """Effective rows of each pool, infinite for a channel without one."""


class Recipe(NamedTuple):
    """What is the same for all points, and hashable."""

    rooms: tuple[Room, ...]
    """One an unbinned channel."""
    signed: tuple[bool, ...]
    """Whether a process of the channel may be negative."""
    redrawn: bool
    """Whether auxiliary observations are drawn too."""


class Kept(NamedTuple):
    """What toys take over from the observed data."""

    auxiliary: Float[Array, " parameter"]
    """Auxiliary observations, where they are not drawn."""
    mask: Bool[Array, " bin"]
    """True for bins that count."""


class Toy(NamedTuple):
    """One pseudo-experiment. Batched: a leading axis on every array."""

    data: Prepared
    drawn: tuple[Int[Array, " part"], ...]
    """Events that each channel's parts have where there is room for them."""
    lowest: Float[Array, " channel"]
    """The lowest total met by signed mixtures, as a share of the sum of moduli; else 0."""


def source_at(ensemble: Ensemble, values: Float[Array, " parameter"]) -> Source:
    """What toys at a point have in common.

    Args:
        ensemble: what is drawn from.
        values: of all parameters, in the user's units.
    """
    at = ensemble.scope.at_values(values)
    pools = tuple(
        pool_source(channel, at) if isinstance(channel, RatioChannel) else None
        for channel in ensemble.channels
    )
    rates = tuple(
        channel.expected(at) if pool is None else pool.total[None]
        for channel, pool in zip(ensemble.channels, pools, strict=True)
    )
    bins = jnp.zeros(0) if ensemble.histograms is None else ensemble.histograms.expected(at)
    return Source(at, rates, pools, bins)


def survey(source: Source) -> Survey:
    """A point in brief."""
    nothing, endless = jnp.zeros(()), jnp.asarray(jnp.inf, jnp.float64)
    lowest = [nothing if pool is None else pool.lowest for pool in source.pools]
    effective = [endless if pool is None else pool.effective for pool in source.pools]
    return Survey(
        source.rates,
        source.bins,
        jnp.stack([nothing, *lowest])[1:],
        jnp.stack([nothing, *effective])[1:],
    )


def draw(
    ensemble: Ensemble,
    source: Source,
    kept: Kept,
    recipe: Recipe,
    *,
    key: Array,
) -> Toy:
    """One toy.

    Args:
        ensemble: what is drawn from.
        source: at which point.
        kept: what is not drawn.
        recipe: room and kind; static.
        key: of this toy.
    """
    further = len(ensemble.channels)
    # One call for all numbers: programs of Poisson numbers are long.
    means = jnp.concatenate([*map(jnp.abs, source.rates), source.bins])
    own = jax.random.fold_in(key, further)
    numbers = jax.random.poisson(own, means, dtype=jnp.int64)
    *drawn, counted = jnp.split(numbers, np.cumsum([one.size for one in source.rates]))
    parts = [
        _events(channel, source, place, drawn[place], recipe, key=jax.random.fold_in(key, place))
        for place, channel in enumerate(ensemble.channels)
    ]
    auxiliary = kept.auxiliary
    if recipe.redrawn:
        values = source.at[: ensemble.scope.space.size]
        own = jax.random.fold_in(key, further + 1)
        auxiliary = _redrawn(ensemble.constraints, values, auxiliary, key=own)
    bins = None
    if ensemble.histograms is not None:
        bins = counts(counted.astype(jnp.float64), kept.mask)
    return Toy(
        Prepared(tuple(part[0] for part in parts), auxiliary, bins),
        drawn=tuple(drawn),
        lowest=jnp.stack([jnp.zeros(()), *(part[1] for part in parts)])[1:],
    )


def _events(  # noqa: PLR0913 (as `draw_processes`)
    channel: AbstractChannel,
    source: Source,
    place: int,
    numbers: Int[Array, " part"],
    recipe: Recipe,
    *,
    key: Array,
) -> tuple[AbstractPrepared, Scalar]:
    room, pool = recipe.rooms[place], source.pools[place]
    match channel:
        case RatioChannel() if pool is not None:
            return draw_from_pool(channel, pool, numbers[0], room, key=key), jnp.zeros(())
        case AnalyticChannel():
            signed = recipe.signed[place]
            return draw_processes(channel, source.at, numbers, room, signed=signed, key=key)
        case _:
            msg = f"channel {channel.name} has no toys"
            raise TypeError(msg)


def observables(
    ensemble: Ensemble, source: Source, toy: Toy, *, key: Array
) -> tuple[Float[Array, "row axis"], ...]:
    """The observables of a toy's events, those of the pool's rows for a ratio channel.

    Args:
        ensemble: what was drawn from.
        source: at which point.
        toy: what was drawn.
        key: of this toy.
    """
    return tuple(
        _observables(channel, pool, events, key=jax.random.fold_in(key, place))
        for place, (channel, pool, events) in enumerate(
            zip(ensemble.channels, source.pools, toy.data.channels, strict=True)
        )
    )


def _observables(
    channel: AbstractChannel, pool: PoolSource | None, events: AbstractPrepared, *, key: Array
) -> Float[Array, "row axis"]:
    layout = events.mask.shape
    if isinstance(events, AnalyticEvents):
        x = events.x
    elif isinstance(channel, RatioChannel) and channel.pool is not None and pool is not None:
        rows = rows_from_pool(pool, (layout[0], layout[1]), key=key)
        chunk, place = jnp.divmod(rows, channel.pool.events.mask.shape[1])
        x = jnp.moveaxis(channel.pool.x[chunk, :, place], 2, 1)
    else:
        msg = f"channel {channel.name} has no toys"
        raise TypeError(msg)
    return jnp.moveaxis(x, 1, 2).reshape(events.mask.size, x.shape[1])


def _redrawn(
    constraints: Constraints,
    values: Float[Array, " parameter"],
    observed: Float[Array, " parameter"],
    *,
    key: Array,
) -> Float[Array, " parameter"]:
    for place, block in enumerate(constraints):
        new = block.sample(values, key=jax.random.fold_in(key, place))
        observed = observed.at[block.parameters].set(new)
    return observed
