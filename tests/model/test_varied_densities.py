"""Densities whose shape nuisance parameters morph between templates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from density_cases.composed import BASE, DOWN, EDGES, PEAKS, UP, histogram
from density_cases.points import HIGH, LOW, truncated
from laws.density_tools import ORDER, PANELS, compiled, log_prob_of
from statmodel.model.densities import HistogramDensity, Variation, VariedDensity


@pytest.mark.parametrize(("slot", "side"), PEAKS)
def test_variations_hit_their_anchors(slot: int, side: int):
    mean, width = PEAKS[slot, side]
    x = np.resize(np.linspace(101.0, 179.0, 27), (PANELS * ORDER, 1))
    at = np.zeros(3)
    at[slot] = side
    expected = truncated(stats.cauchy(mean, width / 2), LOW, HIGH)(x[:, 0])
    found = log_prob_of("varied_peak")(jnp.asarray(x), jnp.asarray(at))
    # The quadrature of Z, which is one here, is good to 1e-12; code 4 to rounding of g.
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_histogram_variation_by_hand():
    """Bin contents times interpolated ratios, divided by their sum."""
    alpha = 1.7
    base, up = (np.array(one) / np.sum(one) for one in (BASE, UP))
    contents = base * (up / base) ** alpha
    density = contents / contents.sum() / np.diff(EDGES)
    x = jnp.array([[105.0], [112.0], [140.0], [180.0]])
    log_p = log_prob_of("varied_histogram")(x, jnp.array([alpha, 0.0]))
    np.testing.assert_allclose(log_p, np.log(density), rtol=1e-12)


def test_histogram_and_quadrature_paths_agree():
    """The same variation with the edges of one template split: same density, other code path."""
    split = histogram([44.0, 15.0, 15.0, 17.0, 9.0], [100.0, 110.0, 117.5, 125.0, 150.0, 180.0])
    down = histogram(DOWN)

    def varied(up: HistogramDensity) -> VariedDensity:
        return VariedDensity(histogram(BASE), (Variation(slot=0, up=up, down=down),))

    by_bin, by_quadrature = varied(histogram(UP)), varied(split)
    assert by_bin.tables is not None
    assert by_quadrature.tables is None
    x, at = jnp.array([[103.0], [120.0], [130.0], [179.0]]), jnp.array([-0.4])
    one, other = (
        compiled(jax.vmap(d.log_prob, in_axes=(0, None)))(x, at) for d in (by_bin, by_quadrature)
    )
    np.testing.assert_allclose(one, other, rtol=1e-12)  # panels end at every edge: exact


def test_negative_code4_is_zero_density_and_the_rest_is_normalised():
    # Anchors near 800 and 1 in one bin: code 4 dips below zero on the side of the anchor at one.
    base, up = histogram([50.0, 50.0, 0.05, 50.0]), histogram([50.0, 50.0, 50.0, 50.0])
    down = base
    varied = VariedDensity(base, (Variation(slot=0, up=up, down=down, interpolation="code4"),))
    x, at = jnp.array([[105.0], [115.0], [130.0], [160.0]]), jnp.array([-0.35])

    @compiled
    def value_and_slope(at: jax.Array) -> tuple[jax.Array, jax.Array]:
        log_prob = jax.vmap(varied.log_prob, in_axes=(0, None))
        return log_prob(x, at), jax.jacrev(log_prob, 1)(x, at)

    log_p, slope = (np.asarray(one) for one in value_and_slope(at))
    assert log_p[2] == -np.inf
    assert (np.exp(log_p) * np.diff(EDGES)).sum() == pytest.approx(1.0, abs=1e-12)
    assert np.isfinite(slope).all()


def test_traced_program_does_not_grow_with_histogram_nuisances():
    def lines(n: int) -> int:
        up, down, base = (histogram(v) for v in (UP, DOWN, BASE))
        varied = VariedDensity(base, tuple(Variation(slot=k, up=up, down=down) for k in range(n)))
        traced = jax.make_jaxpr(varied.log_prob)(jnp.array([105.0]), jnp.zeros(n))
        return len(traced.eqns)

    assert lines(2) == lines(40)


def test_empty_bins_and_templates_keep_gradients_finite():
    base, up = histogram([10.0, 0.0, 10.0, 5.0]), histogram([10.0, 3.0, 0.0, 5.0])
    varied = VariedDensity(base, (Variation(slot=0, up=up, down=base, interpolation="log_smooth"),))

    @compiled
    @jax.vmap
    def value_and_curvature(alpha: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = jnp.array([[105.0], [115.0], [130.0]])

        def log_prob(at: jax.Array) -> jax.Array:
            return jax.vmap(varied.log_prob, in_axes=(0, None))(x, at)

        return log_prob(alpha), jax.jacfwd(jax.jacrev(log_prob))(alpha)

    values, curvatures = value_and_curvature(jnp.array([[0.0], [0.5], [1.0], [-3.0], [5.0]]))
    np.testing.assert_array_equal(values == -np.inf, [[False, True, False]] * 5)
    assert np.isfinite(curvatures).all()
