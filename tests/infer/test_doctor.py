"""Each kind of finding, provoked by a likelihood in which it can be worked out by hand."""

import dataclasses
import functools
import warnings

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import statmodel as sm
from statmodel.data import make_events
from statmodel.infer import (
    Diagnosis,
    End,
    Finding,
    IntervalStatus,
    LocalMinima,
    NewMinimum,
    ProfileErrors,
    ProfileInterval,
    Segment,
    Severity,
    diagnose,
)

_COUNT = """
statmodel: "1"
parameters: [PARAMETERS]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [PROCESSES]
measurements: [{name: m, config: {poi: mu}}]
"""
_MU = "{name: mu, init: 1, bounds: [0, 20]}"
_BACKGROUND = "{name: b, yield: 6, density: {type: uniform}}"


def counting(
    events,
    *,
    parameters=_MU,
    signal="{name: s, yield: 4, scale: mu, density: {type: uniform}, modifiers: MODIFIERS}",
    modifiers="[]",
    background=_BACKGROUND,
    weights=None,
):
    """Flat densities, hence a count: n = 4 mu + 6 unless something else is said."""
    text = _COUNT.replace("PARAMETERS", parameters)
    text = text.replace("PROCESSES", ", ".join([signal, background] if background else [signal]))
    columns = {"x": np.linspace(0.1, 0.9, events)}
    channels = {"c": make_events(columns, weights=weights)}
    return compiled(text.replace("MODIFIERS", modifiers)), sm.Dataset(
        channels=channels, auxiliary={}
    )


