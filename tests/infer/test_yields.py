"""Yields and their errors: against cabinetry, against a Jacobian by hand, and what must hold."""

import json
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import models
import statmodel as sm
from statmodel.data import make_counts
from statmodel.infer import FitResult, Status, Yields, _propagation, fit, yields
from statmodel.infer._propagation import propagated
from statmodel.spec import parse_spec

CABINETRY = json.loads(
    (Path(__file__).parents[1] / "reference" / "cabinetry_yields.json").read_text()
)

JOINT = """
statmodel: "1"
parameters:
  - {name: mu, init: 1, bounds: [0, 5]}
  - {name: a, init: 0.7}
  - {name: b, init: 0}
  - {name: c, init: 0.5, constraint: {type: gaussian, mean: 0.5, sigma: 0.2}, fixed: true}
constraints:
  - {name: ab, type: multivariate_gaussian, parameters: [a, b], mean: [0.1, 0],
     covariance: [[1.0, 0.3], [0.3, 1.5]]}
functions: [{name: root, expression: "sqrt(mu)"}]
channels:
  - name: SR
    samples:
      - {name: S, data: [4, 2], scale: mu - root}
      - {name: SBI, data: [9, 6], scale: root * (1 + 0.1 * a)}
      - {name: B, data: [10, 8], scale: (1 - root) * (1 + 0.2 * b + 0.3 * c)}
  - name: peak
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: one, yield: 5, scale: 1 + 0.3 * a, density: {type: uniform}}
      - {name: two, yield: 7, scale: mu * (1 + 0.1 * b), density: {type: uniform}}
observations:
  - {name: SR, data: [11, 7]}
  - {name: peak, events: {x: [0.1, 0.4, 0.5]}}
measurements: [{name: m, config: {poi: mu}}]
"""


@pytest.fixture(scope="module")
def published():
    return sm.compile(parse_spec(json.dumps(CABINETRY["workspace"])))


@pytest.fixture(scope="module")
def joint():
    return sm.compile(parse_spec(JOINT))


@pytest.fixture(scope="module")
def fitted(published):
    return fit(*published)


def _as_cabinetry_has_it(result: FitResult) -> FitResult:
    """The result of our fit with the values and the covariance of cabinetry's."""
    reference = CABINETRY["postfit"]
    order = [list(reference["values"]).index(name) for name in result.names]
    widths = np.array(list(reference["widths"].values()))
    covariance = np.array(reference["correlation"]) * np.outer(widths, widths)
    values = np.array(list(reference["values"].values()))
    return eqx.tree_at(
        lambda one: (one.values, one.covariance.matrix),
        result,
        (jnp.asarray(values[order]), jnp.asarray(covariance[np.ix_(order, order)])),
    )


def _against(found: Yields, reference: dict, errors: str, *, rtol: float) -> int:
    """Compare everything that cabinetry has; the number of errors compared."""
    compared = 0
    for name, table in reference.items():
        channel = found.channel(name)
        for sample, numbers in table.items():
            if sample == "total":
                here, total = channel.bins, channel.total.errors
            elif sample in channel.samples:
                here = channel.sample(sample)
                total = channel.totals.errors[channel.samples.index(sample)]
            else:  # cabinetry has a row of zeros where a channel lacks a sample
                assert not np.any(numbers["events"])
                continue
            # The same sums of the same products, in another order.
            np.testing.assert_allclose(here.events, numbers["events"], rtol=1e-12)
            np.testing.assert_allclose(here.errors, numbers[errors], rtol=rtol)
            np.testing.assert_allclose(total, numbers[f"total_{errors}"], rtol=rtol)
            compared += here.errors.size + 1
    return compared


