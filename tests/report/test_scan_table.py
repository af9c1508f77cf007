"""Tables and pictures of scans: unions of intervals, ends of the grid, cut contours, gaps."""

import jax.numpy as jnp
import numpy as np
import pytest
from rich.console import Console

from statmodel.infer import Contours, Crossing, ProfileMinimum, Scan
from statmodel.report.figures import contour_figure, profile_figure
from statmodel.report.tables import contour_table, scan_table

GRID = jnp.linspace(-3.0, 3.0, 31)


def _scan(crossings, minima=()):
    return Scan(
        name="mu",
        grid=GRID,
        nll=0.5 * GRID**2,
        minimum=jnp.asarray(0.0),
        status=jnp.zeros(31, int),
        crossings=tuple(Crossing(0.95, at, rising, exact=True) for at, rising in crossings),
        minima=minima,
    )


def _text(table):
    console = Console(width=100)
    with console.capture() as caught:
        console.print(table)
    return caught.get()


@pytest.mark.parametrize(
    ("crossings", "said"),
    [
        ([(-1.0, False), (1.0, True)], "[-1, 1]"),
        ([(1.0, True)], "[-3 (end of the scan), 1]"),
        ([(-1.0, False)], "[-1, 3 (end of the scan)]"),
        ([(-2, False), (-1, True), (0.5, False), (2, True)], "[-2, -1] or [0.5, 2]"),
        ([(-2, True), (2, False)], "[-3 (end of the scan), -2] or [2, 3 (end of the scan)]"),
    ],
)
def test_pieces_are_told(crossings, said):
    assert said in _text(scan_table(_scan(crossings)))


def test_minima_are_told():
    minima = (ProfileMinimum(0.0, 0.0, at_end=False), ProfileMinimum(3.0, 1.25, at_end=True))
    said = _text(scan_table(_scan([], minima)))
    assert "minimum: mu = 3, -2 Delta ln L = 1.25, the end of the scan" in said
    assert "no level is crossed within the scan" in said


def test_a_picture_shows_the_crossings_that_were_found():
    scan = _scan([])
    exact = Scan(
        "mu", GRID, 0.5 * GRID**2, jnp.asarray(0.0), jnp.zeros(31, int),
        crossings=(
            Crossing(0.6827, -1.01, rising=False, exact=True),
            Crossing(0.6827, 1.02, rising=True, exact=True),
        ),
    )  # fmt: skip
    title = profile_figure(exact, best=0.0).axes[0].get_title(loc="left")
    assert "1.02" in title
    assert "1.01" in title
    assert "1.02" not in profile_figure(scan, best=0.0).axes[0].get_title(loc="left")


def _contours(failed=()):
    x, y = jnp.linspace(-4.0, 4.0, 41), jnp.linspace(-2.0, 4.0, 31)
    nll = np.array(0.5 * (x[None, :] ** 2 + y[:, None] ** 2))
    status = np.zeros(nll.shape, int)
    for place in failed:
        nll[place], status[place] = np.nan, 2
    return Contours(
        over=("a", "b"), x=x, y=y, nll=jnp.asarray(nll), minimum=jnp.asarray(0.0),
        status=jnp.asarray(status), best=(0.0, 0.0), names=("a", "b"),
        values=jnp.zeros((31, 41, 2)), levels=(0.6827, 0.9545),
    )  # fmt: skip


def test_contours_are_circles_where_they_are_whole():
    found = _contours()
    (inner,) = found.lines(0.6827)
    # -2 ln(1 - p) is the quantile of chi-squared with two degrees of freedom.
    np.testing.assert_allclose((inner**2).sum(axis=1), -2 * np.log(1 - 0.6827), rtol=5e-3)
    assert not found.is_cut(0.6827)
    assert found.is_cut(0.9545)
    said = _text(contour_table(found))
    assert f"[{inner[:, 0].min():.5g}, {inner[:, 0].max():.5g}]" in said
    assert "1, cut by the edge" in said
    assert "best fit: a = 0, b = 0" in said


def test_failed_places_are_drawn_as_crosses():
    axes = contour_figure(_contours(failed=[(3, 3), (4, 3)]), labels=("$a$", "b")).axes[0]
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ["68.27 %", "95.45 %", "best fit", "2 fits failed"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$a$", "b")
