"""Pictures of yields: what the strokes say, whatever the model was."""

from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.patches import StepPatch
from scipy.stats import chi2

from statmodel.infer import ChannelYields, Expectation, Provenance, Status, Yields
from statmodel.report.figures import save_figure, yields_figure

NAMES = ("signal", "interference", "background", *(f"rare_{i}" for i in range(20)))
PLAIN = [[1.0, 4, 9, 3, 2], [12, 9, 8, 4, 1], [30, 25, 14, 6, 2]]
SIGNED = [[10.0, 8, 6, 4, 3], [-6, -3, -1, 2, 4], [5, 4, 4, 3, 3]]


def _yields(heights, observed, *, error=0.1, name="SR", samples=NAMES, fit=Status.CONVERGED):
    """Made-up yields of one channel."""
    events = jnp.asarray(heights, jnp.float64)
    total = events.sum(axis=0)
    channel = ChannelYields(
        name=name,
        samples=tuple(samples[: len(heights)]),
        binned=True,
        entries=Expectation(events, 0.1 * jnp.abs(events)),
        bins=Expectation(total, error * jnp.abs(total)),
        totals=Expectation(events.sum(axis=1), 0.1 * jnp.abs(events.sum(axis=1))),
        total=Expectation(total.sum(), error * jnp.abs(total.sum())),
        observed=None if observed is None else jnp.asarray(observed, jnp.float64),
    )
    return Yields(
        measurement="m",
        stage="prefit" if fit is None else "postfit",
        channels=(channel,),
        names=("mu",),
        values=jnp.ones(1),
        left_out=(),
        fit=fit,
        provenance=Provenance("", "", (), "", ""),
    )


def _stairs(axes):
    return [patch for patch in axes.patches if isinstance(patch, StepPatch)]


def _named(axes, name):
    return next(p for p in _stairs(axes) if p.get_label() == name).get_data()


def _extents(axes):
    """Lower and upper end of what is filled, and of nothing else, over all samples and bins."""
    filled = [p for p in _stairs(axes) if p.get_fill() and p.get_label() != "Uncertainty"]
    ends = np.stack([np.stack([p.get_data().baseline, p.get_data().values]) for p in filled])
    return ends.min(axis=(0, 1)), ends.max(axis=(0, 1))


def _texts(figure):
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def test_stacks_reach_the_total_and_the_band_lies_around_it():
    main = yields_figure(_yields(PLAIN, [42, 33, 31, 12, 0]), channel="SR").axes[0]
    total = np.sum(PLAIN, axis=0)
    np.testing.assert_allclose(_named(main, "Fit").values, total, rtol=1e-12)
    low, high = _extents(main)
    np.testing.assert_allclose(high, total, rtol=1e-12)
    assert (low == 0).all()
    band = _named(main, "Uncertainty")
    np.testing.assert_allclose(band.values, 1.1 * total, rtol=1e-12)
    np.testing.assert_allclose(band.baseline, 0.9 * total, rtol=1e-12)


