"""Confidence sets of many data sets: their ends are on straight lines between hypotheses."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from statmodel.model import Model, Prepared

from ._curve import CriticalCurve
from ._values import check, values_at


class Sets(NamedTuple):
    """Confidence sets of many data sets, at one level."""

    length: Float[np.ndarray, " toy"]
    lower: Float[np.ndarray, " toy"]
    """First end; NaN where the set is empty."""
    upper: Float[np.ndarray, " toy"]
    pieces: Float[np.ndarray, " toy"]
    ok: Bool[np.ndarray, " toy"]


def confidence_sets(
    model: Model, toys: Prepared, curve: CriticalCurve, levels: Sequence[float]
) -> tuple[Sets, ...]:
    """The sets of many data sets; ends are on straight lines between twice the hypotheses.

    Args:
        model: that of the curve.
        toys: along a leading axis.
        curve: critical values.
        levels: of each result.

    Raises:
        ValueError: as :func:`confidence_interval`.
    """
    check(model, curve, levels)
    mu, (found,) = values_at(model, [curve], toys)
    return tuple(sets_of(curve.excess(found, mu, level), mu, found.ok) for level in levels)


def sets_of(
    excess: Float[np.ndarray, "toy place"],
    mu: Float[np.ndarray, " place"],
    ok: Bool[np.ndarray, " toy"],
) -> Sets:
    """Sets of the hypotheses with no excess over the critical value, on straight lines between."""
    left, right = excess[:, :-1], excess[:, 1:]
    inside, beyond = left <= 0, right <= 0
    with np.errstate(invalid="ignore", divide="ignore"):
        crossing = (inside != beyond) & np.isfinite(left - right)
        share = np.where(crossing, left / (left - right), 0.5)
    width = np.diff(mu)
    covered = np.where(
        inside & beyond, 1.0, np.where(inside, share, np.where(beyond, 1.0 - share, 0.0))
    )
    cut = mu[:-1] + width * share
    begins = np.where(inside, mu[:-1], np.where(beyond, cut, np.inf)).min(axis=1)
    finishes = np.where(beyond, mu[1:], np.where(inside, cut, -np.inf)).max(axis=1)
    starts = (~inside & beyond).sum(axis=1) + inside[:, 0]
    empty = starts == 0
    return Sets(
        length=(covered * width).sum(axis=1),
        lower=np.where(empty, np.nan, begins),
        upper=np.where(empty, np.nan, finishes),
        pieces=starts.astype(float),
        ok=ok,
    )
