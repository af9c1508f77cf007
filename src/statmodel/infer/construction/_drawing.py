"""Toys of a construction: where they are drawn, and their hypotheses."""

from collections.abc import Iterator
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from statmodel.infer.statistics import Case
from statmodel.infer.statistics._lattice import nearest
from statmodel.infer.statistics._way import Nuisance, Pois
from statmodel.model import Model, Prepared, Sampler

from ._tables import Block
from ._truths import Truths, conditional

_PLASTIC = (0.6180339887498949, 0.7548776662466927, 0.8191725133961645)
"""One over the largest root of x^(n + 1) = x + 1, in n dimensions: steps of these cover evenly."""
_NO_TOY = (1 << 32) - 1
"""A number that no toy has: its key is of what all have in common."""


def key_of(key: Array, what: int) -> Array:
    """A key that no toy has: 0 for the origin of even points, others for what the caller says."""
    return jax.random.fold_in(key, _NO_TOY - what)


def spread(
    key: Array, toys: int, low: Float[np.ndarray, " poi"], high: Float[np.ndarray, " poi"]
) -> Float[np.ndarray, "toy poi"]:
    """Even over a box, whatever the number of toys: further ones fall between."""
    size = low.size
    first = np.asarray(jax.random.uniform(key_of(key, 0), (size,)))
    steps = _PLASTIC[size - 1] ** np.arange(1, size + 1)
    return low + (high - low) * np.mod(first + steps * np.arange(toys)[:, None], 1.0)


def span_of(model: Model, poi: str, span: tuple[float, float] | None) -> tuple[float, float]:
    """What toys cover.

    Raises:
        ValueError: there is no such parameter, or neither bounds nor a span inside them.
    """
    if poi not in model.space.names:
        msg = f'there is no parameter "{poi}"'
        raise ValueError(msg)
    low, high = model.space.bounds[model.space.names.index(poi)]
    if span is not None:
        first, last = span
        if not low <= first < last <= high:
            msg = f"`span` must lie inside the bounds of {poi}, [{low:g}, {high:g}], got {span}"
            raise ValueError(msg)
        return float(first), float(last)
    if not np.isfinite([low, high]).all():
        msg = f"{poi} has no finite bounds: say by `span=` what toys are to cover"
        raise ValueError(msg)
    return float(low), float(high)


class Drawing(NamedTuple):
    """Toys that are to be drawn, and their hypotheses."""

    sampler: Sampler
    key: Array
    where: Truths | None
    points: Float[np.ndarray, "toy point poi"]
    """Hypotheses of each, in the user's units."""

    def blocks(self, first: int = 0, last: int | None = None) -> Iterator[Block]:
        """Those that have these toys; what follows in the last one fills it up.

        Args:
            first: a multiple of what is drawn at once.
            last: the toy behind the last; the one behind all unless given.
        """
        size, count = self.sampler.block, len(self.points)
        assert first % size == 0  # noqa: S101 (so that toys are of whole blocks)
        for index in range(first // size, -(-(count if last is None else last) // size)):
            numbers = slice(index * size, (index + 1) * size)
            path = None if self.where is None else self.where.of(numbers)
            own = np.minimum(np.arange(numbers.start, numbers.stop), count - 1)
            yield Block(self.sampler.draw(self.key, index).data, path, self.points[own])


def drawing(  # noqa: PLR0913, PLR0917 (what toys are drawn from)
    case: Case,
    mu: Float[np.ndarray, "toy poi"],
    points: Float[np.ndarray, "toy point poi"],
    where: Truths | None,
    data: Prepared | None,
    key: Array,
) -> Drawing:
    """Toys at these values of the parameters of interest, nuisance parameters where they are.

    Args:
        case: of which model.
        mu: of each toy, in the user's units.
        points: hypotheses of each.
        where: nuisance parameters.
        data: whose auxiliary observations are held, and whose size is met.
        key: toy i depends on `fold_in(key, i)` only.
    """
    model, interest = case.model, case.interest
    space = model.space
    values = np.tile(np.asarray(space.to_values(interest.others)), (len(mu), 1))
    values[:, interest.places] = mu
    if where is not None:
        values[:, interest.nuisances] = _at(case, mu, where)
    named = dict(zip(space.names, jnp.asarray(values.T), strict=True))
    held = where is not None and where.held
    sampler = model.sampler(named, auxiliary="held" if held else "redrawn", like=data)
    sampler.check(key, len(mu), 0)
    return Drawing(sampler, key, where, points)


def _at(
    case: Case, mu: Float[np.ndarray, "toy poi"], where: Truths
) -> Float[np.ndarray, "toy nuisance"]:
    """Nuisance parameters of each toy, in the user's units."""
    chosen = np.where(where.drawn[None, :], where.own, conditional(case, where.path, mu))
    return np.asarray(_outside(case, jnp.asarray(mu), jnp.asarray(chosen)))


@eqx.filter_jit
def _outside(
    case: Case, mu: Float[Array, "toy poi"], chosen: Float[Array, "toy nuisance"]
) -> Float[Array, "toy nuisance"]:
    interest, model = case.interest, case.model
    low, high = case.question.box()

    def outside(one: Pois, nuisance: Nuisance) -> Nuisance:
        whole = jnp.concatenate([interest.inside(model, one), nearest(nuisance, low, high)])
        return model.space.to_values(interest.free(whole))[np.array(interest.nuisances)]

    return jax.vmap(outside)(mu, chosen)