# `slopes` are differences over 1e-4 of a width: rounding of 1e-16 / 1e-4, and curvature of 1e-8.
# `steps` are over a whole width, where codes 4 bend: a response of 1.3 by (ln 1.3)^2/6 = 1.1 %.
@pytest.mark.parametrize(("errors", "rtol"), [("slopes", 1e-7), ("steps", 0.02)])
def test_before_the_fit_the_numbers_are_cabinetrys(published, errors: str, rtol: float):
    found = yields(*published)
    assert (
        _against(found, CABINETRY["prefit"]["yields"], errors, rtol=rtol) == 29
    )  # (3 + 1) * (4 + 1) + (2 + 1) * (2 + 1)
    values = dict(zip(found.names, np.asarray(found.values), strict=True))
    assert values == pytest.approx(CABINETRY["prefit"]["values"], abs=0)
    assert set(found.left_out) == {"mu", "k_top"}
    assert "nothing in the errors from mu, k_top (no constraint)" in found.message.replace(
        "k_top, mu", "mu, k_top"
    )


# After the fit, fake_rate stands at -0.27, and a step of its width reaches beyond its anchor.
@pytest.mark.parametrize(("errors", "rtol"), [("slopes", 1e-7), ("steps", 0.12)])
def test_after_the_fit_the_numbers_are_cabinetrys(published, fitted, errors: str, rtol: float):
    found = yields(*published, _as_cabinetry_has_it(fitted))
    assert (
        _against(found, CABINETRY["postfit"]["yields"], errors, rtol=rtol) == 29
    )  # (3 + 1) * (4 + 1) + (2 + 1) * (2 + 1)


def test_our_own_fit_gives_cabinetrys_yields(published, fitted):
    """Within what minuit's minimum and its covariance by finite differences are worth."""
    found = yields(*published, fitted)
    for name, table in CABINETRY["postfit"]["yields"].items():
        total, reference = found.channel(name).bins, table["total"]
        # minuit stops at an EDM of 1e-3 or so: sqrt(2 EDM) = 0.05 errors.
        assert (np.abs(total.events - np.array(reference["events"])) < 0.05 * total.errors).all()
        np.testing.assert_allclose(total.errors, reference["slopes"], rtol=0.02)  # minuit's HESSE


def test_correlations_enter_sums(published, fitted):
    """k_top and its background are anticorrelated with mu, so that the sum is known better."""
    sr = yields(*published, fitted).channel("SR")
    apart = np.sqrt((np.asarray(sr.entries.errors) ** 2).sum(axis=0))
    assert (np.asarray(sr.bins.errors) < 0.9 * apart).all()


def _by_hand(mu: float, a: float, b: float, variance: np.ndarray) -> dict:
    """Events, and errors from the Jacobian in (mu, a, b), of `JOINT`."""
    root, c = np.sqrt(mu), 0.5
    s, sbi, bkg = np.array([4.0, 2.0]), np.array([9.0, 6.0]), np.array([10.0, 8.0])
    slope, response = 0.5 / root, 1 + 0.2 * b + 0.3 * c
    events = np.stack([s * (mu - root), sbi * root * (1 + 0.1 * a), bkg * (1 - root) * response])
    jacobian = np.zeros((3, 2, 3))
    jacobian[0, :, 0] = s * (1 - slope)
    jacobian[1, :, 0], jacobian[1, :, 1] = sbi * slope * (1 + 0.1 * a), 0.1 * sbi * root
    jacobian[2, :, 0], jacobian[2, :, 2] = -bkg * slope * response, 0.2 * bkg * (1 - root)
    rates = np.array([5 * (1 + 0.3 * a), 7 * mu * (1 + 0.1 * b)])
    rate_jacobian = np.array([[0.0, 1.5, 0.0], [7 * (1 + 0.1 * b), 0.0, 0.7 * mu]])

    def error(of: np.ndarray) -> np.ndarray:
        return np.sqrt(np.einsum("...k,kl,...l->...", of, variance, of))

    return {
        "entries": (events, error(jacobian)),
        "bins": (events.sum(0), error(jacobian.sum(0))),
        "totals": (events.sum(1), error(jacobian.sum(1))),
        "total": (events.sum(), error(jacobian.sum((0, 1)))),
        "rates": (rates, error(rate_jacobian)),
        "rate": (rates.sum(), error(rate_jacobian.sum(0))),
    }


