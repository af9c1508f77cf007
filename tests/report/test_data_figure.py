from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.patches import StepPatch

from statmodel.compiler import compile
from statmodel.data import make_events
from statmodel.infer import asimov, fit
from statmodel.report.figures import data_figure, save_figure
from statmodel.report.figures._mixture import binned_mixture
from statmodel.spec import parse_spec


def _texts(figure):
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def _stairs(figure):
    """Heights and edges of every outline, by its name in the legend."""
    drawn = [p for p in figure.axes[0].patches if isinstance(p, StepPatch)]
    return {patch.get_label(): patch.get_data() for patch in drawn}


def _points(figure):
    """Heights of the data points."""
    return figure.axes[0].containers[0].lines[0].get_ydata()


def _scale(edges):
    width = np.diff(edges)
    return width / width.min()  # a plain bin is the narrowest


def _expected(fitted, channel):
    rates = fitted.model.expected(fitted.result.point)[channel]
    return {name: float(rate) for name, rate in rates.items()}


def test_the_points_are_all_events(analytic):
    figure = data_figure(*analytic, channel="peak", observable="x")
    edges = _stairs(figure)["Fit"][1]
    assert (_points(figure) * _scale(edges)).sum() == pytest.approx(90, rel=1e-12)  # 90 rows


def test_the_fit_is_the_expected_number_of_events(analytic):
    figure = data_figure(*analytic, channel="peak", observable="x")
    values, edges, _ = _stairs(figure)["Fit"]
    total = sum(_expected(analytic, "peak").values())
    # Gauss-Legendre with 16 nodes a bin is exact to rounding on these smooth densities.
    assert (values * _scale(edges)).sum() == pytest.approx(total, rel=1e-9)


def test_each_analytic_component_integrates_to_its_rate(analytic):
    channel = analytic.model.channels[0]
    at = analytic.model.scope.at_point(analytic.result.point)
    mixture = binned_mixture(
        channel, at, axis=0, edges=np.linspace(0, 10, 8), typical=np.array([[5.0, 1.0]])
    )
    rates = list(_expected(analytic, "peak").values())
    np.testing.assert_allclose(mixture.counts.sum(axis=1), rates, rtol=1e-9)  # as above


def test_pool_components_add_up_to_their_rates(ratio):
    """Under `reference` the pool's average of each density is one, so this is exact."""
    channel = ratio.model.channels[0]
    at = ratio.model.scope.at_point(ratio.result.point)
    mixture = binned_mixture(
        channel, at, axis=0, edges=np.linspace(-4, 4, 21), typical=np.array([[0.0, 1.0]])
    )
    rates = list(_expected(ratio, "SR").values())
    np.testing.assert_allclose(mixture.counts.sum(axis=1), rates, rtol=1e-9)  # rounding
    assert (mixture.simulation_error > 0).any()


def test_weighted_data_are_drawn_with_their_weights(ratio):
    figure = data_figure(*ratio, channel="SR", observable="x")
    edges = _stairs(figure)["Fit"][1]
    weights = ratio.data.channels["SR"].weights
    assert (_points(figure) * _scale(edges)).sum() == pytest.approx(weights.sum(), rel=1e-9)
    assert figure.axes[0].get_ylabel().startswith("Weighted events")
    assert "Simulation stat." in _stairs(figure)


def test_negative_components_are_lines_and_not_stacked(ratio):
    mu = ratio.model.space.index("mu")
    shifted = eqx.tree_at(lambda r: r.values, ratio.result, ratio.result.values.at[mu].set(4.0))
    figure = data_figure(ratio.model, ratio.data, shifted, channel="SR", observable="x")
    values, edges, baseline = _stairs(figure)["B"]
    assert baseline is None
    # f_B = 1 - sqrt(4) = -1, and the yield is 50.
    assert (values * _scale(edges)).sum() == pytest.approx(-50, rel=1e-9)