def test_negative_parts_are_stacked_below_zero():
    main = yields_figure(_yields(SIGNED, [8, 10, 9, 0, 12]), channel="SR").axes[0]
    low, high = _extents(main)
    np.testing.assert_allclose(high, np.maximum(SIGNED, 0).sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(low, np.minimum(SIGNED, 0).sum(axis=0), atol=1e-12)
    np.testing.assert_allclose(_named(main, "Fit").values, np.sum(SIGNED, axis=0), rtol=1e-12)
    assert main.get_ylim()[0] < -6  # all of it is in the frame
    assert any(patch.get_hatch() == "xxx" for patch in _stairs(main))


def test_points_have_garwoods_intervals():
    counts = np.array([42, 33, 31, 12, 0])
    main = yields_figure(_yields(PLAIN, counts), channel="SR").axes[0]
    (points,) = main.containers
    np.testing.assert_array_equal(points.lines[0].get_ydata(), counts)
    (bars,) = points.lines[2]
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    tail = 0.158655253931457  # of a normal distribution, beyond one standard deviation
    low = np.where(counts > 0, chi2.ppf(tail, np.maximum(2 * counts, 1)) / 2, 0)
    high = chi2.isf(tail, 2 * (counts + 1)) / 2
    np.testing.assert_allclose(ends, np.stack([low, high], axis=1), rtol=1e-10, atol=1e-12)


def test_the_lower_panel_is_data_over_the_total():
    counts = np.array([42.0, 33, 31, 12, 0])
    lower = yields_figure(_yields(PLAIN, counts), channel="SR").axes[1]
    (points,) = lower.containers
    ratio = counts / np.sum(PLAIN, axis=0)
    np.testing.assert_allclose(points.lines[0].get_ydata(), ratio, rtol=1e-12)
    assert lower.get_ylabel() == "Data / fit"


def test_ratios_out_of_the_frame_are_arrows():
    lower = yields_figure(_yields(PLAIN, [200, 38, 31, 13, 5]), channel="SR").axes[1]
    (up,) = (line for line in lower.lines if line.get_marker() == "^")
    assert up.get_xdata().tolist() == [0]
    assert up.get_ydata()[0] < lower.get_ylim()[1]


def test_bins_that_expect_nothing_or_less_have_no_ratio():
    heights = [[1.0, 0, 6], [-6, 0, -1]]
    lower = yields_figure(_yields(heights, [1, 0, 5]), channel="SR").axes[1]
    (points,) = lower.containers
    assert points.lines[0].get_xdata().tolist() == [2]


def test_masked_bins_are_shaded_and_have_no_point():
    figure = yields_figure(_yields(PLAIN, [42, np.nan, 31, 12, 2]), channel="SR")
    (points,) = figure.axes[0].containers
    assert points.lines[0].get_xdata().tolist() == [0, 2, 3, 4]
    assert "Masked" in figure.axes[0].get_legend_handles_labels()[1]


def test_the_smallest_of_many_samples_are_drawn_as_one():
    heights = [[float(100 - i), 2.0] for i in range(12)]
    main = yields_figure(_yields(heights, None), channel="SR").axes[0]
    names = main.get_legend_handles_labels()[1]
    assert "5 others" in names
    assert "rare_8" not in names
    _, high = _extents(main)
    np.testing.assert_allclose(high, np.sum(heights, axis=0), rtol=1e-12)


def test_steep_channels_are_logarithmic_unless_signed():
    steep = [[2000.0, 100, 3], [5, 4, 1]]
    assert yields_figure(_yields(steep, None), channel="SR").axes[0].get_yscale() == "log"
    steep[1][2] = -1
    assert yields_figure(_yields(steep, None), channel="SR").axes[0].get_yscale() == "linear"


def test_uneven_bins_are_drawn_per_width_of_the_narrowest():
    edges = [0.0, 1, 2, 4, 6, 10]
    figure = yields_figure(
        _yields(PLAIN, [42, 33, 31, 12, 0]), channel="SR", edges=edges, observable="m", unit="GeV"
    )
    width = np.diff(edges)
    values = _named(figure.axes[0], "Fit").values
    np.testing.assert_allclose(values, np.sum(PLAIN, axis=0) / width, rtol=1e-12)
    assert figure.axes[0].get_ylabel() == "Events / 1 GeV"
    assert figure.axes[1].get_xlabel() == "m [GeV]"


def test_a_failed_fit_has_no_band_and_says_so():
    found = _yields(PLAIN, [42, 33, 31, 12, 0], error=np.nan, fit=Status.STEP_LIMIT)
    figure = yields_figure(found, channel="SR")
    assert "the fit did not converge: no errors" in _texts(figure)
    assert "Uncertainty" not in figure.axes[0].get_legend_handles_labels()[1]


@pytest.mark.parametrize("observed", [None, "expected", "none"])
@pytest.mark.parametrize("bins", [1, 5, 40])
def test_every_shape_is_drawn_and_saved(tmp_path: Path, bins: int, observed: str | None):
    """Long names with letters that mean something to LaTeX, one bin, no events at all."""
    heights = np.stack([100 * np.exp(-np.arange(bins) / 9), np.full(bins, 2.0)])
    counts = {None: None, "expected": heights.sum(axis=0).round(), "none": np.zeros(bins)}
    long = ("a_long_name_of_a_$ample_" * 4, "b_{" * 30)
    found = _yields(heights, counts[observed], name="c" * 90, samples=long, fit=None)
    figure = yields_figure(found, channel="c" * 90)
    save_figure(figure, tmp_path / "picture")
    title = figure.axes[0].get_title(loc="left")
    assert len(title) < 45
    names = figure.axes[0].get_legend_handles_labels()[1]
    assert max(map(len, names)) < 40


def test_channels_without_events_are_drawn(tmp_path: Path):
    found = _yields([[0.0, 0, 0]], [0, 0, 0], fit=None)
    save_figure(yields_figure(found, channel="SR"), tmp_path / "picture")


def test_labels_are_written_for_names():
    found = _yields(PLAIN, None)
    labels = {"signal": r"$t\bar t$", "SR": "Signal region"}
    figure = yields_figure(found, channel="SR", labels=labels)
    assert r"$t\bar t$" in figure.axes[0].get_legend_handles_labels()[1]
    assert figure.axes[0].get_title(loc="left") == "Signal region"


def test_wrong_edges_and_channels_are_answered():
    found = _yields(PLAIN, None)
    with pytest.raises(ValueError, match="channel SR has 5 bins, hence 6 edges; got 3"):
        yields_figure(found, channel="SR", edges=[0, 1, 2])
    with pytest.raises(ValueError, match="must be finite and increase"):
        yields_figure(found, channel="SR", edges=[0, 1, 2, 2, 3, 4])
    with pytest.raises(KeyError, match="no channel 'CR'"):
        yields_figure(found, channel="CR")


def test_the_same_yields_give_the_same_bytes(tmp_path: Path):
    found = _yields(PLAIN, [42, 33, 31, 12, 0])
    first, again = (
        save_figure(yields_figure(one, channel="SR"), tmp_path / name)
        for one, name in ((found, "a"), (eqx.tree_at(lambda y: y.values, found, jnp.ones(1)), "b"))
    )
    for one, other in zip(first, again, strict=True):
        assert one.read_bytes() == other.read_bytes()


def _two_channels(first, second):
    """Channels with their samples in another order, and other sizes."""
    one = _yields(PLAIN, None, name="SR", samples=first)
    two = _yields(PLAIN[::-1], None, name="CR", samples=second)
    return eqx.tree_at(lambda y: y.channels, one, (*one.channels, *two.channels))


def test_a_sample_has_one_colour_in_all_channels():
    found = _two_channels(("signal", "top", "wjets"), ("wjets", "other", "signal"))
    colours = {}
    for name in ("SR", "CR"):
        for patch in _stairs(yields_figure(found, channel=name).axes[0]):
            if patch.get_fill() and patch.get_label() in {"signal", "wjets", "top", "other"}:
                colours.setdefault(patch.get_label(), set()).add(patch.get_facecolor())
    assert {name: len(each) for name, each in colours.items()} == dict.fromkeys(colours, 1)
    assert len(set().union(*colours.values())) == 4
