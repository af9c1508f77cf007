"""Fisher information against closed forms and second derivatives; the sandwich of weighted data."""

import json
import math

import numpy as np
import pytest

import models
import statmodel as sm
from statmodel.data import make_events

TWO = """
statmodel: "1"
parameters:
  - {name: mu, init: 1, bounds: [0, 9]}
  - {name: k, init: 1, bounds: [0, 9]}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: s, yield: "20*mu", density: {type: uniform},
         modifiers: [{type: normsys, name: alpha, data: {hi: 1.1, lo: 0.9}}]}
      - {name: b, yield: "30*k", density: {type: polynomial, coefficients: [-1]}}
observations: [{name: c, events: {x: [0.5]}}]
measurements: [{name: m, config: {poi: mu}}]
"""


@pytest.mark.parametrize("name", ["analytic", "ratio, reference policy", "binned and unbinned"])
def test_information_is_the_curvature_on_asimov_data(name):
    """The expected second derivative of nll: the same by another way."""
    model, _ = models.compiled(name)
    point = model.space.point()
    found = sm.fisher(model, point)
    curved = sm.derivatives(model, sm.asimov(model, point), point, order=2)
    places = [model.space.index(one) for one in found.names]
    hessian = np.asarray(curved.hessian)[np.ix_(places, places)]
    scale = np.sqrt(np.outer(np.diagonal(hessian), np.diagonal(hessian)))
    # Quadratures integrate densities to 1e-12, pools their first derivatives to rounding.
    np.testing.assert_allclose(found.information / scale, hessian / scale, atol=1e-6)


def test_two_processes_have_integrals_in_closed_form():
    model, _ = sm.compile(sm.parse_spec(TWO))
    found = sm.fisher(model)
    # m = 20 mu + 30 k (1 - x) 2: densities 1 and 2 (1 - x). In y = 1 - x, m = 20 + 60 y.
    y = np.polynomial.legendre.leggauss(40)
    node, weight = 0.5 + 0.5 * y[0], 0.5 * y[1]
    m = 20 + 60 * node
    columns = {"mu": 20.0 + 0 * node, "k": 60 * node, "alpha": 0.1 * 20 + 0 * node}
    for i, one in enumerate(found.names):
        for j, other in enumerate(found.names):
            expected = (weight * columns[one] * columns[other] / m).sum()
            expected += 1.0 if one == other == "alpha" else 0.0
            # Code 4 has the slope of its anchors at 0 to the second order of 0.1.
            assert found.information[i, j] == pytest.approx(expected, rel=0.01)


def test_profiled_information_is_a_schur_complement():
    model, _ = sm.compile(sm.parse_spec(TWO))
    found = sm.fisher(model)
    whole = found.information
    a, b = [found.names.index(one) for one in ("mu",)], [
        found.names.index(one) for one in ("k", "alpha")
    ]  # fmt: skip
    cross = whole[np.ix_(a, b)]
    expected = whole[np.ix_(a, a)] - cross @ np.linalg.inv(whole[np.ix_(b, b)]) @ cross.T
    np.testing.assert_allclose(found.profiled(["mu"]), expected, rtol=1e-9)
    assert found.errors["mu"] == pytest.approx(expected[0, 0] ** -0.5)
    with pytest.raises(KeyError, match="does not vary here"):
        found.profiled(["nu"])
    assert json.loads(found.to_json())["status"]["ok"]


def test_what_cannot_be_inverted_is_said_by_name():
    model, _ = models.compiled("analytic")
    nothing = sm.fisher(model, {"n_s": 0.0})
    assert not nothing.ok
    assert "these data say nothing of mean here" in nothing.message
    assert math.isnan(nothing.errors["n_b"])
    same = TWO.replace("30*k", "30*mu*k").replace("polynomial, coefficients: [-1]", "uniform")
    degenerate = sm.fisher(sm.compile(sm.parse_spec(same.replace("20*mu", "20*mu*k")))[0])
    assert degenerate.message.startswith("parameters are degenerate")
    root, _ = sm.compile(sm.parse_spec(TWO.replace("20*mu", "20 + 3*sqrt(mu)")))
    endless = sm.fisher(root, {"mu": 0.0})
    assert "the information on mu is infinite here" in endless.message


def test_the_sandwich_of_a_rate_has_the_squares_of_weights():
    """One rate: mu = sum w / nu, with the variance sum w^2 / nu^2."""
    text = TWO.replace('yield: "30*k"', "yield: 0").replace(
        "  - {name: k, init: 1, bounds: [0, 9]}\n", ""
    )
    text = text.replace("modifiers: [{type: normsys, name: alpha, data: {hi: 1.1, lo: 0.9}}]", "")
    model, _ = sm.compile(sm.parse_spec(text.replace("type: uniform},\n", "type: uniform}")))
    random = np.random.default_rng(1)
    weights = random.uniform(0.2, 3.0, 40)
    events = make_events({"x": random.uniform(size=40)}, weights=weights)
    data = sm.Dataset(channels={"c": events}, auxiliary={})
    result = sm.fit(model, data)
    found = sm.sandwich(model, data, result)
    assert found.plain_errors["mu"] == pytest.approx(np.sqrt(weights.sum()) / 20, rel=1e-6)
    assert found.errors["mu"] == pytest.approx(np.sqrt((weights**2).sum()) / 20, rel=1e-6)
    effective = weights.sum() ** 2 / (weights**2).sum()
    assert found.effective["c"] == pytest.approx(effective)
    assert json.loads(found.to_json())["errors"]["mu"] == found.errors["mu"]


def test_weighted_copies_have_the_errors_of_what_they_are_copies_of():
    """Each event three times with a weight of 1/3: H is the same, the sum of squares a third.

    Copies are no new data: the sandwich takes them for independent events, of a weight below one.
    """
    model, data = sm.compile("specs/peak.yaml")
    columns = data.channels["spectrum"].columns
    tripled = {name: np.repeat(one, 3) for name, one in columns.items()}
    events = make_events(tripled, weights=np.full(3 * data.channels["spectrum"].size, 1 / 3))
    copies = sm.Dataset(channels={"spectrum": events}, auxiliary=data.auxiliary)
    once, thrice = (sm.sandwich(model, one, sm.fit(model, one)) for one in (data, copies))
    np.testing.assert_allclose(thrice.plain, once.plain, rtol=1e-3, atol=1e-9)
    hessian = np.linalg.inv(once.plain)
    filling = [hessian @ one.covariance @ hessian for one in (once, thrice)]
    # `resolution` is constrained, and its constraint has no weight.
    rest = [place for place, name in enumerate(once.names) if name != "resolution"]
    first, second = (one[np.ix_(rest, rest)] for one in filling)
    scale = np.sqrt(np.outer(np.diagonal(first), np.diagonal(first)))
    np.testing.assert_allclose(3 * second / scale, first / scale, atol=2e-3)
    for name in ("n_signal", "n_background", "slope"):
        assert once.errors[name] == pytest.approx(once.plain_errors[name], rel=0.1)


def test_a_sandwich_needs_a_fit():
    model, data = sm.compile("specs/peak.yaml")
    result = sm.fit(model, data, max_steps=1)
    with pytest.raises(ValueError, match="step limit"):
        sm.sandwich(model, data, result)
