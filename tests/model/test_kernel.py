"""The structured kernel on random stacks: its derivatives are those of autodiff.

A layout says which (process, variable) pairs there are of each code; values, signs, weights and
points are drawn at random, so that each layout is compiled once.
"""

import functools
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statmodel as sm
from statmodel.data import make_events
from statmodel.model import (
    Measurement,
    ParameterSpace,
    Rates,
    Scope,
    log_likelihood,
    log_likelihood_to_first_order,
    log_likelihood_to_second_order,
)
from statmodel.model.channels import (
    HeadBlock,
    RatioChannel,
    RatioColumns,
    ResponseBlock,
    Shapes,
)

PROCESSES, VARIABLES, EVENTS = 3, 4, 40
Pairs = tuple[tuple[int, int], ...]

ALL: Pairs = tuple((j, k) for j in range(PROCESSES) for k in range(VARIABLES))
LAYOUTS: Mapping[str, Mapping[str, Pairs]] = {
    "every pair": {"code4": ALL},
    "no pair": {},
    "absent pairs": {"code4": ((0, 0), (0, 1), (1, 2), (2, 0), (2, 1))},
    "codes beside each other": {
        "code1": ((0, 0), (2, 3)),
        "code4": ((0, 1), (0, 2), (1, 1), (1, 2), (2, 2)),
        "log_smooth": ((1, 0), (2, 0)),
        "heads": ((0, 3), (1, 3)),
    },
    "heads alone": {"heads": ALL},
}


def columns_of(layout: Mapping[str, Pairs]) -> RatioColumns:
    codes = [code for code in layout if code != "heads"]
    return RatioColumns(
        ratios=tuple(f"r{j}" for j in range(PROCESSES)),
        logarithmic=(False,) * PROCESSES,
        up=tuple(tuple(f"u{j}{k}" for j, k in layout[code]) for code in codes),
        down=tuple(tuple(f"d{j}{k}" for j, k in layout[code]) for code in codes),
        heads=tuple(f"h{j}{k}" for j, k in layout.get("heads", ())),
    )


@functools.cache
def model(name: str) -> sm.Model:
    """Coefficients c_j are parameters themselves; so are the variables of the shapes."""
    layout = LAYOUTS[name]
    names = (*(f"c{j}" for j in range(PROCESSES)), *(f"a{k}" for k in range(VARIABLES)))
    size = len(names)
    scope = Scope(
        ParameterSpace(names, (1.0,) * size, ((-np.inf, np.inf),) * size, (False,) * size)
    )
    blocks = [
        ResponseBlock(code, tuple(j for j, _ in pairs), tuple(k for _, k in pairs))
        for code, pairs in layout.items()
        if code != "heads"
    ]
    heads = layout.get("heads", ())
    channel = RatioChannel(
        name="SR",
        observables=(),
        ranges=(),
        processes=tuple(f"p{j}" for j in range(PROCESSES)),
        rates=Rates(
            nominal=jnp.full(PROCESSES, 10.0),
            formulas=(),
            factors=jnp.arange(PROCESSES)[:, None],
            responses=(),
        ),
        measure="reference",
        columns=columns_of(layout),
        shapes=Shapes(
            processes=PROCESSES,
            nuisances=jnp.arange(PROCESSES, size),
            monomials=jnp.zeros((0, 0), int),
            responses=tuple(blocks),
            heads=HeadBlock(tuple(j for j, _ in heads), tuple(k for _, k in heads))
            if heads
            else None,
        ),
        normalization="analytic",
    )
    return sm.Model(scope, (channel,), (), Measurement("m", ("c0",)))


