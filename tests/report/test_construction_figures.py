"""Pictures of the Neyman construction, from results with known numbers."""

import dataclasses

import jax
import numpy as np
import pytest
from matplotlib.colors import to_hex
from scipy import stats

import measured
from statmodel.infer import (
    FTS,
    LRS,
    Belt,
    ConfidenceSet,
    CoverageCertificate,
    Intervals,
    Provenance,
    SetsAt,
    Tail,
    neyman_several,
    statistics_at,
)
from statmodel.report import statistic_name
from statmodel.report.figures import (
    belt_figure,
    coverage_figure,
    critical_figure,
    lengths_figure,
    observed_figure,
    statistic_figure,
    statistics_figure,
)

PROVENANCE = Provenance(spec="", data="", versions=(), minimiser="", constants="")
LEVEL = 0.6827


@pytest.fixture(scope="module")
def gaussian():
    """A measurement of width 1, and a focus N(0, 2)."""
    return measured.measured(1.0, [0.0], [2.0])


@pytest.fixture(scope="module")
def curves(gaussian):
    """Few hypotheses: the statistic of each toy is exact all the same."""
    both = [LRS(), FTS("f")]
    return neyman_several(
        gaussian,
        both,
        key=jax.random.key(5),
        toys=6000,
        grid=np.arange(-6.0, 7.0),
        span=(-6.0, 6.0),
    )


@pytest.fixture(scope="module")
def looked(gaussian, curves):
    data = gaussian.sample({"mu": 1.0}, key=jax.random.key(1))
    return statistics_at(gaussian, data, [one.statistic for one in curves], curves[0].mu)


def sets(curves, *ends):
    return Intervals(
        sets=tuple(
            ConfidenceSet(
                poi="mu",
                level=LEVEL,
                intervals=ends,
                at_ends=(False, False),
                ok=True,
                message="",
                statistic=one.said,
                focus=one.focus,
            )
            for one in curves
        ),
        curves=tuple(curves),
    )


def labels(figure):
    own = [one for axes in figure.axes if (one := axes.get_legend()) is not None]
    return [text.get_text() for one in (*own, *figure.legends) for text in one.get_texts()]


def test_critical_values_of_the_likelihood_ratio_stand_beside_those_of_chi_squared(curves):
    axes = critical_figure(curves[0], levels=[LEVEL]).axes[0]
    (dotted,) = [x for x in axes.lines if x.get_linestyle() == ":" and len(x.get_xdata())]
    assert dotted.get_ydata()[0] == pytest.approx(1.0, abs=1e-4)  # one standard deviation
    assert axes.get_ylabel() == "LRS"
    assert not [x for x in critical_figure(curves[1]).axes[0].lines if x.get_linestyle() == ":"]


def test_the_density_of_the_likelihood_ratio_is_that_of_chi_squared(curves):
    figure = statistic_figure(curves[0], [0.1, 0.2], levels=[LEVEL])
    (axes,) = figure.axes  # both are nearest to the same hypothesis
    assert axes.get_title(loc="left") == "mu = 0"
    toys, theirs = [one.get_data() for one in axes.patches if one.get_label() != "_child0"][-2:]
    masses = np.diff(stats.chi2.cdf(theirs.edges, 1))
    assert theirs.values * np.diff(theirs.edges) == pytest.approx(masses)
    # 1900 effective toys: five deviations of a bin's share.
    off = toys.values * np.diff(toys.edges) - masses
    assert (np.abs(off) < 5 * np.sqrt(masses / curves[0].effective[6]) + 1e-3).all()


def test_a_focused_statistic_has_no_chi_squared(curves):
    figure = statistic_figure(curves[1], [-6.0, 6.0])
    assert len(figure.axes) == 2
    assert labels(figure) == ["toys, weighted", "critical, 68.27 %", "critical, 95.45 %"]


def test_toys_that_cannot_be_judged_are_said(curves):
    toys = curves[0].distribution
    values = np.where(toys.values[:, 6:7] > 4.0, np.inf, toys.values)
    spoiled = dataclasses.replace(toys, values=values)
    figure = statistic_figure(dataclasses.replace(curves[0], distribution=spoiled), [0.0])
    assert labels(figure)[-1].endswith("% cannot be judged")


def test_a_distribution_needs_a_hypothesis(curves):
    with pytest.raises(ValueError, match="at least one hypothesis"):
        statistic_figure(curves[0], [])


def test_confidence_sets_are_shaded_and_a_little_beyond_them_is_shown(curves, looked):
    figure = observed_figure(sets(curves, (-1.0, 0.0), (0.5, 2.0)), looked)
    assert [axes.get_ylabel() for axes in figure.axes] == ["LRS", "FTS f"]
    for axes in figure.axes:
        shaded = [one.get_x() for one in axes.patches]
        assert shaded == [-1.0, 0.5]
        assert axes.get_xlim() == pytest.approx((-2.8, 3.8))  # 0.6 of the hull on each side


def test_empty_sets_show_all_hypotheses(curves, looked):
    figure = observed_figure(sets(curves), looked)
    assert figure.axes[0].get_xlim() == (-6.0, 6.0)


