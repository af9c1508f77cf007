"""Laws that every likelihood obeys, over the list of small models."""

import dataclasses

import chex
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import models
import statmodel as sm
from statmodel.data import make_events
from statmodel.infer import _programs
from statmodel.model import (
    constraint_log_prob,
    log_likelihood,
    log_likelihood_to_second_order,
)

NAMES = sorted(models.MODELS)
ALL = sorted([*models.MODELS, *models.WITH_BINS])
SHIFTS = sorted(models.SHIFTS)


@eqx.filter_jit
def autodiff(model, free, prepared):
    """The oracle: value, gradient and Hessian of the plain likelihood by autodiff."""

    def plain(u):
        return log_likelihood(model, model.scope.at_free(u), prepared)

    return plain(free), jax.grad(plain)(free), jax.hessian(plain)(free)


@eqx.filter_jit
def structured(model, free, prepared):
    def second_order(u):
        return log_likelihood_to_second_order(model, model.scope.at_free(u), prepared)

    return second_order(free), jax.grad(second_order)(free), jax.hessian(second_order)(free)


@eqx.filter_jit
def value(model, free, prepared):
    return log_likelihood(model, model.scope.at_free(free), prepared)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", ALL)
def test_structured_derivatives_are_those_of_autodiff(name, shift):
    model, data = models.compiled(name)
    prepared, free = model.bind(data), models.free_point(model, models.SHIFTS[shift])
    wanted, got = autodiff(model, free, prepared), structured(model, free, prepared)
    # Sums of some hundred terms of order one to a thousand: 1e-10 of the largest is rounding.
    for left, right in zip(got, wanted, strict=True):
        np.testing.assert_allclose(
            left, right, rtol=1e-10, atol=1e-10 * float(jnp.abs(right).max())
        )


@pytest.mark.parametrize("shift", ["nominal", "beyond"])
@pytest.mark.parametrize("name", ALL)
def test_autodiff_is_finite_differences(name, shift):
    model, data = models.compiled(name)
    prepared, free = model.bind(data), models.free_point(model, models.SHIFTS[shift])
    _, gradient, hessian = autodiff(model, free, prepared)
    scale = 1.0 / np.sqrt(np.abs(np.diag(hessian)))
    for index, step in enumerate(1e-4 * scale):
        ahead, behind = (free.at[index].add(sign * step) for sign in (1, -1))
        slope = (value(model, ahead, prepared) - value(model, behind, prepared)) / (2 * step)
        # In units of each parameter's own curvature a central difference errs by step^2 = 1e-8,
        # and by the rounding of the value, 1e-13 * 1e3 / 1e-4.
        assert abs(float(slope - gradient[index])) * scale[index] < 1e-5
        change = autodiff(model, ahead, prepared)[1] - autodiff(model, behind, prepared)[1]
        difference = (change / (2 * step) - hessian[index]) * scale * scale[index]
        assert float(jnp.abs(difference).max()) < 1e-5


