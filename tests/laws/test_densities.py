"""What every density obeys, at every point of `cases.py`."""

import zlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import cases
from laws.density_tools import (
    EVENTS,
    ORDER,
    PANELS,
    compiled,
    density_of,
    derivatives_of,
    differences,
    evaluate,
    grouped,
    hessian_of,
    panels_of,
    sampler_of,
)

CASES = [
    pytest.param(name, place, id=f"{name}-{place}")
    for name, case in cases.densities.items()
    for place in range(len(case.points))
]
DIFFERENTIABLE = [
    pytest.param(name, place, id=f"{name}-{place}")
    for name, case in cases.densities.items()
    for place in range(len(case.points))
    if case.differentiable
]
parametrized = pytest.mark.parametrize(("name", "place"), CASES)


@pytest.fixture
def key(request: pytest.FixtureRequest) -> jax.Array:
    """A key of its own for each test; its generator is the one that compiles in no time."""
    return jax.random.key(zlib.crc32(request.node.name.encode()), impl="rbg")


@parametrized
def test_density_integrates_to_one(name: str, place: int):
    panels = panels_of(name, place)
    total = (np.exp(evaluate(name, place, panels.x)) * panels.weights).sum()
    assert total == pytest.approx(1.0, abs=cases.densities[name].tolerance)


@parametrized
def test_density_is_the_reference(name: str, place: int):
    case = cases.densities[name]
    if (log_pdf := case.points[place].log_pdf) is None:
        pytest.skip("no other implementation at this point")
    x = panels_of(name, place).x
    ours = evaluate(name, place, x)
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = np.broadcast_to(log_pdf(x), x.shape)
    # Where p < 1e-250 of the peak scipy's own pdf underflows before its log is taken.
    seen = np.isfinite(theirs) & (theirs > theirs[np.isfinite(theirs)].max() - 575)
    for kink in case.points[place].kinks:  # so close to an endpoint the rounding of x decides
        seen &= abs(x - kink) > 1e-7 * abs(kink)
    assert seen.any()
    # The rounding of z in z^2/2 grows with z: relative where the log is large.
    np.testing.assert_allclose(ours[seen], theirs[seen], rtol=1e-9, atol=case.tolerance)


@parametrized
def test_density_is_zero_outside_and_not_at_the_ends(name: str, place: int):
    ((lower, upper),) = density_of(name).bounds
    ends = [end for end in (lower, upper) if np.isfinite(end)]
    steps = [1e-12 * max(abs(e), 1.0) * (1 if e == upper else -1) for e in ends]
    outside = np.array(ends) + np.array(steps)
    panels = panels_of(name, place)
    padded = np.resize(np.concatenate([outside, [np.nan]]), panels.x.shape)
    assert (evaluate(name, place, padded) == -np.inf).all()
    assert not np.isnan(evaluate(name, place, np.resize(ends or [0.0], panels.x.shape))).any()


