"""Pulls, impacts and breakdowns beside closed forms of quadratic likelihoods, and iminuit."""

import json
import math

import jax.numpy as jnp
import numpy as np
import pytest
from iminuit import Minuit

import statmodel as sm
from models import compiled


def _gaussians(measured, constrained):
    """One event a Gaussian: -log L is exactly quadratic, and its minimum is linear algebra."""
    parameters = [{"name": "mu", "init": 0.5, "bounds": [-50, 50]}]
    for name, (observed, sigma) in constrained.items():
        constraint = {"type": "gaussian", "mean": observed, "sigma": sigma}
        parameters.append({"name": name, "init": 0.1, "bounds": [-9, 9], "constraint": constraint})
    channels, observations = [], []
    for place, (value, mean, sigma) in enumerate(measured):
        density = {"type": "gaussian", "mean": mean, "sigma": sigma}
        channels.append(
            {
                "name": f"y{place}",
                "type": "unbinned",
                "observables": [{"name": "y"}],
                "processes": [{"name": "one", "yield": 1.0, "density": density}],
            }
        )
        observations.append({"name": f"y{place}", "events": {"y": [value]}})
    model, data = sm.compile(
        {
            "statmodel": "1",
            "parameters": parameters,
            "channels": channels,
            "observations": observations,
            "measurements": [{"name": "m", "config": {"poi": "mu"}}],
        }
    )
    return model, data, sm.fit(model, data)


@pytest.fixture(scope="module")
def one():
    """y ~ N(mu + alpha, 2) = 3 with a ~ N(alpha, 0.5) = 0.4."""
    return _gaussians([(3.0, "mu + alpha", 2.0)], {"alpha": (0.4, 0.5)})


@pytest.fixture(scope="module")
def two():
    """Three measurements of mu, a and b; both nuisances are constrained."""
    measured = [(1.0, "mu + 2*a + b", 1.0), (0.3, "a", 1.0), (-0.2, "a + b", 2.0)]
    return _gaussians(measured, {"a": (0.0, 0.5), "b": (0.0, 1.0)})


def test_one_nuisance_has_the_textbook_numbers(one):
    model, data, result = one
    assert float(result.point["mu"]) == pytest.approx(2.6, abs=1e-6)
    np.testing.assert_allclose(result.covariance.matrix, [[4.25, -0.25], [-0.25, 0.25]], atol=1e-9)
    alpha = sm.impacts(model, data, result)["alpha"]
    for found in (alpha.fixed_others, alpha.postfit, alpha.prefit, alpha.global_observable):
        assert found == pytest.approx(-0.5, abs=1e-9)
    for side, sign in (("up", -0.5), ("down", 0.5)):
        for kind in ("postfit", "prefit"):
            # Fits end within 1e-5 errors of the minimum.
            assert alpha.refits[f"{kind}_{side}"].shift == pytest.approx(sign, abs=2e-5)
    parts = sm.breakdown(model, data, result)
    assert parts.statistical == pytest.approx(2.0, abs=1e-9)
    assert parts.systematic == pytest.approx(0.5, abs=1e-9)
    assert parts.error == pytest.approx(math.sqrt(4.25), abs=1e-9)


def test_two_nuisances_have_the_published_numbers(two):
    model, data, result = two
    assert float(result.covariance.between("mu", "mu")) == pytest.approx(2.423077, abs=1e-6)
    found = sm.impacts(model, data, result)
    expected = {"a": (-0.877058, -0.789352, -0.692308), "b": (-0.898717, -0.813125, -0.730769)}
    for name, numbers in expected.items():
        row = found[name]
        ours = (row.fixed_others, row.postfit, row.global_observable)
        assert ours == pytest.approx(numbers, abs=1e-6)
        assert row.refits["postfit_up"].shift == pytest.approx(numbers[1], abs=5e-5)
    assert [row.name for row in found.rows] == ["b", "a"]
    parts = sm.breakdown(model, data, result)
    assert parts.statistical == pytest.approx(1.187334, abs=1e-6)
    squares = sum(found[name].global_observable ** 2 for name in expected)
    assert parts.statistical**2 + squares == pytest.approx(parts.error**2, rel=1e-9)


def test_groups_split_the_variance(two):
    model, data, result = two
    parts = sm.breakdown(model, data, result, groups={"first": ["a"]})
    assert {one.name: one.parameters for one in parts.parts} == {"first": ("a",), "others": ("b",)}
    found = sm.impacts(model, data, result, refit=False)
    for one in parts.parts:
        impact = found[one.parameters[0]].global_observable
        assert one.error == pytest.approx(abs(impact), rel=1e-9)
    shares = sum(one.share for one in parts.parts)
    assert shares + (parts.statistical / parts.error) ** 2 == pytest.approx(1.0, rel=1e-9)
    with pytest.raises(ValueError, match='"first": there is no parameter "c"'):
        sm.breakdown(model, data, result, groups={"first": ["c"]})
    with pytest.raises(ValueError, match='a is in "one" and in "two"'):
        sm.breakdown(model, data, result, groups={"one": ["a"], "two": ["a", "b"]})


