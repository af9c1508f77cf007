"""Expected events against a loop over processes and modifiers in plain numpy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from model.numpy_responses import CODES, response
from statmodel.model import Binary, Constant, RateResponse, Rates, Slot, Unary

ONE = 5
NOMINAL = np.array([15.0, -4.0, 30.0, 2.5])
FORMULAS = {0: lambda at: at[0] - np.sqrt(at[0]), 2: lambda at: np.exp(at[1])}
FACTORS = {0: (2,), 1: (), 2: (2, 3), 3: (3, 3, 2)}
# code: process: (slot, up, down) of each normsys.
RESPONSES = {
    "code1": {0: ((1, 1.1, 0.8),), 3: ((4, 0.7, 1.2), (1, 1.3, 1.1))},
    "code4": {0: ((4, 1.2, 0.85),), 1: ((1, 3.0, 0.5), (4, 0.3, 0.2))},
    "log_smooth": {2: ((4, 2.0, 0.9),)},
}
POINTS = {
    "nominal": [1.0, 0.0, 1.0, 1.0, 0.0, 1.0],
    "inside": [2.2, 0.4, 0.7, 1.5, -0.8, 1.0],
    "anchors": [0.5, 1.0, 1.3, 0.2, -1.0, 1.0],
    "beyond": [4.0, -2.6, 1.1, -0.4, 1.9, 1.0],
}


def padded(rows: list[tuple[float, ...]], fill: float) -> jax.Array:
    width = max(len(row) for row in rows)
    return jnp.asarray([[*row, *[fill] * (width - len(row))] for row in rows])


def block(code: str) -> RateResponse:
    rows = [RESPONSES[code].get(process, ()) for process in range(4)]
    return RateResponse(
        code,
        padded([tuple(slot for slot, _, _ in row) for row in rows], ONE),
        padded([tuple(np.log(up) for _, up, _ in row) for row in rows], 0.0),
        padded([tuple(np.log(down) for _, _, down in row) for row in rows], 0.0),
    )


@pytest.fixture(scope="module")
def rates() -> Rates:
    interference = Binary("-", Slot(0), Unary("sqrt", Slot(0)))
    doubled = Binary("*", Constant(2.0), Unary("exp", Slot(1)))
    return Rates(
        nominal=jnp.asarray(NOMINAL),
        # Two formulas of one process multiply.
        formulas=((0, interference), (2, doubled), (2, Constant(0.5))),
        factors=padded([FACTORS[process] for process in range(4)], ONE),
        responses=tuple(block(code) for code in CODES),
    )


@eqx.filter_jit
def evaluated(rates: Rates, at: jax.Array) -> jax.Array:
    return rates(at)


def by_loop(at: list[float]) -> np.ndarray:
    totals = NOMINAL.copy()
    for process in range(4):
        totals[process] *= FORMULAS.get(process, lambda _: 1.0)(np.asarray(at))
        for slot in FACTORS[process]:
            totals[process] *= at[slot]
        for code in CODES:
            for slot, up, down in RESPONSES[code].get(process, ()):
                totals[process] *= response(code, at[slot], up, down)
    return totals


@pytest.mark.parametrize("point", POINTS)
def test_rates_are_those_of_a_loop(rates: Rates, point: str):
    at = POINTS[point]
    # Products of ten factors; the loop's code 4 solves a system of condition 90.
    np.testing.assert_allclose(evaluated(rates, jnp.asarray(at)), by_loop(at), rtol=1e-12)


def test_slopes_of_rates_are_differences_of_the_loop(rates: Rates):
    at, step = np.asarray(POINTS["inside"]), 1e-5
    found = jax.jacfwd(lambda at: evaluated(rates, at))(jnp.asarray(at))
    for slot in range(5):
        ahead, behind = (at + sign * step * (np.arange(6) == slot) for sign in (1, -1))
        wanted = (by_loop(list(ahead)) - by_loop(list(behind))) / (2 * step)
        # Of rates up to 1e2: step^2 = 1e-10, and rounding 1e-14 / step.
        np.testing.assert_allclose(found[:, slot], wanted, rtol=1e-7, atol=1e-7)


def test_nothing_but_constants_is_constant():
    none = jnp.zeros((2, 0), int)
    alone = Rates(jnp.asarray([3.0, -1.0]), (), none, ())
    np.testing.assert_array_equal(alone(jnp.asarray([7.0, 1.0])), [3.0, -1.0])
