"""What every density obeys, at every point of `cases.py`.

The integral is taken by nodes that the densities know nothing of: Gauss-Legendre panels in t,
x = centre + scale sinh(t), which resolve a peak of any width on a range of any length.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import cases
from statmodel.model._expressions import Constant, Slot
from statmodel.model.densities import (
    AbstractDensity,
    Exponential,
    FormulaDensity,
    Gaussian,
    HistogramDensity,
    PowerLaw,
    ProductDensity,
    SumDensity,
    Uniform,
    Variation,
    VariedDensity,
    slots_read,
)

PANELS, ORDER = 340, 12
FARTHEST = 60.0  # in t: beyond lies e^-60 of a Cauchy tail
EVENTS = 20_000
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


class Panels(NamedTuple):
    """Nodes (panel, node), their weights, and the panels' edges in x."""

    x: np.ndarray
    weights: np.ndarray
    edges: np.ndarray


@cache
def density_of(name: str) -> AbstractDensity:
    return cases.densities[name].make()


@cache
def log_prob_of(name: str) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Compiled once a case: many events, one point."""
    return jax.jit(jax.vmap(density_of(name).log_prob, in_axes=(0, None)))


@cache
def derivatives_of(name: str) -> Callable[[jax.Array, jax.Array, jax.Array], tuple]:
    """Value and gradient of a weighted sum of log densities, and both along a direction.

    The second pair holds the Hessian times the direction, forward over reverse as fits take it.
    """
    density = density_of(name)

    def total(at: jax.Array, x: jax.Array) -> jax.Array:
        logs = jax.vmap(density.log_prob, in_axes=(0, None))(x, at)
        return jnp.dot(logs, jnp.linspace(1.0, 2.0, x.shape[0]))

    def everything(at: jax.Array, direction: jax.Array, x: jax.Array) -> tuple:
        return jax.jvp(lambda at: jax.value_and_grad(total)(at, x), (at,), (direction,))

    return jax.jit(everything)


def hessian_of(name: str, at: jax.Array, x: jax.Array) -> np.ndarray:
    return np.array([derivatives_of(name)(at, unit, x)[1][1] for unit in jnp.eye(at.size)])


def panels_of(name: str, place: int) -> Panels:
    point = cases.densities[name].points[place]
    ((lower, upper),) = density_of(name).bounds
    low, high = (
        np.clip(np.arcsinh((bound - point.centre) / point.scale), -FARTHEST, FARTHEST)
        for bound in (lower, upper)
    )
    kinks = np.arcsinh((np.array(point.kinks) - point.centre) / point.scale)
    kinks = kinks[(kinks > low) & (kinks < high)]
    t = np.union1d(np.linspace(low, high, PANELS + 1 - kinks.size), kinks)
    t = np.concatenate([t, np.full(PANELS + 1 - t.size, high)])  # panels of no width, if any
    unit, weight = np.polynomial.legendre.leggauss(ORDER)
    half = 0.5 * np.diff(t)[:, None]
    nodes = t[:-1, None] + half * (1.0 + unit)
    x = np.clip(point.centre + point.scale * np.sinh(nodes), lower, upper)
    edges = point.centre + point.scale * np.sinh(t)
    return Panels(x, half * weight * point.scale * np.cosh(nodes), edges)


def evaluate(name: str, place: int, x: np.ndarray) -> np.ndarray:
    at = jnp.asarray(cases.densities[name].points[place].at)
    return np.asarray(log_prob_of(name)(jnp.asarray(x).reshape(-1, 1), at)).reshape(x.shape)


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


@cache
def sampler_of(name: str) -> Callable[[jax.Array, jax.Array], jax.Array]:
    density = density_of(name)
    return jax.jit(lambda at, key: density.sample(at, key=key, n=EVENTS))


def grouped(expected: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours merged until some 200 events are expected in each group."""
    group = np.floor(np.cumsum(expected) / 200.0).astype(int)
    group = np.minimum(group, group[-1] - 1 if group[-1] > 0 else 0)
    merged = np.bincount(group, expected), np.bincount(group, observed)
    kept = merged[0] > 0
    assert merged[1][~kept].sum() == 0
    return merged[0][kept], merged[1][kept]


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