@functools.cache
def compiled(text):
    """A model without data, compiled once for all tests that share it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)
        return sm.compile(sm.parse_spec(text))[0]


def examined(model, data, **options):
    result = sm.fit(model, data, **options)
    return result, diagnose(model, data, result)


def only(diagnosis, kind):
    found = diagnosis.of(kind)
    assert len(found) == 1, diagnosis
    return found[0]


def test_a_plain_fit_leaves_nothing_to_say():
    _, diagnosis = examined(*counting(60))
    assert diagnosis.findings == ()
    assert diagnosis.worst is None


def test_a_bound_is_told_with_the_slope_there():
    _, diagnosis = examined(*counting(2))
    found = only(diagnosis, "at_bound")
    assert found.parameters == ("mu",)
    # d nll/d mu = 4 - n 4/6 at mu = 0.
    np.testing.assert_allclose(found.number("slope"), 4 - 2 * 4 / 6, rtol=1e-12)
    assert "lower bound 0" in found.message
    assert found.severity is Severity.WARNING


def test_a_root_at_its_bound_has_its_slope_in_the_root():
    signal = "{name: s, yield: 4, scale: sqrt(mu), density: {type: uniform}}"
    _, diagnosis = examined(*counting(3, signal=signal))
    found = only(diagnosis, "at_bound")
    np.testing.assert_allclose(found.number("slope"), 4 - 3 * 4 / 6, rtol=1e-12)
    assert "sqrt(mu)" in found.message


def test_a_value_within_one_error_of_its_bound_is_noted():
    _, diagnosis = examined(*counting(9))
    found = only(diagnosis, "near_bound")
    # mu = 3/4, error sqrt(9)/4: one error from 0.  n = 8: 1/2 and sqrt(8)/4.
    assert found.number("mu") == pytest.approx(1.0, abs=1e-4)
    _, diagnosis = examined(*counting(8))
    expected = 0.5 / (8**0.5 / 4)
    assert only(diagnosis, "near_bound").number("mu") == pytest.approx(expected, rel=1e-4)


def test_two_names_of_one_number_are_one_flat_direction():
    _, diagnosis = examined(*counting(18, modifiers="[{type: normfactor, name: k}]"))
    found = only(diagnosis, "flat_direction")
    assert sorted(found.parameters) == ["k", "mu"]
    assert found.severity is Severity.ERROR
    # In coordinates scaled by each one's curvature the direction is the diagonal.
    assert abs(found.number("mu")) == pytest.approx(0.5**0.5, rel=1e-6)


def test_three_names_of_one_number_are_two_flat_directions_of_two():
    modifiers = "[{type: normfactor, name: k}, {type: normfactor, name: j}]"
    _, diagnosis = examined(*counting(18, modifiers=modifiers))
    found = diagnosis.of("flat_direction")
    assert len(found) == 2
    assert all(len(one.parameters) == 2 for one in found)
    assert {name for one in found for name in one.parameters} == {"mu", "k", "j"}


def test_a_parameter_that_moves_nothing_is_named_alone():
    parameters = f"{_MU}, {{name: idle, init: 1, bounds: [0, 5]}}"
    signal = "{name: s, yield: 4, scale: mu + 0 * idle, density: {type: uniform}}"
    _, diagnosis = examined(*counting(18, parameters=parameters, signal=signal))
    found = [one for one in diagnosis.findings if one.severity is Severity.ERROR]
    assert [one.parameters for one in found] == [("idle",)]


def test_a_nearly_flat_direction_is_a_warning():
    # nu = 4 mu k, and the constraint of k hardly curves: 1/300^2 beside n = 18.
    parameters = f"{_MU}, {{name: k, init: 1, constraint: {{type: gaussian, mean: 1, sigma: 300}}}}"
    model, data = counting(
        18, parameters=parameters, modifiers="[{type: normfactor, name: k}]", background=""
    )
    _, diagnosis = examined(model, data, start={"mu": 4.5})
    found = only(diagnosis, "nearly_flat_direction")
    assert set(found.parameters) == {"mu", "k"}
    assert found.number("relative_eigenvalue") < 1e-5


def test_a_nearly_degenerate_pair_is_told_with_its_correlation():
    parameters = f"{_MU}, {{name: k, init: 1, constraint: {{type: gaussian, mean: 1, sigma: 2}}}}"
    signal = "{name: s, yield: 100, scale: mu * k, density: {type: uniform}}"
    model, data = counting(100, parameters=parameters, signal=signal, background="")
    result, diagnosis = examined(model, data)
    found = only(diagnosis, "degenerate_pair")
    # ln mu + ln k is known to 0.1, k (= 1 at the minimum) to 2: var(ln mu) = 4 + 0.01.
    expected = -2 / (4.01**0.5)
    np.testing.assert_allclose(found.number("correlation"), expected, rtol=1e-3)
    assert float(result.point["k"]) == pytest.approx(1.0, abs=1e-4)


_NUISANCE = "{{name: a, init: 0, constraint: {{type: gaussian, mean: 0, sigma: {sigma}}}}}"


def gaussian_count(*, sigma, observed, events=10_000):
    """nu = 10000 (1 + a), a ~ N(0, sigma): close to a Gaussian of width 0.01 in a."""
    parameters = "{name: mu, init: 1, fixed: true}, " + _NUISANCE.format(sigma=sigma)
    signal = f"{{name: s, yield: {events}, scale: mu + a, density: {{type: uniform}}}}"
    return counting(1, parameters=parameters, signal=signal, background="", weights=[observed])


def test_a_nuisance_that_the_data_know_better_is_over_constrained():
    result, diagnosis = examined(*gaussian_count(sigma=0.03, observed=10_000))
    found = only(diagnosis, "over_constrained")
    # 1/V = n/(1+a)^2 + 1/sigma^2 at a = 0.
    expected = (1e4 + 1 / 0.03**2) ** -0.5 / 0.03
    np.testing.assert_allclose(found.number("a"), expected, rtol=1e-4)
    assert expected < 0.5
    _, diagnosis = examined(*gaussian_count(sigma=0.01, observed=10_000))
    assert not diagnosis.of("over_constrained")  # both know the same: the ratio is 0.71


def test_a_pulled_nuisance_is_told_with_three_pulls():
    sigma, n = 0.01, 10_600
    result, diagnosis = examined(*gaussian_count(sigma=sigma, observed=n))
    found = only(diagnosis, "pulled")
    # 1e4 - n/(1 + a) + a/sigma^2 = 0, a quadratic.
    b = 1 + 1e4 * sigma**2
    a = (-b + (b * b - 4 * sigma**2 * (1e4 - n)) ** 0.5) / 2
    variance = 1 / (n / (1 + a) ** 2 + 1 / sigma**2)
    np.testing.assert_allclose(found.number("prefit"), a / sigma, rtol=1e-4)
    np.testing.assert_allclose(found.number("postfit"), a / variance**0.5, rtol=1e-4)
    expected = a / (sigma**2 - variance) ** 0.5
    np.testing.assert_allclose(found.number("normalised"), expected, rtol=1e-4)
    assert "prefit" in found.message


def test_nuisances_without_data_are_one_harmless_note():
    names = [f"a{i}" for i in range(10)]
    parameters = ", ".join(
        [
            _MU,
            *(
                f"{{name: {n}, init: 0, constraint: {{type: gaussian, mean: 0, sigma: 1}}}}"
                for n in names
            ),
        ]
    )
    scale = " + ".join(["mu", *(f"0 * {n}" for n in names)])
    signal = f'{{name: s, yield: 4, scale: "{scale}", density: {{type: uniform}}}}'
    _, diagnosis = examined(*counting(60, parameters=parameters, signal=signal))
    found = only(diagnosis, "not_constrained_by_data")
    assert set(found.parameters) == set(names)
    assert found.severity is Severity.NOTE
    assert "and 4 more" in found.message
    assert len(diagnosis.findings) == 1


def test_an_impossible_start_is_located_by_row_and_process():
    """At mu = 1 the signal, 40 (mu - 2 sqrt(mu)) events, outweighs the background at its peak."""
    text = """
