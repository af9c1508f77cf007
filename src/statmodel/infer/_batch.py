r"""Many data sets fitted by one program, one after the other on each core.

A processor is fastest where one fit has its caches for itself (``lax.map``, not ``vmap``), so the
data sets are taken in chunks, and each core takes a chunk at a time. A fit depends on its own data
set only: chunks and cores change no digit. Fits of models of binned channels begin with the metric
of their common start, which is made once. What a program leaves in doubt is fitted again by itself,
as :func:`statmodel.fit` fits a single data set, so that one bad toy never spoils the rest.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from statmodel._compiling import vectorised_jit
from statmodel._kept import kept
from statmodel.model import FreeVector, Model, Prepared

from ._programs import FITTED, Fitted, by_scoring, fit_arrays, judged
from .minimisers._block_system import Metric
from .minimisers._box import Box
from .minimisers._extent import extent_of, outside
from .minimisers._minimise import minimise
from .minimisers._objective import metric_at, nll_derivatives, searched
from .minimisers._status import Status

End = TypeVar("End")

CHUNK = 64
"""Data sets in one call of the program; fewer are filled up with fits that are not made."""


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


def size_of(prepared: Prepared) -> int | None:
    """How many data sets are bound together; None for one that is bound alone."""
    return prepared.auxiliary.shape[0] if prepared.auxiliary.ndim > 1 else None


def fit_batch(
    model: Model,
    prepared: Prepared,
    start: FreeVector,
    fixed: Bool[Array, " parameter"],
    lower: FreeVector,
    upper: FreeVector,
    max_steps: int,
    *,
    covariance: bool,
) -> Several:
    """Fit each data set from one start.

    Args:
        model: the compiled likelihood.
        prepared: bound data sets, along a leading axis.
        start: internal vector.
        fixed: parameters that stay there.
        lower: bounds.
        upper: bounds.
        max_steps: most evaluations of each fit.
        covariance: whether second derivatives are wanted at each end.

    Raises:
        ValueError: there is none.
    """
    count = prepared.auxiliary.shape[0]
    if not count:
        msg = "fit: there is no data set among those given."
        raise ValueError(msg)
    most = jnp.asarray(max_steps)

    def chunk(first: int) -> Several:
        size = min(CHUNK, count - first)
        places = np.minimum(first + np.arange(CHUNK), count - 1)
        some = jax.tree.map(lambda leaf: leaf[places], prepared)
        wanted = jnp.asarray(np.arange(CHUNK) < size)
        given = (model, some, wanted, start, fixed, lower, upper, most)
        if covariance:
            full = _whole_fits(*given)
            found = (_end_of(full), full)
        else:
            found = (_ends(*given), None)
        return jax.tree.map(lambda leaf: leaf[:size], jax.block_until_ready(found))

    def alone(place: int) -> Several:
        one = jax.tree.map(lambda leaf: leaf[place], prepared)
        full = fit_arrays(model, one, start, fixed, lower, upper, most)
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
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *several)


def _end_of(full: Fitted) -> Ended:
    one = full.minimum
    return Ended(one.at, one.value, one.edm, one.steps, one.status)


_ENDED = Ended._make([0] * len(Ended._fields))


@vectorised_jit
@kept(returns=FITTED)
def _whole_fits(  # noqa: PLR0917 (what a fit takes, all of it traced)
    model: Model,
    prepared: Prepared,
    wanted: Bool[Array, " toy"],
    start: FreeVector,
    fixed: Bool[Array, " parameter"],
    lower: FreeVector,
    upper: FreeVector,
    max_steps: Int[Array, ""],
) -> Fitted:
    metric = _shared(model, prepared, start, fixed)

    def run(one: Prepared) -> Fitted:
        if metric is None:
            return judged(model, one, start, fixed, lower, upper, max_steps, start)
        return by_scoring(model, one, start, fixed, lower, upper, max_steps, start, metric)

    return _each(run, prepared, wanted)


@vectorised_jit
@kept(returns=_ENDED)
def _ends(  # noqa: PLR0917 (what a fit takes, all of it traced)
    model: Model,
    prepared: Prepared,
    wanted: Bool[Array, " toy"],
    start: FreeVector,
    fixed: Bool[Array, " parameter"],
    lower: FreeVector,
    upper: FreeVector,
    max_steps: Int[Array, ""],
) -> Ended:
    metric = _shared(model, prepared, start, fixed)

    def run(one: Prepared) -> Ended:
        extent = extent_of(model, one, start)
        if metric is None:
            end = minimise(
                nll_derivatives(model, one),
                start,
                fixed=fixed,
                lower=lower,
                upper=upper,
                max_steps=max_steps,
                extent=extent,
            )
            return Ended(end.at, end.value, end.edm, end.steps, end.status)
        box = Box(fixed, lower, upper)
        end = searched(model, one, start, box, extent, max_steps, metric)
        astray = (~fixed & (outside(extent, end.place.at) > 0)).any()
        status = jnp.where(end.near & ~astray, Status.CONVERGED.value, Status.RUNNING.value)
        return Ended(end.place.at, end.place.value, end.edm, end.points, status)

    return _each(run, prepared, wanted)


def _shared(
    model: Model, prepared: Prepared, start: FreeVector, fixed: Bool[Array, " parameter"]
) -> Metric | None:
    """The metric of the start, which is that of every data set; none for other models."""
    if model.coordinates is None:
        return None
    first = jax.tree.map(lambda leaf: leaf[0], prepared)
    nominal = Prepared(first.channels, model.auxiliary(), first.counts)  # no toy of its own
    return metric_at(model, nominal, start, fixed)


def _each(run: Callable[[Prepared], End], prepared: Prepared, wanted: Bool[Array, " toy"]) -> End:
    """One after the other, those that are wanted."""
    shapes = jax.eval_shape(run, jax.tree.map(lambda leaf: leaf[0], prepared))

    def skip(_: Prepared) -> End:
        return jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), shapes)

    return jax.lax.map(
        lambda given: jax.lax.cond(given[1], run, skip, given[0]), (prepared, wanted)
    )