def data(seed: int, spread: float) -> sm.Dataset:
    """The last process has ratios of both signs, too small to make a total negative."""
    rng = np.random.default_rng(seed)
    columns = {f"r{j}": np.exp(rng.normal(0, 1, EVENTS)) for j in range(PROCESSES)}
    columns[f"r{PROCESSES - 1}"] = 0.2 * columns["r0"] * rng.uniform(-1, 1, EVENTS)
    for j, k in ALL:
        columns[f"u{j}{k}"], columns[f"d{j}{k}"] = np.exp(rng.normal(0, spread, (2, EVENTS)))
        columns[f"h{j}{k}"] = rng.normal(0, spread, EVENTS)
    weights = rng.uniform(0.2, 2.0, EVENTS) * (rng.uniform(size=EVENTS) > 0.1)
    return sm.Dataset({"SR": make_events(columns, weights=weights)}, {})


@functools.cache
def program(name: str, order: int, *, structured: bool) -> Callable:
    functions = {1: log_likelihood_to_first_order, 2: log_likelihood_to_second_order}
    built = model(name)

    def log_prob(at, prepared):
        function = functions[order] if structured else log_likelihood
        return function(built, built.scope.at_free(at), prepared)

    if order == 1:
        return jax.jit(jax.value_and_grad(log_prob))
    return jax.jit(
        lambda at, prepared: (
            *jax.value_and_grad(log_prob)(at, prepared),
            jax.hessian(log_prob)(at, prepared),
        )
    )


@pytest.mark.parametrize("name", LAYOUTS)
@settings(deadline=None, max_examples=12)
@given(
    seed=st.integers(0, 2**31),
    spread=st.sampled_from([0.05, 0.5]),
    alphas=st.lists(
        st.sampled_from([0.0, 1.0, -1.0, 0.3, -0.7, 1.0 + 1e-9, 2.2, -5.0, 5.0]),
        min_size=VARIABLES,
        max_size=VARIABLES,
    ),
)
def test_structured_derivatives_are_those_of_autodiff(name, seed, spread, alphas):
    built = model(name)
    prepared = built.bind(data(seed, spread))
    at = jnp.asarray([1.3, 0.8, 0.5, *alphas])
    wanted = program(name, 2, structured=False)(at, prepared)
    if not np.isfinite(wanted[0]):
        return  # far out the signed process makes a total negative
    second = program(name, 2, structured=True)(at, prepared)
    first = program(name, 1, structured=True)(at, prepared)
    # Sums in another order; ratios far out reach e^10, so relative to the largest entry.
    for found, right in (*zip(second, wanted, strict=True), *zip(first, wanted[:2], strict=True)):
        scale = float(jnp.abs(right).max())
        np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-9 * scale)


def test_ratios_stored_in_single_precision_hardly_change_the_likelihood():
    built = model("every pair")
    rng = np.random.default_rng(3)
    many = 50_000
    columns = {f"r{j}": np.exp(rng.normal(0, 1, many)) for j in range(PROCESSES)}
    for j, k in ALL:
        columns[f"u{j}{k}"], columns[f"d{j}{k}"] = np.exp(rng.normal(0, 0.1, (2, many)))
    dataset = sm.Dataset({"SR": make_events(columns)}, {})
    double, single = built.bind(dataset), built.bind(dataset, storage="float32")
    assert single.channels[0].log_up[0].dtype == jnp.float32
    at = jnp.asarray([1.3, 0.8, 0.5, 0.4, -0.9, 1.6, 0.1])
    for order in (1, 2):
        run = program("every pair", order, structured=True)
        exact, rounded = run(at, double), run(at, single)
        # Each of 10^6 ratios is off by 3e-8 of its log at random: 1e-10 is promised to users.
        assert abs(float(rounded[0] / exact[0]) - 1) < 1e-10
        for found, right in zip(rounded[1:], exact[1:], strict=True):
            scale = float(jnp.abs(right).max())
            np.testing.assert_allclose(found, right, atol=1e-7 * scale)
    plain = log_likelihood(built, built.scope.at_free(at), single)
    np.testing.assert_allclose(plain, rounded[0], rtol=1e-13)
