"""The minimisers that a fit can use end in the same numbers and in the same words."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

import models
import statmodel as sm
from statmodel.infer._backends import MINIMIZERS, search
from statmodel.infer._programs import fit_arrays
from statmodel.infer.minimisers._box import Box
from statmodel.infer.minimisers._extent import unknown_extent
from statmodel.infer.minimisers._lbfgs import lbfgs
from statmodel.infer.minimisers._with_optimistix import _Transform

OTHERS = [name for name in MINIMIZERS if name != "newton"]
MODELS = ["analytic", "signed ratios"]


@pytest.fixture(scope="module", params=MODELS)
def fitted(request):
    model, data = models.compiled(request.param)
    prepared = model.bind(data)
    return model, prepared, sm.fit(model, prepared)


@pytest.mark.parametrize("minimizer", OTHERS)
def test_every_minimizer_ends_in_the_same_numbers(fitted, minimizer):
    model, prepared, newton = fitted
    result = sm.fit(model, prepared, minimizer=minimizer)
    assert result.ok, result.message
    # Both have EDM < 1e-10: values within 3e-5 of their errors.
    np.testing.assert_allclose(result.nll, newton.nll, atol=2e-10)
    assert float(jnp.nanmax(jnp.abs(result.values - newton.values) / newton.errors)) < 3e-5
    np.testing.assert_allclose(result.errors, newton.errors, rtol=1e-4)
    np.testing.assert_array_equal(result.at_bound, newton.at_bound)


@pytest.mark.parametrize("minimizer", OTHERS)
def test_the_search_ends_at_the_minimum_before_it_is_judged(fitted, minimizer):
    """The Newton steps that follow do not do the work of the search."""
    model, prepared, newton = fitted
    start = model.space.to_free(jnp.asarray(model.space.init))
    fixed = jnp.asarray(model.space.fixed_mask())
    opened = fit_arrays(model, prepared, start, Box.of(model.space, fixed), 1)
    reached = search(
        minimizer,
        model,
        prepared,
        start,
        hessian=opened.minimum.hessian,
        fixed=fixed,
        max_steps=500,
    )
    assert 2 <= int(reached.steps) < 500
    away = jnp.abs(model.space.to_values(reached.at) - newton.values) / newton.errors
    # MIGRAD stops at EDM < 2e-6, which is 2e-3 of an error.
    assert float(jnp.nanmax(away)) < 3e-3


@pytest.mark.parametrize("minimizer", MINIMIZERS)
def test_the_provenance_tells_what_ran(fitted, minimizer):
    model, prepared, _ = fitted
    said = sm.fit(model, prepared, minimizer=minimizer).provenance.minimiser
    words = {"newton": "Newton", "lbfgs": "L-BFGS", "optimistix": "optimistix", "minuit": "MIGRAD"}
    assert words[minimizer] in said
    assert "exact Hessian" in said


@pytest.mark.parametrize("minimizer", MINIMIZERS)
def test_what_is_held_stays(fitted, minimizer):
    model, prepared, newton = fitted
    name = model.measurement.pois[0]
    value = 0.8 * float(newton.point[name])
    held = sm.fit(model, prepared, minimizer=minimizer, fixed={name: value})
    assert held.ok, held.message
    np.testing.assert_allclose(held.point[name], value, rtol=1e-15)
    assert float(held.nll) > float(newton.nll)
    again = sm.fit(model, prepared, fixed={name: value})
    np.testing.assert_allclose(held.nll, again.nll, atol=2e-10)


_COUNT = """
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 20]}]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: s, yield: 4, scale: mu, density: {type: uniform}}
      - {name: b, yield: 6, density: {type: uniform}, modifiers: MODIFIERS}