def test_a_ratio_channel_without_a_pool_draws_the_data_and_says_so(signed):
    figure = data_figure(*signed, channel="SR", observable="x")
    assert "no simulation pool" in _texts(figure)
    assert "only the data" in _texts(figure)
    assert _stairs(figure) == {}
    assert _points(figure).sum() == pytest.approx(signed.data.channels["SR"].size, rel=1e-12)


def test_an_empty_data_set_says_so(analytic):
    empty = replace(analytic.data, channels={"peak": make_events({"x": []})})
    figure = data_figure(analytic.model, empty, analytic.result, channel="peak", observable="x")
    assert "no event was observed" in _texts(figure)
    assert "Fit" in _stairs(figure)


def test_bound_asimov_data_of_a_pool_are_drawn(ratio):
    """Asimov data are the pool weighted by the model, so all pulls vanish."""
    prepared = asimov(ratio.model, ratio.result.point)
    figure = data_figure(ratio.model, prepared, ratio.result, channel="SR", observable="x")
    (pulls,) = [line for line in figure.axes[1].lines if line.get_label() == "pulls"]
    np.testing.assert_allclose(pulls.get_ydata(), 0.0, atol=1e-9)  # rounding of the same sums


def test_labels_and_units_stand_on_the_axes(analytic):
    figure = data_figure(
        *analytic, channel="peak", observable="x", labels={"x": "$m_x$"}, units={"x": "GeV"}
    )
    assert figure.axes[1].get_xlabel() == "$m_x$ [GeV]"
    assert figure.axes[0].get_ylabel().endswith("GeV")


@pytest.mark.parametrize(("channel", "observable"), [("nope", "x"), ("peak", "nope")])
def test_unknown_names_are_refused_with_those_there_are(analytic, channel, observable):
    with pytest.raises(KeyError, match=r"there are (peak|x)"):
        data_figure(*analytic, channel=channel, observable=observable)


_PLANE = """
statmodel: "1"
parameters: [{name: n, init: 50, bounds: [0, 500]}]
channels:
  - name: plane
    type: unbinned
    observables: [{name: x, min: 0, max: 4}, {name: y}, {name: z, min: 0}]
    processes:
      - name: A
        yield: n
        density:
          type: product
          factors:
            - {type: uniform, observable: x}
            - {type: gaussian, observable: y, mean: 1, sigma: 2}
            - {type: exponential, observable: z, slope: -0.5}
observations:
  - {name: plane, events: {x: [1, 2, 3], y: [0.5, -1, 3], z: [1, 2, 4]}}
measurements: [{name: m, config: {poi: n}}]
"""


def test_other_observables_are_integrated_out():
    model, data = compile(parse_spec(_PLANE))
    result = fit(model, data)
    at = model.scope.at_point(result.point)
    typical = np.array([[2.0, 1.0], [0.8, 1.6], [2.3, 1.2]])
    mixture = binned_mixture(
        model.channels[0], at, axis=0, edges=np.linspace(0, 4, 5), typical=typical
    )
    # Sobol points over two open observables: 2048 of them integrate to a few per mille.
    np.testing.assert_allclose(mixture.counts[0], 3 / 4, rtol=5e-3)


def test_pictures_are_saved_and_nothing_global_is_changed(analytic, tmp_path):
    before = dict(mpl.rcParams)
    figure = data_figure(*analytic, channel="peak", observable="x")
    pdf, png = save_figure(figure, tmp_path / "data.v1")
    assert dict(mpl.rcParams) == before
    assert pdf.name == "data.v1.pdf"
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failed_fit_is_named_in_the_picture(analytic):
    failed = eqx.tree_at(lambda r: r.status, analytic.result, jnp.asarray(2))
    figure = data_figure(analytic.model, analytic.data, failed, channel="peak", observable="x")
    assert "did not converge" in figure.axes[0].get_title(loc="right")
