"""Many data sets under many hypotheses: log likelihoods, and the references of several statistics.

The log likelihood at a hypothesis is the same for every statistic, so it is found once. Data sets
are taken some at a time on each core; what one finds depends on its own data only.
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
from statmodel.infer.statistics import AbstractStatistic, Case, Reference
from statmodel.model import Prepared

_SIDE = 32
"""Data sets side by side: a kernel's call costs as much as a few small data sets."""


class Tables(NamedTuple):
    """A leading axis for data sets."""

    log_likelihood: Float[Array, "toy point"]
    references: tuple[Reference, ...]
    """One a statistic."""


def tables(
    cases: Sequence[Case],
    statistics: Sequence[AbstractStatistic],
    blocks: Iterable[Prepared],
    points: Float[np.ndarray, "point poi"],
    count: int,
) -> Tables:
    """What is known of data sets, in order.

    Args:
        cases: of each statistic.
        statistics: what is found.
        blocks: data sets along a leading axis, of one length.
        points: hypotheses, in the user's units.
        count: data sets; what follows in the last block fills it up.
    """
    case = cases[0]
    at = jax.vmap(lambda one: case.interest.inside(case.model, one))(jnp.asarray(points))

    def found(block: Prepared) -> Tables:
        return jax.tree.map(np.asarray, _found(tuple(cases), tuple(statistics), block, at))

    every = iter(blocks)
    parts = [found(next(every))]  # may compile
    with ThreadPoolExecutor(cores()) as pool:
        parts.extend(pool.map(found, every))
    return jax.tree.map(lambda *leaves: jnp.asarray(np.concatenate(leaves)[:count]), *parts)


@vectorised_jit
def _found(
    cases: tuple[Case, ...],
    statistics: tuple[AbstractStatistic, ...],
    block: Prepared,
    points: Float[Array, "point poi"],
) -> Tables:
    def one(prepared: Prepared) -> Tables:
        logs = jax.vmap(lambda at: cases[0].log_likelihood(prepared, at))(points)
        references = [
            statistic.reference(case, prepared)
            for statistic, case in zip(statistics, cases, strict=True)
        ]
        return Tables(logs, tuple(references))

    return jax.lax.map(one, block, batch_size=_SIDE)


def values_of(
    case: Case,
    statistic: AbstractStatistic,
    reference: Reference,
    log_likelihood: Float[Array, "toy point"],
    points: Float[np.ndarray, "point poi"],
) -> Float[np.ndarray, "toy point"]:
    """A statistic of each data set at each hypothesis; infinite where its reference is not sound.

    What cannot be judged speaks against every hypothesis: so critical values are never too small.
    """
    return np.asarray(_values(case, statistic, reference, log_likelihood, jnp.asarray(points)))


@eqx.filter_jit
def _values(
    case: Case,
    statistic: AbstractStatistic,
    reference: Reference,
    log_likelihood: Float[Array, "toy point"],
    points: Float[Array, "point poi"],
) -> Float[Array, "toy point"]:
    at = jax.vmap(lambda one: case.interest.inside(case.model, one))(points)

    def one(reference: Reference, logs: Float[Array, " point"]) -> Float[Array, " point"]:
        value = jax.vmap(lambda at, log: statistic.value(case, reference, at, log))(at, logs)
        return jnp.where(reference.ok & ~jnp.isnan(value), value, jnp.inf)

    return jax.vmap(one)(reference, log_likelihood)
