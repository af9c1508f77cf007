"""How programs with a loop over events, or over data sets, are compiled."""

import math
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, PyTree

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_OPTIONS = (("xla_cpu_prefer_vector_width", 512),)


def vectorised_jit(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """`eqx.filter_jit`, with the widest vector instructions that the processor has.

    Left to itself XLA takes half of the width on processors with AVX-512, which costs the loops
    over events a quarter of their speed. Such a function cannot be called under another `jit`.
    """
    # Keyword arguments beyond its own go to `jax.jit`; its signature does not say so.
    return eqx.filter_jit(function, compiler_options=dict(_OPTIONS))  # pyright: ignore[reportCallIssue]


def apart(value: PyTree, always: Bool[Array, ""]) -> PyTree:
    """What is given, as arrays of their own, which no loop that reads them makes a part of itself.

    XLA computes an entry anew where it is read, the slice of a batch and what a gather picks, too.
    A loop that looks up the place of each number loses its vector instructions on a CPU: data sets
    of a batch took four times as long. What comes out of a condition is an array of its own.

    Args:
        value: arrays.
        always: true, which XLA must not see; the same for all that are mapped over. Where it were
            false numbers would be NaN, never wrong.
    """

    def never(given: PyTree) -> PyTree:
        return jax.tree.map(lambda x: jnp.full_like(x, _nothing_like(x)), given)

    return jax.lax.cond(always, lambda x: x, never, value)


def _nothing_like(x: Array) -> float | int:
    return math.nan if jnp.issubdtype(x.dtype, jnp.inexact) else 0


def in_batches(function: Callable[[PyTree], PyTree], given: PyTree, size: int) -> PyTree:
    """`jax.lax.map(function, given, batch_size=size)`, batches :func:`apart`.

    Args:
        function: of one entry; pure.
        given: entries along the leading axis of every leaf.
        size: entries that are computed side by side.
    """
    count: int = jax.tree.leaves(given)[0].shape[0]
    batches, side_by_side = count // size, jax.vmap(function)
    end = batches * size

    def step(batch: Int[Array, ""], own: PyTree) -> tuple[Int[Array, ""], PyTree]:
        return batch + 1, side_by_side(apart(own, batch >= 0))

    parts: list[PyTree] = []
    if batches:
        cut = jax.tree.map(lambda x: x[:end].reshape(batches, size, *x.shape[1:]), given)
        found = jax.lax.scan(step, jnp.zeros((), int), cut)[1]
        parts.append(jax.tree.map(lambda x: x.reshape(end, *x.shape[2:]), found))
    if end < count:
        parts.append(side_by_side(jax.tree.map(lambda x: x[end:], given)))
    return jax.tree.map(lambda *x: x[0] if len(x) == 1 else jnp.concatenate(x), *parts)
