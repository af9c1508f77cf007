r"""Many fits by one program, one after the other on each core.

A processor is fastest where one fit has its caches for itself (``lax.map``, not ``vmap``), so the
fits are taken in chunks, and each core takes a chunk at a time. They differ in their data, in where
they start or in what is held; each depends on its own only: chunks and cores change no digit. Fits
of models of binned channels begin some side by side, with what is expected at one point: there each
coefficient that is read serves all of them. What a program leaves in doubt is fitted again by
itself, as :func:`statmodel.fit` fits a single data set, so that one bad toy never spoils the
rest.
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel._compiling import vectorised_jit
from statmodel._kept import kept
from statmodel.model import FreeVector, Model, Prepared
from statmodel.model.channels import RatioChannel

from ._bound import size_of
from ._programs import (
    FITTED,
    Fitted,
    by_lockstep,
    by_scoring,
    fit_arrays,
    in_user_units,
    judged,
)
from .minimisers._box import Box
from .minimisers._extent import Extent, extent_of, outside
from .minimisers._lockstep import Solved
from .minimisers._minimise import Minimum, minimise
from .minimisers._objective import (
    begun_near,
    begun_together,
    nll_derivatives,
    searched,
    solved_together,
    typical,
)
from .minimisers._status import Status
from .minimisers._trust_region import Matrix
from .minimisers._walk import Bounds, Walked

End = TypeVar("End")
Given = TypeVar("Given")

CHUNK = 64
"""Most fits in one call of the program; fewer are filled up with fits that are not made."""
SIDE = 8
"""Fits that begin side by side; of more, a core's own cache holds less."""
_ROWS = 1 << 14
"""About how many events fits side by side have together, where there are any."""
_ROWS_OF_CHUNK = 1 << 17
"""About how many events the fits of a chunk have together."""


class Work(NamedTuple):
    """What is fitted: things that all fits have in common, or with a leading axis one for each."""

    prepared: Prepared
    start: Float[Array, "*fit parameter"]
    """Internal vectors."""
    fixed: Bool[Array, "*fit parameter"]
    """Parameters that stay there."""
    typical: FreeVector
    """A point that stands for all starts."""

    @property
    def differing(self) -> tuple[bool, bool, bool, bool]:
        """What each fit has for itself."""
        many = size_of(self.prepared) is not None
        return many, self.start.ndim > 1, self.fixed.ndim > 1, False


Part: TypeAlias = Work
"""Some of it, with None for the rest."""
Begun: TypeAlias = Walked | Solved | None
"""What fits side by side leave to each of them."""


class _Chunk(NamedTuple):
    """What one call of a program is given beside the model."""

    nominal: Prepared
    """Data with the auxiliary observations of the document, for what knows no data."""
    own: Part
    common: Part
    wanted: Bool[Array, " fit"]
    bounds: tuple[FreeVector, FreeVector]
    max_steps: Int[Array, ""]


class Ended(NamedTuple):
    """Where a fit has ended, without second derivatives. Batched: a leading axis on each field."""

    at: FreeVector
    value: Float[Array, ""]
    edm: Float[Array, ""]
    """By the metric of the search."""
    steps: Int[Array, ""]
    status: Int[Array, ""]
    values: Float[Array, " parameter"]
    pulls: Float[Array, " parameter"]
    at_bound: Bool[Array, " parameter"]


Several: TypeAlias = tuple[Ended, Fitted | None]
"""Ends, and all that a fit finds if it was asked for: NumPy arrays with a leading axis."""


def fit_batch(
    model: Model, work: Work, max_steps: int, *, covariance: bool, alone: bool = False
) -> Several:
    """Make all fits.

    Args:
        model: the compiled likelihood.
        work: what is fitted.
        max_steps: most evaluations of each fit.
        covariance: whether second derivatives are wanted at each end.
        alone: whether to stay on one core, as the caller uses the others.

    Raises:
        ValueError: there is none.
    """
    own, common = eqx.partition(work, Work._make(work.differing))
    count, most_together = jax.tree.leaves(own)[0].shape[0], chunk_of(work)
    if not count:
        msg = "fit: there is no data set among those given."
        raise ValueError(msg)
    bounds, most = model.space.free_bounds(), jnp.asarray(max_steps, jnp.int64)
    # Cut and joined in NumPy: each number of fits would compile a dozen small programs otherwise.
    own = jax.tree.map(np.asarray, own)
    first = eqx.combine(jax.tree.map(lambda leaf: leaf[0], own), common).prepared
    nominal = Prepared(first.channels, model.auxiliary(), first.counts)

    def chunk(first: int) -> Several:
        size = min(most_together, count - first)
        places = np.minimum(first + np.arange(most_together), count - 1)
        some = jax.tree.map(lambda leaf: leaf[places], own)
        wanted = jnp.asarray(np.arange(most_together) < size)
        given = _Chunk(nominal, some, common, wanted, bounds, most)
        if covariance:
            full = _whole_fits(model, given)
            found = (_end_of(full), full)
        else:
            found = (_ends(model, given), None)
        return jax.tree.map(lambda leaf: np.asarray(leaf)[:size], found)

    def once_more(place: int) -> Several:
        one = eqx.combine(jax.tree.map(lambda leaf: jnp.asarray(leaf[place]), own), common)
        full = fit_arrays(model, one.prepared, one.start, Box(one.fixed, *bounds), max_steps)
        return _end_of(full), full if covariance else None

    firsts = range(0, count, most_together)
    found = _joined(list(map(chunk, firsts)) if alone else _in_parallel(chunk, firsts))
    open_ = np.flatnonzero(np.asarray(found[0].status) == Status.RUNNING)
    if not open_.size:
        return found
    found = jax.tree.map(np.array, found)
    for place in open_.tolist():
        jax.tree.map(partial(_put, place), found, once_more(place))
    return found