statmodel: "1"
parameters: [{name: mu, init: 9, bounds: [0, 10]}]
channels:
  - name: SR
    type: unbinned
    observables: [{name: m, min: 0, max: 10}]
    processes:
      - name: S
        yield: 40
        scale: "mu - 2 * sqrt(mu)"
        density: {type: gaussian, mean: 5, sigma: 1}
      - {name: B, yield: 40, density: {type: uniform}}
observations: [{name: SR, events: {m: [1.0, 11.0, 4.0, 5.1, 9.0]}}]
measurements: [{name: main, config: {poi: mu}}]
"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)
        model, data = sm.compile(sm.parse_spec(text))
    result, diagnosis = examined(model, data, start={"mu": 1.0})
    assert result.status == sm.Status.BAD_START
    found = only(diagnosis, "impossible_event")
    # The second of the five rows lies outside the range: the fourth row is row 3, counted from 0.
    assert found.number("row") == 3
    term = -40 * np.exp(-0.5 * 0.1**2) / np.sqrt(2 * np.pi)  # erf(5 / sqrt 2) = 1 - 6e-7
    np.testing.assert_allclose(found.number("term"), term, rtol=1e-5)
    np.testing.assert_allclose(found.number("total"), 4 + term, rtol=1e-5)
    assert found.number("events") == 2
    for word in ("channel SR", "row 3 of inline (m = 5.1)", "process S's"):
        assert word in found.message
    assert "did not begin" in only(diagnosis, "not_converged").message


def test_a_negative_rate_is_located_by_process():
    parameters = "{name: mu, init: 1, bounds: [-20, 20]}"
    model, data = counting(5, parameters=parameters)
    result, diagnosis = examined(model, data, start={"mu": -3.0})
    assert result.status == sm.Status.BAD_START
    found = only(diagnosis, "impossible_rate")
    assert found.number("expected") == pytest.approx(-6)
    assert "process s -12" in found.message


def test_a_formula_at_the_edge_of_its_domain_is_named_by_its_parameter():
    parameters = f"{_MU}, {{name: c, init: 0, bounds: [0, 5]}}"
    signal = "{name: s, yield: 4, scale: mu + c**1.2, density: {type: uniform}}"
    result, diagnosis = examined(*counting(18, parameters=parameters, signal=signal))
    if result.status == sm.Status.BAD_START:
        assert only(diagnosis, "no_derivative").parameters == ("c",)
    else:
        pytest.fail(f"the second derivative of c**1.2 is infinite at 0: {result.message}")


