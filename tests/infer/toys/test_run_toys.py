"""Tables of toys: only its number decides a row, and what is in it has a closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from iminuit import Minuit

import statmodel as sm
from models import compiled
from statmodel.infer import _batch
from statmodel.model.toys import _sample

S, B = 12.0, 30.0


@pytest.fixture(scope="module")
def counting():
    """One bin, known background: all of it has a closed form."""
    signal = {"name": "s", "data": [S], "modifiers": [_MU]}
    document = {
        "channels": [{"name": "SR", "samples": [signal, {"name": "b", "data": [B]}]}],
        "observations": [{"name": "SR", "data": [B]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    for sample in document["channels"][0]["samples"]:
        sample.setdefault("modifiers", [])
    return sm.compile(document)[0]


_MU = {"name": "mu", "type": "normfactor", "data": None}


def test_values_errors_and_rises_have_their_closed_forms(counting):
    key, point = jax.random.key(3), {"mu": 0.5}
    table = sm.run_toys(counting, point, key=key, n=200, hypotheses=[{"mu": 2.0}])
    drawn = counting.sample(point, key=key, n=200)
    n = np.asarray(drawn.counts.observed)[:, 0]
    best = np.maximum((n - B) / S, 0.0)
    np.testing.assert_allclose(table.values[:, 0], best, atol=1e-6)
    inside = best > 0
    # V = n / s^2 at the best fit; none on the bound.
    np.testing.assert_allclose(table.errors[inside, 0], np.sqrt(n[inside]) / S, rtol=1e-6)
    assert np.isnan(table.errors[~inside, 0]).all()
    held, free = 2.0 * S + B, best * S + B
    rise = 2 * (held - free - n * np.log(held / free))
    np.testing.assert_allclose(table.rises(), rise, atol=2e-6)
    assert table.ok
    assert table.message == "200 of 200 toys converged"
    assert (~inside).sum() > 10


def test_rows_do_not_depend_on_what_is_run_beside_them():
    model, _ = compiled("binned and unbinned")
    options = {"key": jax.random.key(5), "hypotheses": [{"mu": 0.5}]}
    whole = sm.run_toys(model, model.space.point(), n=150, **options)
    for first, n in ((0, 1), (63, 3), (100, 50)):
        part = sm.run_toys(model, model.space.point(), n=n, first=first, **options)
        assert part.numbers.tolist() == list(range(first, first + n))
        for name in ("values", "errors", "nll", "status", "tries"):
            expected = getattr(whole, name)[first : first + n]
            assert np.array_equal(getattr(part, name), expected, equal_nan=True), name
        assert np.array_equal(
            part.hypotheses[0].nll, whole.hypotheses[0].nll[first : first + n], equal_nan=True
        )


@pytest.mark.parametrize("name", ["analytic", "ratio, reference policy", "binned and unbinned"])
def test_fits_of_toys_end_no_higher_than_those_of_iminuit(name):
    model, _ = compiled(name)
    point, key = model.space.point(), jax.random.key(11)
    table = sm.run_toys(model, point, key=key, n=8)
    toys = model.sample(point, key=key, n=8)
    value = jax.jit(
        lambda x, one: -model.log_prob(dict(zip(model.space.names, x, strict=True)), one)
    )
    free = ~model.space.fixed_mask()
    assert table.good.sum() >= 7
    for place in np.flatnonzero(table.good):
        one = jax.tree.map(lambda leaf, at=place: leaf[at], toys)
        search = Minuit(
            lambda x, one=one: float(value(jnp.asarray(x), one)),
            np.asarray(model.space.init, float),
            name=model.space.names,
        )
        search.errordef, search.strategy = Minuit.LIKELIHOOD, 1
        search.limits = [None if np.isinf(b).all() else b for b in model.space.bounds]
        for held in np.flatnonzero(~free):
            search.fixed[held] = True
        search.migrad()
        # MIGRAD stops 1e-4 above its own minimum at most; ours may only be lower.
        assert table.nll[place] < search.fval + 1e-6


def test_each_toy_may_have_its_own_point(counting):
    truth = np.linspace(0.0, 3.0, 40)
    table = sm.run_toys(counting, {"mu": truth}, key=jax.random.key(2), n=40)
    assert np.array_equal(table.truth[:, 0], truth)
    # Each best fit scatters by the root of the count over S around its own truth.
    pulls = (table.values[:, 0] - truth) * S / np.sqrt(B + S * truth)
    assert np.abs(pulls).max() < 4.5
    with pytest.raises(ValueError, match="41 toys, but only 40 points"):
        sm.run_toys(counting, {"mu": truth}, key=jax.random.key(2), n=41)


def test_what_fails_is_counted_by_its_reason_and_spoils_no_other():
    """Toys without an event say nothing of a lifetime."""
    model, _ = sm.compile(
        {
            "statmodel": "1",
            "parameters": [
                {"name": "tau", "init": 1.0, "bounds": [0.1, 10]},
                {"name": "n", "init": 2.0, "bounds": [0, 100]},
            ],
            "channels": [_DECAYS],
            "measurements": [{"name": "m", "config": {"poi": "tau"}}],
        }
    )
    table = sm.run_toys(model, model.space.point(), key=jax.random.key(1), n=128)
    empty = table.events["decays"] == 0
    assert 8 <= empty.sum() <= 30  # of exp(-2), 17 +- 4
    assert np.array_equal(~table.good, empty)
    assert table.failures == {"flat_direction": empty.sum()}
    assert f"; failed: {empty.sum()} flat_direction; " in table.message
    # The first fit, three of other kinds, and three further starts.
    assert set(table.tries[empty]) == {7}
    assert set(table.tries[~empty]) == {1}
    # n counts the events, and tau is their mean unless that is out of bounds.
    np.testing.assert_allclose(table.values[~empty, 1], table.events["decays"][~empty], atol=1e-4)


_DECAYS = {
    "name": "decays",
    "type": "unbinned",
    "observables": [{"name": "t", "min": 0}],
    "processes": [
        {"name": "meson", "yield": "n", "density": {"type": "exponential", "slope": "-1/tau"}}
    ],
}


def test_everything_that_is_wrong_is_said(counting):
    with pytest.raises(ValueError, match=r'hypotheses\[0\]: there is no parameter "mo"'):
        sm.run_toys(counting, {"mu": 1.0}, key=jax.random.key(1), n=3, hypotheses=[{"mo": 1.0}])
    with pytest.raises(ValueError, match="`n` must be at least 1, got 0"):
        sm.run_toys(counting, {"mu": 1.0}, key=jax.random.key(1), n=0)
    with pytest.raises(ValueError, match="typed key"):
        sm.run_toys(counting, {"mu": 1.0}, key=jax.random.PRNGKey(1), n=3)
    with pytest.raises(KeyError, match="missing: mu"):
        sm.run_toys(counting, {}, key=jax.random.key(1), n=3)


def test_other_points_and_keys_compile_nothing(counting):
    def programs():
        return [one._cached._cache_size() for one in (_sample._of_one_point, _batch._whole_fits)]

    sm.run_toys(counting, {"mu": 1.0}, key=jax.random.key(1), n=70)
    before = programs()
    sm.run_toys(counting, {"mu": 1.3}, key=jax.random.key(2), n=9, first=200)
    assert programs() == before


def test_progress_tells_how_many_are_done(counting):
    told = []
    sm.run_toys(counting, {"mu": 1.0}, key=jax.random.key(1), n=3000, progress=told.append)
    assert told[-1] == 3000
    assert told == sorted(told)
