"""Likelihoods that are hard to minimise: roots at zero, no lowest point, flat directions.

Flat densities make the likelihood that of a count, known in closed form.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, stats

import statmodel as sm
from statmodel.data import make_events
from statmodel.model import (
    ConstraintBlock,
    GaussianConstraint,
    Measurement,
    Model,
    ParameterSpace,
    Rates,
    Scope,
)
from statmodel.model.channels import RatioChannel, RatioColumns, ResponseBlock, Shapes

_COUNT = """
statmodel: "1"
parameters:
  - {name: mu, init: INIT, bounds: [0, 20]}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: s, yield: 4, scale: SCALE, density: {type: uniform}}
      - {name: b, yield: 6, density: {type: uniform}}
observations: [{name: c, events: {x: [EVENTS]}}]
measurements: [{name: m, config: {poi: mu}}]
"""


def counting(events, scale="mu", init="1"):
    numbers = ", ".join(f"{x:.3f}" for x in np.linspace(0.1, 0.9, events))
    text = _COUNT.replace("EVENTS", numbers).replace("SCALE", scale).replace("INIT", init)
    return sm.compile(sm.parse_spec(text))


def test_a_formula_of_three_halves_is_left_from_zero():
    model, data = counting(18, scale="mu**1.5")
    result = sm.fit(model, data, start={"mu": 0.0})
    assert result.ok, result.message
    # 4 mu^1.5 + 6 = 18; EDM < 1e-10 allows 1.4e-5 of an error of 0.5.
    np.testing.assert_allclose(result.point["mu"], 3 ** (2 / 3), atol=1e-5)


def test_a_formula_of_three_halves_rests_at_zero():
    model, data = counting(3, scale="mu**1.5")
    result = sm.fit(model, data, start={"mu": 0.0})
    assert result.ok, result.message
    assert result.point["mu"] == 0.0
    assert bool(result.at_bound[0])


def test_a_strength_that_starts_at_zero_leaves_the_mass_where_it_was():
    text = _COUNT.replace("INIT", "1").replace("SCALE", "mu").replace("EVENTS", "0.5")
    text = text.replace("mu, init", "m0, init: 0.4, bounds: [0, 1]}\n  - {name: mu, init")
    text = text.replace(
        "mu, density: {type: uniform}", "mu, density: {type: gaussian, mean: m0, sigma: 0.02}"
    )
    model, _ = sm.compile(sm.parse_spec(text.replace("yield: 6", "yield: 40")))
    data = sm.asimov(model, model.space.point({"mu": 5.0}))
    result = sm.fit(model, data, start={"mu": 0.0, "m0": 0.41})
    assert result.ok, result.message
    # Asimov data: the truth; the quadrature is good to 1e-12.
    np.testing.assert_allclose(result.point["m0"], 0.4, atol=1e-5)
    np.testing.assert_allclose(result.point["mu"], 5.0, atol=1e-3)


@pytest.mark.parametrize("weight", [1e-12, 1e-6, 1.0])
def test_weights_of_any_size_have_their_minimum(weight):
    model, data = counting(18, scale=f"{weight} * mu")
    events = data.channels["c"]
    weighted = make_events(dict(events.columns), weights=np.full(18, weight))
    scaled = dataclasses.replace(data, channels={"c": weighted})
    # Without the background of six events, 4 w mu = 18 w.
    result = sm.fit(_without_background(model), scaled)
    assert result.ok, result.message
    np.testing.assert_allclose(result.point["mu"], 4.5, atol=2e-5)


def _without_background(model):
    channel = model.channels[0]
    rates = dataclasses.replace(channel.rates, nominal=channel.rates.nominal.at[1].set(0.0))
    return dataclasses.replace(model, channels=(dataclasses.replace(channel, rates=rates),))


def test_negative_weights_that_leave_no_minimum_are_recognised():
    text = _COUNT.replace("[0, 20]", "[-50, 50]").replace("SCALE", "mu").replace("INIT", "1")
    with pytest.warns(sm.SpecWarning, match="the total is"):
        model, data = sm.compile(sm.parse_spec(text.replace("EVENTS", "0.5")))
    # nll = nu + 4 ln nu, without a lowest point as nu = 4 mu + 6 goes to 0.
    negative = make_events(dict(data.channels["c"].columns), weights=np.full(1, -4.0))
    result = sm.fit(model, dataclasses.replace(data, channels={"c": negative}))
    assert result.status == sm.Status.UNBOUNDED
    assert "falls without end" in result.message
    [finding] = result.findings
    assert finding.kind == "runaway"
    assert finding.parameters == ("mu",)
    np.testing.assert_allclose(finding.number("mu"), -1.5, atol=1e-3)  # nu = 0
    assert np.isnan(result.errors).all()


def spurious(events):
    """Responses of spread 1 an event, not normalised: nll falls in alpha without a bound on it."""
    rng = np.random.default_rng(5)
    columns = {"r": np.ones(events), "q": np.ones(events)}
    columns |= {"u": np.exp(rng.normal(size=events)), "d": np.exp(rng.normal(size=events))}
    names, scope = ("mu", "alpha"), None
    space = ParameterSpace(
        names=names,
        init=(1.0, 0.1),
        bounds=((0.0, 10.0), (-np.inf, np.inf)),
        fixed=(False, False),
    )
    scope = Scope(space)
    channel = RatioChannel(
        name="SR",
        observables=(),
        ranges=(),
        processes=("s", "b"),
        rates=Rates(
            nominal=jnp.full(2, events / 2),
            formulas=(),
            factors=jnp.asarray([[0], [scope.one]]),
            responses=(),
        ),
        measure="reference",
        columns=RatioColumns(
            ratios=("r", "q"), logarithmic=(False, False), up=(("u",),), down=(("d",),)
        ),
        shapes=Shapes(
            processes=2,
            nuisances=jnp.asarray([1]),
            monomials=jnp.zeros((0, 0), int),
            responses=(ResponseBlock(code="code4", processes=(0,), variables=(0,)),),
        ),
        normalization="analytic",
    )
    constraint = jax.vmap(GaussianConstraint)(jnp.zeros(1), jnp.ones(1))
    model = Model(
        scope=scope,
        channels=(channel,),
        constraints=(ConstraintBlock(jnp.asarray([1]), constraint),),
        measurement=Measurement("spurious", ("mu",)),
    )
    return model, sm.Dataset(channels={"SR": make_events(columns)}, auxiliary={})


def test_a_spurious_minimum_hundreds_of_widths_away_is_no_result():
    model, data = spurious(600)
    result = sm.fit(model, data)
    assert result.status == sm.Status.UNBOUNDED
    [finding] = result.findings
    assert finding.parameters == ("alpha",)
    assert abs(finding.number("alpha")) > 50
    assert sm.fit(model, data, fixed={"alpha": 0.0}).ok


def many(constrained):
    """A count and a shape with `constrained` nuisances and eight parameters that are degenerate."""
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(5, 0.5, 150), rng.exponential(4, 2000)])
    x = x[(x > 0) & (x < 10)][:1000]

    def modifiers(process, number):
        sizes = rng.uniform(0.002, 0.02, number)
        return ", ".join(
            f"{{type: normsys, name: {process}_{k}, data: {{hi: {1 + a:.4f}, lo: {1 - a:.4f}}}}}"
            for k, a in enumerate(sizes)
        )

    half = constrained // 2
    text = f"""
