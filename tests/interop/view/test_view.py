"""The pyhf-like view against pyhf itself: orders, starting values, numbers."""

import json
import warnings
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import statmodel as sm
from drawn_workspaces import parameters, pyhf_model, workspaces
from model.test_published_histograms import WORKSPACES
from statmodel.interop.view import PyhfView, pyhf_view
from statmodel.spec import parse_spec

# Sums over some hundreds of terms, in another order.
CLOSE = 1e-11
SAME = (
    *("par_order", "par_names", "parameters", "npars", "poi_name", "poi_index", "channels"),
    *("channel_nbins", "channel_slices", "samples", "modifiers", "nmaindata", "auxdata_order"),
    "nauxdata",
)


def view_of(text: str) -> tuple[PyhfView, sm.Dataset]:
    document = parse_spec(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)
        model, data = sm.compile(document)
    return pyhf_view(model, document), data


def check(workspace: dict[str, Any], seed: int) -> tuple[PyhfView, np.ndarray, np.ndarray]:
    view, data = view_of(json.dumps(workspace))
    known, observed = pyhf_model(workspace)
    config, theirs = view.config, known.config
    for name in SAME:
        assert getattr(config, name) == getattr(theirs, name), name
    for name in theirs.par_order:
        assert config.par_slice(name) == theirs.par_slice(name)
        assert config.par_map[name]["slice"] == theirs.par_map[name]["slice"]
    assert config.suggested_init() == theirs.suggested_init()
    assert config.suggested_bounds() == [tuple(pair) for pair in theirs.suggested_bounds()]
    assert config.suggested_fixed() == theirs.suggested_fixed()
    np.testing.assert_allclose(config.auxdata, theirs.auxdata, rtol=1e-13)  # sums in other orders
    np.testing.assert_allclose(view.data(data), observed, rtol=1e-13)
    assert len(view.data(data, include_auxdata=False)) == theirs.nmaindata
    pars = parameters(theirs, seed)
    rng = np.random.default_rng(seed)
    moved = np.asarray(observed, float)
    moved[theirs.nmaindata :] += rng.uniform(0, 0.1, theirs.nauxdata)
    for include in (True, False):
        np.testing.assert_allclose(
            view.expected_data(pars, include_auxdata=include),
            known.expected_data(pars, include_auxdata=include),
            rtol=CLOSE,
            atol=1e-12,  # empty bins of the order of rounding
        )
    np.testing.assert_allclose(view.expected_actualdata(pars), known.expected_actualdata(pars),
                               rtol=CLOSE, atol=1e-12)  # fmt: skip
    for vector in (observed, moved):
        ours, wanted = view.logpdf(pars, vector), known.logpdf(pars, vector)
        assert ours.shape == wanted.shape == (1,)
        if np.isnan(wanted[0]):  # counts where fewer than none are expected: impossible
            assert np.min(known.expected_actualdata(pars)) < 0
            assert ours[0] == -np.inf
        else:
            np.testing.assert_allclose(ours, wanted, rtol=CLOSE)
        np.testing.assert_allclose(view.data(view.dataset(vector)), vector, rtol=1e-13)
    np.testing.assert_array_equal(view.pars(view.point(pars)), pars)
    return view, pars, moved


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of jsonschema, in pyhf 0.7.6
@pytest.mark.parametrize("name", WORKSPACES)
def test_published_workspaces_look_as_in_pyhf(shared_data: Path, name: str):
    check(json.loads((shared_data / "pyhf_workspaces" / name).read_text()), 1)


