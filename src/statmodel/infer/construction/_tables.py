"""Many data sets under many hypotheses: the values of several statistics.

Conditional estimates of nuisance parameters are the same for every statistic, so they are found
once. Data sets are taken some at a time on each core; what one finds depends on its own data only.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel._compiling import in_batches, vectorised_jit
from statmodel.infer._batch import cores
from statmodel.infer.statistics import (
    LRS,
    AbstractStatistic,
    Case,
    Likelihood,
    Nuisances,
    Path,
    along,
    fitted,
)
from statmodel.model import Prepared

_SIDE = 32
"""Data sets side by side: a kernel's call costs as much as a few small data sets."""
_FEW = 3
"""Hypotheses of a data set, for which no function of the parameters of interest is worth while."""
_LONG = 8
"""Nuisance parameters, from which on a data set is work enough: those side by side wait for the
slowest of them."""


class Block(NamedTuple):
    """Data sets along a leading axis."""

    prepared: Prepared
    path: Path | None
    """Of each, where nuisance parameters were when it was drawn; None if that is not asked for."""
    points: Float[np.ndarray, "toy point poi"]
    """Hypotheses of each, in the user's units."""


class Values(NamedTuple):
    """A statistic of many data sets at hypotheses."""

    values: Float[np.ndarray, "toy point"]
    """Infinite where the reference is not sound: what cannot be judged speaks against every
    hypothesis, so that critical values are never too small."""
    ok: Bool[np.ndarray, " toy"]
    """Which data sets can be judged."""
    nuisances: Float[np.ndarray, "toy point nuisance"] | None
    """Conditional estimates, in internal coordinates, where they were asked for."""


_Traced: TypeAlias = tuple[Array, Array, Array | None]
"""The same, while it is computed."""


@final
class Asked(eqx.Module):
    """A statistic, and what it is of."""

    case: Case
    statistic: AbstractStatistic
    nuisances: bool = eqx.field(static=True, default=False)
    """Whether conditional estimates are wanted too."""


def tables(
    asked: Sequence[Asked], blocks: Iterable[Block], count: int, threads: int | None = None
) -> tuple[Values, ...]:
    """One of each statistic, data sets in order.

    Args:
        asked: what is found.
        blocks: data sets, as many in each.
        count: data sets; what follows in the last block fills it up.
        threads: the cores of this process unless given.
    """
    return _tables(asked, blocks, count, threads, drawn=False)[0]


def weighed_tables(
    asked: Sequence[Asked], blocks: Iterable[Block], count: int, threads: int | None = None
) -> tuple[tuple[Values, ...], Float[np.ndarray, "toy point"]]:
    """The same, and log likelihoods with nuisance parameters where they were drawn.

    Args:
        asked: what is found.
        blocks: data sets, as many in each.
        count: data sets; what follows in the last block fills it up.
        threads: the cores of this process unless given.
    """
    found, heights = _tables(asked, blocks, count, threads, drawn=True)
    assert heights is not None  # noqa: S101 (asked for)
    return found, heights


def _tables(
    asked: Sequence[Asked],
    blocks: Iterable[Block],
    count: int,
    threads: int | None,
    *,
    drawn: bool,
) -> tuple[tuple[Values, ...], Float[np.ndarray, "toy point"] | None]:
    if not asked:
        msg = "no statistic is given"
        raise ValueError(msg)

    def found(block: Block) -> tuple[tuple[Values, ...], np.ndarray | None]:
        traced, heights = jax.tree.map(np.asarray, _found(tuple(asked), block, drawn=drawn))
        return tuple(Values(*one) for one in traced), heights

    every = iter(blocks)
    parts = [found(next(every))]  # may compile
    with ThreadPoolExecutor(threads or cores()) as pool:
        parts.extend(pool.map(found, every))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[:count], *parts)


def _likelihoods(asked: tuple[Asked, ...], own: Block) -> dict[Nuisances, Likelihood]:
    """Of one data set, by what becomes of nuisance parameters."""
    case, prepared = asked[0].case, own.prepared
    profiled = all(
        isinstance(each.statistic, LRS) and each.case.nuisances == "profile" for each in asked
    )
    if profiled and case.interest.nuisances and own.points.shape[0] <= _FEW:
        return {"profile": fitted(case.question, prepared)}
    way = case.way(prepared)
    cases: dict[Nuisances, Case] = {each.case.nuisances: each.case for each in asked}
    return {name: of.likelihood(prepared, way) for name, of in cases.items()}


@vectorised_jit
def _found(
    asked: tuple[Asked, ...], block: Block, *, drawn: bool
) -> tuple[tuple[_Traced, ...], Float[Array, "toy point"] | None]:
    first = asked[0].case

    def table(
        of: Asked,
        likelihood: Likelihood,
        heights: Float[Array, " point"],
        places: Float[Array, "point poi"],
    ) -> _Traced:
        reference = of.statistic.reference(of.case, likelihood)

        def value(at: Float[Array, " poi"], height: Float[Array, ""]) -> Float[Array, ""]:
            return of.statistic.value(of.case, reference, at, height)

        values = jax.vmap(value)(places, heights)
        sound = reference.ok & likelihood.ok & jnp.isfinite(reference.log)
        undefined = jnp.isnan(values)
        values = jnp.where(sound & ~undefined, values, jnp.inf)
        judged = sound & ~undefined.any()
        if not of.nuisances:
            return values, judged, None
        return values, judged, jax.vmap(likelihood.whole)(places)[:, first.interest.size :]

    def one(own: Block) -> tuple[tuple[_Traced, ...], Float[Array, " point"] | None]:
        inside = first.interest.inside
        places = jax.vmap(lambda user: inside(first.model, user))(own.points)
        likelihoods = _likelihoods(asked, own)
        heights = {name: jax.vmap(some)(places) for name, some in likelihoods.items()}
        found = tuple(
            table(each, likelihoods[name], heights[name], places)
            for each in asked
            for name in (each.case.nuisances,)
        )
        if not drawn:
            return found, None
        if own.path is None:
            return found, heights[first.nuisances]
        return found, jax.vmap(along(first.question, own.prepared, own.path))(places)

    side = _SIDE if len(first.interest.nuisances) < _LONG else 1
    return in_batches(one, block, side)
