"""Many data sets under many hypotheses: likelihoods, and the references of several statistics.

Conditional estimates of nuisance parameters are the same for every statistic, so they are found
once. Data sets are taken some at a time on each core; what one finds depends on its own data only.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel._compiling import vectorised_jit
from statmodel.infer._batch import cores
from statmodel.infer.statistics import AbstractStatistic, Case, Likelihood, Path, Reference, along
from statmodel.model import Prepared

_SIDE = 32
"""Data sets side by side: a kernel's call costs as much as a few small data sets."""


class Block(NamedTuple):
    """Data sets along a leading axis."""

    prepared: Prepared
    path: Path | None
    """Of each, where nuisance parameters were when it was drawn; None if that is not asked for."""


class Table(NamedTuple):
    """What a statistic is made of. A leading axis for data sets."""

    log_likelihood: Float[Array, "toy point"]
    """At each hypothesis."""
    reference: Reference


class Asked(NamedTuple):
    """A statistic, and what it is of."""

    case: Case
    statistic: AbstractStatistic


def tables(
    asked: Sequence[Asked],
    blocks: Iterable[Block],
    points: Float[np.ndarray, "point poi"],
    count: int,
    drawn: Asked | None = None,
) -> tuple[Table, ...]:
    """One of each statistic, data sets in order.

    Args:
        asked: what is found.
        blocks: data sets, as many in each.
        points: hypotheses, in the user's units.
        count: data sets; what follows in the last block fills it up.
        drawn: a further one, of likelihoods with nuisance parameters where they were.
    """
    case = asked[0].case if asked else drawn.case if drawn else None
    if case is None:
        msg = "no statistic is given"
        raise ValueError(msg)
    at = jax.vmap(lambda one: case.interest.inside(case.model, one))(jnp.asarray(points))

    def found(block: Block) -> tuple[Table, ...]:
        return jax.tree.map(np.asarray, _found(tuple(asked), drawn, block, at))

    every = iter(blocks)
    parts = [found(next(every))]  # may compile
    with ThreadPoolExecutor(cores()) as pool:
        parts.extend(pool.map(found, every))
    return jax.tree.map(lambda *leaves: jnp.asarray(np.concatenate(leaves)[:count]), *parts)


@vectorised_jit
def _found(
    asked: tuple[Asked, ...], drawn: Asked | None, block: Block, points: Float[Array, "point poi"]
) -> tuple[Table, ...]:
    def table(one: Asked, likelihood: Likelihood) -> Table:
        found = one.statistic.reference(one.case, likelihood)
        found = found._replace(ok=found.ok & likelihood.ok)
        return Table(jax.vmap(likelihood)(points), found)

    def one(own: Block) -> tuple[Table, ...]:
        way = asked[0].case.way(own.prepared) if asked else None
        found = [table(each, each.case.likelihood(own.prepared, way)) for each in asked]
        if drawn is not None:
            question = drawn.case.question
            found.append(table(drawn, along(question, own.prepared, own.path)))
        return tuple(found)

    return jax.lax.map(one, block, batch_size=_SIDE)


def values_of(
    asked: Asked, table: Table, points: Float[np.ndarray, "point poi"]
) -> Float[np.ndarray, "toy point"]:
    """A statistic of each data set at each hypothesis; infinite where its reference is not sound.

    What cannot be judged speaks against every hypothesis: so critical values are never too small.
    """
    return np.asarray(_values(asked, table, jnp.asarray(points)))


@eqx.filter_jit
def _values(
    asked: Asked, table: Table, points: Float[Array, "point poi"]
) -> Float[Array, "toy point"]:
    case, statistic = asked
    at = jax.vmap(lambda one: case.interest.inside(case.model, one))(points)

    def one(own: Table) -> Float[Array, " point"]:
        value = jax.vmap(lambda at, log: statistic.value(case, own.reference, at, log))(
            at, own.log_likelihood
        )
        return jnp.where(own.reference.ok & ~jnp.isnan(value), value, jnp.inf)

    return jax.vmap(one)(table)
