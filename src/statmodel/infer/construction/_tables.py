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

from statmodel._compiling import vectorised_jit
from statmodel.infer._batch import cores
from statmodel.infer.statistics import (
    LRS,
    AbstractStatistic,
    Case,
    Likelihood,
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
    asked: Sequence[Asked], blocks: Iterable[Block], count: int, drawn: Asked | None = None
) -> tuple[Values, ...]:
    """One of each statistic, data sets in order.

    Args:
        asked: what is found.
        blocks: data sets, as many in each.
        count: data sets; what follows in the last block fills it up.
        drawn: a further one, of likelihoods with nuisance parameters where they were.
    """
    if not asked:
        msg = "no statistic is given"
        raise ValueError(msg)

    def found(block: Block) -> tuple[Values, ...]:
        traced = _found(tuple(asked), drawn, block)
        return tuple(Values(*jax.tree.map(np.asarray, one)) for one in traced)

    every = iter(blocks)
    parts = [found(next(every))]  # may compile
    with ThreadPoolExecutor(cores()) as pool:
        parts.extend(pool.map(found, every))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[:count], *parts)


def _likelihoods(asked: tuple[Asked, ...], own: Block) -> list[Likelihood]:
    """One of each statistic, of one data set."""
    case, prepared = asked[0].case, own.prepared
    profiled = all(
        isinstance(each.statistic, LRS) and each.case.nuisances == "profile" for each in asked
    )
    if profiled and case.interest.nuisances and own.points.shape[0] <= _FEW:
        return [fitted(case.question, prepared)] * len(asked)
    way = case.way(prepared)
    return [each.case.likelihood(prepared, way) for each in asked]


@vectorised_jit
def _found(asked: tuple[Asked, ...], drawn: Asked | None, block: Block) -> tuple[_Traced, ...]:
    first = asked[0].case

    def table(of: Asked, likelihood: Likelihood, places: Float[Array, "point poi"]) -> _Traced:
        reference = of.statistic.reference(of.case, likelihood)

        def value(at: Float[Array, " poi"]) -> Float[Array, ""]:
            return of.statistic.value(of.case, reference, at, likelihood(at))

        values = jax.vmap(value)(places)
        sound = reference.ok & likelihood.ok & jnp.isfinite(reference.log)
        undefined = jnp.isnan(values)
        values = jnp.where(sound & ~undefined, values, jnp.inf)
        judged = sound & ~undefined.any()
        if not of.nuisances:
            return values, judged, None
        return values, judged, jax.vmap(likelihood.whole)(places)[:, first.interest.size :]

    def one(own: Block) -> tuple[_Traced, ...]:
        inside = first.interest.inside
        places = jax.vmap(lambda user: inside(first.model, user))(own.points)
        likelihoods = _likelihoods(asked, own)
        found = [table(*pair, places) for pair in zip(asked, likelihoods, strict=True)]
        if drawn is not None:
            along_path = along(drawn.case.question, own.prepared, own.path)
            found.append(table(drawn, along_path, places))
        return tuple(found)

    side = _SIDE if len(first.interest.nuisances) < _LONG else 1
    return jax.lax.map(one, block, batch_size=side)
