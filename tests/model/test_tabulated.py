"""Tables of the averages over a pool against the pool, and against closed forms."""

import dataclasses
import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from model.numpy_responses import response
from statmodel.data import make_events
from statmodel.model import Rates
from statmodel.model.channels import (
    ClosureTable,
    HeadBlock,
    NoTableError,
    Pool,
    RatioChannel,
    RatioColumns,
    ResponseBlock,
    Shapes,
    Tabulation,
    tabulated,
)

ONE = 4
"""Slots: mu, three nuisances, one."""
RATES = np.array([40.0, -5.0, 60.0])
PAIRS = {"code4": ((0, 0), (2, 0), (2, 1)), "log_smooth": ((0, 1),), "code1": ((1, 2),)}
POINTS = (
    [0.0, 0.0, 0.0],
    [0.4, -0.7, 0.2],
    [1.0, -1.0, 0.0],
    [-2.3, 3.1, -1.7],
    [4.9, -4.9, 3.3],
)
"""At 0, inside the anchors, at them, where code 1 has its kink, beyond, and near the edges."""


def columns(seed, rows, pairs=PAIRS, spread=0.15):
    rng = np.random.default_rng(seed)
    found = {f"r{process}": rng.uniform(0.5, 1.5, rows) for process in range(3)}
    for code, own in pairs.items():
        for process, axis in own:
            for side in ("up", "down"):
                found[f"{side}_{code}_{process}_{axis}"] = np.exp(rng.normal(0, spread, rows))
    return found


def built(table, pairs=PAIRS, policy="reference", weights=None, **shapes):
    """A channel whose pool is `table`; `shapes` are heads and monomials."""
    names = {
        side: tuple(tuple(f"{side}_{code}_{p}_{a}" for p, a in own) for code, own in pairs.items())
        for side in ("up", "down")
    }
    head_columns = shapes.pop("head_columns", ())
    read = RatioColumns(
        ratios=("r0", "r1", "r2"),
        logarithmic=(False,) * 3,
        up=names["up"],
        down=names["down"],
        heads=head_columns,
    )
    axes = 1 + max((axis for own in pairs.values() for _, axis in own), default=-1)
    blocks = tuple(
        ResponseBlock(code, tuple(p for p, _ in own), tuple(a for _, a in own))
        for code, own in pairs.items()
    )
    rows = len(table["r0"])
    weights = np.full(rows, 1.0 / rows) if weights is None else weights
    return RatioChannel(
        name="c",
        observables=(),
        ranges=(),
        processes=("p", "q", "r"),
        rates=Rates(jnp.asarray(RATES), (), jnp.asarray([[0], [ONE], [ONE]]), ()),
        measure="c",
        columns=read,
        shapes=Shapes(
            processes=3,
            nuisances=jnp.arange(1, 1 + axes),
            monomials=jnp.asarray(shapes.get("monomials", np.zeros((0, 0), int))),
            responses=blocks,
            heads=shapes.get("heads"),
        ),
        normalization=policy,
        pool=Pool(read.prepare(make_events(table, weights=weights)), jnp.zeros((1, 0, rows))),
    )


def slots(alpha, mu=1.2):
    return jnp.asarray([mu, *alpha, *[0.0] * (3 - len(alpha)), 1.0])


def one_or_two():
    """No process responds to more than two nuisances."""
    return columns(1, 300)


@eqx.filter_jit
def both(channel, at):
    return channel.closure(at), channel.streamed_closure(at)


@pytest.fixture(scope="module")
def channels():
    """One streamed and one with a table."""
    streamed = built(one_or_two())
    return streamed, tabulated(streamed, one=ONE)


@pytest.mark.parametrize("alpha", POINTS)
def test_two_nuisances_a_process_are_exact(channels, alpha):
    table, pool = both(channels[1], slots(alpha))
    # Chebyshev series of degree 16 of functions that are analytic on each panel; what is left of
    # them beyond is below 1e-11 for spreads of 0.15.
    np.testing.assert_allclose(table, pool, rtol=1e-9)


def test_z_is_that_of_a_loop():
    table = one_or_two()
    alpha = (2.2, -0.6, 0.0)
    terms = np.stack([table[f"r{process}"] for process in range(3)])
    for code, own in PAIRS.items():
        for process, axis in own:
            pair = (table[f"{side}_{code}_{process}_{axis}"] for side in ("up", "down"))
            terms[process] *= [
                response(code, alpha[axis], *each) for each in zip(*pair, strict=True)
            ]
    found = tabulated(built(table), one=ONE).closure(slots(alpha))
    np.testing.assert_allclose(found, terms.mean(axis=1), rtol=1e-9)  # as above


