"""Fits whose results are known in closed form, and what a result says of itself."""

import jax.numpy as jnp
import numpy as np
import pytest

import models
import statmodel as sm
from statmodel.model import constraint_log_prob

_COUNT = """
statmodel: "1"
parameters:
  - {name: mu, init: 1, bounds: [0, 20]}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: s, yield: 4, scale: SCALE, density: {type: uniform}, modifiers: MODIFIERS}
      - {name: b, yield: 6, density: {type: uniform}}
observations: [{name: c, events: {x: [EVENTS]}}]
measurements: [{name: m, config: {poi: mu}}]
"""


def counting(events, scale="mu", modifiers="[]"):
    """Flat densities: the likelihood is that of a count, known in closed form."""
    numbers = ", ".join(f"{x:.3f}" for x in np.linspace(0.1, 0.9, events))
    text = _COUNT.replace("EVENTS", numbers).replace("SCALE", scale)
    return sm.compile(sm.parse_spec(text.replace("MODIFIERS", modifiers)))


def test_a_count_is_fitted_as_in_closed_form():
    model, data = counting(18)
    result = sm.fit(model, data)
    assert result.ok, result.message
    # n = 4 mu + 6: mu = 3, and the error is sqrt(n) / 4; EDM < 1e-10 is 1.4e-5 of an error.
    np.testing.assert_allclose(result.point["mu"], 3.0, atol=2e-5)
    np.testing.assert_allclose(result.error("mu"), np.sqrt(18) / 4, rtol=1e-4)
    np.testing.assert_allclose(result.nll, 18 - 18 * np.log(18), atol=1e-10)


def test_a_parameter_at_its_bound_has_no_symmetric_error():
    model, data = counting(2)
    result = sm.fit(model, data)
    assert result.ok
    assert result.point["mu"] == 0.0
    assert bool(result.at_bound[0])
    assert np.isnan(result.error("mu"))
    assert "at a bound: mu" in result.message


def test_a_root_at_its_bound_is_reported_like_any_bound():
    model, data = counting(3, scale="sqrt(mu)")
    result = sm.fit(model, data)
    assert result.ok, result.message
    assert result.point["mu"] == 0.0
    assert np.isnan(result.error("mu"))


def test_an_error_under_a_root_follows_from_that_of_the_root():
    model, data = counting(18, scale="sqrt(mu)")
    result = sm.fit(model, data)
    # 4 s + 6 = 18: s = 3, sigma_s = sqrt(18) / 4, mu = 9 and sigma_mu = 2 s sigma_s.
    np.testing.assert_allclose(result.point["mu"], 9.0, rtol=1e-5)
    np.testing.assert_allclose(result.error("mu"), 6 * np.sqrt(18) / 4, rtol=1e-4)


def test_two_names_of_one_number_are_a_flat_direction_by_name():
    twin = "[{type: normfactor, name: k}]"
    model, data = counting(18, modifiers=twin)
    result = sm.fit(model, data)
    assert not result.ok
    assert result.status == sm.Status.FLAT_DIRECTION
    assert "mu (" in result.message
    assert "k (" in result.message
    assert np.isnan(result.errors).all()
    assert sm.fit(model, data, fixed={"k": 1.0}).ok


def test_a_constrained_nuisance_is_pulled_as_in_closed_form():
    modifiers = "[{type: normsys, name: alpha, data: {hi: 1.2, lo: 0.8333333333333334}}]"
    model, data = counting(18, modifiers=modifiers)
    result = sm.fit(model, data)
    # mu alone absorbs the count, so alpha stays at 0 with its full width.
    np.testing.assert_allclose(result.point["alpha"], 0.0, atol=2e-5)
    np.testing.assert_allclose(result.error("alpha"), 1.0, rtol=1e-5)
    held = sm.fit(model, data, fixed={"mu": 2.0})
    alpha = float(held.point["alpha"])
    # d/dalpha of nu - n ln nu + alpha^2/2 = 0 with nu = 6 + 8 * 1.2^alpha (hi * lo = 1).
    nu = 6 + 8 * 1.2**alpha
    assert abs((1 - 18 / nu) * 8 * 1.2**alpha * np.log(1.2) + alpha) < 1e-5
    np.testing.assert_allclose(held.pulls[model.space.index("alpha")], alpha, rtol=1e-12)


@pytest.mark.parametrize("name", ["analytic", "ratio, reference policy"])
def test_the_score_vanishes_on_asimov_data(name):
    model, _ = models.compiled(name)
    data = sm.asimov(model, model.space.point())
    result = sm.fit(model, data)
    assert result.ok, result.message
    pulls = (result.values - jnp.asarray(model.space.init)) / result.errors
    # The rule integrates densities to 1e-12; EDM < 1e-10 allows 1.4e-5 of an error.
    assert float(jnp.nanmax(jnp.abs(pulls))) < 1e-4


def test_asimov_weights_add_up_to_the_expected_events():
    model, _ = models.compiled("analytic")
    point = model.space.point()
    total = sum(model.expected(point)["peak"].values())
    weights = sm.asimov(model, point).channels[0].weights
    np.testing.assert_allclose(weights.sum(), total, rtol=1e-12)