statmodel: "1"
parameters:
  - {{name: n_s, init: 100, bounds: [0, 1000]}}
  - {{name: n_b, init: 800, bounds: [0, 5000]}}
  - {{name: slope, init: -0.2, bounds: [-2, 2]}}
  - {{name: dead, init: 3.0, bounds: [1, 9]}}
  - {{name: twin_a, constraint: {{type: none}}, init: 0, bounds: [-9, 9]}}
  - {{name: twin_b, constraint: {{type: none}}, init: 0, bounds: [-9, 9]}}
channels:
  - name: c
    type: unbinned
    observables: [{{name: x, min: 0, max: 10}}]
    processes:
      - name: s
        yield: n_s
        density: {{type: gaussian, mean: 5, sigma: 0.5}}
        modifiers: [{{type: normfactor, name: k_a}}, {{type: normfactor, name: k_b}},
          {modifiers("s", half)}]
      - name: b
        yield: n_b
        density: {{type: exponential, slope: slope}}
        modifiers: [{modifiers("b", constrained - half)}]
      - name: f
        yield: 50
        density: {{type: uniform}}
        modifiers:
          - {{type: normsys, name: twin_a, data: {{hi: 1.1, lo: 0.9}}}}
          - {{type: normsys, name: twin_b, data: {{hi: 1.2, lo: 0.8}}}}
      - {{name: nil, yield: 0, density: {{type: gaussian, mean: dead, sigma: 1}}}}