def _put(place: int, every: np.ndarray, one: Array) -> None:
    every[place] = one


def chunk_of(work: Work) -> int:
    """How many fits one call of the program makes: the fewer, the more events each has."""
    if size_of(work.prepared) is None:
        return CHUNK
    rows = sum(math.prod(channel.mask.shape[1:]) for channel in work.prepared.channels)
    return _power_of_two(_ROWS_OF_CHUNK // max(rows, 1))


def cores() -> int:
    """How many cores may work on fits: all that this process has, one where another device does."""
    if jax.default_backend() != "cpu":
        return 1
    able = hasattr(os, "sched_getaffinity")  # not everywhere
    return len(os.sched_getaffinity(0)) if able else os.cpu_count() or 1


def _in_parallel(chunk: Callable[[int], Several], firsts: range) -> list[Several]:
    """The first chunk alone, as it may compile; then one on each core at a time."""
    opened = [chunk(first) for first in firsts[:1]]
    if cores() == 1:
        return opened + [chunk(first) for first in firsts[1:]]
    with ThreadPoolExecutor(cores()) as pool:
        return opened + list(pool.map(chunk, firsts[1:]))


def _joined(several: list[Several]) -> Several:
    if len(several) == 1:
        return several[0]
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *several)


def _end_of(full: Fitted) -> Ended:
    one = full.minimum
    found = (full.values, full.pulls, full.at_bound)
    return Ended(one.at, one.value, one.edm, one.steps, one.status, *found)


_ENDED = Ended._make([0] * len(Ended._fields))


@vectorised_jit
@kept(returns=FITTED)
def _whole_fits(model: Model, chunk: _Chunk) -> Fitted:
    bounds, max_steps = chunk.bounds, chunk.max_steps

    def run(one: Work, begun: Begun) -> Fitted:
        box, extent = Box(one.fixed, *bounds), extent_of(model, one.prepared, one.start)
        match begun:
            case Walked():
                return by_scoring(model, one.prepared, begun, box, max_steps, extent)
            case Solved():
                return by_lockstep(model, one.prepared, begun, box, extent)
            case None if known is not None:
                led = begun_near(model, one.prepared, one.start, known, box, extent, max_steps)
                at = jnp.where(led.place.usable, led.place.at, one.start)
                full = judged(model, one.prepared, at, box, max_steps, one.start)
                steps = full.minimum.steps + led.points
                return full._replace(minimum=full.minimum._replace(steps=steps))
            case None:
                return judged(model, one.prepared, one.start, box, max_steps, one.start)

    known = _known(model, chunk)
    return _each(model, run, chunk, lambda end: end.minimum.status)


@vectorised_jit
@kept(returns=_ENDED)
def _ends(model: Model, chunk: _Chunk) -> Ended:
    bounds, max_steps = chunk.bounds, chunk.max_steps

    def run(one: Work, begun: Begun) -> Ended:
        box, extent = Box(one.fixed, *bounds), extent_of(model, one.prepared, one.start)
        match begun:
            case Walked():
                end = searched(model, one.prepared, begun, box, extent, max_steps)
                at, found = _as_led(end, box, extent)
            case None if known is not None:
                end = begun_near(model, one.prepared, one.start, known, box, extent, max_steps)
                at, found = _as_led(end, box, extent)
            case Solved():
                at, found = begun.minimum.at, _as_ended(begun.minimum)
            case None:
                slope = nll_derivatives(model, one.prepared)
                limits = box._asdict()
                minimum = minimise(slope, one.start, **limits, max_steps=max_steps, extent=extent)
                at, found = minimum.at, _as_ended(minimum)
        return Ended(at, *found, *in_user_units(model, one.prepared, at, box))

    known = _known(model, chunk)
    return _each(model, run, chunk, lambda end: end.status)