def test_a_step_limit_says_how_far_it_was():
    model, data = counting(18)
    result, diagnosis = examined(model, data, max_steps=2)
    assert result.status == sm.Status.STEP_LIMIT
    found = only(diagnosis, "not_converged")
    mu = float(result.point["mu"])
    nu = 4 * mu + 6
    slope, curvature = 4 - 18 * 4 / nu, 18 * 16 / nu**2
    np.testing.assert_allclose(found.number("mu"), slope / curvature**0.5, rtol=1e-9)
    np.testing.assert_allclose(found.number("edm"), 0.5 * slope**2 / curvature, rtol=1e-6)


def test_weights_that_carry_less_than_they_add_up_to_are_a_warning():
    model, data = counting(30, weights=[1.0] * 20 + [4.0] * 10)
    _, diagnosis = examined(model, data)
    found = only(diagnosis, "weighted_events")
    # sum w = 60, sum w^2 = 180.
    assert found.number("sum") == 60
    assert found.number("effective") == pytest.approx(20)
    assert found.number("factor") == pytest.approx(3**0.5)


def test_asimov_data_of_quadrature_nodes_are_not_weighted_data():
    """Some hundred nodes stand for 100 000 events: exact, though (sum w)^2 / sum w^2 is small."""
    model, _ = counting(1, signal="{name: s, yield: 1e5, scale: mu, density: {type: uniform}}")
    data = sm.asimov(model, model.space.point())
    assert int(data.channels[0].mask.sum()) < 10_000
    assert not diagnose(model, data, sm.fit(model, data)).of("weighted_events")


def test_few_events_are_noted():
    _, diagnosis = examined(*counting(8))
    assert only(diagnosis, "few_events").number("effective") == 8


def test_negative_weights_are_a_warning_with_their_sum():
    model, data = counting(30, weights=[1.0] * 28 + [-0.5] * 2)
    _, diagnosis = examined(model, data)
    found = only(diagnosis, "negative_weights")
    assert found.number("events") == 2
    assert found.number("sum") == -1.0
    assert "row 28 of inline" in found.message
    assert found.severity is Severity.WARNING


def test_processes_that_cancel_are_told_with_what_is_left():
    text = "{name: i, yield: -95, density: {type: uniform}}"
    model, data = counting(
        9, signal="{name: s, yield: 100, scale: mu, density: {type: uniform}}", background=text
    )
    result, diagnosis = examined(model, data, start={"mu": 1.1})
    found = only(diagnosis, "cancelling_processes")
    # n = 9 = 100 mu - 95.
    np.testing.assert_allclose(found.number("share_left"), 9 / (104 + 95), rtol=1e-4)
    assert result.ok


def test_a_process_without_events_is_noted():
    _, diagnosis = examined(*counting(2))
    assert "s in c" in only(diagnosis, "negligible_process").message


def test_findings_are_sorted_worst_first_and_survive_json():
    result, diagnosis = examined(*counting(2, modifiers="[{type: normfactor, name: k}]"))
    severities = [one.severity for one in diagnosis.findings]
    assert severities == sorted(severities, reverse=True)
    assert Diagnosis.from_json(diagnosis.to_json()) == diagnosis
    told = dataclasses.replace(result, findings=diagnosis.findings)
    again = sm.FitResult.from_json(told.to_json())
    assert again.findings == diagnosis.findings
    assert again.to_json() == told.to_json()


def test_a_number_that_does_not_exist_is_null_in_json():
    found = Finding(
        kind="x", severity=Severity.NOTE, message="m.", advice="a.", numbers=(("n", np.nan),)
    )
    assert found.to_document()["numbers"] == {"n": None}
    assert np.isnan(Finding.from_document(found.to_document()).number("n"))


