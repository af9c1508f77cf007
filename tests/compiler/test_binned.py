"""Binned channels, from the document to the likelihood, against pyhf's stored numbers and SciPy."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest
from scipy import stats

import statmodel as sm
from model.test_published_histograms import WORKSPACES
from statmodel.data import make_counts
from statmodel.spec import parse_spec

MIXED = """
statmodel: "1"
parameters:
  - {name: mu, init: 1, bounds: [0, 5]}
  - {name: kappa, init: 1, bounds: [0, 3]}
functions: [{name: strength, expression: "mu - sqrt(mu)"}]
channels:
  - name: SR
    samples:
      - {name: S, data: [4, 2], scale: strength}
      - {name: SBI, data: [9, 6], scale: "sqrt(mu)"}
      - {name: B, data: [10, 8], scale: "1 - sqrt(mu)",
         modifiers: [{type: normsys, name: alpha, data: {hi: 1.1, lo: 0.9},
          interpolation: code1}]}
  - name: CR
    samples:
      - {name: B, data: [100], modifiers: [{type: scalefactor, data: {formula: "kappa**2"}},
         {type: normsys, name: alpha, data: {hi: 1.05, lo: 0.97},
          interpolation: code1}]}
  - name: peak
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: flat, yield: 5, density: {type: uniform},
         modifiers: [{type: normsys, name: alpha, data: {hi: 1.2, lo: 0.9},
          interpolation: code1}]}
observations:
  - {name: SR, data: [11, 7]}
  - {name: CR, data: [96]}
  - {name: peak, events: {x: [0.1, 0.4, 0.5]}}
