r"""Quantiles by networks: a few at a time, each on toys weighted by its own bootstrap.

Each network gives its lowest quantile and, through softplus, the distances between those that
follow. Their mean is what is used.
"""

from collections.abc import Callable
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from ._calibrations import Curves

Rows = Float[np.ndarray, "row input"]

_MEMBERS = 4
_WIDTH = 32
_DEPTH = 2
_STEPS = 3000
_WAVES = 8
"""Along the hypothesis: a network of the bare number takes three times the steps to find bends."""
_BATCH = 512
_RATE = 3e-3


@final
class _Quantiles(eqx.Module):
    layers: eqx.nn.MLP

    def __call__(self, row: Float[Array, " input"]) -> Float[Array, " level"]:
        found = self.layers(row)
        return jnp.cumsum(jnp.concatenate([found[:1], jax.nn.softplus(found[1:])]))


def network(
    unit: Callable[[Rows], Rows],
    inputs: Rows,
    values: Float[np.ndarray, " row"],
    levels: Float[np.ndarray, " level"],
    key: Array,
) -> Curves:
    """Quantiles by inputs.

    Args:
        unit: scales inputs.
        inputs: of each toy.
        values: of each.
        levels: of the quantiles.
        key: of initial weights, bootstraps and batches.
    """
    scaled = _network_inputs(unit(inputs))

    def made(own: Array) -> _Quantiles:
        layers = eqx.nn.MLP(
            scaled.shape[1], levels.size, _WIDTH, _DEPTH,
            activation=jax.nn.silu, dtype=jnp.float64, key=own,
        )  # fmt: skip
        return _Quantiles(layers)

    first, rest = jax.random.split(key)
    begin = eqx.filter_vmap(made)(jax.random.split(first, _MEMBERS))
    with jax.numpy_dtype_promotion("standard"):  # optax counts its steps in 32 bits
        trained = _trained(
            begin,
            jnp.asarray(scaled),
            jnp.asarray(values),
            jnp.asarray(levels),
            jax.random.split(rest, _MEMBERS),
        )

    def curves(rows: Rows) -> Float[np.ndarray, "row level"]:
        found = _applied(trained, jnp.asarray(_network_inputs(unit(rows))))
        return np.asarray(found).mean(axis=0)

    return curves


def _network_inputs(unit: Rows) -> Float[np.ndarray, "row feature"]:
    """Waves along the hypothesis, which find what bends within a small part of it; the rest."""
    waves = np.cos(np.pi * np.arange(1, _WAVES + 1) * unit[:, :1])
    return np.concatenate([waves, unit[:, 1:]], axis=1)


@eqx.filter_jit
def _applied(
    networks: _Quantiles, rows: Float[Array, "row input"]
) -> Float[Array, "member row level"]:
    return eqx.filter_vmap(lambda one: jax.vmap(one)(rows))(networks)


@eqx.filter_jit
def _trained(
    begin: _Quantiles,
    rows: Float[Array, "row input"],
    values: Float[Array, " row"],
    levels: Float[Array, " level"],
    keys: Array,
) -> _Quantiles:
    schedule = optax.cosine_decay_schedule(_RATE, _STEPS)
    rule = optax.adam(schedule)

    def one(begin: _Quantiles, key: Array) -> _Quantiles:
        weights, fixed = eqx.partition(begin, eqx.is_inexact_array)
        boot, batches = jax.random.split(key)
        repeated = jax.random.poisson(boot, 1.0, values.shape).astype(float)

        def loss(weights: _Quantiles, some: Array) -> Float[Array, ""]:
            found = jax.vmap(eqx.combine(weights, fixed))(rows[some])
            away = values[some][:, None] - found
            pinball = jnp.maximum(levels[None, :] * away, (levels[None, :] - 1.0) * away)
            return (repeated[some][:, None] * pinball).mean()

        def step(
            state: tuple[_Quantiles, optax.OptState], key: Array
        ) -> tuple[tuple[_Quantiles, optax.OptState], None]:
            now, memory = state
            some = jax.random.randint(key, (min(_BATCH, values.size),), 0, values.size)
            slope = jax.grad(loss)(now, some)
            change, memory = rule.update(slope, memory)
            return (eqx.apply_updates(now, change), memory), None

        begun = (weights, rule.init(weights))
        (last, _), _ = jax.lax.scan(step, begun, jax.random.split(batches, _STEPS))
        return eqx.combine(last, fixed)

    return eqx.filter_vmap(one)(begin, keys)