def test_a_batch_of_results_is_refused():
    model, data = counting(18)
    result = sm.fit(model, data)
    batch = eqx.tree_at(lambda r: r.nll, result, jnp.zeros(2))
    with pytest.raises(ValueError, match="one data set"):
        diagnose(model, data, batch)


def test_bound_data_are_told_by_position():
    model, data = counting(30, weights=[1.0] * 29 + [-0.5])
    prepared = model.bind(data)
    result = sm.fit(model, prepared)
    assert (
        "row 29 of the bound data"
        in only(diagnose(model, prepared, result), "negative_weights").message
    )


def no_event(scale, init):
    """Without events nll is the expected number alone, 4 times the scale."""
    return counting(
        0,
        parameters=f"{{name: mu, init: {init}, bounds: [-20, 20]}}",
        signal=f'{{name: s, yield: 4, scale: "{scale}", density: {{type: uniform}}}}',
        background="",
    )


def test_a_fit_that_runs_against_an_impossible_rate_is_told_the_process():
    result, diagnosis = examined(*no_event("mu - 1.5", 2))
    assert result.status == sm.Status.NO_DECREASE
    # nll = 4 mu - 6 falls down to mu = 1.5, beyond which fewer than no events are expected.
    assert float(result.point["mu"]) == pytest.approx(1.5, abs=1e-6)
    found = only(diagnosis, "impossible_rate")
    assert found.number("expected") < 0
    assert "process s" in found.message
    assert "step further" in found.message


def test_a_fit_that_ends_in_a_kink_is_told_so():
    result, diagnosis = examined(*no_event("1 + abs(mu - 1)", 2.3))
    assert result.status == sm.Status.NO_DECREASE
    assert float(result.point["mu"]) == pytest.approx(1.0, abs=1e-6)
    assert only(diagnosis, "kink")


_RATIOS = """
statmodel: "1"
parameters:
  - name: alpha
    init: 0.1
    bounds: [-200, 200]
    constraint: {type: gaussian, mean: 0, sigma: 1}
channels:
  - name: SR
    type: unbinned
    normalization: analytic
    observables: [{name: x, min: -9, max: 9}]
    processes:
      - name: A
        yield: 100
        density: {type: ratio, column: r}
        modifiers:
          - {type: densitysys, name: alpha, data: {hi: {column: up}, lo: {column: dn}},
             interpolation: code1}
      - {name: B, yield: 100, density: {type: ratio, column: r}}
observations: [{name: SR, events: {x: [X], r: [R], up: [UP], dn: [DN]}}]
measurements: [{name: m, config: {poi: alpha}}]
"""


