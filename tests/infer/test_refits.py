"""Fits with parameters held are what single fits are, whichever parameters these are."""

import numpy as np
import pytest

import models
import statmodel as sm
from statmodel.infer import _batch as batch

HELD = {
    "binned": [{"alpha": 0.7}, {"alpha": -0.7}, {"mu": 0.2, "beta": 0.5}, {"lumi": 1.01}, {}],
    "binned and unbinned": [{"alpha": 0.5}, {"mu": 0.5}, {}],
}


@pytest.fixture(scope="module", params=sorted(HELD))
def case(request):
    model, data = models.compiled(request.param)
    prepared = model.bind(data)
    return model, prepared, sm.fit(model, prepared), HELD[request.param]


def test_each_is_a_fit_of_its_own(case):
    model, prepared, best, held = case
    found = sm.refits(model, prepared, best, held)
    assert found.ok, found.message
    for row, fixed in enumerate(held):
        alone = sm.fit(model, prepared, fixed=fixed)
        np.testing.assert_allclose(found.nll[row], alone.nll, atol=3e-10)  # EDM below 1e-10
        near = 3e-5 * np.nan_to_num(np.asarray(best.errors), nan=1.0)
        assert (np.abs(np.asarray(found.values[row] - alone.values)) <= near).all()
        np.testing.assert_array_equal(found.fixed[row], alone.fixed)
        for name, value in fixed.items():
            assert float(found.values[row, model.space.index(name)]) == pytest.approx(value)
    # Nothing held: the fit itself.
    np.testing.assert_allclose(found.nll[-1], best.nll, atol=3e-10)


def test_what_is_held_compiles_nothing(case):
    model, prepared, best, held = case
    sm.refits(model, prepared, best, held)
    before = batch._ends._cached._cache_size()
    sm.refits(model, prepared, best, held[::-1])
    sm.refits(model, prepared, best, [{"mu": 0.9}] * (batch.CHUNK + 1))
    assert batch._ends._cached._cache_size() == before


def test_errors_on_demand(case):
    model, prepared, best, held = case
    found = sm.refits(model, prepared, best, held[:1], covariance=True)
    alone = sm.fit(model, prepared, fixed=held[0])
    np.testing.assert_allclose(found.errors[0], alone.errors, rtol=1e-4)


def test_all_that_is_wrong_is_told(case):
    model, prepared, best, _ = case
    with pytest.raises(ValueError, match="2 problems") as caught:
        sm.refits(model, prepared, best, [{"mu": 1.0}, {"alhpa": 0.0}, {"mu": float("nan")}])
    told = str(caught.value)
    assert 'fixed[1]: there is no parameter "alhpa"' in told
    assert "fixed[2]: mu must be finite" in told
    with pytest.raises(ValueError, match="nothing to fit"):
        sm.refits(model, prepared, best, [])
    with pytest.raises(ValueError, match="max_steps"):
        sm.refits(model, prepared, best, [{}], max_steps=0)
