"""Several starts, on likelihoods whose minima are known in closed form.

Off-shell Higgs production by rate alone: nu(mu) = L (mu S + sqrt(mu) I + B) with the rates of MCFM,
in fb. It is lowest at sqrt(mu) = -I/2S = 0.72968, and as large at mu = 0.21101 as at mu = 1.
"""

import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

import statmodel as sm
from statmodel.infer import LocalMinima
from statmodel.infer._backends import MINIMIZERS
from statmodel.infer._multistart import start_points

SIGNAL, INTERFERENCE, BOX = 0.15105108, -0.22043824, 1.6270497
TWIN = (-INTERFERENCE / SIGNAL - 1) ** 2
EVENTS = 300
LUMINOSITY = EVENTS / (SIGNAL + INTERFERENCE + BOX)
ON_SHELL = (4.0, 3.0)
"""Events a unit of mu, and background, of the second channel."""

_RATES = """
statmodel: "1"
parameters:
  - {name: mu, init: 4, bounds: [0, 10]}
  - {name: alpha, init: 0}
channels:
  - name: off
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: s, yield: Y_S, scale: mu, density: {type: uniform}}
      - {name: i, yield: Y_I, scale: "-sqrt(mu)", density: {type: uniform}}
      - {name: b, yield: Y_B, density: {type: uniform}}
  - name: on
    type: unbinned
    observables: [{name: y, min: 0, max: 1}]
    processes:
      - {name: h, yield: Y_H, scale: mu, density: {type: uniform}}
      - name: z
        yield: 3.0
        density: {type: uniform}
        modifiers: [{type: normsys, name: alpha, data: {hi: 1.2, lo: 0.8333333333333334}}]
observations:
  - {name: off, events: {x: [OFF]}}
  - {name: on, events: {y: [ON]}}
measurements: [{name: m, config: {poi: mu}}]
"""


def numbers(count):
    return ", ".join(f"{x:.5f}" for x in np.linspace(0.01, 0.99, count))


@functools.cache
def compiled(on_shell_yield):
    text = _RATES.replace("Y_S", repr(SIGNAL * LUMINOSITY)).replace(
        "Y_I", repr(-INTERFERENCE * LUMINOSITY)
    )
    text = text.replace("Y_B", repr(BOX * LUMINOSITY)).replace("Y_H", repr(on_shell_yield))
    return sm.compile(sm.parse_spec(text.replace("OFF", numbers(EVENTS)).replace("ON", numbers(3))))


def nll(mu, on_shell_yield):
    """The same likelihood by hand, alpha at its best value of 0 or profiled by scipy."""
    off = LUMINOSITY * (mu * SIGNAL + np.sqrt(mu) * INTERFERENCE + BOX)

    def at(alpha):
        on = on_shell_yield * mu + 3.0 * 1.2**alpha
        return on - 3 * np.log(on) + 0.5 * alpha**2

    best = optimize.minimize_scalar(at, bounds=(-3, 3), method="bounded", options={"xatol": 1e-10})
    return off - EVENTS * np.log(off) + best.fun + 0.5 * np.log(2 * np.pi)


def minimum(low, high, on_shell_yield):
    found = optimize.minimize_scalar(
        nll, args=(on_shell_yield,), bounds=(low, high), method="bounded", options={"xatol": 1e-9}
    )
    return found.x, found.fun


@pytest.mark.parametrize("minimizer", MINIMIZERS)
def test_two_minima_of_one_height_are_found_by_every_minimizer(minimizer):
    model, data = compiled(0.0)
    result = sm.fit(model, data, starts=6, minimizer=minimizer)
    assert result.ok, result.message
    minima = result.minima
    assert minima.count == 2
    # EDM < 1e-10 allows 1.4e-5 of an error; errors are 1.5 and 0.9.
    np.testing.assert_allclose(np.sort(minima.values[:, 0]), [TWIN, 1.0], atol=5e-5)
    np.testing.assert_allclose(minima.t[1], 0.0, atol=1e-9)
    assert int(minima.starts.sum()) == 6
    assert minima.failed == ()
    assert result.nll == minima.nll[0]
    np.testing.assert_array_equal(result.values, minima.values[0])


@pytest.mark.parametrize("minimizer", MINIMIZERS)
def test_two_minima_of_different_heights_are_found_by_every_minimizer(minimizer):
    model, data = compiled(0.2)
    # The barrier is 0.01 high: long first steps cross it, so the narrow valley needs more starts.
    result = sm.fit(model, data, starts=12, minimizer=minimizer)
    wanted = sorted((minimum(0.0, 0.5, 0.2), minimum(0.6, 3.0, 0.2)), key=lambda one: one[1])
    assert result.ok, result.message
    assert result.minima.count == 2
    # The bounded search is good to 1e-9 in mu, which is less than nothing in nll.
    np.testing.assert_allclose(result.minima.nll, [height for _, height in wanted], atol=1e-8)
    np.testing.assert_allclose(result.minima.values[:, 0], [at for at, _ in wanted], atol=5e-5)
    height = wanted[1][1] - wanted[0][1]
    assert f"mu={wanted[1][0]:.3g} lies {height:.3g} above" in result.minima.message


