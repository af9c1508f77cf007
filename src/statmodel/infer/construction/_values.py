"""Test statistics of data sets at the hypotheses of critical curves, several curves together."""

from collections.abc import Mapping, Sequence

import jax
import numpy as np
from jaxtyping import Float

from statmodel.infer._bound import size_of
from statmodel.infer.statistics import AbstractStatistic, Case
from statmodel.model import Model, Prepared

from ._curve import CriticalCurve
from ._tables import Asked, Block, Values, tables

_FINER = 2
"""Hypotheses looked at for each of the grid."""
_CHUNK = 1024


def values_at(
    model: Model, curves: Sequence[CriticalCurve], toys: Prepared
) -> tuple[Float[np.ndarray, " place"], tuple[Values, ...]]:
    """Hypotheses two to one of the grid, and the statistics of data sets there.

    Args:
        model: that of the curves.
        curves: critical values, see :func:`alike`.
        toys: along a leading axis.

    Raises:
        ValueError: `toys` have no leading axis.
    """
    mu = fine(curves[0])
    return mu, found_at(asked_of(model, curves), toys, mu)


def alike(
    model: Model, curves: Sequence[CriticalCurve], levels: Sequence[float]
) -> list[list[CriticalCurve]]:
    """Curves in groups of the same hypotheses, with the same parameters held.

    Raises:
        ValueError: a curve is of another model, there is none, or a level is none.
    """
    if not curves:
        msg = "at least one curve of critical values is wanted"
        raise ValueError(msg)
    found: dict[object, list[CriticalCurve]] = {}
    for curve in curves:
        check(model, curve, levels)
        which = (curve.poi, tuple(curve.mu.tolist()), tuple(sorted(curve.fixed.items())))
        found.setdefault(which, []).append(curve)
    return list(found.values())


def fine(curve: CriticalCurve) -> Float[np.ndarray, " place"]:
    """Hypotheses, two to one of the grid."""
    places = np.arange(_FINER * (curve.mu.size - 1) + 1) / _FINER
    return np.interp(places, np.arange(curve.mu.size), curve.mu)


def asked_of(model: Model, curves: Sequence[CriticalCurve]) -> list[Asked]:
    """The statistics of curves, as their toys were looked at."""
    first = curves[0]
    return asked(
        model,
        [curve.statistic for curve in curves],
        poi=first.poi,
        fixed=first.fixed,
        span=(float(first.mu[0]), float(first.mu[-1])),
        nuisances=any(one.on_nuisances for one in curves),
    )


def asked(  # noqa: PLR0913 (what a statistic is of)
    model: Model,
    statistics: Sequence[AbstractStatistic],
    *,
    poi: str,
    fixed: Mapping[str, float],
    span: tuple[float, float],
    nuisances: bool,
) -> list[Asked]:
    """Statistics, and what they are of.

    Args:
        model: the compiled likelihood.
        statistics: which.
        poi: the parameter of interest.
        fixed: parameters that are held.
        span: of hypotheses.
        nuisances: whether conditional estimates are wanted too.
    """
    return [
        Asked(Case.of(model, one, pois=poi, fixed=fixed, span=span), one, nuisances)
        for one in statistics
    ]


def found_at(
    wanted: Sequence[Asked], toys: Prepared, mu: Float[np.ndarray, " place"]
) -> tuple[Values, ...]:
    """Statistics of data sets at given hypotheses.

    Args:
        wanted: which.
        toys: data sets along a leading axis.
        mu: hypotheses.

    Raises:
        ValueError: `toys` have no leading axis.
    """
    count = size_of(toys)
    if count is None:
        msg = "several data sets are wanted, bound along a leading axis"
        raise ValueError(msg)
    chunk = min(_CHUNK, count)
    points = np.tile(mu[None, :, None], (chunk, 1, 1))

    def block(first: int) -> Block:
        places = np.minimum(first + np.arange(chunk), count - 1)  # of one length: compiled once
        return Block(jax.tree.map(lambda leaf: np.asarray(leaf)[places], toys), None, points)

    return tables(wanted, map(block, range(0, count, chunk)), count)


def check(model: Model, curve: CriticalCurve, levels: Sequence[float]) -> None:
    """Refuse a curve of another model, and levels that are none.

    Raises:
        ValueError: with what is wrong.
    """
    if curve.provenance.spec != model.measurement.digest:
        msg = "the curve is of another model"
        raise ValueError(msg)
    wrong = [level for level in levels if not 0 < level < 1]
    if wrong:
        msg = f"a level is a probability between 0 and 1, got {wrong[0]}"
        raise ValueError(msg)