observations: [{{name: c, events: {{x: {[round(float(v), 4) for v in x]}}}}}]
measurements: [{{name: m, config: {{poi: n_s}}}}]
"""
    return sm.compile(sm.parse_spec(text))


def test_three_hundred_parameters_with_flat_directions_end_in_their_names():
    model, data = many(292)
    assert model.space.size == 300
    result = sm.fit(model, data)
    assert not result.ok
    assert result.status == sm.Status.FLAT_DIRECTION
    assert np.isnan(result.errors).all()
    assert {one.kind for one in result.findings} == {"flat_direction"}
    named = [frozenset(one.parameters) for one in result.findings]
    # One parameter that moves nothing, two that move one yield, three that multiply another.
    assert named[0] == {"dead"}
    assert {"twin_a", "twin_b"} in named
    products = [one for one in named if one <= {"n_s", "k_a", "k_b"}]
    assert len(products) == 2
    assert all(len(one) == 2 for one in products)
    assert len(named) == 4
    assert "dead" in result.message


def test_three_hundred_parameters_are_fitted_once_the_degenerate_ones_are_held():
    model, data = many(292)
    held = {"k_a": 1.0, "k_b": 1.0, "twin_b": 0.0, "dead": 3.0}
    result = sm.fit(model, data, fixed=held)
    assert result.ok, result.message
    # Yields n_s and n_b absorb their nuisances: these stay where they were, with their widths.
    for name in model.space.names:
        if name.startswith(("s_", "b_")):
            assert abs(float(result.point[name])) < 1e-4
            np.testing.assert_allclose(result.error(name), 1.0, atol=1e-3)


def test_a_mass_on_its_bound_is_named_where_there_is_no_signal():
    text = _COUNT.replace("INIT", "0").replace("SCALE", "mu").replace("EVENTS", "0.1, 0.5, 0.9")
    text = text.replace("mu, init", "m0, init: 0, bounds: [0, 1]}\n  - {name: mu, init")
    text = text.replace(
        "mu, density: {type: uniform}", "mu, density: {type: gaussian, mean: m0, sigma: 0.3}"
    )
    model, data = sm.compile(sm.parse_spec(text))
    result = sm.fit(model, data)
    assert result.point["mu"] == 0.0
    assert result.status == sm.Status.FLAT_DIRECTION
    assert [one.parameters for one in result.findings] == [("m0",)]
    np.testing.assert_allclose(result.flat_direction, [1.0, 0.0])


def test_a_signal_at_another_mass_than_the_first_is_found():
    """Started without a signal at a mass where events lack, beside a peak of 12 at 0.8."""
    places = np.concatenate([np.linspace(0.35, 0.99, 8), 0.8 + 0.02 * np.linspace(-1.5, 1.5, 12)])
    text = _COUNT.replace("INIT", "0").replace("SCALE", "mu")
    text = text.replace("EVENTS", ", ".join(f"{x:.4f}" for x in places))
    text = text.replace("mu, init", "m0, init: 0.2, bounds: [0, 1]}\n  - {name: mu, init")
    text = text.replace(
        "mu, density: {type: uniform}", "mu, density: {type: gaussian, mean: m0, sigma: 0.02}"
    )
    model, data = sm.compile(sm.parse_spec(text))
    result = sm.fit(model, data)
    assert result.ok, result.message

    def nll(at):
        norm = stats.norm(at[0], 0.02)
        signal = norm.pdf(places) / (norm.cdf(1) - norm.cdf(0))
        return 4 * at[1] + 6 - np.log(4 * at[1] * signal + 6).sum()

    best = optimize.minimize(nll, [0.8, 3.0], bounds=[(0, 1), (0, 20)], tol=1e-14)
    # scipy's gradients are differences: it stops some 1e-8 above.
    assert float(result.nll) <= best.fun + 1e-7
    np.testing.assert_allclose([result.point["m0"], result.point["mu"]], best.x, rtol=1e-4)