@pytest.mark.parametrize("name", ALL)
def test_jit_vmap_and_loop_agree(name):
    model, data = models.compiled(name)
    prepared = model.bind(data)
    points = jnp.stack([models.free_point(model, models.SHIFTS[shift]) for shift in SHIFTS])
    batched = eqx.filter_jit(eqx.filter_vmap(value, in_axes=(None, 0, None)))
    single = [value(model, point, prepared) for point in points]
    np.testing.assert_allclose(batched(model, points, prepared), single, rtol=1e-13)
    with jax.disable_jit():
        plain = log_likelihood(model, model.scope.at_free(points[0]), prepared)
    np.testing.assert_allclose(plain, single[0], rtol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_padding_counts_for_nothing_even_as_nan(name):
    model, data = models.compiled(name)
    prepared = model.bind(data)
    channel = prepared.channels[0]
    assert not bool(channel.mask.all())

    def spoil(leaf):
        if leaf.dtype == bool or leaf.ndim < 2:
            return leaf
        mask = channel.mask.reshape(channel.mask.shape[0], *[1] * (leaf.ndim - 2), -1)
        return jnp.where(mask, leaf, jnp.nan)

    spoiled = dataclasses.replace(jax.tree.map(spoil, channel), weights=channel.weights)
    spoiled = eqx.tree_at(lambda p: p.channels[0], prepared, spoiled)
    free = models.free_point(model, models.SHIFTS["nominal"])
    np.testing.assert_array_equal(value(model, free, spoiled), value(model, free, prepared))


def _events(data, rows):
    """Rows of the only channel's events."""
    [(name, events)] = data.channels.items()
    weights = None if events.weights is None else events.weights[rows]
    columns = {column: values[rows] for column, values in events.columns.items()}
    return dataclasses.replace(data, channels={name: make_events(columns, weights=weights)})


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_events_does_not_matter(name):
    model, data = models.compiled(name)
    size = next(iter(data.channels.values())).size
    shuffled = _events(data, np.random.default_rng(0).permutation(size))
    free = models.free_point(model, {})
    left, right = (value(model, free, model.bind(one)) for one in (data, shuffled))
    np.testing.assert_allclose(left, right, rtol=1e-13)  # another order of summation


@pytest.mark.parametrize("name", NAMES)
def test_weight_two_is_the_event_twice(name):
    model, data = models.compiled(name)
    [(channel, events)] = data.channels.items()
    weights = np.ones(events.size)
    plain = dataclasses.replace(events, weights=weights)
    heavy = dataclasses.replace(events, weights=np.where(np.arange(events.size) < 5, 2.0, 1.0))
    data = dataclasses.replace(data, channels={channel: plain})
    twice = _events(data, np.append(np.arange(events.size), np.arange(5)))
    data = dataclasses.replace(data, channels={channel: heavy})
    free = models.free_point(model, {})
    left, right = (value(model, free, model.bind(one)) for one in (data, twice))
    np.testing.assert_allclose(left, right, rtol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_no_event_leaves_the_rate_and_the_constraints(name):
    model, data = models.compiled(name)
    prepared = model.bind(_events(data, np.zeros(0, int)))
    free = models.free_point(model, {})
    at = model.scope.at_free(free)
    total = sum(model.channels[0].expected(at))
    wanted = constraint_log_prob(model, at, prepared) - total
    np.testing.assert_allclose(value(model, free, prepared), wanted, rtol=1e-13)
    for part in structured(model, free, prepared):
        assert bool(jnp.isfinite(part).all())


@pytest.mark.parametrize("name", NAMES)
def test_one_event_adds_the_log_of_its_intensity(name):
    model, data = models.compiled(name)
    free = models.free_point(model, {})
    at = model.scope.at_free(free)
    one, none = (model.bind(_events(data, np.arange(n))) for n in (1, 0))
    intensity = model.channels[0].components(at, one.channels[0])[0, :, 0].sum()
    weight = one.channels[0].weights[0, 0]
    added = value(model, free, one) - value(model, free, none)
    np.testing.assert_allclose(added, weight * jnp.log(intensity), rtol=1e-11)


@pytest.mark.parametrize("name", ["ratio, reference policy", "signed ratios"])
def test_derivatives_in_s_are_finite_where_mu_vanishes(name):
    model, data = models.compiled(name)
    prepared, free = model.bind(data), models.free_point(model, {"mu": 0.0})
    index = model.space.index("mu")
    assert index in model.space.rooted
    for part in (*autodiff(model, free, prepared), *structured(model, free, prepared)):
        assert bool(jnp.isfinite(part).all())
    # One-sided in s: s >= 0 is the domain, and p = s^2 has slope 0 there.
    steps = jnp.asarray([0.0, 1e-5, 2e-5])
    values = [value(model, free.at[index].set(s), prepared) for s in steps]
    slope = (-3 * values[0] + 4 * values[1] - values[2]) / 2e-5
    np.testing.assert_allclose(slope, autodiff(model, free, prepared)[1][index], rtol=1e-5)


@pytest.mark.parametrize("name", ["ratio, reference policy", "signed ratios"])
def test_the_derivative_in_mu_is_infinite_where_mu_vanishes(name):
    model, data = models.compiled(name)
    prepared = model.bind(data)
    point = model.space.point({"mu": 0.0})
    slope = jax.grad(lambda mu: model.log_prob(point | {"mu": mu}, prepared))(jnp.asarray(0.0))
    assert bool(jnp.isinf(slope))


def test_a_negative_total_is_minus_infinity_with_finite_derivatives():
    model, data = models.compiled("signed ratios")
    prepared = model.bind(data)
    ratios = prepared.channels[0].ratios.at[0, 2, 3].set(-50.0)
    spoiled = eqx.tree_at(lambda p: p.channels[0].ratios, prepared, ratios)
    free = models.free_point(model, {})
    assert value(model, free, spoiled) == -jnp.inf
    assert bool(jnp.isfinite(structured(model, free, spoiled)[1]).all())


def test_a_second_call_with_other_numbers_does_not_trace_again():
    model, data = models.compiled("signed ratios")
    size = next(iter(data.channels.values())).size
    fewer = _events(data, np.arange(size - 3))  # of like size: the same padding

    @eqx.filter_jit
    @chex.assert_max_traces(n=1)
    def traced(model, prepared, free):
        return log_likelihood(model, model.scope.at_free(free), prepared)

    for one in (data, fewer):
        for mu in (0.5, 2.0):
            traced(model, model.bind(one), models.free_point(model, {"mu": mu}))


def test_a_second_fit_with_other_data_and_fixed_values_does_not_trace_again(monkeypatch):
    model, data = models.compiled("signed ratios")
    size = next(iter(data.channels.values())).size
    once = chex.assert_max_traces(_programs.minimise, n=1)
    monkeypatch.setattr(_programs, "minimise", once)
    fresh = eqx.filter_jit(_programs._judged.__wrapped__)
    monkeypatch.setattr(_programs, "_judged", fresh)
    assert sm.fit(model, data).ok
    assert sm.fit(model, _events(data, np.arange(size - 3)), start={"mu": 2.0}).ok
    assert sm.fit(model, data, fixed={"mu": 0.7}).ok
    assert sm.fit(model, data, fixed={"mu": 1.7}).ok
