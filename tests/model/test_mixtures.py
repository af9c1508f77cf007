"""Analytic channels where densities underflow, and densities that are hoisted or varied."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

import statmodel as sm
from model.numpy_responses import response

_PEAK = """
statmodel: "1"
parameters:
  - {name: n_s, init: 30, bounds: [0, 500]}
  - {name: m, init: 20.0, bounds: [0, 100]}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 100}]
    processes:
      - {name: s, yield: n_s, density: {type: gaussian, mean: m, sigma: 0.5}}
      - {name: b, yield: 7, density: BACKGROUND}
observations: [{name: c, events: {x: [EVENTS]}}]
measurements: [{name: m, config: {poi: n_s}}]
"""
_FLAT = "{type: uniform}"
_FAR = "{type: gaussian, mean: 21, sigma: 0.5}"


def peak(background: str, events: str) -> tuple[sm.Model, sm.Dataset]:
    text = _PEAK.replace("BACKGROUND", background).replace("EVENTS", events)
    return sm.compile(sm.parse_spec(text))


@eqx.filter_jit
def derivatives(model, free, prepared):
    """Value, gradient and Hessian, with and without the channel's own structure."""
    channel, [events] = model.channels[0], prepared.channels
    plain = lambda u: channel.log_prob(model.scope.at_free(u), events)  # noqa: E731
    second = lambda u: channel.log_prob_to_second_order(  # noqa: E731
        model.scope.at_free(u), events
    )
    return [(f(free), jax.grad(f)(free), jax.hessian(f)(free)) for f in (plain, second)]


def test_an_event_sixty_widths_off_a_peak_lies_on_the_background():
    model, data = peak(_FLAT, "50.0")
    free = model.space.to_free(model.space.values(model.space.point()))
    for value, gradient, hessian in derivatives(model, free, model.bind(data)):
        # The peak's density there is exp(-1800): nothing, though its log is finite.
        np.testing.assert_allclose(value, np.log(7 / 100) - 37, rtol=1e-14)
        np.testing.assert_allclose(gradient, [-1.0, 0.0], atol=1e-300)
        np.testing.assert_allclose(hessian, np.zeros((2, 2)), atol=1e-300)


def test_a_mixture_whose_terms_all_underflow_keeps_its_log_and_derivatives():
    model, data = peak(_FAR, "50.0")
    point = {"n_s": 30.0, "m": 20.0}
    free = model.space.to_free(model.space.values(model.space.point(point)))
    logs = stats.norm.logpdf(50.0, [20.0, 21.0], 0.5)  # -1800 and -1682
    value = special.logsumexp(logs, b=[30.0, 7.0]) - 37
    assert np.exp(logs).max() == 0.0
    share = np.exp(logs[0] - logs[1]) / 7.0  # of the far peak, for each event of n_s: 1e-52
    for found, gradient, hessian in derivatives(model, free, model.bind(data)):
        np.testing.assert_allclose(found, value, rtol=1e-14)
        assert bool(jnp.isfinite(hessian).all())
        # The slope in m: share of s times (x - m) / sigma^2 = 120; truncation adds exp(-800).
        np.testing.assert_allclose(gradient[0], -1.0, rtol=1e-14)
        np.testing.assert_allclose(gradient[1], 30 * share * 120, rtol=1e-11)


def test_a_term_of_rate_zero_counts_for_nothing_where_the_others_underflow():
    model, data = peak(_FAR, "60.0")
    prepared = model.bind(data)
    found = model.log_prob(model.space.point({"n_s": 0.0, "m": 60.0}), prepared)
    wanted = np.log(7) + stats.norm.logpdf(60.0, 21.0, 0.5) - 7
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_densities_without_parameters_are_evaluated_when_data_are_bound():
    model, data = peak(_FAR, "18.5, 20.25, 22.0")
    channel, [events] = model.channels[0], model.bind(data).channels
    assert channel.fixed() == (False, True)
    assert events.fixed.shape == (1, 1, 16)
    np.testing.assert_array_equal(events.x[0, 0, :3], [18.5, 20.25, 22.0])
    at = model.scope.at_point(model.space.point())
    column = jax.vmap(channel.densities[1].log_prob, in_axes=(1, None))(events.x[0], at)
    np.testing.assert_array_equal(events.fixed[0, 0], column)
    wanted = stats.norm.logpdf([18.5, 20.25, 22.0], 21.0, 0.5)  # 42 widths from a bound
    np.testing.assert_allclose(events.fixed[0, 0, :3], wanted, rtol=1e-14)


def test_a_bound_column_is_what_the_likelihood_reads():
    model, data = peak(_FAR, "20.5")
    prepared = model.bind(data)
    point = model.space.point({"n_s": 0.0})
    moved = eqx.tree_at(lambda p: p.channels[0].fixed, prepared, prepared.channels[0].fixed + 0.25)
    change = model.log_prob(point, moved) - model.log_prob(point, prepared)
    assert float(change) == pytest.approx(0.25, rel=1e-12)


_VARIED = """
statmodel: "1"
parameters:
  - {name: alpha, init: 0.4}
  - {name: beta, init: -1.3}
  - {name: mu, init: 1, bounds: [0, 5]}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 10}]
    processes:
      - name: s
        yield: 12
        scale: mu
        density: {type: histogram, edges: [0, 2, 5, 10], values: [3, 6, 1]}
        modifiers:
          - {type: densitysys, name: alpha, data: {
              hi: {type: histogram, edges: [0, 2, 5, 10], values: [4, 5, 1]},
              lo: {type: histogram, edges: [0, 2, 5, 10], values: [2, 7, 2]}}}
          - {type: densitysys, name: beta, interpolation: log_smooth, data: {
              hi: {type: histogram, edges: [0, 2, 5, 10], values: [3, 3, 3]},
              lo: {type: histogram, edges: [0, 2, 5, 10], values: [1, 8, 1]}}}
      - name: b
        yield: 30
        density: {type: uniform}
observations: [{name: c, events: {x: [0.5, 2.0, 4.9, 7.5, 10.0]}}]
measurements: [{name: m, config: {poi: mu}}]
"""


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.0), (0.4, -1.3), (-1.0, 1.0), (2.2, 0.7)])
def test_a_varied_histogram_is_that_of_numpy(alpha: float, beta: float):
    model, data = sm.compile(sm.parse_spec(_VARIED))
    widths = np.array([2.0, 3.0, 5.0])

    def heights(*values: float) -> np.ndarray:
        return np.array(values) / sum(values) / widths

    nominal = heights(3, 6, 1)
    contents = nominal * widths
    for code, at, up, down in (
        ("code4", alpha, heights(4, 5, 1), heights(2, 7, 2)),
        ("log_smooth", beta, heights(3, 3, 3), heights(1, 8, 1)),
    ):
        pairs = zip(up / nominal, down / nominal, strict=True)
        contents = contents * [response(code, at, hi, lo) for hi, lo in pairs]
    density = contents / contents.sum() / widths
    bins = [0, 1, 1, 2, 2]  # an edge belongs to the bin above, the last one to the last bin
    wanted = np.log(12 * 0.8 * density[bins] + 30 / 10).sum() - 12 * 0.8 - 30
    wanted += stats.norm.logpdf([alpha, beta]).sum()
    found = model.log_prob(model.space.point({"alpha": alpha, "beta": beta, "mu": 0.8}), data)
    assert float(found) == pytest.approx(wanted, rel=1e-12)