def test_a_spurious_minimum_is_told_from_a_pull():
    """Responses exp(+-0.3 x), not normalised: nll curves downward, and alpha runs to 23."""
    x = np.linspace(-2.5, 2.5, 200)
    columns = {"X": x, "R": np.ones(200), "UP": np.exp(0.3 * x), "DN": np.exp(-0.3 * x)}
    text = _RATIOS
    for word, numbers in columns.items():
        text = text.replace(f"[{word}]", f"[{', '.join(f'{n:.10g}' for n in numbers)}]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)
        model, data = sm.compile(sm.parse_spec(text))
    result, diagnosis = examined(model, data)
    alpha = float(result.point["alpha"])
    assert abs(alpha) > 20
    found = only(diagnosis, "spurious_minimum")
    assert found.number("pull") == pytest.approx(alpha)
    # Curvature at alpha = 5/4: 1 - sum p (1 - p) (0.3 x)^2, p the share of A at each event.
    share = 1 / (1 + np.exp(-1.25 * 0.3 * x))
    expected = 1 - (share * (1 - share) * (0.3 * x) ** 2).sum()
    np.testing.assert_allclose(found.number("curvature"), expected, rtol=1e-6)
    assert "normalization: reference" in found.advice
    assert not diagnosis.of("pulled")


def test_data_that_push_a_nuisance_apart_are_a_warning():
    """The same with little data: alpha stays near 0, but is wider than before the fit."""
    x = np.linspace(-1.0, 1.0, 30)
    columns = {"X": x, "R": np.ones(30), "UP": np.exp(0.3 * x), "DN": np.exp(-0.3 * x)}
    text = _RATIOS
    for word, numbers in columns.items():
        text = text.replace(f"[{word}]", f"[{', '.join(f'{n:.10g}' for n in numbers)}]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)
        model, data = sm.compile(sm.parse_spec(text))
    result, diagnosis = examined(model, data)
    assert float(result.point["alpha"]) == pytest.approx(0.0, abs=1e-5)  # x is symmetric
    found = only(diagnosis, "negative_data_curvature")
    np.testing.assert_allclose(found.number("alpha"), -(0.25 * (0.3 * x) ** 2).sum(), rtol=1e-5)
    assert float(result.error("alpha")) > 1


def test_intervals_in_pieces_and_lower_minima_are_told():
    model, data = counting(18)
    result = sm.fit(model, data)
    ends = {"low_end": End.CROSSING, "high_end": End.CROSSING}
    pieces = (Segment(low=0.2, high=0.4, **ends), Segment(low=2.0, high=4.0, **ends))
    interval = ProfileInterval(
        name="mu",
        best=3.0,
        minus=1.0,
        plus=1.0,
        status=IntervalStatus.CLOSED,
        segments=pieces,
        fits=9,
    )
    lower = NewMinimum(point=(("mu", 0.3),), nll=float(result.nll) - 2.0, status="converged")
    profiles = ProfileErrors(
        level=0.6827, threshold=1.0, tolerance=1e-5, intervals=(interval,), new_minimum=lower
    )
    found = diagnose(model, data, dataclasses.replace(result, profile_errors=profiles))
    assert "[0.2, 0.4] and [2, 4]" in only(found, "disjoint_interval").message
    assert "2 below" in only(found, "new_minimum").message
    assert found.findings[0].kind == "new_minimum"


def test_another_minimum_nearby_is_told():
    model, data = counting(18)
    result = sm.fit(model, data)
    minima = LocalMinima(
        names=("mu",),
        pois=("mu",),
        values=jnp.asarray([[3.0], [0.3], [9.0]]),
        nll=result.nll + jnp.asarray([0.0, 0.4, 50.0]),
        status=jnp.zeros(3, int),
        starts=jnp.asarray([2, 1, 1]),
    )
    found = only(diagnose(model, data, dataclasses.replace(result, minima=minima)), "other_minima")
    assert found.numbers == (("t_2", pytest.approx(0.8)),)


def test_a_large_degenerate_model_ends_in_words():
    """Eight pairs of twins, and eight that nothing depends on: each is named."""
    pairs = [(f"a{i}", f"b{i}") for i in range(8)]
    idle = [f"c{i}" for i in range(8)]
    names = [name for pair in pairs for name in pair] + idle
    parameters = ", ".join(
        [
            "{name: mu, init: 1, fixed: true}",
            *(f"{{name: {n}, init: 1, bounds: [0, 9]}}" for n in names),
        ]
    )
    processes = ", ".join(
        f'{{name: p{i}, yield: 10, scale: "{a} * {b}", density: {{type: gaussian, '
        f"mean: {0.1 + 0.8 * (i + 0.5) / 8}, sigma: 0.01}}}}"
        for i, (a, b) in enumerate(pairs)
    )
    scale = " + ".join(["mu", *(f"0 * {n}" for n in idle)])
    flat = f'{{name: flat, yield: 40, scale: "{scale}", density: {{type: uniform}}}}'
    model, data = counting(400, parameters=parameters, signal=processes, background=flat)
    result, diagnosis = examined(model, data)
    assert result.status == sm.Status.FLAT_DIRECTION
    found = diagnosis.of("flat_direction")
    assert {frozenset(one.parameters) for one in found} == {
        *(frozenset(pair) for pair in pairs),
        *(frozenset([name]) for name in idle),
    }
