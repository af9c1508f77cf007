"""Laws of likelihoods with binned channels, over the list of small models."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import models
import statmodel as sm
from statmodel.model import constraint_log_prob, log_likelihood, structured_nll
from statmodel.spec import parse_spec

NAMES = sorted(models.WITH_BINS)
BINNED_ONLY = [name for name in NAMES if "unbinned" not in name]
SHIFTS = sorted(models.SHIFTS)


@eqx.filter_jit
def autodiff(model, free, prepared):
    def nll(u):
        return -log_likelihood(model, model.scope.at_free(u), prepared)

    return nll(free), jax.grad(nll)(free), jax.hessian(nll)(free)


@eqx.filter_jit
def in_blocks(model, free, prepared):
    return structured_nll(model, prepared, free)


def dense(model, matrix):
    """A block matrix over the parameters of a model, as one matrix."""
    size, kept = model.space.size, np.asarray(model.coordinates.kept)
    own = np.asarray(model.coordinates.own)
    whole = np.zeros((size, size))
    whole[np.ix_(kept, kept)] = matrix.shared
    cross, local = np.asarray(matrix.cross), np.asarray(matrix.local)
    for g, b in zip(*np.nonzero(own < size), strict=True):
        whole[own[g, b], kept] = whole[kept, own[g, b]] = cross[g, b]
        for other in np.flatnonzero(own[:, b] < size):
            whole[own[g, b], own[other, b]] = local[g, other, b]
    return whole


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", BINNED_ONLY)
def test_blocks_put_together_are_the_hessian_of_autodiff(name, shift):
    model, data = models.compiled(name)
    prepared, free = model.bind(data), models.free_point(model, models.SHIFTS[shift])
    value, gradient, hessian = autodiff(model, free, prepared)
    found = in_blocks(model, free, prepared)
    np.testing.assert_allclose(found.value, value, rtol=1e-12)  # another order of summation
    # 1e-10 of the largest is the rounding of sums of some dozens of terms.
    near = {"rtol": 1e-10, "atol": 1e-10 * float(jnp.abs(hessian).max())}
    np.testing.assert_allclose(found.gradient, gradient, **near)
    whole = dense(model, found.information.plus(found.bends, -1.0))
    np.testing.assert_allclose(whole, hessian, **near)


def test_some_parameters_are_eliminated_and_some_factors_of_bins_are_kept():
    model, _ = models.compiled("binned")
    eliminated = {
        model.space.names[i]
        for i in np.asarray(model.coordinates.own).ravel()
        if i < model.space.size
    }
    assert {"stat_SR[0]", "own[1]", "stat_CR[0]"} <= eliminated
    assert "free[0]" not in eliminated  # two channels read it
    model, _ = models.compiled("binned interference")
    kept = {model.space.names[i] for i in np.asarray(model.coordinates.kept)}
    assert "stat[0]" in kept  # a formula reads it
    assert "stat[1]" not in kept


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", NAMES)
def test_the_likelihood_is_the_sum_of_channels_and_constraints(name, shift):
    model, data = models.compiled(name)
    point = model.space.to_point(models.free_point(model, models.SHIFTS[shift]))
    at = model.scope.at_point(point)
    prepared = model.bind(data)
    total = constraint_log_prob(model, at, prepared)
    for channel, events in zip(model.channels, prepared.channels, strict=True):
        total += channel.log_prob(at, events)
    for channel, samples in model.expected(point).items():
        if channel in data.counts:
            bins = np.sum([np.asarray(one) for one in samples.values()], axis=0)
            total += stats.poisson.logpmf(data.counts[channel].values, bins).sum()
    # SciPy's log-gamma is another one.
    np.testing.assert_allclose(model.log_prob(point, prepared), total, rtol=1e-12)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", NAMES)
def test_the_score_of_asimov_data_vanishes_at_the_truth(name, shift):
    model, _ = models.compiled(name)
    free = models.free_point(model, models.SHIFTS[shift])
    prepared = sm.asimov(model, model.space.to_point(free))
    _, gradient, hessian = autodiff(model, free, prepared)
    held = {"eff", "k", "width"}  # their constraints have no stationary point at the observation
    for index, one in enumerate(model.space.names):
        if one not in held and hessian[index, index] > 0:
            # In units of its own error; quadrature of the unbinned channel closes to 1e-12 of 90.
            assert abs(gradient[index]) < 1e-9 * np.sqrt(hessian[index, index]), one


@pytest.mark.parametrize("name", NAMES)
def test_an_impossible_bin_is_minus_infinity_with_finite_derivatives(name):
    model, data = models.compiled(name)
    channel, counts = next(iter(data.counts.items()))
    prepared = model.bind(data)
    empty = eqx.tree_at(
        lambda m: m.histograms.shifts.nominal, model, replace_fn=lambda n: n.at[:, 0].set(-50.0)
    )
    assert counts.values[0] > 0, channel
    free = models.free_point(model, {})
    value, gradient, _ = autodiff(empty, free, prepared)
    assert value == jnp.inf
    assert bool(jnp.isfinite(gradient).all())


SHARED = """
statmodel: "1"
channels:
  - name: one
    samples: [{name: s, data: [30], modifiers: [{type: normfactor, name: mu}, ALPHA]}]
  - name: two
    samples: [{name: s, data: [50], modifiers: [ALPHA]}]
  - name: three
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [{name: flat, yield: 4, density: {type: uniform}, modifiers: [ALPHA]}]
observations:
  - {name: one, data: [33]}
  - {name: two, data: [44]}
  - {name: three, events: {x: [0.1, 0.5, 0.7]}}
