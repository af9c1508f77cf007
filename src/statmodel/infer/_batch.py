r"""Many fits by one program, one after the other on each core.

A processor is fastest where one fit has its caches for itself (``lax.map``, not ``vmap``), so the
fits are taken in chunks, and each core takes a chunk at a time. They differ in their data, in where
they start or in what is held; each depends on its own only: chunks and cores change no digit. Fits
of models of binned channels that have start and box in common begin with one metric, which is made
once. What a program leaves in doubt is fitted again by itself, as :func:`statmodel.fit` fits a
single data set, so that one bad toy never spoils the rest.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel._compiling import vectorised_jit
from statmodel._kept import kept
from statmodel.model import FreeVector, Model, Prepared

from ._bound import size_of
from ._programs import FITTED, Fitted, by_scoring, fit_arrays, judged
from .minimisers._block_system import Metric
from .minimisers._box import Box
from .minimisers._extent import extent_of, outside
from .minimisers._minimise import minimise
from .minimisers._objective import metric_at, nll_derivatives, searched
from .minimisers._status import Status

End = TypeVar("End")

CHUNK = 64
"""Fits in one call of the program; fewer are filled up with fits that are not made."""


class Work(NamedTuple):
    """What is fitted: things that all fits have in common, or with a leading axis one for each."""

    prepared: Prepared
    start: Float[Array, "*fit parameter"]
    """Internal vectors."""
    fixed: Bool[Array, "*fit parameter"]
    """Parameters that stay there."""

    @property
    def differing(self) -> tuple[bool, bool, bool]:
        """What each fit has for itself."""
        return size_of(self.prepared) is not None, self.start.ndim > 1, self.fixed.ndim > 1


Part: TypeAlias = Work
"""Some of it, with None for the rest."""


class Ended(NamedTuple):
    """Where a fit has ended, without second derivatives. Batched: a leading axis on each field."""

    at: FreeVector
    value: Float[Array, ""]
    edm: Float[Array, ""]
    """By the metric of the search."""
    steps: Int[Array, ""]
    status: Int[Array, ""]


Several: TypeAlias = tuple[Ended, Fitted | None]
"""Ends, and all that a fit finds if it was asked for; a leading axis on every array."""


def fit_batch(model: Model, work: Work, max_steps: int, *, covariance: bool) -> Several:
    """Make all fits.

    Args:
        model: the compiled likelihood.
        work: what is fitted.
        max_steps: most evaluations of each fit.
        covariance: whether second derivatives are wanted at each end.

    Raises:
        ValueError: there is none.
    """
    own, common = eqx.partition(work, Work._make(work.differing))
    count = jax.tree.leaves(own)[0].shape[0]
    if not count:
        msg = "fit: there is no data set among those given."
        raise ValueError(msg)
    bounds, most = model.space.free_bounds(), jnp.asarray(max_steps, jnp.int64)
    # Cut and joined in NumPy: each number of fits would compile a dozen small programs otherwise.
    own = jax.tree.map(np.asarray, own)

    def chunk(first: int) -> Several:
        size = min(CHUNK, count - first)
        places = np.minimum(first + np.arange(CHUNK), count - 1)
        some = jax.tree.map(lambda leaf: leaf[places], own)
        wanted = jnp.asarray(np.arange(CHUNK) < size)
        given = (model, some, common, wanted, bounds, most)
        if covariance:
            full = _whole_fits(*given)
            found = (_end_of(full), full)
        else:
            found = (_ends(*given), None)
        return jax.tree.map(lambda leaf: np.asarray(leaf)[:size], found)

    def alone(place: int) -> Several:
        one = eqx.combine(jax.tree.map(lambda leaf: jnp.asarray(leaf[place]), own), common)
        full = fit_arrays(model, one.prepared, one.start, Box(one.fixed, *bounds), max_steps)
        return _end_of(full), full if covariance else None

    found = _joined(_in_parallel(chunk, range(0, count, CHUNK)))
    open_ = np.flatnonzero(np.asarray(found[0].status) == Status.RUNNING)
    if not open_.size:
        return found
    again = _joined([jax.tree.map(lambda leaf: leaf[None], alone(int(i))) for i in open_])
    return jax.tree.map(lambda all_, new: all_.at[open_].set(new), found, again)


def _in_parallel(chunk: Callable[[int], Several], firsts: range) -> list[Several]:
    """The first chunk alone, as it may compile; then one on each core at a time."""
    opened = [chunk(first) for first in firsts[:1]]
    able = hasattr(os, "sched_getaffinity")  # not everywhere
    cores = len(os.sched_getaffinity(0)) if able else os.cpu_count() or 1
    if cores == 1 or jax.default_backend() != "cpu":
        return opened + [chunk(first) for first in firsts[1:]]
    with ThreadPoolExecutor(cores) as pool:
        return opened + list(pool.map(chunk, firsts[1:]))


def _joined(several: list[Several]) -> Several:
    return jax.tree.map(lambda *leaves: jnp.asarray(np.concatenate(leaves)), *several)


def _end_of(full: Fitted) -> Ended:
    one = full.minimum
    return Ended(one.at, one.value, one.edm, one.steps, one.status)


_ENDED = Ended._make([0] * len(Ended._fields))


@vectorised_jit
@kept(returns=FITTED)
def _whole_fits(
    model: Model,
    own: Part,
    common: Part,
    wanted: Bool[Array, " fit"],
    bounds: tuple[FreeVector, FreeVector],
    max_steps: Int[Array, ""],
) -> Fitted:
    metric = _shared(model, own, common)

    def run(one: Work) -> Fitted:
        box = Box(one.fixed, *bounds)
        if model.coordinates is None:
            return judged(model, one.prepared, one.start, box, max_steps, one.start)
        return by_scoring(model, one.prepared, one.start, box, max_steps, one.start, metric)

    return _each(run, own, common, wanted)


@vectorised_jit
@kept(returns=_ENDED)
def _ends(
    model: Model,
    own: Part,
    common: Part,
    wanted: Bool[Array, " fit"],
    bounds: tuple[FreeVector, FreeVector],
    max_steps: Int[Array, ""],
) -> Ended:
    metric = _shared(model, own, common)

    def run(one: Work) -> Ended:
        extent = extent_of(model, one.prepared, one.start)
        box = Box(one.fixed, *bounds)
        if model.coordinates is None:
            derivatives = nll_derivatives(model, one.prepared)
            end = minimise(
                derivatives, one.start, **box._asdict(), max_steps=max_steps, extent=extent
            )
            return Ended(end.at, end.value, end.edm, end.steps, end.status)
        end = searched(model, one.prepared, one.start, box, extent, max_steps, metric)
        astray = (~box.fixed & (outside(extent, end.place.at) > 0)).any()
        status = jnp.where(end.near & ~astray, Status.CONVERGED.value, Status.RUNNING.value)
        return Ended(end.place.at, end.place.value, end.edm, end.points, status)

    return _each(run, own, common, wanted)


def _shared(model: Model, own: Part, common: Part) -> Metric | None:
    """The metric of the start, if it is that of every fit, and for models that have one."""
    if model.coordinates is None or jax.tree.leaves((own.start, own.fixed)):
        return None
    first = jax.tree.map(lambda leaf: leaf[0], own.prepared)
    nominal = Prepared(first.channels, model.auxiliary(), first.counts)  # no toy of its own
    return metric_at(model, nominal, common.start, common.fixed)


def _each(run: Callable[[Work], End], own: Part, common: Part, wanted: Bool[Array, " fit"]) -> End:
    """One after the other, those that are wanted."""

    def made(one: Part) -> End:
        return run(eqx.combine(one, common))

    shapes = jax.eval_shape(made, jax.tree.map(lambda leaf: leaf[0], own))

    def skip(_: Part) -> End:
        return jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), shapes)

    return jax.lax.map(lambda given: jax.lax.cond(given[1], made, skip, given[0]), (own, wanted))