def differences(
    name: str, at: np.ndarray, k: int, x: jax.Array, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Differences in parameter k of the value and of the gradient, at a ladder of steps."""
    step = max(abs(at[k]), min(1.0, scale))
    slopes, curvatures = [], []
    for h in step * 10.0 ** -np.arange(1.5, 8.0, 0.5):
        shifted = []
        for shift in (2, 1, -1, -2):
            moved = at.copy()
            moved[k] += shift * h
            shifted.append(derivatives_of(name)(jnp.asarray(moved), jnp.zeros(at.size), x)[0])
        values = np.array([float(v) for v, _ in shifted])
        gradients = np.array([np.asarray(g) for _, g in shifted])
        stencil = np.array([-1.0, 8.0, -8.0, 1.0]) / (12.0 * h)
        with np.errstate(invalid="ignore"):  # -inf outside the domain
            slopes.append(stencil @ values)
            curvatures.append(stencil @ gradients)
    slopes, curvatures = np.array(slopes), np.array(curvatures)
    # Steps that leave the domain (a negative width) say nothing.
    usable = np.isfinite(slopes) & np.isfinite(curvatures).all(axis=1)
    return slopes[usable], curvatures[usable]


@pytest.mark.parametrize(
    "name", ["gaussian", "double_crystal_ball", "voigt", "gamma", "sum", "histogram", "formula"]
)
def test_batch_is_a_loop_of_singles(name: str):
    point = cases.densities[name].points[0]
    x = panels_of(name, 0).x.ravel()[:: PANELS * ORDER // 3, None]
    density = density_of(name)

    @jax.jit
    def single(x: jax.Array, at: jax.Array) -> jax.Array:
        return density.log_prob(x, at)  # the method itself, of a density with arrays, has no hash

    one_by_one = [single(jnp.asarray(row), jnp.asarray(point.at)) for row in x]
    batch = jax.vmap(single, in_axes=(0, None))(jnp.asarray(x), jnp.asarray(point.at))
    # Vector and scalar code of the compiler differ by a few units of rounding.
    np.testing.assert_allclose(np.array(one_by_one), batch, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "at", "index"),
    [
        ("exponential", [0.0], 0),
        ("power_law", [-1.0], 0),
        ("crystal_ball", [125.0, 2.0, 1.2, 1.0], 3),
        ("varied_histogram", [1.0, 0.3], 0),
        ("varied_gaussian", [0.2, -1.0, 0.1], 1),
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
    log_p = jax.jit(jax.vmap(density.log_prob, in_axes=(0, None)))(jnp.asarray(grid), at)
    shape = (edges[0].size - 1, 8, edges[1].size - 1, 8)
    cells = np.exp(log_p) * np.outer(rules[0][1], rules[1][1]).ravel()
    masses = cells.reshape(shape).sum(axis=(1, 3))
    assert masses.sum() == pytest.approx(1.0, abs=1e-8)
    draws = np.asarray(jax.jit(lambda at, key: density.sample(at, key=key, n=EVENTS))(at, key))
    counts, _, _ = np.histogram2d(*draws[:, order].T, bins=edges)
    assert counts.sum() == EVENTS
    expected, observed = grouped(masses.ravel() * EVENTS, counts.ravel())
    statistic = ((observed - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(statistic, expected.size - 1) > 1e-4


def test_sampling_under_vmap_is_sampling_one_by_one():
    density, at = density_of("gaussian"), jnp.array([125.0, 2.0])
    keys = jax.random.split(jax.random.key(3), 4)

    @jax.jit
    def draw(key: jax.Array) -> jax.Array:
        return density.sample(at, key=key, n=5)

    together = jax.jit(jax.vmap(draw))(keys)
    np.testing.assert_allclose(together, jnp.stack([draw(key) for key in keys]), rtol=1e-12)


def test_product_is_a_sum_of_logs():
    product = cases.plane_product()
    x, at = jnp.array([0.3, 1.1]), jnp.array([-0.6, 0.2])
    exponential = stats.truncexpon(4.0 * 0.6, scale=1 / 0.6).logpdf(1.1)
    gaussian = stats.truncnorm((-2 - 0.2) / 0.7, (3 - 0.2) / 0.7, loc=0.2, scale=0.7).logpdf(0.3)
    ours = jax.jit(lambda x: product.log_prob(x, at))(x)
    assert float(ours) == pytest.approx(exponential + gaussian, rel=1e-12)


def test_variations_hit_their_anchors_and_the_base():
    varied = density_of("varied_gaussian")
    assert isinstance(varied, VariedDensity)
    x = jnp.linspace(101.0, 179.0, 27)[:, None]
    log_prob = log_prob_of("varied_gaussian")
    for place in range(3):
        for value, side in ((1.0, "up"), (-1.0, "down")):
            at = jnp.zeros(3).at[place].set(value)
            anchor = varied.variations[place].up if side == "up" else varied.variations[place].down
            expected = jax.jit(jax.vmap(anchor.log_prob, in_axes=(0, None)))(x, at)
            # The quadrature of Z, which is one here, is good to 1e-12; code 4 to rounding of g.
            np.testing.assert_allclose(log_prob(x, at), expected, rtol=1e-9, atol=1e-9)


def test_histogram_variation_by_hand():
    """Bin contents times interpolated ratios, divided by their sum."""
    alpha = 1.7
    base, up = (np.array(one) / np.sum(one) for one in (cases.BASE, cases.UP))
    contents = base * (up / base) ** alpha
    density = contents / contents.sum() / np.diff(cases.EDGES)
    x = jnp.array([[105.0], [112.0], [140.0], [180.0]])
    log_p = log_prob_of("varied_histogram")(x, jnp.array([alpha, 0.0]))
    np.testing.assert_allclose(log_p, np.log(density), rtol=1e-12)


def test_histogram_and_quadrature_paths_agree():
    """The same variation with the edges of one template split: same density, other code path."""
    split = cases.histogram(
        [44.0, 15.0, 15.0, 17.0, 9.0], [100.0, 110.0, 117.5, 125.0, 150.0, 180.0]
    )
    down = cases.histogram(cases.DOWN)

    def varied(up: HistogramDensity) -> VariedDensity:
        return VariedDensity(cases.histogram(cases.BASE), (Variation(slot=0, up=up, down=down),))

    by_bin, by_quadrature = varied(cases.histogram(cases.UP)), varied(split)
    assert by_bin.tables is not None
    assert by_quadrature.tables is None
    x, at = jnp.array([[103.0], [120.0], [130.0], [179.0]]), jnp.array([-0.4])
    one, other = (
        jax.jit(jax.vmap(d.log_prob, in_axes=(0, None)))(x, at) for d in (by_bin, by_quadrature)
    )
    np.testing.assert_allclose(one, other, rtol=1e-12)  # panels end at every edge: exact


def test_negative_code4_is_zero_density_and_the_rest_is_normalised():
    # Anchors near 800 and 1 in one bin: code 4 dips below zero on the side of the anchor at one.
    base, up = cases.histogram([50.0, 50.0, 0.05, 50.0]), cases.histogram([50.0, 50.0, 50.0, 50.0])
    down = base
    varied = VariedDensity(base, (Variation(slot=0, up=up, down=down, interpolation="code4"),))
    x, at = jnp.array([[105.0], [115.0], [130.0], [160.0]]), jnp.array([-0.35])

    @jax.jit
    def value_and_slope(at: jax.Array) -> tuple[jax.Array, jax.Array]:
        log_prob = jax.vmap(varied.log_prob, in_axes=(0, None))
        return log_prob(x, at), jax.jacrev(log_prob, 1)(x, at)

    log_p, slope = (np.asarray(one) for one in value_and_slope(at))
    assert log_p[2] == -np.inf
    assert (np.exp(log_p) * np.diff(cases.EDGES)).sum() == pytest.approx(1.0, abs=1e-12)
    assert np.isfinite(slope).all()


def test_traced_program_does_not_grow_with_histogram_nuisances():
    def lines(n: int) -> int:
        up, down, base = (cases.histogram(v) for v in (cases.UP, cases.DOWN, cases.BASE))
        varied = VariedDensity(base, tuple(Variation(slot=k, up=up, down=down) for k in range(n)))
        traced = jax.make_jaxpr(varied.log_prob)(jnp.array([105.0]), jnp.zeros(n))
        return len(traced.eqns)

    assert lines(2) == lines(40)


def test_empty_bins_and_templates_keep_gradients_finite():
    base, up = cases.histogram([10.0, 0.0, 10.0, 5.0]), cases.histogram([10.0, 3.0, 0.0, 5.0])
    varied = VariedDensity(base, (Variation(slot=0, up=up, down=base, interpolation="log_smooth"),))

    @jax.jit
    @jax.vmap
    def value_and_curvature(alpha: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = jnp.array([[105.0], [115.0], [130.0]])

        def log_prob(at: jax.Array) -> jax.Array:
            return jax.vmap(varied.log_prob, in_axes=(0, None))(x, at)

        return log_prob(alpha), jax.jacfwd(jax.jacrev(log_prob))(alpha)

    values, curvatures = value_and_curvature(jnp.array([[0.0], [0.5], [1.0], [-3.0], [5.0]]))
    np.testing.assert_array_equal(values == -np.inf, [[False, True, False]] * 5)
    assert np.isfinite(curvatures).all()


def test_formula_that_is_negative_or_undefined_has_zero_density():
    below = FormulaDensity((0,), (-1.0,), (1.0,), cases.Observable(0))
    root = FormulaDensity((0,), (-1.0,), (1.0,), cases.Unary("sqrt", cases.Observable(0)))
    x, at = jnp.array([[-0.5], [0.5]]), jnp.zeros(0)
    negative, undefined = (
        jax.jit(jax.vmap(d.log_prob, in_axes=(0, None)))(x, at) for d in (below, root)
    )
    assert negative[0] == -np.inf
    assert undefined[0] == -np.inf
    assert float(negative[1]) == pytest.approx(np.log(2 * 0.5), abs=1e-12)


def test_sum_fraction_has_a_derivative_at_zero():
    density, x = density_of("sum"), jnp.array([125.0])
    gradient = jax.jit(jax.grad(density.log_prob, 1))(x, jnp.array([125.0, 0.0, 0.0]))
    narrow, flat = stats.norm(125, 2).pdf(125.0), 1 / 80  # (narrow - flat)/flat, ranges wide
    assert float(gradient[1]) == pytest.approx((narrow - flat) / flat, rel=1e-9)


def test_invalid_slopes_vanish_instead_of_failing():
    rising = Exponential(axis=0, lower=0.0, upper=np.inf, slope=Slot(0))
    flat = PowerLaw(axis=0, lower=1.0, upper=np.inf, power=Slot(0))
    assert float(rising.log_prob(jnp.array([1.0]), jnp.array([0.3]))) == -np.inf
    assert float(flat.log_prob(jnp.array([2.0]), jnp.array([-0.5]))) == -np.inf


def test_density_knows_the_slots_that_it_reads():
    assert slots_read(density_of("gaussian")) == {0, 1}
    assert slots_read(density_of("varied_histogram")) == {0, 1}
    assert slots_read(density_of("histogram")) == frozenset()


LINE = {"axis": 0, "lower": 0.0, "upper": 1.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Uniform(axis=0, lower=0.0, upper=np.inf),
            "finite range only: give `min` and `max`",
        ),
        (lambda: Uniform(axis=0, lower=2.0, upper=1.0), "`min` must be below `max`"),
        (lambda: PowerLaw(axis=0, lower=-1.0, upper=1.0, power=Slot(0)), "positive numbers"),
        (lambda: SumDensity((Uniform(**LINE),) * 2, ()), "one fewer than `terms`"),
        (
            lambda: SumDensity(
                (Uniform(**LINE), Uniform(axis=1, lower=0.0, upper=1.0)), (Constant(0.5),)
            ),
            "the same observables",
        ),
        (lambda: ProductDensity((Uniform(**LINE),) * 2), "different observables"),
        (lambda: cases.histogram([1.0, 2.0]), r"must have the shape \(4,\)"),
        (lambda: cases.histogram([1.0, -2.0, 1.0, 1.0]), r"got -2.0 at \(1,\)"),
        (lambda: cases.histogram([0.0, 0.0, 0.0, 0.0]), "is empty between"),
        (lambda: cases.histogram([1.0], [3.0, 2.0]), "must increase"),
        (lambda: FormulaDensity((0,), (0.0,), (np.inf,), Slot(0)), "on a finite range"),
        (
            lambda: VariedDensity(
                Gaussian(axis=0, lower=0.0, upper=np.inf, mean=Slot(0), sigma=Slot(1)), ()
            ),
            "on a finite range",
        ),
    ],
)
def test_what_cannot_be_a_density_is_refused(make: Callable[[], AbstractDensity], message: str):
    with pytest.raises(ValueError, match=message):
        make()