def _known(model: Model, chunk: _Chunk) -> Matrix | None:
    """Second derivatives that fits of one data set have in common; None where there are none."""
    if model.coordinates is not None or not jax.tree.leaves(chunk.common.prepared):
        return None
    return nll_derivatives(model, chunk.common.prepared)(chunk.common.typical)[2]


def _as_led(
    end: Walked, box: Box, extent: Extent
) -> tuple[FreeVector, tuple[Array, Array, Array, Array]]:
    astray = (~box.fixed & (outside(extent, end.place.at) > 0)).any()
    status = jnp.where(end.near & ~astray, Status.CONVERGED.value, Status.RUNNING.value)
    return end.place.at, (end.place.value, end.edm, end.points, status)


def _as_ended(minimum: Minimum) -> tuple[Array, Array, Array, Array]:
    return minimum.value, minimum.edm, minimum.steps, minimum.status


def _each(
    model: Model,
    run: Callable[[Work, Begun], End],
    chunk: _Chunk,
    status_of: Callable[[End], Array],
) -> End:
    """One after the other, those that are wanted; where the model allows, they begin together."""
    own, common, wanted = chunk.own, chunk.common, chunk.wanted

    def made(given: tuple[Part, Begun]) -> End:
        return run(eqx.combine(given[0], common), given[1])

    def one(given: tuple[Part, Begun, Bool[Array, ""]]) -> End:
        return jax.lax.cond(given[2], made, lambda _: _nothing(made, given[:2]), given[:2])

    def one_again(given: tuple[Part, End, Bool[Array, ""]]) -> End:
        return jax.lax.cond(given[2], lambda: made((given[0], None)), lambda: given[1])

    def several(given: tuple[Part, Bool[Array, " side"]]) -> End:
        some, wanted = given
        many = jax.vmap(lambda part: eqx.combine(part, common))(some)
        begun = together(many, wanted)
        if isinstance(begun, Walked):
            return jax.lax.map(one, (some, begun, wanted))
        ends = jax.vmap(run)(many, begun)
        open_ = wanted & (status_of(ends) != Status.CONVERGED)
        return jax.lax.cond(
            open_.any(), lambda: jax.lax.map(one_again, (some, ends, open_)), lambda: ends
        )

    def group(given: tuple[Part, Bool[Array, " side"]]) -> End:
        return jax.lax.cond(given[1].any(), several, lambda _: _nothing(several, given), given)

    fits, side = wanted.size, math.gcd(_side_of(model, chunk.nominal), wanted.size)
    if side == 1:
        return jax.lax.map(lambda given: one((given[0], None, given[1])), (own, wanted))
    together = _together(model, chunk)
    groups = jax.tree.map(
        lambda leaf: leaf.reshape(fits // side, side, *leaf.shape[1:]), (own, wanted)
    )
    ends = jax.lax.map(group, groups)
    return jax.tree.map(lambda leaf: leaf.reshape(fits, *leaf.shape[2:]), ends)


def _nothing(function: Callable[[Given], End], given: Given) -> End:
    """Zeros in place of a result."""
    shapes = jax.eval_shape(function, given)
    return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)


def _together(
    model: Model, chunk: _Chunk
) -> Callable[[Work, Bool[Array, " side"]], Walked | Solved]:
    """How several fits begin side by side."""

    def bounds(many: Work) -> Bounds:
        extent = jax.vmap(partial(extent_of, model))(many.prepared, many.start)
        return Bounds(Box(many.fixed, *chunk.bounds), extent, chunk.max_steps)

    if model.coordinates is None:
        return lambda many, wanted: solved_together(
            model, many.prepared, many.start, bounds(many), wanted
        )
    common = chunk.common
    known = typical(model, chunk.nominal, common.typical, common.fixed)
    return lambda many, wanted: begun_together(
        model, many.prepared, many.start, bounds(many), known, wanted
    )


def _side_of(model: Model, prepared: Prepared) -> int:
    """How many fits begin side by side: fewer, the larger their data; a power of two."""
    if model.coordinates is not None:
        return SIDE
    rows = sum(channel.mask.size for channel in prepared.channels)
    cut = any(channel.mask.shape[0] > 1 for channel in prepared.channels)
    streamed = any(
        isinstance(channel, RatioChannel)
        and channel.normalization != "analytic"
        and channel.table is None
        for channel in model.channels
    )
    if cut or streamed:
        return 1  # each would wait for the longest, or all would read the pool at once
    return _power_of_two(_ROWS // max(rows, 1))


def _power_of_two(most: int) -> int:
    """The largest power of two up to `most`, and up to a chunk."""
    return min(1 << max(most, 1).bit_length() - 1, CHUNK)