def test_statistics_of_other_curves_are_refused(curves, looked):
    with pytest.raises(ValueError, match="not those of the confidence sets"):
        observed_figure(sets(curves[:1]), looked)


def test_statistics_of_the_data_lie_side_by_side(looked):
    lines = statistics_figure(looked).axes[0].lines
    one, other = (line for line in lines if line.get_label() in {"LRS", "FTS f"})
    apart = one.get_ydata() - other.get_ydata()
    assert apart == pytest.approx(np.full(13, apart[0]))  # they differ by their references only


def test_a_statistic_that_was_not_found_is_said(looked):
    lost = dataclasses.replace(looked.statistics[0], values=np.full(13, np.nan), ok=False)
    found = dataclasses.replace(looked, statistics=(lost, looked.statistics[1]))
    assert "LRS: not found" in labels(statistics_figure(found))


def test_a_belt_of_sets_that_are_the_best_fit_and_one_about_it_is_a_band():
    best = np.repeat(np.linspace(0.0, 9.0, 10), 60)  # as many as are grouped
    lower = np.where(best > 8.0, np.nan, best - 1.0)
    belt = Belt(
        poi="mu",
        statistic="LRS()",
        levels=(LEVEL,),
        span=(-2.0, 12.0),
        best=best,
        lower=lower[None, :],
        upper=(best + 1.0)[None, :],
        pieces=np.where(best > 8.0, 0.0, 1.0)[None, :],
        failed=0,
        message="",
    )
    figure = belt_figure(belt, data=(3.0, ()))
    axes = figure.axes[0]
    low, high = (line for line in axes.lines if len(line.get_xdata()) == 10)
    assert list(low.get_ydata()[:9]) == list(range(-1, 8))
    assert np.isnan(low.get_ydata()[9])  # empty sets have no ends
    assert list(high.get_ydata()) == list(range(1, 11))
    assert labels(figure) == ["68.27 %", "data", "empty: 10 %"]


def row(statistic, mu, length, *, covered=700, at_end=0.0, nuisances=None):
    return SetsAt(
        statistic=statistic,
        focus="",
        mu=mu,
        nuisances=nuisances or {},
        level=LEVEL,
        covered=Tail(covered, 1000),
        effective=2000.0,
        length=length,
        length_error=0.1,
        median_length=length,
        lower=0.0,
        upper=length,
        disconnected=0.0,
        empty=0.0,
        at_end=at_end,
    )


def certificate(*rows):
    return CoverageCertificate(poi="mu", rows=rows, ok=True, message="", provenance=PROVENANCE)


BOTH = certificate(
    row("LRS()", 1.0, 4.0),
    row("LRS()", 0.0, 2.0),
    row("FTS(focus='f')", 0.0, 1.0),
    row("FTS(focus='f')", 1.0, 6.0, at_end=0.5),
)


def test_coverage_has_bands_of_the_binomial_about_nominal():
    axes = coverage_figure(BOTH).axes[0]
    heights = sorted(one.get_height() for one in axes.patches)
    sigma = np.sqrt(LEVEL * (1 - LEVEL) / 1000)
    assert heights == pytest.approx([2 * sigma, 4 * sigma])
    points = axes.containers[0].lines[0].get_ydata()
    assert list(points) == [0.7, 0.7]
    low, high = axes.get_ylim()
    assert low < LEVEL - 3 * sigma < 0.7 < high


def test_coverage_far_from_nominal_stays_in_the_picture():
    axes = coverage_figure(certificate(row("LRS()", 0.0, 1.0, covered=300))).axes[0]
    assert axes.get_ylim()[0] < 0.3


def test_truths_of_nuisance_parameters_are_series_of_their_own():
    found = certificate(
        row("LRS()", 0.0, 2.0, nuisances={"alpha": -1.0}),
        row("LRS()", 0.0, 2.0, nuisances={"alpha": 1.0}),
    )
    assert labels(coverage_figure(found)) == ["LRS, alpha = -1", "LRS, alpha = 1"]


def test_lengths_are_compared_with_those_of_the_first_statistic():
    foci = {"FTS(focus='f')": ((0.2, 0.4),)}
    figure = lengths_figure(BOTH, level=LEVEL, foci=foci)
    main, ratio = figure.axes
    (line,) = (one for one in ratio.lines if len(one.get_xdata()) == 2 and one.get_marker() == "o")
    assert list(line.get_ydata()) == [0.5, 1.5]
    assert [(one.get_x(), one.get_width()) for one in main.patches] == [(0.2, pytest.approx(0.2))]
    assert to_hex(main.patches[0].get_facecolor()) == to_hex(line.get_color())
    assert labels(figure)[-2:] == ["focus, 68 %", "cut at end"]


def test_lengths_of_a_level_that_was_not_asked_for_are_refused():
    with pytest.raises(ValueError, match="no set of that level"):
        lengths_figure(BOTH, level=0.9)


@pytest.mark.parametrize(
    ("said", "name"),
    [("LRS(sides='upper')", "LRS upper"), ("FTS(focus='a b')", "FTS a b"), ("odd", "odd")],
)
def test_statistics_have_short_names(said, name):
    assert statistic_name(said) == name