measurements: [{name: m, config: {poi: mu, parameters: []}}]
"""


@pytest.fixture(scope="module")
def mixed():
    return sm.compile(parse_spec(MIXED))


@pytest.mark.filterwarnings("ignore::statmodel.SpecWarning")  # of background-only workspaces
@pytest.mark.parametrize("name", WORKSPACES)
def test_published_workspaces_have_pyhfs_log_probability(shared_data: Path, name: str):
    folder = shared_data / "pyhf_workspaces"
    reference = json.loads((folder / "pyhf_reference.json").read_text())["workspaces"][name]
    model, data = sm.compile(folder / name)
    names = [one if one != "lumi[0]" else "lumi" for one in reference["par_names"]]
    assert set(names) == set(model.space.names)
    for label in ("init", "test_point"):
        point = dict(zip(names, reference[label], strict=True))
        # Sums over some hundreds of terms, in another order.
        expected = pytest.approx(reference[f"logpdf_{label}"], rel=1e-12)
        assert float(model.log_prob(point, data)) == expected


def test_mixed_likelihood_is_the_sum_of_its_parts(mixed):
    model, data = mixed
    point = {"mu": 1.7, "kappa": 1.1, "alpha": 0.4}
    root = 1.7**0.5
    signal, both = np.array([4, 2]), np.array([9, 6])
    background = np.array([10, 8]) * 1.1**0.4
    regions = (1.7 - root) * signal + root * both + (1 - root) * background
    control = 100 * 1.1**2 * 1.05**0.4
    flat = 5 * 1.2**0.4
    wanted = (
        stats.poisson.logpmf([11, 7], regions).sum()
        + stats.poisson.logpmf(96, control)
        + 3 * np.log(flat)
        - flat
        + stats.norm.logpdf(0, 0.4)  # once, though three channels read it
    )
    assert float(model.log_prob(point, data)) == pytest.approx(wanted, rel=1e-12)


def test_expected_has_bins_for_binned_and_rates_for_unbinned_channels(mixed):
    model, _ = mixed
    expected = model.expected(model.space.point({"mu": 4.0}))
    np.testing.assert_allclose(expected["SR"]["S"], [8.0, 4.0], rtol=1e-14)
    np.testing.assert_allclose(expected["SR"]["B"], [-10.0, -8.0], rtol=1e-14)
    assert expected["CR"].keys() == {"B"}
    assert expected["peak"]["flat"].shape == ()


def test_a_masked_bin_is_as_if_it_were_not_measured(mixed):
    model, data = mixed
    point = model.space.point()
    one = data.with_counts({"SR": make_counts([11, 7], mask=[True, False])})
    other = data.with_counts({"SR": make_counts([11, 900], mask=[True, False])})
    whole, masked = float(model.log_prob(point, data)), float(model.log_prob(point, one))
    # At mu = 1 the second bin of SR expects 6 events.
    assert whole - masked == pytest.approx(stats.poisson.logpmf(7, 6), rel=1e-12)
    assert float(model.log_prob(point, other)) == masked
    assert one.digest() == other.digest() != data.digest()


@pytest.mark.parametrize(
    ("counts", "error"),
    [({"SR": [1.0, 2.0, 3.0]}, r"SR has 2 bins, the data set 3 counts")],
)
def test_counts_of_another_length_are_refused(mixed, counts, error):
    model, data = mixed
    wrong = data.with_counts({name: make_counts(values) for name, values in counts.items()})
    with pytest.raises(ValueError, match=error):
        model.bind(wrong)


def test_a_channel_without_counts_is_named(mixed):
    model, data = mixed
    with pytest.raises(KeyError, match="no counts for channel CR"):
        model.bind(sm.Dataset(data.channels, {}, {"SR": data.counts["SR"]}))


def test_asimov_counts_are_the_expected_ones_and_give_their_truth_back(mixed):
    model, _ = mixed
    truth = model.space.point({"mu": 2.0, "kappa": 1.2, "alpha": 0.3})
    data = sm.asimov(model, truth)
    result = sm.fit(model, data)
    assert result.ok
    # The score vanishes to rounding at the truth.
    np.testing.assert_allclose(result.values, [2.0, 1.2, 0.3], atol=1e-6)


def test_structured_derivatives_of_a_mixed_model_are_those_of_autodiff(mixed):
    model, data = mixed
    prepared = model.bind(data)

    def plain(free):
        return -sm.model.log_likelihood(model, model.scope.at_free(free), prepared)

    point = model.space.point({"mu": 2.1, "kappa": 0.9, "alpha": -1.3})
    at = model.space.to_free(model.space.values(point))
    found = sm.derivatives(model, data, point)
    jacobian = model.space.jacobian(at)
    # In the user's units: the chain rule of p = s^2, by hand.
    gradient = jax.grad(plain)(at)
    np.testing.assert_allclose(found.gradient, gradient / jacobian, rtol=1e-10)


def plain(name="mu"):
    """A pyhf workspace as `json.load` has it."""
    modifier = {"name": name, "type": "normfactor", "data": None}
    sample = {"name": "s", "data": [5.0, 6.0], "modifiers": [modifier]}
    return {
        "version": "1.0.0",
        "channels": [{"name": "SR", "samples": [sample]}],
        "observations": [{"name": "SR", "data": [4, 7]}],
        "measurements": [{"name": "m", "config": {"poi": name, "parameters": []}}],
    }


def test_plain_values_compile_as_their_text_does():
    model, data = sm.compile(plain())
    same, _ = sm.compile(parse_spec(json.dumps(plain()), format="json"))
    assert model.space == same.space
    assert model.measurement == same.measurement  # the fingerprint of the document among it
    expected = stats.poisson.logpmf([4, 7], [5, 6]).sum()
    assert float(model.log_prob({"mu": 1.0}, data)) == pytest.approx(expected, rel=1e-14)


def test_wrong_plain_values_are_told_with_their_path():
    wrong = plain()
    wrong["channels"][0]["samples"][0]["modifiers"][0]["type"] = "normfactr"
    with pytest.raises(sm.SpecErrors, match=r'modifiers\[0\].*Did you mean "normfactor"'):
        sm.compile(wrong)


def test_counts_of_a_channel_that_is_none_are_refused():
    model, data = sm.compile(plain())
    with pytest.raises(KeyError, match='counts for "SRQ".*Did you mean "SR"'):
        model.bind(data.with_counts({"SRQ": make_counts([1, 2])}))


def test_the_error_of_a_parameter_that_is_none():
    model, data = sm.compile(plain())
    with pytest.raises(KeyError, match='no parameter "muu". Did you mean "mu"'):
        sm.fit(model, data).error("muu")