def test_a_profile_has_its_minimum_at_the_fit_and_rises_by_one_at_one_error():
    model, data = counting(60)
    result = sm.fit(model, data)
    centre, error = float(result.point["mu"]), float(result.error("mu"))
    grid = jnp.asarray([centre - error, centre, centre + error])
    scan = sm.profile(model, data, result, over="mu", grid=grid)

    def t(mu):
        return 2 * ((4 * mu + 6) - 60 * np.log(4 * mu + 6) - (60 - 60 * np.log(60)))

    np.testing.assert_allclose(scan.t, [t(mu) for mu in grid], atol=1e-8)


def test_a_result_is_the_same_after_json():
    model, data = models.compiled("analytic")
    result = sm.fit(model, data)
    again = sm.FitResult.from_json(result.to_json())
    assert again.to_json() == result.to_json()
    assert again.message == result.message
    np.testing.assert_array_equal(again.values, result.values)


def test_the_json_has_the_agreed_keys():
    import json  # noqa: PLC0415

    model, data = counting(18)
    document = json.loads(sm.fit(model, data).to_json())
    assert list(document) == [
        "measurement",
        "poi",
        "status",
        "nll",
        "parameters",
        "covariance",
        "profile_errors",
        "minima",
        "findings",
        "provenance",
    ]
    assert document["poi"] == ["mu"]
    assert document["status"]["ok"] is True
    assert list(document["parameters"]["mu"]) == [
        "value",
        "error",
        "error_minus",
        "error_plus",
        "pull",
        "at_bound",
        "fixed",
        "constrained",
    ]
    assert document["covariance"]["names"] == ["mu"]
    assert len(document["provenance"]["spec"]) == 64
    assert len(document["provenance"]["data"]) == 64


def test_everything_that_is_wrong_is_said_at_once():
    model, data = counting(18)
    with pytest.raises(ValueError, match="3 problems") as caught:
        sm.fit(model, data, start={"nu": 1.0, "mu": -1.0}, fixed={"mu": 30.0})
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert all(word in line for word, line in zip(("nu", "-1", "30"), lines[1:], strict=True))


def test_no_event_at_all_is_fitted_by_no_event_at_all():
    text = _COUNT.replace("SCALE", "1").replace("MODIFIERS", "[]").replace("EVENTS", "")
    text = text.replace("yield: 4", "yield: mu").replace("yield: 6", "yield: 0")
    model, data = sm.compile(sm.parse_spec(text))
    result = sm.fit(model, data)
    assert result.ok, result.message
    assert result.point["mu"] == 0.0


def with_shape_parameter(density, bounds):
    """The count, its background with a shape parameter c1 that starts at 1."""
    text = _COUNT.replace("SCALE", "mu").replace("MODIFIERS", "[]").replace("EVENTS", "0.2, 0.6")
    text = text.replace("channels:", f"  - {{name: c1, init: 1, bounds: {bounds}}}\nchannels:")
    return text.replace("6, density: {type: uniform}", f"6, density: {density}")


def test_a_density_that_is_no_number_does_not_pass_for_zero():
    text = with_shape_parameter("{type: gaussian, mean: 0.5, sigma: c1}", "[-1, 5]")
    model, data = sm.compile(sm.parse_spec(text))
    result = sm.fit(model, data, start={"c1": -0.5})
    assert not result.ok
    assert result.status == sm.Status.BAD_START


def test_a_shape_without_a_positive_integral_is_no_density():
    text = with_shape_parameter("{type: polynomial, coefficients: [c1]}", "[-10, 10]")
    with pytest.warns(sm.SpecWarning, match="negative"):
        model, data = sm.compile(sm.parse_spec(text))
    # 1 - 9 x integrates to -3.5 over [0, 1]: what is left of the model does not know c1.
    result = sm.fit(model, data, start={"c1": -9.0})
    assert not result.ok
    assert "Flat direction: c1" in result.message


def test_a_profile_refuses_values_outside_the_bounds():
    model, data = counting(18)
    result = sm.fit(model, data)
    with pytest.raises(ValueError, match=r"within \[0, 20\]"):
        sm.profile(model, data, result, over="mu", grid=jnp.asarray([-1.0, 1.0]))


def test_data_without_a_channel_are_refused():
    model, _ = counting(18)
    with pytest.raises(KeyError, match="no events for channel c"):
        sm.fit(model, sm.Dataset(channels={}, auxiliary={}))


def test_auxiliary_observations_move_the_constraint():
    modifiers = "[{type: normsys, name: alpha, data: {hi: 1.2, lo: 0.8}}]"
    model, data = counting(18, modifiers=modifiers)
    moved = model.bind(data.with_auxiliary({"alpha": 0.5}))
    at = model.scope.at_point(model.space.point({"alpha": 0.2}))
    wanted = -0.5 * 0.3**2 - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(constraint_log_prob(model, at, moved), wanted, rtol=1e-14)