observations: [{name: c, events: {x: [EVENTS]}}]
measurements: [{name: m, config: {poi: mu}}]
"""


def counting(events, modifiers="[]"):
    numbers = ", ".join(f"{x:.3f}" for x in np.linspace(0.1, 0.9, events))
    text = _COUNT.replace("EVENTS", numbers).replace("MODIFIERS", modifiers)
    return sm.compile(sm.parse_spec(text))


@pytest.mark.parametrize("minimizer", MINIMIZERS)
def test_every_minimizer_rests_on_a_bound_exactly(minimizer):
    model, data = counting(3)
    result = sm.fit(model, data, minimizer=minimizer)
    assert result.ok, result.message
    assert result.point["mu"] == 0.0
    assert bool(result.at_bound[0])


@pytest.mark.parametrize("minimizer", MINIMIZERS)
def test_every_minimizer_names_a_flat_direction(minimizer):
    model, data = counting(18, "[{type: normfactor, name: k}]")
    result = sm.fit(model, data, minimizer=minimizer)
    assert result.status == sm.Status.FLAT_DIRECTION
    assert set(result.findings[0].parameters) == {"mu", "k"}


@pytest.mark.parametrize("minimizer", MINIMIZERS)
def test_every_minimizer_says_that_it_cannot_begin(minimizer):
    model, data = counting(18, "[{type: scalefactor, data: {formula: 'log(mu + 1)'}}]")
    # At mu = 0 the background vanishes, and no signal takes its place.
    result = sm.fit(model, data, minimizer=minimizer, start={"mu": 0.0})
    assert result.status == sm.Status.BAD_START


@pytest.mark.parametrize(
    ("minimizer", "package", "module"),
    [("minuit", "iminuit", "_with_minuit"), ("optimistix", "optimistix", "_with_optimistix")],
)
def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch, minimizer, package, module):
    model, data = counting(17)  # a shape of its own: what was traced needs no import
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"statmodel.infer.minimisers.{module}", raising=False)
    with pytest.raises(ModuleNotFoundError, match=rf'needs {package}.*statmodel\[{minimizer}\]"'):
        sm.fit(model, data, minimizer=minimizer)


def rosenbrock(u):
    return jnp.sum(100.0 * (u[1:] - u[:-1] ** 2) ** 2 + (1 - u[:-1]) ** 2)


@jax.jit
def descended(start, fixed, lower, upper):
    return lbfgs(
        jax.value_and_grad(rosenbrock),
        start,
        hessian=jax.hessian(rosenbrock)(start),
        fixed=fixed,
        lower=lower,
        upper=upper,
        max_steps=400,
        extent=unknown_extent(start),
    )


@pytest.mark.parametrize("upper", [0.5, 0.9, 1.5])
def test_lbfgs_in_a_box_ends_where_scipy_does(upper):
    low, high = [-2.0] * 3, [upper, 2.0, 2.0]
    start = jnp.array([-1.0, 0.3, 0.2])
    found = descended(start, jnp.zeros(3, bool), jnp.array(low), jnp.array(high))
    wanted = optimize.minimize(
        lambda u: float(rosenbrock(jnp.asarray(u))),
        np.asarray(start),
        jac=lambda u: np.asarray(jax.grad(rosenbrock)(jnp.asarray(u))),
        bounds=list(zip(low, high, strict=True)),
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-10},
    )
    assert int(found.steps) < 150
    # It stops where its own estimate of the distance is 1e-10.
    assert float(rosenbrock(found.at)) <= wanted.fun + 1e-8
    if upper < 1:
        assert found.at[0] == upper


def test_lbfgs_leaves_fixed_coordinates_alone():
    box = jnp.full(4, 5.0)
    fixed = jnp.array([True, False, False, False])
    found = descended(jnp.array([0.3, 1.0, 0.0, 0.0]), fixed, -box, box)
    assert found.at[0] == 0.3
    # The rest of the chain is best where x_2 is: d/dx_2 of its two neighbouring terms vanishes.
    gradient = jax.grad(rosenbrock)(found.at)[1:]
    np.testing.assert_allclose(gradient, 0.0, atol=1e-3)


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 2.0), (0.0, np.inf), (-np.inf, 3.0), (-np.inf, np.inf)]
)
def test_the_smooth_map_onto_a_range_has_its_inverse(low, high):
    box = _Transform(jnp.array([low]), jnp.array([high]), jnp.array([0.5]))
    for at in (0.01, 0.7, 1.99):
        line = box.to_line(jnp.array([at]))
        np.testing.assert_allclose(box.to_box(line), at, rtol=1e-12)
        slope = jax.grad(lambda v: box.to_box(v)[0])(line)
        assert abs(float(slope[0])) > 0.01
    for far in (-1e3, 1e3):
        inside = box.to_box(jnp.array([far]))
        assert low <= float(inside[0]) <= high
