"""Confidence belts: sets of toys, against what the toys measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from statmodel.infer._fit import fit
from statmodel.infer.minimisers._status import Status
from statmodel.model import Model

from ._curve import LEVELS, CriticalCurve
from ._sets import sets_of
from ._values import Values, alike, values_at

_OWN = (1 << 32) - 3
"""A number that no toy of critical values has, nor of a coverage."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Belt:
    """Confidence sets of toys from the whole span, and their best fits.

    Attributes:
        poi: the parameter.
        statistic: that was inverted.
        levels: nominal coverage.
        span: of hypotheses; sets end there.
        best: the best fit of each toy.
        lower: first ends; NaN where a set is empty.
        upper: last ends.
        pieces: intervals of each set.
        failed: toys that are not here, as they could not be fitted or judged.
        message: in words.
    """

    poi: str
    statistic: str
    levels: tuple[float, ...]
    span: tuple[float, float]
    best: Float[np.ndarray, " toy"]
    lower: Float[np.ndarray, "level toy"]
    upper: Float[np.ndarray, "level toy"]
    pieces: Float[np.ndarray, "level toy"]
    failed: int
    message: str

    @property
    def ok(self) -> bool:
        """Whether there is any toy."""
        return self.best.size > 0


def belts(
    model: Model,
    curves: Sequence[CriticalCurve],
    *,
    key: Array,
    toys: int = 2000,
    levels: Sequence[float] = LEVELS,
    truth: Mapping[str, float] | None = None,
) -> tuple[Belt, ...]:
    r"""Confidence belts of several statistics, from the same toys.

    A belt is what a hypothesis accepts, for each hypothesis, drawn against an observable. Where
    data are more than one number the test looks at all of them, and no one observable decides: the
    best fit :math:`\hat\mu` is taken, and sets of toys with nearly the same :math:`\hat\mu` differ
    a little. What is between the ends of such sets is the belt, and how much the ends scatter is
    what the test knows beside :math:`\hat\mu`.

    Args:
        model: that of the curves.
        curves: of one parameter.
        key: a typed key; toys are other ones than those of the curves, also with the same key.
        toys: how many, even over the hypotheses of the first curve.
        levels: confidence levels.
        truth: nuisance parameters of the toys that are not at their start.

    Raises:
        ValueError: a curve is of another model, there is none, or a level is none.
    """
    if len({(one.poi, tuple(sorted(one.fixed.items()))) for one in curves}) != 1:
        msg = "belts: curves of one parameter are compared, with the same parameters held"
        raise ValueError(msg)
    first = curves[0]
    mu = np.linspace(first.mu[0], first.mu[-1], toys)
    point = model.space.point({**first.fixed, **(truth or {})})
    many = {name: jnp.full(toys, value) for name, value in point.items()}
    drawn = model.sample(
        {**many, first.poi: jnp.asarray(mu)}, key=jax.random.fold_in(key, _OWN), n=toys
    )
    found = fit(model, drawn, fixed=first.fixed, covariance=False)
    best = np.asarray(found.values)[:, model.space.index(first.poi)]
    fitted = np.asarray(found.status) == Status.CONVERGED
    made: dict[int, Belt] = {}
    for some in alike(model, curves, levels):
        grid, values = values_at(model, some, drawn)
        for curve, each in zip(some, values, strict=True):
            made[id(curve)] = _belt(curve, grid, each, best, fitted, tuple(levels))
    return tuple(made[id(curve)] for curve in curves)


def _belt(  # noqa: PLR0913, PLR0917 (what a belt is made of)
    curve: CriticalCurve,
    grid: Float[np.ndarray, " place"],
    found: Values,
    best: Float[np.ndarray, " toy"],
    fitted: Bool[np.ndarray, " toy"],
    levels: tuple[float, ...],
) -> Belt:
    sets = [
        sets_of(found.values - curve.at(grid, level)[None, :], grid, found.ok) for level in levels
    ]
    good = fitted & np.asarray(found.ok)
    failed = int((~good).sum())
    return Belt(
        poi=curve.poi,
        statistic=curve.said,
        levels=levels,
        span=(float(grid[0]), float(grid[-1])),
        best=best[good],
        lower=np.stack([one.lower[good] for one in sets]),
        upper=np.stack([one.upper[good] for one in sets]),
        pieces=np.stack([one.pieces[good] for one in sets]),
        failed=failed,
        message=f"{good.sum()} toys" + (f", {failed} others could not be fitted" if failed else ""),
    )