def test_a_joint_constraint_enters_as_a_block():
    """V C V over the pair; torn apart it would not add up, and that is refused."""
    model, data = compiled("analytic")
    result = sm.fit(model, data)
    assert result.ok
    parts = sm.breakdown(model, data, result, groups={"pair": ["a", "b"]})
    pair = next(one for one in parts.parts if one.name == "pair")
    rows = [result.names.index(name) for name in ("n_s", "a", "b")]
    matrix = np.asarray(result.covariance.matrix)[np.ix_(rows, rows)]
    joint = np.linalg.inv([[1.0, 0.3], [0.3, 1.5]])
    assert pair.error**2 == pytest.approx(matrix[0, 1:] @ joint @ matrix[1:, 0], rel=1e-9)
    total = parts.statistical**2 + sum(one.error**2 for one in parts.parts)
    assert total == pytest.approx(parts.error**2, rel=1e-9)
    with pytest.raises(ValueError, match="a, b are constrained together"):
        sm.breakdown(model, data, result, groups={"half": ["a"]})


def test_pulls_by_their_three_names(one):
    model, data, result = one
    row = sm.pulls(model, data, result)["alpha"]
    # alpha and a agree: y has nothing to say of alpha that mu does not take.
    assert row.prefit == pytest.approx(0.0, abs=1e-6)
    assert row.constraint == pytest.approx(1.0, abs=1e-9)
    assert math.isnan(row.normalised)
    with pytest.raises(KeyError, match='"mu" is no constrained parameter'):
        sm.pulls(model, data, result)["mu"]


def test_pulls_of_a_measured_nuisance(two):
    model, data, result = two
    row = sm.pulls(model, data, result)["a"]
    value, variance = float(result.point["a"]), float(result.covariance.between("a", "a"))
    assert row.prefit == pytest.approx(value / 0.5, rel=1e-9)
    assert row.postfit == pytest.approx(value / math.sqrt(variance), rel=1e-9)
    assert row.normalised == pytest.approx(value / math.sqrt(0.25 - variance), rel=1e-9)
    # y2 and y3 add 1 and 1/(4 + 1) (b unknown to 1) to the information 4 of the constraint.
    assert variance == pytest.approx(1 / (4 + 1 + 0.2), rel=1e-9)


def test_refits_are_those_of_iminuit():
    model, data = compiled("binned and unbinned")
    result = sm.fit(model, data)
    found = sm.impacts(model, data, result)
    assert found.ok
    names = model.space.names
    prepared = model.bind(data)

    def value(x):
        return float(-model.log_prob(dict(zip(names, jnp.asarray(x), strict=True)), prepared))

    for name in ("alpha", "gamma", "slope"):
        for which in ("postfit_up", "postfit_down"):
            fit = found[name].refits[which]
            search = Minuit(value, np.asarray(result.values), name=names)
            search.errordef, search.strategy, search.tol = Minuit.LIKELIHOOD, 2, 1e-3
            search.limits = list(model.space.bounds)
            search.values[name] = fit.at
            search.fixed[name] = True
            search.migrad()
            theirs = search.values["mu"] - float(result.point["mu"])
            # MIGRAD stops within a thousandth of an error.
            assert fit.shift == pytest.approx(theirs, abs=2e-3 * found.error)


def test_a_bound_that_is_nearer_is_told():
    model, data, _ = _gaussians([(3.0, "mu + alpha", 2.0)], {"alpha": (0.4, 30.0)})
    found = sm.impacts(model, data, sm.fit(model, data))["alpha"]
    assert found.refits["prefit_up"].bounded
    assert found.refits["prefit_up"].at == 9.0
    # mu makes up for alpha entirely.
    moved = 9.0 - found.value
    assert found.refits["prefit_up"].shift == pytest.approx(-moved, abs=1e-3)


def test_a_fit_that_failed_gives_no_numbers(one):
    model, data, _ = one
    stopped = sm.fit(model, data, max_steps=1)
    assert not stopped.ok
    found = sm.impacts(model, data, stopped)
    assert not found.ok
    assert math.isnan(found["alpha"].postfit)
    assert not sm.breakdown(model, data, stopped).ok
    assert math.isnan(sm.breakdown(model, data, stopped).statistical)


def test_documents_are_json_without_nan(one):
    model, data, result = one
    for found in (
        sm.impacts(model, data, result),
        sm.pulls(model, data, result),
        sm.breakdown(model, data, result),
    ):
        document = json.loads(found.to_json())
        assert document["status"]["ok"]
    assert (
        json.loads(sm.pulls(model, data, result).to_json())["pulls"]["alpha"]["normalised"] is None
    )


def test_wrong_names_are_answered(one):
    model, data, result = one
    with pytest.raises(ValueError, match='there is no parameter "mo". Did you mean "mu"'):
        sm.impacts(model, data, result, poi="mo")
    with pytest.raises(KeyError, match='"mu" is no nuisance parameter'):
        sm.impacts(model, data, result, refit=False)["mu"]