def _same(found: Yields, expected: dict) -> None:
    sr, peak = found.channel("SR"), found.channel("peak")
    pairs = {
        "entries": sr.entries,
        "bins": sr.bins,
        "totals": sr.totals,
        "total": sr.total,
        "rates": peak.totals,
        "rate": peak.total,
    }
    for name, one in pairs.items():
        # A dozen products and sums; the factor of the covariance costs a digit or two.
        np.testing.assert_allclose(one.events, expected[name][0], rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(one.errors, expected[name][1], rtol=1e-10, err_msg=name)


def test_joint_constraints_enter_with_their_covariance(joint):
    """Before the fit: a and b at their auxiliary values, mu, which is unconstrained, adds nothing,
    nor does c, which is fixed."""
    variance = np.array([[0, 0, 0], [0, 1.0, 0.3], [0, 0.3, 1.5]])
    found = yields(*joint, at={"mu": 2.0})
    _same(found, _by_hand(2.0, 0.1, 0.0, variance))
    assert found.left_out == ("mu",)


def test_after_the_fit_errors_are_those_of_the_covariance(joint):
    result = fit(*joint)
    assert result.ok, result.message
    order = [result.names.index(name) for name in ("mu", "a", "b")]
    variance = np.asarray(result.covariance.matrix)[np.ix_(order, order)]
    point = [float(result.point[name]) for name in ("mu", "a", "b")]
    _same(yields(*joint, result), _by_hand(*point, variance))


def test_covariances_that_are_singular_have_errors_too(joint):
    model, _ = joint
    order = [model.space.index(name) for name in ("mu", "a", "b")]
    covariance = np.zeros((model.space.size,) * 2)
    variance = np.outer([0.1, 0.2, -0.3], [0.1, 0.2, -0.3])  # all three move as one
    covariance[np.ix_(order, order)] = variance
    values = np.asarray(model.space.values(model.space.point({"mu": 2.0, "a": 0.1})))
    found = propagated(model, values, covariance).errors
    expected = _by_hand(2.0, 0.1, 0.0, variance)
    # Eigenvalues that should vanish are 1e-16 of the largest: their roots 1e-8.
    np.testing.assert_allclose(found.entries, expected["entries"][1], rtol=1e-7)
    np.testing.assert_allclose(found.rates, expected["rates"][1], rtol=1e-7)


@pytest.mark.parametrize("name", list(models.MODELS))
def test_unbinned_processes_have_the_errors_of_central_differences(name: str):
    model, _ = models.compiled(name)
    names, values = model.space.names, np.asarray(model.space.init)
    random = np.random.default_rng(20261122).normal(size=(values.size, values.size))
    covariance = 0.01 * random @ random.T
    found = propagated(model, values, covariance)
    channel, step = model.channels[0].name, 1e-5

    def rates(at: np.ndarray) -> np.ndarray:
        expected = model.expected(dict(zip(names, at, strict=True)))
        return np.array(list(expected[channel].values()))

    shifts = np.eye(values.size) * step
    jacobian = np.stack([rates(values + one) - rates(values - one) for one in shifts], axis=1)
    variance = jacobian @ covariance @ jacobian.T / (2 * step) ** 2
    # Differences: curvature of step^2 = 1e-10, rounding of 1e-16 * 100 events / 1e-5 = 1e-9.
    np.testing.assert_allclose(found.events.rates, rates(values), rtol=1e-12)
    np.testing.assert_allclose(found.errors.rates, np.sqrt(np.diagonal(variance)), rtol=1e-6)
    np.testing.assert_allclose(found.errors.channels, [np.sqrt(variance.sum())], rtol=1e-6)


def test_a_free_normalisation_makes_the_total_as_uncertain_as_its_count():
    """One bin, one free factor: the expected events are n +- sqrt(n), whatever the yield."""
    text = """{"channels": [{"name": "c", "samples": [{"name": "b", "data": [7.0], "modifiers":
      [{"name": "k", "type": "normfactor", "data": null}]}]}], "version": "1.0.0",
      "observations": [{"name": "c", "data": [36]}],
      "measurements": [{"name": "m", "config": {"poi": "k", "parameters": []}}]}"""
    model, data = sm.compile(parse_spec(text))
    total = yields(model, data, fit(model, data)).channel("c").total
    assert float(total.events) == pytest.approx(36, rel=1e-6)  # EDM below 1e-10
    assert float(total.errors) == pytest.approx(6, rel=1e-6)


def test_a_signal_of_strength_zero_has_the_error_of_its_strength(published):
    """Of events that vanish the derivative does not: 0.3 times the nominal ones."""
    model, _ = published
    values = np.array(model.space.init)
    values[model.space.index("mu")] = 0.0
    covariance = np.zeros((model.space.size,) * 2)
    covariance[model.space.index("mu"), model.space.index("mu")] = 0.3**2
    found = propagated(model, values, covariance)
    signal = np.array([1.0, 4, 9, 3])
    assert np.asarray(found.events.entries[0, :4]).tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(found.errors.entries[0, :4], 0.3 * signal, rtol=1e-14)  # a product
    np.testing.assert_allclose(found.errors.bins, [*(0.3 * signal), 0, 0], rtol=1e-14)


def test_roots_on_their_bound_leave_the_errors_finite(joint):
    model, data = joint
    none = data.with_counts({"SR": make_counts([10, 8])})
    found = yields(model, none, at={"mu": 0.0})
    assert np.isfinite(found.channel("SR").entries.errors).all()
    assert np.asarray(found.channel("SR").sample("SBI").events).tolist() == [0.0, 0.0]


def test_parameters_on_a_bound_are_named(published, fitted):
    resting = eqx.tree_at(lambda one: one.at_bound, fitted, fitted.at_bound.at[0].set(True))
    found = yields(*published, resting)
    assert found.left_out == fitted.names[:1]
    assert found.message.endswith(f"{fitted.names[0]} (at a bound)")


def test_a_failed_fit_has_no_errors_and_says_why(published, fitted):
    failed = eqx.tree_at(lambda one: one.status, fitted, jnp.asarray(int(Status.STEP_LIMIT)))
    found = yields(*published, failed)
    assert not found.ok
    assert found.message.startswith("no errors, the fit failed: ")
    sr = found.channel("SR")
    assert np.isfinite(sr.entries.events).all()
    for one in (sr.entries, sr.bins, sr.totals, sr.total):
        assert np.isnan(one.errors).all()
    again = Yields.from_json(found.to_json())
    assert not again.ok
    assert np.isnan(again.channel("SR").total.errors)


def test_observed_counts_stand_beside_what_is_expected(joint):
    model, data = joint
    masked = data.with_counts({"SR": make_counts([11, 7], mask=[True, False])})
    found = yields(model, masked)
    np.testing.assert_array_equal(found.channel("SR").observed, [11.0, np.nan])
    np.testing.assert_array_equal(found.channel("peak").observed, [3.0])  # events
    assert yields(model).channel("SR").observed is None


def test_json_reads_back_as_it_was_written(joint):
    for found in (yields(*joint), yields(joint[0]), yields(*joint, fit(*joint))):
        again = Yields.from_json(found.to_json())
        assert again.to_json() == found.to_json()
        assert eqx.tree_equal(again, found)
    assert found.provenance.data == joint[1].digest()
    assert found.provenance.spec == joint[0].measurement.digest


def test_other_points_and_covariances_compile_nothing_anew(joint):
    yields(*joint)
    before = _propagation._propagated._cached._cache_size()
    yields(*joint, at={"mu": 3.0})
    yields(*joint, fit(*joint))
    assert _propagation._propagated._cached._cache_size() == before


def test_wrong_calls_are_answered(joint, published, fitted):
    with pytest.raises(ValueError, match=r"`yields\(at=...\)`: at: there is no parameter \"nu\""):
        yields(*joint, at={"nu": 1})
    with pytest.raises(ValueError, match="the point is the fit's"):
        yields(*published, fitted, at={"mu": 1})
    with pytest.raises(ValueError, match="of another model"):
        yields(*joint, fitted)
    batch = eqx.tree_at(lambda one: one.nll, fitted, fitted.nll[None])
    with pytest.raises(ValueError, match="not of a batch"):
        yields(*published, batch)
    with pytest.raises(KeyError, match="no channel 'VR'; there are SR, CR"):
        yields(*published).channel("VR")
    with pytest.raises(KeyError, match="no sample 'W' in channel 'CR'"):
        yields(*published).channel("CR").sample("W")
