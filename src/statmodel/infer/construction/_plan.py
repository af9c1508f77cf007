"""Toys of a construction, in rounds that anybody may make a part of."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, final

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from statmodel._errors import DataError
from statmodel.infer.statistics import Case
from statmodel.model import Prepared

from ._drawing import Drawing, drawing, key_of, spread
from ._regression import from_angle
from ._tables import Asked, Values, tables, weighed_tables
from ._truths import Ensemble, Truths, truths

RoundKind: TypeAlias = Literal["mixture", "own", "even", "truth"]
"""Toys of all hypotheses, looked at under each of them; as many of each of some; from everywhere,
densely at both ends, these two looked at where they were drawn; or of one true value, looked at
under all hypotheses."""


class Plan(NamedTuple):
    """What a construction is of."""

    asked: tuple[Asked, ...]
    points: Float[np.ndarray, "point poi"]
    """Hypotheses, in the user's units."""
    ends: tuple[Float[np.ndarray, " poi"], Float[np.ndarray, " poi"]]
    """Of what toys cover."""
    data: Prepared | None
    ensemble: Ensemble
    key: Array

    @property
    def case(self) -> Case:
        """Of the first statistic; what toys are drawn from is the same for all."""
        return self.asked[0].case

    @property
    def on_nuisances(self) -> bool:
        """Whether critical values are functions of nuisance parameters."""
        return self.ensemble == "regression" and bool(self.case.interest.nuisances)

    def truths(self, mu: Float[np.ndarray, "toy poi"], what: int = 1) -> Truths | None:
        """Nuisance parameters of toys."""
        return truths(self.case, self.data, self.ensemble, key_of(self.key, what), mu)


class Round(NamedTuple):
    """Which toys are drawn, in plain words."""

    kind: RoundKind
    toys: int
    places: tuple[int, ...] = ()
    """Numbers of the hypotheses whose own toys these are, or of the true value."""


class Sheets(NamedTuple):
    """What is known of toys: a table of each statistic."""

    tables: tuple[Values, ...]
    heights: Float[np.ndarray, "toy point"] | None
    """Log likelihoods with nuisance parameters where they were drawn, of a mixture."""

    def to_bytes(self) -> bytes:
        """As a file: an archive of arrays."""
        arrays = {} if self.heights is None else {"heights": self.heights}
        for number, table in enumerate(self.tables):
            some = {f"values.{number}": table.values, f"ok.{number}": table.ok}
            arrays |= (
                some
                if table.nuisances is None
                else {**some, f"nuisances.{number}": table.nuisances}
            )
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Sheets":
        """Read a file.

        Raises:
            DataError: it is damaged.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                arrays = dict(file)
            count = sum(name.startswith("values.") for name in arrays)
            found = tuple(
                Values(arrays[f"values.{k}"], arrays[f"ok.{k}"], arrays.get(f"nuisances.{k}"))
                for k in range(count)
            )
        except Exception as error:  # noqa: BLE001 (zipfile and NumPy have a dozen)
            msg = f"no tables of toys: {type(error).__name__}"
            raise DataError(msg) from error
        return cls(found, arrays.get("heights"))

    def first(self, toys: int) -> "Sheets":
        """Of so many toys."""
        return jax.tree.map(lambda leaf: leaf[:toys], self)


def stitched(parts: Sequence[Sheets]) -> Sheets:
    """One behind the other."""
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


@final
@dataclass(frozen=True, eq=False)
class Stage:
    """Toys of a round, to be drawn and judged.

    Attributes:
        round: which toys.
        asked: statistics.
        mu: where each is drawn.
        where: nuisance parameters of each.
        drawing: draws them.
    """

    round: Round
    asked: tuple[Asked, ...]
    mu: Float[np.ndarray, "toy poi"]
    where: Truths | None
    drawing: Drawing

    @property
    def words(self) -> str:
        """Where nuisance parameters are; empty without any."""
        return "" if self.where is None else self.where.words

    @property
    def block(self) -> int:
        """How many toys are drawn at once."""
        return self.drawing.sampler.block

    def sheets(self, first: int = 0, last: int | None = None, threads: int | None = None) -> Sheets:
        """Draw and judge some of them.

        Args:
            first: a multiple of `block`.
            last: the toy behind the last; the one behind all unless given.
            threads: the cores of this process unless given.
        """
        end = self.round.toys if last is None else min(last, self.round.toys)
        blocks = self.drawing.blocks(first, end)
        if self.round.kind == "mixture":
            return Sheets(*weighed_tables(self.asked, blocks, end - first, threads))
        return Sheets(tables(self.asked, blocks, end - first, threads), None)


def mixed(plan: Plan, toys: int) -> Int[np.ndarray, " toy"]:
    """Numbers of the hypotheses of toys of a mixture.

    There are more of those at the ends of the grid, whose neighbours are on one side only.
    """
    sizes = np.array([np.unique(column).size for column in plan.points.T])
    assert sizes.prod() == len(plan.points)  # noqa: S101 (a grid, the last parameter in order first)
    places = np.minimum((_everywhere(plan, toys) * sizes).astype(int), sizes - 1)
    return np.asarray(np.ravel_multi_index(tuple(places.T), tuple(sizes)))


def _everywhere(plan: Plan, toys: int) -> Float[np.ndarray, "toy poi"]:
    """Shares of a span, dense at both ends."""
    none = np.zeros(plan.points.shape[1])
    return from_angle(spread(plan.key, toys, none, none + 1.0))


def stage(plan: Plan, which: Round) -> Stage:
    """What the toys of a round are."""
    case, points, key = plan.case, plan.points, plan.key
    if which.kind == "mixture":
        mu = points[mixed(plan, which.toys)]
        where = plan.truths(mu)
        looked = np.broadcast_to(points[None], (which.toys, *points.shape))
    elif which.kind == "own":
        each = which.toys // len(which.places)
        mu = np.repeat(points[np.array(which.places)], each, axis=0)
        key, where = key_of(key, 2), plan.truths(mu, 3)
        looked = mu[:, None, :]
    else:
        low, high = plan.ends
        mu = low + (high - low) * _everywhere(plan, which.toys)
        where = plan.truths(mu)
        looked = mu[:, None, :]
    drawn = drawing(case, mu, looked, where, plan.data, key)
    return Stage(which, plan.asked, mu, where, drawn)
