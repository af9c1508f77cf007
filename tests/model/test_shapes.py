"""Ratios times shape responses against a loop over events, processes and nuisances."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from model.numpy_responses import CODES, response
from statmodel.data import make_events
from statmodel.model import Rates
from statmodel.model.channels import (
    HeadBlock,
    Pool,
    RatioChannel,
    RatioColumns,
    RatioEvents,
    ResponseBlock,
    Shapes,
    terms,
)

EVENTS, ONE = 7, 4
# (process, variable) of each pair: process 1 has none, process 0 three of three codes.
PAIRS = {"code1": ((0, 2),), "code4": ((0, 0), (2, 0), (2, 1)), "log_smooth": ((0, 1),)}
# Slots of the variables: nuisances, then the monomials slot 0 squared and slot 0 times slot 3.
NUISANCES = (1, 0, 3)
MONOMIALS = ((0, 0), (0, 3))
HEADS = ((0, 3), (2, 3), (2, 4))
RATES = np.array([12.0, -0.5, 40.0])
POINTS = {
    "nominal": [0.0, 0.0, 0.0, 0.0, 1.0],
    "inside": [0.3, -0.6, 9.0, 0.8, 1.0],
    "anchors": [1.0, -1.0, 9.0, -1.0, 1.0],
    "beyond": [-1.6, 2.4, 9.0, -3.0, 1.0],
}
EACH = pytest.mark.parametrize("point", POINTS)


def table(seed: int) -> dict[str, np.ndarray]:
    """Columns by name: anchors up to a factor of e, one ratio negative."""
    rng = np.random.default_rng(seed)
    columns = {f"r{process}": rng.uniform(0.2, 2.0, EVENTS) for process in range(3)}
    columns["r1"][2] = -0.4
    for code, pairs in PAIRS.items():
        for process, variable in pairs:
            for side in ("up", "down"):
                columns[f"{side}_{code}_{process}_{variable}"] = np.exp(rng.normal(0, 0.4, EVENTS))
    for process, variable in HEADS:
        columns[f"head_{process}_{variable}"] = rng.normal(0, 0.2, EVENTS)
    return columns


def names(side: str, code: str) -> tuple[str, ...]:
    return tuple(f"{side}_{code}_{process}_{variable}" for process, variable in PAIRS[code])


COLUMNS = RatioColumns(
    ratios=("r0", "r1", "r2"),
    logarithmic=(False, False, False),
    up=tuple(names("up", code) for code in CODES),
    down=tuple(names("down", code) for code in CODES),
    heads=tuple(f"head_{process}_{variable}" for process, variable in HEADS),
)
SHAPES = Shapes(
    processes=3,
    nuisances=jnp.asarray(NUISANCES),
    monomials=jnp.asarray(MONOMIALS),
    responses=tuple(
        ResponseBlock(code, *(tuple(pair[side] for pair in PAIRS[code]) for side in (0, 1)))
        for code in CODES
    ),
    heads=HeadBlock(*(tuple(head[side] for head in HEADS) for side in (0, 1))),
)


def events(seed: int, weights: np.ndarray | None = None) -> RatioEvents:
    return COLUMNS.prepare(make_events(table(seed), weights=weights))


def by_loop(seed: int, at: list[float]) -> np.ndarray:
    """t[process, event]."""
    columns = table(seed)
    variables = [at[slot] for slot in NUISANCES] + [at[a] * at[b] for a, b in MONOMIALS]
    found = np.array([columns[f"r{process}"] for process in range(3)])
    for code, pairs in PAIRS.items():
        for process, variable in pairs:
            for event in range(EVENTS):
                up, down = (columns[f"{s}_{code}_{process}_{variable}"] for s in ("up", "down"))
                found[process, event] *= response(code, variables[variable], up[event], down[event])
    for process, variable in HEADS:
        found[process] *= np.exp(variables[variable] * columns[f"head_{process}_{variable}"])
    return found


@eqx.filter_jit
def all_terms(chunked: RatioEvents, at: jax.Array) -> jax.Array:
    return terms(SHAPES, SHAPES.variables(at), jax.tree.map(lambda leaf: leaf[0], chunked))


@EACH
def test_terms_are_those_of_a_loop(point: str):
    found = all_terms(events(1), jnp.asarray(POINTS[point]))
    # Products of up to five factors; the loop's code 4 solves a system of condition 90.
    np.testing.assert_allclose(found[:, :EVENTS], by_loop(1, POINTS[point]), rtol=1e-12)
    np.testing.assert_allclose(found[:, EVENTS:], 1.0, rtol=1e-15)  # padding responds to nothing


def test_a_logarithmic_column_is_the_log_of_the_ratio():
    columns = table(1)
    logs = columns | {"r2": np.log(columns["r2"])}
    read = dataclasses.replace(COLUMNS, logarithmic=(False, False, True))
    found = read.prepare(make_events(logs)).ratios
    np.testing.assert_allclose(found, events(1).ratios, rtol=1e-15)


def channel(policy: str, weights: np.ndarray) -> RatioChannel:
    return RatioChannel(
        name="c",
        observables=("x",),
        ranges=((0.0, 1.0),),
        processes=("p", "q", "r"),
        rates=Rates(jnp.asarray(RATES), (), jnp.full((3, 1), ONE), ()),
        measure="c",
        columns=COLUMNS,
        shapes=SHAPES,
        normalization=policy,
        pool=Pool(events(2, weights), jnp.zeros((1, 1, 16))),
    )


@EACH
@pytest.mark.parametrize("policy", ["analytic", "reference", "simulation_sum"])
def test_a_likelihood_is_that_of_a_loop(policy: str, point: str):
    at = POINTS[point]
    weights = np.random.default_rng(3).dirichlet(np.ones(EVENTS))
    counts = np.linspace(0.5, 2.0, EVENTS)
    built = channel(policy, weights)
    z = by_loop(2, at) @ weights
    divided = RATES / z if policy == "reference" else RATES
    total = RATES @ z if policy == "simulation_sum" else RATES.sum()
    wanted = counts @ np.log(divided @ by_loop(1, at)) - total
    assert np.isfinite(wanted)
    prepared = events(1, counts)
    log_prob = eqx.filter_jit(lambda one, at, data: one.log_prob(at, data))
    found = log_prob(built, jnp.asarray(at), prepared)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    expected = built.expected(jnp.asarray(at))
    np.testing.assert_allclose(expected.sum(), total, rtol=1e-12)


def test_a_policy_that_divides_needs_a_pool():
    with pytest.raises(ValueError, match="normalization 'reference' needs a pool"):
        dataclasses.replace(channel("reference", np.ones(EVENTS)), pool=None)
    poolless = dataclasses.replace(channel("analytic", np.ones(EVENTS)), pool=None)
    with pytest.raises(ValueError, match="channel c: closure cannot be computed without a pool"):
        poolless.closure(jnp.asarray(POINTS["nominal"]))