def normal_pool(rows, sigma):
    """Weighted nodes of a Gauss-Hermite rule: exp(sigma x) has the mean of a lognormal."""
    x, weights = np.polynomial.hermite_e.hermegauss(rows)
    table = {f"r{process}": np.ones(rows) for process in range(3)}
    for axis in (0, 1):
        table[f"up_code4_0_{axis}"] = np.exp(sigma * x - 0.5 * sigma**2)
        table[f"down_code4_0_{axis}"] = np.exp(-sigma * x - 0.5 * sigma**2)
    return table, weights / weights.sum()


@pytest.mark.parametrize("alpha", [1.0, 2.0, -3.5, 5.0, 5.6])
def test_gaussian_responses_have_the_closed_form(alpha):
    sigma = 0.3
    table, weights = normal_pool(40, sigma)
    channel = tabulated(built(table, {"code4": ((0, 0),)}, weights=weights), one=ONE)
    wanted = math.exp(0.5 * sigma**2 * abs(alpha) * (abs(alpha) - 1))
    # Quadratic beyond the anchors, so the parabola beyond the table is exact too; its curvature is
    # that of a series of degree 16, whose rounding at an end grows like 16^4.
    found = np.asarray(channel.closure(slots([alpha])))
    np.testing.assert_allclose(found, [wanted, 1.0, 1.0], rtol=1e-9)


def test_correlated_gaussian_responses_have_the_closed_form():
    sigma, (a, b) = 0.2, (2.5, 1.5)
    table, weights = normal_pool(40, sigma)
    channel = tabulated(built(table, {"code4": ((0, 0), (0, 1))}, weights=weights), one=ONE)
    # ln g = (a + b) (sigma x - sigma^2 / 2), both responses of one x.
    wanted = math.exp(0.5 * sigma**2 * ((a + b) ** 2 - (a + b)))
    np.testing.assert_allclose(channel.closure(slots([a, b]))[0], wanted, rtol=1e-10)


@pytest.mark.parametrize("policy", ["reference", "simulation_sum"])
def test_every_order_has_the_derivatives_of_the_streamed_likelihood(policy):
    streamed = built(one_or_two(), policy=policy)
    table = tabulated(streamed, one=ONE)
    prepared = streamed.bind(make_events(columns(2, 50)))
    point = slots([0.4, -1.6, 0.8])

    def derivatives(channel, order):
        value = getattr(channel, order)
        return [f(point, prepared) for f in (value, jax.grad(value), jax.hessian(value))]

    plain = eqx.filter_jit(lambda one: derivatives(one, "log_prob"))(streamed)
    names = ("log_prob", "log_prob_to_first_order", "log_prob_to_second_order")
    found = eqx.filter_jit(lambda one: [derivatives(one, name) for name in names])(table)
    for each, orders in zip(found, (3, 2, 3), strict=True):
        for mine, wanted, scale in zip(
            each[:orders], plain[:orders], (1e-9, 1e-8, 1e-6)[:orders], strict=True
        ):
            # 55 events and 95 expected; each derivative costs an interpolation two digits or so.
            size = max(1.0, float(np.abs(wanted).max()))
            np.testing.assert_allclose(mine, wanted, atol=scale * size, rtol=0)


def three():
    """Process 0 responds to three nuisances."""
    pairs = {"code4": ((0, 0), (0, 1), (0, 2))}
    return built(columns(3, 400, pairs, spread=0.3), pairs)


def test_what_three_do_together_is_left_out():
    channel = three()
    how = Tabulation.of(channel, one=ONE)
    table = how.table()
    corner = np.tile([1.5, -2.0, 2.5], (how.nodes.size, 1))
    missing = how.errors_of_pairs(corner, step=1)[0]
    # By hand: ln Z less the sums of cut decompositions, each from the pool.
    log = {
        moved: np.log(np.asarray(channel.streamed_closure(slots(corner[0] * np.array(moved)))))
        for moved in itertools.product((0, 1), repeat=3)
    }
    wanted = log[1, 1, 1] - log[1, 1, 0] - log[1, 0, 1] - log[0, 1, 1]
    wanted += log[1, 0, 0] + log[0, 1, 0] + log[0, 0, 1] - log[0, 0, 0]
    np.testing.assert_allclose(missing, wanted, atol=1e-13)
    assert abs(wanted[0]) > 1e-3  # else this would show nothing
    found, exact = how.compared(table, corner[:1])
    np.testing.assert_allclose(exact[0], np.exp(log[1, 1, 1]), rtol=1e-13)
    # As for two nuisances.
    np.testing.assert_allclose(np.log(found / exact)[0], -wanted, atol=1e-9)


