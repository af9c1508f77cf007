"""Many data sets in one call: each fit is what it is alone, whatever the others are."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import models
import statmodel as sm
from statmodel.data import make_counts
from statmodel.infer import Status
from statmodel.infer import _batch as batch


def bound_toys(model, data, count):
    """Counts around what is expected, auxiliary measurements around theirs by a part of a width."""
    rng = np.random.default_rng(17)
    expected = model.expected(model.space.point())
    widths = np.asarray(model.prefit_widths())
    found = []
    for _ in range(count):
        bins = {name: rng.poisson(sum(expected[name].values())) for name in data.counts}
        counts = {name: make_counts(seen.astype(float).tolist()) for name, seen in bins.items()}
        one = model.bind(data.with_counts(counts))
        moved = np.where(np.isfinite(widths), 0.3 * widths * rng.normal(size=widths.size), 0.0)
        found.append(eqx.tree_at(lambda p: p.auxiliary, one, one.auxiliary + moved))
    return found


def stacked(one_by_one):
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *one_by_one)


@pytest.fixture(scope="module")
def binned():
    return models.compiled("binned")


@pytest.fixture(scope="module")
def toys(binned):
    return bound_toys(*binned, count=9)


def _several(model, data, count):
    """Toys of bins around what is expected; of models without bins, drawn by the model."""
    if model.histograms is not None:
        return bound_toys(model, data, count=count)
    drawn = model.sample(model.space.point(), key=jax.random.key(4), n=count)
    return [jax.tree.map(lambda leaf, at=place: leaf[at], drawn) for place in range(count)]


@pytest.mark.parametrize(
    "name",
    [
        "analytic",
        "ratio, reference policy",
        "binned",
        "binned interference",
        "binned and unbinned",
    ],
)
def test_each_fit_is_what_it_is_alone(name):
    model, data = models.compiled(name)
    some = _several(model, data, count=3)
    together = sm.fit(model, stacked(some))
    assert together.values.shape == (3, model.space.size)
    for place, one in enumerate(some):
        alone = sm.fit(model, one)
        assert int(together.status[place]) == int(alone.status)
        # Searches begin with one metric or with each one's own: EDM below 1e-10 at either end.
        np.testing.assert_allclose(together.nll[place], alone.nll, atol=3e-10)
        near = 3e-5 * np.asarray(jnp.nan_to_num(alone.errors, nan=1.0))
        assert (np.abs(together.values[place] - alone.values) <= near).all()
        np.testing.assert_allclose(together.errors[place], alone.errors, rtol=1e-4)
        np.testing.assert_array_equal(together.at_bound[place], alone.at_bound)


def test_without_covariance_the_minima_are_the_same(binned, toys):
    model, _ = binned
    whole, ends = (sm.fit(model, stacked(toys), covariance=full) for full in (True, False))
    np.testing.assert_array_equal(ends.status, whole.status)
    # One minimum lies on the kink that code 1 has at zero, where no gradient vanishes.
    kinked = np.asarray(whole.status) != Status.CONVERGED
    assert np.abs(np.asarray(whole.values)[kinked, model.space.names.index("gamma")]).max() < 1e-6
    assert kinked.sum() == 1
    np.testing.assert_allclose(ends.nll, whole.nll, atol=3e-10)  # EDM below 1e-10 at either end
    np.testing.assert_allclose(ends.pulls, whole.pulls, atol=1e-4)
    assert np.isnan(ends.errors).all()
    assert np.isnan(ends.covariance.matrix).all()
    assert np.isnan(sm.fit(model, toys[0], covariance=False).errors).all()


def test_a_fit_depends_on_its_own_data_only(binned, toys):
    model, _ = binned
    whole = sm.fit(model, stacked(toys), covariance=False)
    order = [5, 0, 8]
    some = sm.fit(model, stacked([toys[place] for place in order]), covariance=False)
    for name in ("values", "nll", "edm", "steps", "status"):
        of_all, of_some = (np.asarray(getattr(result, name)) for result in (whole, some))
        np.testing.assert_array_equal(of_all[order], of_some)


def test_more_than_a_chunk_is_fitted_in_chunks(binned, toys, monkeypatch):
    model, _ = binned
    whole = sm.fit(model, stacked(toys), covariance=False)
    monkeypatch.setattr(batch, "CHUNK", 4)
    parts = sm.fit(model, stacked(toys), covariance=False)
    assert parts.nll.shape == (len(toys),)
    np.testing.assert_allclose(parts.nll, whole.nll, rtol=1e-12)  # another program, other rounding


def test_large_data_sets_are_fitted_few_at_a_time(monkeypatch):
    model, data = models.compiled("binned and unbinned")
    toys = model.sample(model.space.point(), key=jax.random.key(3), n=9)
    work = batch.Work(toys, jnp.zeros(0), jnp.zeros(0, bool), jnp.zeros(0))
    assert batch.chunk_of(work) == batch.CHUNK
    assert batch.chunk_of(work._replace(prepared=model.bind(data))) == batch.CHUNK
    whole = sm.fit(model, toys)
    rows = sum(channel.mask[0].size for channel in toys.channels)
    monkeypatch.setattr(batch, "_ROWS_OF_CHUNK", 5 * rows)
    assert batch.chunk_of(work) == 4
    parts = sm.fit(model, toys)
    np.testing.assert_allclose(parts.nll, whole.nll, rtol=1e-12)  # another program, other rounding
    assert (parts.status == whole.status).all()


def test_another_batch_compiles_nothing(binned, toys):
    model, _ = binned
    sm.fit(model, stacked(toys), covariance=False)
    before = batch._ends._cached._cache_size()
    sm.fit(model, stacked(toys[:2]), covariance=False, start={"mu": 0.5}, fixed={"alpha": 0.1})
    assert batch._ends._cached._cache_size() == before


def test_one_bad_toy_does_not_spoil_the_rest(binned, toys):
    model, _ = binned
    bad = jax.tree.map(lambda leaf: leaf * jnp.nan if leaf.dtype == float else leaf, toys[1])
    found = sm.fit(model, stacked([toys[0], bad, toys[2]]), covariance=False)
    assert found.status.tolist() == [Status.CONVERGED, Status.BAD_START, Status.CONVERGED]
    assert found.message == "2 of 3 fits converged"
    sound = sm.fit(model, stacked([toys[0], toys[2]]), covariance=False)
    np.testing.assert_array_equal(found.values[::2], sound.values)


def test_several_starts_or_other_minimizers_are_for_one_data_set(binned, toys):
    model, _ = binned
    for option in ({"starts": 2}, {"minimizer": "lbfgs"}):
        with pytest.raises(ValueError, match="several data sets"):
            sm.fit(model, stacked(toys), **option)


def test_a_count_is_fitted_as_in_closed_form():
    text = """
{"channels": [{"name": "c", "samples": [
   {"name": "s", "data": [4], "modifiers": [{"name": "mu", "type": "normfactor", "data": null}]},
   {"name": "b", "data": [6], "modifiers": []}]}],
 "observations": [{"name": "c", "data": [18]}], "version": "1.0.0",
 "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}]}"""
    model, data = sm.compile(sm.parse_spec(text, format="json"))
    seen = np.array([18.0, 6.0, 2.0, 30.0])
    bound = [model.bind(data.with_counts({"c": make_counts([n])})) for n in seen]
    found = sm.fit(model, stacked(bound))
    # n = 4 mu + 6 where that is not below the bound at 0.
    np.testing.assert_allclose(found.point["mu"], np.maximum((seen - 6) / 4, 0), atol=1e-5)
    np.testing.assert_array_equal(found.at_bound[:, 0], seen <= 6)


def test_a_parameter_without_effect_is_told_with_and_without_covariance():
    text = """
{"channels": [{"name": "c", "samples": [
   {"name": "s", "data": [0], "modifiers": [{"name": "mu", "type": "normfactor", "data": null}]},
   {"name": "b", "data": [6], "modifiers": [{"name": "n", "type": "normfactor", "data": null}]}]}],
 "observations": [{"name": "c", "data": [8]}], "version": "1.0.0",
 "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}]}"""
    model, data = sm.compile(sm.parse_spec(text, format="json"))
    bound = stacked([model.bind(data)] * 2)
    alone = int(sm.fit(model, data).status)
    assert alone == Status.FLAT_DIRECTION
    for covariance in (True, False):
        assert sm.fit(model, bound, covariance=covariance).status.tolist() == [alone] * 2


def test_arrays_that_do_not_belong_together_are_an_error(binned, toys):
    model, data = binned
    two, three = stacked(toys[:2]), stacked(toys[:3])
    alone = model.bind(data)
    mixed = [
        eqx.tree_at(lambda p: p.auxiliary, two, three.auxiliary),
        eqx.tree_at(lambda p: p.auxiliary, three, two.auxiliary),
        eqx.tree_at(lambda p: p.auxiliary, two, alone.auxiliary),
        stacked([two, two]),
    ]
    for wrong in mixed:
        with pytest.raises(ValueError, match="one leading axis"):
            sm.fit(model, wrong)


def test_what_takes_one_data_set_says_so(binned, toys):
    model, data = binned
    two, best = stacked(toys[:2]), sm.fit(model, data)
    for function in (
        lambda: sm.refits(model, two, best, [{"mu": 1.0}]),
        lambda: sm.hypotest(model, two, 1.0),
        lambda: sm.significance(model, two),
        lambda: sm.upper_limit(model, two),
        lambda: sm.derivatives(model, two),
        lambda: sm.profile(model, two, best, over="mu"),
    ):
        with pytest.raises(ValueError, match="one data set, and 2"):
            function()


def test_no_data_set_is_an_error(binned, toys):
    model, _ = binned
    none = jax.tree.map(lambda leaf: leaf[:0], stacked(toys[:2]))
    with pytest.raises(ValueError, match="no data set"):
        sm.fit(model, none)