@parametrized
def test_sample_follows_the_density(name: str, place: int, key: jax.Array):
    density, point = density_of(name), cases.densities[name].points[place]
    draws = np.asarray(sampler_of(name)(jnp.asarray(point.at), key))
    ((lower, upper),) = density.bounds
    assert draws.shape == (EVENTS, 1)
    assert ((draws >= lower) & (draws <= upper)).all()
    panels = panels_of(name, place)
    masses = (np.exp(evaluate(name, place, panels.x)) * panels.weights).sum(axis=1)
    counts, _ = np.histogram(draws[:, 0], panels.edges + np.r_[np.zeros(PANELS), 1e-12])
    expected, observed = grouped(masses * EVENTS, counts)
    statistic = ((observed - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(statistic, max(expected.size - 1, 1)) > 1e-4


@pytest.mark.parametrize("name", cases.densities)
def test_more_draws_begin_with_the_same(name: str):
    """What toys stand on: room for more events does not change those that there are."""
    density, at = density_of(name), jnp.asarray(cases.densities[name].points[0].at)

    def drawn(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        return density.sample(at, key=key, n=16), density.sample(at, key=key, n=24)

    few, many = compiled(drawn)(jax.random.key(7))
    # The last digits may differ, as vectors of another length are cut otherwise.
    np.testing.assert_allclose(many[:16], few, rtol=1e-12)


@pytest.mark.parametrize(("name", "place"), DIFFERENTIABLE)
def test_derivatives_are_limits_of_differences(name: str, place: int):
    point = cases.densities[name].points[place]
    panels = panels_of(name, place)
    masses = (np.exp(evaluate(name, place, panels.x)) * panels.weights).sum(axis=1)
    quantiles = np.interp([0.07, 0.31, 0.52, 0.69, 0.93], np.cumsum(masses), panels.edges[1:])
    x = jnp.asarray(quantiles)[:, None]
    at = np.array(point.at)
    value, gradient = derivatives_of(name)(jnp.asarray(at), jnp.zeros(at.size), x)[0]
    value, gradient = float(value), np.asarray(gradient)
    hessian = hessian_of(name, jnp.asarray(at), x)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert np.isfinite(hessian).all()
    for k in set(range(at.size)) - set(point.rough):
        slope, curvature = differences(name, at, k, x, point.scale)
        # A central difference of order four reaches eps^(4/5) = 3e-13 of the function's size at
        # its best step, divided by that step: 1e-6 of the derivative with room for large values.
        size = abs(gradient[k]) + 1e-3 * abs(value)
        assert np.min(np.abs(slope - gradient[k])) < 1e-6 * size
        scales = np.abs(hessian[k]) + 1e-3 * np.abs(gradient)
        errors = np.abs(curvature - hessian[k]).max(axis=1, initial=0.0, where=scales > 0)
        assert np.min(errors / scales.max()) < 1e-5


@pytest.mark.parametrize(
    "name", ["gaussian", "double_crystal_ball", "voigt", "gamma", "sum", "histogram", "formula"]
)
def test_batch_is_a_loop_of_singles(name: str):
    point = cases.densities[name].points[0]
    x = panels_of(name, 0).x.ravel()[:: PANELS * ORDER // 3, None]
    density = density_of(name)

    @compiled
    def single(x: jax.Array, at: jax.Array) -> jax.Array:
        return density.log_prob(x, at)  # the method itself, of a density with arrays, has no hash

    one_by_one = [single(jnp.asarray(row), jnp.asarray(point.at)) for row in x]
    batch = evaluate(name, 0, np.resize(x, (PANELS, ORDER))).ravel()[: len(x)]
    # Vector and scalar code of the compiler differ by a few units of rounding.
    np.testing.assert_allclose(np.array(one_by_one), batch, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "at", "index"),
    [
        ("exponential", [0.0], 0),
        ("power_law", [-1.0], 0),
        ("crystal_ball", [125.0, 2.0, 1.2, 1.0], 3),
        ("varied_histogram", [1.0, 0.3], 0),
        ("varied_peak", [0.2, -1.0, 0.1], 1),
    ],
)
def test_curvature_is_continuous_where_formulas_change(name: str, at: list[float], index: int):
    x = jnp.array([[104.0], [121.0], [127.0], [160.0], [175.0]])

    def curvature(shift: float) -> np.ndarray:
        moved = jnp.asarray(at).at[index].add(shift)
        return hessian_of(name, moved, x)

    middle = curvature(0.0)
    for shift in (-1e-6, 1e-6):
        # A third derivative of the size of the second over the parameter's unit moves it by 1e-6.
        np.testing.assert_allclose(
            curvature(shift), middle, rtol=1e-4, atol=1e-4 * abs(middle).max()
        )


@pytest.mark.parametrize("name", cases.plane_densities)
def test_plane_density_integrates_to_one_and_samples(name: str, key: jax.Array):
    case = cases.plane_densities[name]
    density, at = case.make(), jnp.asarray(case.at)
    order = np.argsort(density.axes)
    bounds = [density.bounds[k] for k in order]
    edges = [
        np.union1d(np.linspace(*bound, 25), [k for k in kinks if bound[0] < k < bound[1]])
        for bound, kinks in zip(bounds, case.kinks, strict=True)
    ]
    unit, weight = np.polynomial.legendre.leggauss(8)
    rules = []
    for one in edges:
        half = 0.5 * np.diff(one)[:, None]
        rules.append(((one[:-1, None] + half * (1 + unit)).ravel(), (half * weight).ravel()))
    grid = np.stack([g.ravel() for g in np.meshgrid(rules[0][0], rules[1][0], indexing="ij")], 1)
    log_p = compiled(jax.vmap(density.log_prob, in_axes=(0, None)))(jnp.asarray(grid), at)
    shape = (edges[0].size - 1, 8, edges[1].size - 1, 8)
    cells = np.exp(log_p) * np.outer(rules[0][1], rules[1][1]).ravel()
    masses = cells.reshape(shape).sum(axis=(1, 3))
    assert masses.sum() == pytest.approx(1.0, abs=1e-8)
    draws = np.asarray(compiled(lambda at, key: density.sample(at, key=key, n=EVENTS))(at, key))
    counts, _, _ = np.histogram2d(*draws[:, order].T, bins=edges)
    assert counts.sum() == EVENTS
    expected, observed = grouped(masses.ravel() * EVENTS, counts.ravel())
    statistic = ((observed - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(statistic, expected.size - 1) > 1e-4


def test_sampling_under_vmap_is_sampling_one_by_one():
    density, at = density_of("gaussian"), jnp.array([125.0, 2.0])
    keys = jax.random.split(jax.random.key(3), 4)

    def draw(key: jax.Array) -> jax.Array:
        return density.sample(at, key=key, n=5)

    together, alone = compiled(jax.vmap(draw)), compiled(draw)
    np.testing.assert_allclose(together(keys), [alone(key) for key in keys], rtol=1e-12)