def test_it_goes_on_as_a_parabola():
    table = tabulated(built(one_or_two()), one=ONE).table

    def log(alpha):
        return jnp.log(table.at_axes(jnp.asarray([alpha, 0.3, -0.2])))[0]

    derivatives = [log, jax.grad(log), jax.grad(jax.grad(log)), jax.grad(jax.grad(jax.grad(log)))]
    value, slope, bend = (one(5.0 - 1e-12) for one in derivatives[:3])
    wanted = value + 2.0 * slope + 0.5 * 4.0 * bend
    np.testing.assert_allclose(log(7.0), wanted, rtol=1e-9)
    np.testing.assert_allclose(derivatives[2](7.0), bend, rtol=1e-9)
    np.testing.assert_allclose(derivatives[3](7.0), 0.0, atol=1e-12)  # rounding of the sums
    assert table.outside(slots([5.1, 0.0, -5.1])).tolist() == [True, False, True]


def test_log_polynomial_heads_of_one_parameter_have_a_table():
    # exp(alpha h1 + alpha^2 h2 + beta h1): two axes, three monomials, slots padded with that of 1.
    table = columns(4, 200, {}) | {"h1": np.linspace(-0.2, 0.3, 200)}
    table["h2"] = 0.1 * table["h1"] ** 2
    channel = built(
        table,
        {},
        monomials=np.array([[1, ONE], [1, 1], [2, ONE]]),
        heads=HeadBlock(processes=(0, 0, 0), variables=(0, 1, 2)),
        head_columns=("h1", "h2", "h1"),
    )
    a, b = 1.7, -2.4
    wanted = table["r0"] * np.exp(a * table["h1"] + a**2 * table["h2"] + b * table["h1"])
    found = tabulated(channel, one=ONE).closure(slots([a, b]))
    np.testing.assert_allclose(found[0], wanted.mean(), rtol=1e-9)
    crossed = dataclasses.replace(channel.shapes, monomials=jnp.asarray([[1, 4], [1, 2], [2, 4]]))
    with pytest.raises(NoTableError, match="a product of several parameters"):
        tabulated(dataclasses.replace(channel, shapes=crossed), one=ONE)


def test_a_component_that_may_change_its_sign_has_no_table():
    pairs = {"code4": ((0, 0),)}
    table = columns(5, 200, pairs, spread=0.3)
    table["r0"][:80] *= -1.0
    # The positive part shrinks with alpha, the negative one grows.
    table["up_code4_0_0"] = np.where(table["r0"] < 0, 1.3, 0.8)
    table["down_code4_0_0"] = 1 / table["up_code4_0_0"]
    channel = built(table, pairs)
    ends = [float(both(channel, slots([alpha]))[1][0]) for alpha in (-5.0, 5.0)]
    assert ends[0] > 0 > ends[1]
    with pytest.raises(NoTableError, match="Z of process p is not clearly of one sign"):
        tabulated(channel, one=ONE)


def test_a_component_that_nothing_moves_may_vanish():
    table = one_or_two()
    table["r1"] = np.resize([1.0, -1.0], 300)
    pairs = {"code4": PAIRS["code4"]}
    found = tabulated(built(table, pairs, "simulation_sum"), one=ONE).closure(slots([1.5, 2.0]))
    assert abs(found[1]) < 1e-15


def test_what_has_no_averages_has_no_table():
    channel = built(one_or_two(), policy="analytic")
    with pytest.raises(NoTableError, match="channel c needs no averages"):
        tabulated(channel, one=ONE)


def test_other_numbers_compile_nothing_new(channels):
    traces = []

    @eqx.filter_jit
    def value(table: ClosureTable, at):
        traces.append(1)
        return table(at)

    table = channels[1].table
    value(table, slots([0.1, 0.2, 0.3]))
    other = tabulated(built(columns(9, 300)), one=ONE).table
    assert not np.array_equal(other.single, table.single)
    value(other, slots([0.1, 0.2, 0.3]))
    assert len(traces) == 1
