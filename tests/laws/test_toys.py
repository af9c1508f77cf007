"""What toys of every model obey: a number decides a toy, and toys follow the model."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from models import MODELS, WITH_BINS, compiled
from statmodel.model import log_likelihood_to_first_order

NAMES = sorted({*MODELS, *WITH_BINS} - {"signed ratios"})  # that one has no pool
COUNT = 64
# Of some hundred tests with this many deviations each one in a thousand runs would fail.
FAR = 5.0


@pytest.fixture(scope="module", params=NAMES)
def drawn(request):
    """A model, the point of its toys, a sampler, and a block of toys."""
    model, _ = compiled(request.param)
    point = model.space.point()
    sampler = model.sampler(point)
    return model, point, sampler, sampler.sample(jax.random.key(1), n=COUNT)


def _rows(tree, which):
    return jax.tree.map(lambda leaf: np.asarray(leaf)[which], tree)


def _same(one, other):
    leaves = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b) for a, b in leaves)


def test_a_toy_is_the_same_whatever_is_drawn_beside_it(drawn):
    _, _, sampler, toys = drawn
    key = jax.random.key(1)
    assert _same(sampler.sample(key, n=None), _rows(toys, 0))
    assert _same(sampler.sample(key, n=7, first=5), _rows(toys, slice(5, 12)))


def test_more_room_holds_the_same_events(drawn):
    _, _, sampler, toys = drawn
    rooms = tuple(
        room._replace(parts=tuple(max(n // 2, 1) for n in room.parts))
        for room in sampler.recipe.rooms
    )
    cramped = replace(sampler, recipe=sampler.recipe._replace(rooms=rooms))
    found = cramped.sample(jax.random.key(1), n=8)
    assert np.array_equal(found.auxiliary, np.asarray(toys.auxiliary)[:8])
    for ours, theirs in zip(found.channels, toys.channels, strict=True):
        for place in range(8):
            assert _same(_events(_rows(ours, place)), _events(_rows(theirs, place)))


def _events(channel):
    """The numbers of the events that there are, in order: chunk and row in front."""
    mask = np.asarray(channel.mask)
    tables = [leaf for leaf in jax.tree.leaves(channel) if leaf.ndim == 3]
    return [np.moveaxis(np.asarray(table), 1, 2)[mask] for table in tables]


def test_toys_of_many_points_are_those_of_each_point(drawn):
    model, point, sampler, toys = drawn
    both = {name: jnp.stack([value, value]) for name, value in point.items()}
    found = model.sample(both, key=jax.random.key(1), n=2)
    for ours, theirs in zip(
        jax.tree.leaves(found), jax.tree.leaves(_rows(toys, slice(2))), strict=True
    ):
        # The point's own sums are found in another order.
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_numbers_of_events_are_those_expected(drawn):
    model, point, _, toys = drawn
    expected = model.expected(point)
    for channel, events in zip(model.channels, toys.channels, strict=True):
        numbers = np.asarray(events.mask).sum(axis=(1, 2))
        mean = float(sum(expected[channel.name].values()))
        assert abs(numbers.mean() - mean) < FAR * np.sqrt(mean / COUNT)
        dispersion = ((numbers - mean) ** 2).sum() / mean
        assert 1e-6 < stats.chi2.sf(dispersion, COUNT) < 1 - 1e-6
    if toys.counts is not None:
        mean = np.concatenate(
            [
                sum(np.asarray(x) for x in expected[name].values())
                for name in model.histograms.channels
            ]
        )
        away = np.asarray(toys.counts.observed).mean(axis=0) - mean
        assert (np.abs(away) <= FAR * np.sqrt(mean / COUNT)).all()


def test_auxiliary_observations_scatter_by_their_width(drawn):
    model, point, _, toys = drawn
    widths = np.asarray(model.prefit_widths())
    known = np.isfinite(widths) & (widths > 0)
    values = np.asarray(model.space.values(point))
    pulls = (np.asarray(toys.auxiliary) - values)[:, known] / widths[known]
    # The lognormal's mean is off by half its squared width; Poisson and gamma have tails.
    assert (np.abs(pulls.mean(axis=0)) < FAR / np.sqrt(COUNT) + 0.1).all()
    assert (np.abs(pulls.std(axis=0) - 1) < FAR / np.sqrt(2 * COUNT) + 0.1).all()


def test_the_score_at_the_truth_vanishes_on_average(drawn):
    """A law of likelihoods, so only of toys that follow the model, policy and constraints alike."""
    model, point, _, toys = drawn
    if any(getattr(one, "normalization", "") == "analytic" for one in model.channels):
        pytest.skip("made-up ratios do not average to one: the policy's model is not a density")
    free = model.space.to_free(model.space.values(point))

    def slope(one):
        return jax.grad(
            lambda at: log_likelihood_to_first_order(model, model.scope.at_free(at), one)
        )(free)

    scores = np.asarray(jax.jit(lambda all_: jax.lax.map(slope, all_))(toys))
    spread = scores.std(axis=0, ddof=1) / np.sqrt(COUNT)
    moving = spread > 1e-9
    assert (np.abs(scores.mean(axis=0)[moving]) < FAR * spread[moving]).all()


def test_held_auxiliary_observations_stay(drawn):
    model, point, _, toys = drawn
    found = model.sample(point, key=jax.random.key(1), n=3, auxiliary="held")
    assert np.array_equal(found.auxiliary, np.tile(model.auxiliary(), (3, 1)))
    assert _same(found.channels, _rows(toys, slice(3)).channels)