def test_one_start_finds_one_minimum_and_says_that_there_may_be_others():
    model, data = compiled(0.0)
    result = sm.fit(model, data)
    assert result.ok, result.message
    assert result.minima is None
    [finding] = [one for one in result.findings if one.kind == "square_root"]
    assert finding.parameters == ("mu",)
    assert "starts=" in finding.advice
    assert not sm.fit(model, data, starts=2).findings
    assert not sm.fit(model, data, fixed={"mu": 1.0}).findings


def test_the_same_starts_give_the_same_bits():
    model, data = compiled(0.2)
    first, second = (sm.fit(model, data, starts=5) for _ in range(2))
    assert first.to_json() == second.to_json()


def test_the_minima_do_not_depend_on_the_key():
    model, data = compiled(0.2)
    fits = [sm.fit(model, data, starts=6, key=jax.random.key(seed)) for seed in (1, 2)]
    np.testing.assert_allclose(fits[0].minima.nll, fits[1].minima.nll, atol=1e-9)
    points = [
        start_points(
            model,
            model.bind(data),
            jnp.zeros(2),
            fixed=jnp.zeros(2, bool),
            count=6,
            key=jax.random.key(seed),
        )[1]
        for seed in (1, 2)
    ]
    assert not np.allclose(points[0], points[1])


def test_every_part_of_every_range_holds_one_start():
    model, data = compiled(0.0)
    first = model.space.to_free(model.space.values(model.space.point()))
    prepared = model.bind(data)
    points = start_points(model, prepared, first, fixed=jnp.zeros(2, bool), count=9)
    np.testing.assert_array_equal(points[0], first)
    others = np.array(points[1:])
    # mu over its bounds, in s = sqrt(mu); alpha over three widths.
    shares = np.stack([others[:, 0] / np.sqrt(10), (others[:, 1] + 3) / 6])
    for share in shares:
        np.testing.assert_array_equal(np.sort(np.floor(8 * share)), np.arange(8))
    held = start_points(model, prepared, first, fixed=jnp.array([False, True]), count=9)
    assert {float(one[1]) for one in held} == {0.0}


def test_starts_that_fail_are_counted():
    text = _RATES[: _RATES.index("  - name: on\n")] + _RATES[_RATES.index("observations") :]
    text = text.replace("  - {name: on, events: {y: [ON]}}\n", "")
    text = text.replace("  - {name: alpha, init: 0}\n", "").replace("init: 4", "init: 0.5")
    text = text.replace("scale: mu", 'scale: "1 - mu"').replace('scale: "-sqrt(mu)"', 'scale: "0"')
    for name, number in (("Y_S", "10"), ("Y_I", "1"), ("Y_B", "10"), ("OFF", numbers(15))):
        text = text.replace(name, number)
    with pytest.warns(sm.SpecWarning, match="the total is"):
        model, data = sm.compile(sm.parse_spec(text))
    result = sm.fit(model, data, starts=11)
    assert result.ok, result.message
    # nu = 20 - 10 mu: the minimum is at mu = 0.5, and above mu = 2 the total is negative.
    np.testing.assert_allclose(result.point["mu"], 0.5, atol=1e-5)
    assert result.minima.count == 1
    assert result.minima.failed == (("bad_start", 8),)
    assert int(result.minima.starts[0]) == 3


@pytest.fixture
def three():
    return LocalMinima(
        names=("mu", "alpha"),
        pois=("mu",),
        values=jnp.array([[1.0, 0.1], [0.21, -0.4], [7.0, 0.0]]),
        nll=jnp.array([30.0, 30.37, 35.0]),
        status=jnp.array([0, 0, 5]),
        starts=jnp.array([4, 2, 1]),
        failed=(("step_limit", 1),),
    )


def test_minima_below_three_sigma_are_named(three):
    assert three.message == (
        "Another minimum at mu=0.21 lies 0.37 above: the set of likely values may be disjoint; see "
        "the profile errors."
    )
    np.testing.assert_allclose(three.t, [0.0, 0.74, 10.0], atol=1e-12)


def test_minima_that_the_parameter_of_interest_does_not_tell_apart_are_named_by_another():
    minima = LocalMinima(
        names=("mu", "alpha"),
        pois=("mu",),
        values=jnp.array([[1.0, 1.0], [1.0, -1.0]]),
        nll=jnp.array([3.0, 3.0]),
        status=jnp.zeros(2, int),
        starts=jnp.ones(2, int),
    )
    assert "alpha=-1 lies 0 above" in minima.message


def test_minima_are_the_same_after_json(three):
    document = json.loads(json.dumps(three.to_document()))
    again = LocalMinima.from_document(document)
    assert again.to_document() == three.to_document()
    assert again.summary == three.summary
    assert again.failed == three.failed


def test_no_minimum_at_all_is_said_without_a_crash():
    text = _RATES.replace("Y_S", "1").replace("Y_I", "1").replace("Y_B", "1").replace("Y_H", "1")
    model, data = sm.compile(sm.parse_spec(text.replace("OFF", "0.5").replace("ON", "0.5")))
    result = sm.fit(model, data, starts=3, max_steps=1)
    assert result.status == sm.Status.STEP_LIMIT
    assert result.minima.count == 0
    assert result.minima.message == ""
    assert result.minima.failed == (("step_limit", 3),)
    assert sm.FitResult.from_json(result.to_json()).to_json() == result.to_json()
