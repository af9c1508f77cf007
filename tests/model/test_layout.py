"""Sizes to which events are padded, and sums over chunks of them."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from statmodel.model import (
    CHUNK,
    chunk_shape,
    in_chunks,
    padded_size,
    row_mask,
    sum_over_chunks,
)

SMALL = st.integers(0, 4 * CHUNK)
ANY = SMALL | st.integers(0, 10**9)


@given(ANY)
def test_every_event_has_a_row(events: int):
    assert padded_size(events) >= max(events, 16)


@given(ANY)
def test_little_is_wasted(events: int):
    size = padded_size(events)
    waste = size - events
    if 16 < events <= CHUNK or events > 8 * CHUNK:
        assert waste <= size / 8
    elif events > CHUNK:
        assert waste < CHUNK  # whole chunks: less than one of them


@given(ANY)
def test_above_a_chunk_sizes_are_whole_chunks(events: int):
    chunks, rows = chunk_shape(events)
    assert chunks * rows == padded_size(events)
    assert rows <= CHUNK
    assert (chunks == 1) == (events <= CHUNK)
    if chunks > 1:
        assert rows == CHUNK


@given(ANY)
def test_a_padded_size_is_its_own(events: int):
    assert padded_size(padded_size(events)) == padded_size(events)


@given(ANY, ANY)
def test_more_events_never_have_fewer_rows(one: int, other: int):
    assert padded_size(min(one, other)) <= padded_size(max(one, other))


def test_sizes_are_few():
    """Eight for each factor of two, so that data of like size share a compiled program."""
    assert len({padded_size(n) for n in range(64, 128)}) <= 9
    assert len({padded_size(n) for n in range(100_000, 200_000)}) <= 10


@given(SMALL)
def test_the_mask_counts_the_events(events: int):
    mask = row_mask(events)
    assert mask.shape == chunk_shape(events)
    assert mask.ravel()[:events].all()
    assert mask.sum() == events


def test_columns_are_cut_in_order_and_filled():
    columns = np.arange(4.0 * CHUNK).reshape(2, 2 * CHUNK)[:, : CHUNK + CHUNK // 2]
    cut = in_chunks(list(columns), -1.0)
    assert cut.shape == (2, 2, CHUNK)
    flat = cut.transpose(1, 0, 2).reshape(2, -1)
    np.testing.assert_array_equal(flat[:, : columns.shape[1]], columns)
    assert (flat[:, columns.shape[1] :] == -1.0).all()


def _visit(scale: jax.Array):
    def visit(chunk: dict[str, jax.Array]) -> tuple[jax.Array, jax.Array]:
        inside = jnp.where(chunk["mask"], jnp.sin(scale * chunk["x"][0]), 0.0)
        return inside.sum(), inside.sum()[None]

    return visit


def test_a_sum_over_chunks_is_the_plain_sum_with_its_gradient():
    for events in (700, 2 * CHUNK + 17):
        x = np.random.default_rng(events).normal(size=(1, events))
        chunked = {"x": jnp.asarray(in_chunks(list(x), 9.0)), "mask": jnp.asarray(row_mask(events))}

        def chunks(scale: jax.Array, chunked: dict = chunked) -> jax.Array:
            total, again = sum_over_chunks(_visit(scale), chunked)
            return total + again[0]

        scale = jnp.asarray(1.3)
        value, slope = jax.jit(jax.value_and_grad(chunks))(scale)
        # Sums of 8200 terms of order one, in another order.
        np.testing.assert_allclose(value, 2 * np.sin(1.3 * x).sum(), rtol=1e-11)
        np.testing.assert_allclose(slope, 2 * (x * np.cos(1.3 * x)).sum(), rtol=1e-11)
        bend = jax.jit(jax.hessian(chunks))(scale)
        np.testing.assert_allclose(bend, -2 * (x**2 * np.sin(1.3 * x)).sum(), rtol=1e-11)