# Each example compiles programs of its own shapes.
@settings(max_examples=6, derandomize=True, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(workspace=workspaces(), seed=st.integers(0, 99))
def test_random_workspaces_look_as_in_pyhf(workspace: dict[str, Any], seed: int):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of jsonschema, in pyhf 0.7.6
        view, pars, data = check(workspace, seed)
    direct = view.model.log_prob(view.point(pars), view.dataset(data))
    np.testing.assert_allclose(direct, view.logpdf(pars, data)[0], rtol=1e-13)


TEXT = """
statmodel: "1"
parameters: [{name: kappa, init: 1.5, bounds: [0, 3]}]
channels:
  - name: b
    samples:
      - {name: s, data: [3, 5], scale: kappa, modifiers: [{type: normfactor, name: mu}]}
  - name: a
    samples:
      - {name: t, data: [20], modifiers: [{type: shapesys, name: own, data: [4]},
         {type: normsys, name: alpha, data: {hi: 1.1, lo: 0.9}}]}
observations: [{name: b, data: [4, 9]}, {name: a, data: [22]}]
measurements: [{name: m, config: {poi: mu}}]
"""


@pytest.fixture(scope="module")
def small() -> tuple[PyhfView, sm.Dataset]:
    return view_of(TEXT)


def test_what_pyhf_has_not_stands_behind_what_it_has(small):
    view, data = small
    assert view.config.par_names == ["mu", "alpha", "own[0]", "kappa"]
    assert view.config.suggested_init() == [1.0, 0.0, 1.0, 1.5]
    # Channel a first; (20 / 4)^2 = 25 auxiliary counts.
    assert view.data(data) == [22.0, 4.0, 9.0, 0.0, 25.0]
    expected = view.expected_data([2.0, 0.0, 1.1, 0.5])
    np.testing.assert_allclose(expected, [22.0, 3.0, 5.0, 0.0, 27.5], rtol=1e-14)


def test_vectors_can_be_jitted_mapped_and_differentiated(small):
    view, given_data = small
    data = jnp.asarray(view.data(given_data))
    pars = jnp.asarray([1.2, 0.3, 0.95, 1.4])
    value = jax.jit(view.logpdf)(pars, data)
    np.testing.assert_allclose(value, view.logpdf(pars, data), rtol=1e-14)
    points = jnp.stack([pars, 1.1 * pars])
    mapped = jax.vmap(view.logpdf, in_axes=(0, None))(points, data)
    np.testing.assert_allclose(mapped[0], value, rtol=1e-14)
    np.testing.assert_allclose(mapped[1], view.logpdf(points[1], data), rtol=1e-14)
    toys = jax.vmap(view.logpdf, in_axes=(None, 0))(pars, jnp.stack([data, data + 1.0]))
    np.testing.assert_allclose(toys[1], view.logpdf(pars, data + 1.0), rtol=1e-14)
    gradient = jax.grad(lambda p: view.logpdf(p, data)[0])(pars)
    step = 1e-5
    for i in range(4):
        ahead, behind = (view.logpdf(pars.at[i].add(s), data)[0] for s in (step, -step))
        # A central difference errs by step^2 and by 1e-15 / step.
        np.testing.assert_allclose(gradient[i], (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-7)


def test_a_fit_of_a_data_vector_is_a_fit_of_its_data_set(small):
    view, data = small
    fitted = sm.fit(view.model, view.dataset(view.data(data)), fixed={"kappa": 1.5})
    direct = sm.fit(view.model, data, fixed={"kappa": 1.5})
    np.testing.assert_allclose(fitted.values, direct.values, rtol=1e-12)


@pytest.mark.parametrize("length", [3, 5])
def test_vectors_of_another_length_are_refused(small, length: int):
    view, _ = small
    with pytest.raises(ValueError, match=r"`pars` must be a vector of 4 numbers, got"):
        view.expected_data(np.ones(length))


def test_unbinned_channels_are_refused():
    text = TEXT.replace(
        "observations:",
        """\
  - {name: peak, type: unbinned, observables: [{name: x, min: 0, max: 1}],
     processes: [{name: flat, yield: 5, density: {type: uniform}}]}
observations:""",
    )
    with pytest.raises(ValueError, match="every channel must be binned; unbinned: peak"):
        view_of(text)


def test_another_document_is_refused(small):
    view, _ = small
    with pytest.raises(ValueError, match=r"the model has the channels .*, the document"):
        pyhf_view(view.model, parse_spec(TEXT.replace("name: a", "name: c")))