measurements: [{name: m, config: {poi: mu}}]
""".replace("ALPHA", "{type: normsys, name: alpha, data: {hi: 1.1, lo: 0.9}, interpolation: code1}")


def test_a_shared_constraint_counts_once():
    model, data = sm.compile(parse_spec(SHARED))
    found = float(model.log_prob({"mu": 1.1, "alpha": 1.7}, data))
    rate = 1.1**1.7
    wanted = (
        stats.poisson.logpmf(33, 33 * rate)
        + stats.poisson.logpmf(44, 50 * rate)
        + (3 * np.log(4 * rate) - 4 * rate)
    )
    once = stats.norm.logpdf(1.7)
    assert found == pytest.approx(wanted + once, rel=1e-12)
    # Twice or three times would be told apart by far.
    assert abs(once) > 1


SHAPE = """
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 5]}, {name: n, init: 60, bounds: [0, 900]}]
channels: [CHANNEL]
observations: [OBSERVED]
measurements: [{name: m, config: {poi: mu}}]
"""
UNBINNED = """{name: c, type: unbinned, observables: [{name: x, min: 0, max: 10}], processes: [
  {name: s, yield: 30, density: {type: gaussian, mean: 5, sigma: 0.6},
   modifiers: [{type: normfactor, name: mu}]},
  {name: b, yield: n, density: {type: exponential, slope: -0.2}}]}"""


def _binned_text(counts, edges):
    signal = 30 * np.diff(stats.norm.cdf(edges, 5, 0.6))
    signal /= np.diff(stats.norm.cdf([0, 10], 5, 0.6))  # normalised on the range
    background = -np.diff(np.exp(-0.2 * edges)) / (1 - np.exp(-2.0))
    channel = (
        f"{{name: c, samples: [{{name: s, data: {signal.tolist()}, "
        "modifiers: [{type: normfactor, name: mu}]}, "
        f"{{name: b, data: {background.tolist()}, modifiers: [{{type: normfactor, name: n}}]}}]}}"
    )
    observed = f"{{name: c, data: {counts.tolist()}}}"
    return SHAPE.replace("CHANNEL", channel).replace("OBSERVED", observed)


def test_fine_bins_tend_to_the_unbinned_likelihood():
    rng = np.random.default_rng(3)
    events = np.append(rng.normal(5, 0.6, 30), rng.uniform(0, 10, 60))
    observed = f"{{name: c, events: {{x: {events.tolist()}}}}}"
    text = SHAPE.replace("CHANNEL", UNBINNED).replace("OBSERVED", observed)
    model, data = sm.compile(parse_spec(text))
    points = [{"mu": 1.0, "n": 60.0}, {"mu": 1.6, "n": 52.0}, {"mu": 0.3, "n": 75.0}]
    unbinned = np.array([float(model.log_prob(point, data)) for point in points])
    errors = []
    for bins in (100, 400, 1600):
        edges = np.linspace(0, 10, bins + 1)
        counts = np.histogram(events, edges)[0].astype(float)
        fine, binned = sm.compile(parse_spec(_binned_text(counts, edges)))
        found = np.array([float(fine.log_prob(point, binned)) for point in points])
        errors.append(np.abs(np.diff(found) - np.diff(unbinned)).max())
    # The events lie somewhere in their bins: to first order the difference falls with the width w.
    # 30 events on slopes of ln p of up to 1/0.6 differ by some sqrt(30) / 0.6 * w / 2 = 0.5 at 0.1.
    assert errors[0] < 1.0
    assert errors[2] < errors[0] / 4
    assert errors[2] < 0.02


def test_masked_bins_leave_the_sum_of_the_others():
    model, data = models.compiled("binned")
    counts = data.counts["SR"]
    masked = dataclasses.replace(counts, mask=np.array([True, False, True]))
    point = model.space.point()
    bins = sum(np.asarray(one) for one in model.expected(point)["SR"].values())
    lost = stats.poisson.logpmf(counts.values[1], bins[1])
    whole = float(model.log_prob(point, data))
    part = float(model.log_prob(point, data.with_counts({"SR": masked})))
    np.testing.assert_allclose(whole - part, lost, rtol=1e-10)  # a difference of large sums
