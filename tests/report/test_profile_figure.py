import jax.numpy as jnp
import numpy as np
import pytest

from statmodel.infer import Scan
from statmodel.report.figures import crossings, profile_figure


def _parabola(centre=2.0, error=0.5, failed=()):
    grid = jnp.linspace(centre - 3 * error, centre + 3 * error, 41)
    nll = 7.0 + 0.5 * ((grid - centre) / error) ** 2
    nll = nll.at[jnp.asarray(failed, int)].set(jnp.nan)
    status = jnp.zeros(41, int).at[jnp.asarray(failed, int)].set(2)
    return Scan("mu", grid, nll, jnp.asarray(7.0), status)


def test_crossings_of_a_parabola_are_one_error_away():
    figure = profile_figure(_parabola(), best=2.0, label=r"$\mu$")
    assert figure.axes[0].get_title(loc="left") == r"$\mu$ $= 2.000^{+0.500}_{-0.500}$"
    assert figure.axes[0].get_xlabel() == r"$\mu$"


def test_the_curve_is_twice_the_difference():
    line = profile_figure(_parabola()).axes[0].lines[0]
    assert line.get_ydata()[0] == pytest.approx(9.0)  # three errors away
    assert line.get_ydata()[20] == pytest.approx(0.0, abs=1e-12)


def test_levels_are_one_and_the_95_percent_quantile():
    axes = profile_figure(_parabola()).axes[0]
    heights = [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"]
    assert heights == [1.0, 3.84]


def test_failed_points_are_gaps_and_counted():
    axes = profile_figure(_parabola(failed=[0, 5])).axes[0]
    assert np.isnan(axes.lines[0].get_ydata()[[0, 5]]).all()
    assert axes.get_legend().get_texts()[0].get_text() == "2 fits failed"


def test_there_is_no_crossing_inside_a_gap():
    scan = _parabola(failed=[13])  # the crossing at 1.5 lies between points 13 and 14
    assert crossings(np.asarray(scan.grid), np.asarray(scan.t), 1.0) == pytest.approx((2.5,))


def test_a_scan_that_failed_everywhere_is_drawn_and_says_so():
    figure = profile_figure(_parabola(failed=list(range(41))), best=2.0)
    assert "no crossing" in figure.axes[0].get_title(loc="left")


def test_a_scan_that_ends_at_a_bound_is_one_sided():
    grid = np.linspace(0.0, 2.0, 21)
    scan = Scan(
        "mu",
        jnp.asarray(grid),
        jnp.asarray(0.5 * (grid / 0.8) ** 2),
        jnp.asarray(0.0),
        jnp.zeros(21, int),
    )
    title = profile_figure(scan, best=0.1).axes[0].get_title(loc="left")
    assert title == "mu $= 0.100^{+0.700}$ (no crossing below)"
