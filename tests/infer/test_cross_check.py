"""The fit beside iminuit's: agreement on what is known in closed form, and being overruled."""

import json
import sys
import warnings

import numpy as np
import pytest

import statmodel as sm
from statmodel.infer import Severity, cross_check

pytest.importorskip("iminuit")

_TWO_MINIMA = """
statmodel: "1"
parameters:
  - {name: mu, init: 1.2, bounds: [0, 9], constraint: {type: gaussian, mean: 1, sigma: 1}}
  - {name: k, init: 1, fixed: true}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes:
      - {name: S, yield: 15105.108, scale: mu * k, density: {type: uniform}}
      - {name: I, yield: -22043.824, scale: sqrt(mu), density: {type: uniform}}
      - {name: B, yield: 162704.97, density: {type: uniform}}
observations: [{name: c, events: {x: [0.5], w: [155766.254]}, weight: w}]
measurements: [{name: m, config: {poi: mu}}]
"""


@pytest.fixture(scope="module")
def interfering():
    """Rates alone make mu = 1 and mu = 0.211 degenerate; the constraint prefers mu = 1 by 0.3."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.SpecWarning)
        return sm.compile(sm.parse_spec(_TWO_MINIMA))


@pytest.fixture(scope="module")
def checked(interfering):
    model, data = interfering
    result = sm.fit(model, data)
    return result, cross_check(model, data, result)


def test_both_runs_agree_with_the_fit(checked):
    result, check = checked
    assert check.ok
    assert [one.begun for one in check.runs] == ["start", "minimum"]
    for run in check.runs:
        assert run.valid
        # MIGRAD ends at an EDM of 2e-5 (0.002 x 0.01) or less, that is 6e-3 of an error.
        assert run.nll - check.nll == pytest.approx(0.0, abs=2e-5)
        assert abs(run.shifts[0]) < 1e-2
        # HESSE's second derivatives are numerical, right to some parts in a thousand.
        assert run.error_ratios[0] == pytest.approx(1.0, abs=5e-3)
    assert float(result.point["mu"]) == pytest.approx(1.0, abs=1e-3)


def test_what_the_fit_held_is_held(checked):
    _, check = checked
    assert check.runs[0].values[check.names.index("k")] == 1.0
    assert np.isnan(check.runs[0].errors[check.names.index("k")])


def test_a_higher_minimum_is_overruled(interfering):
    model, data = interfering
    result = sm.fit(model, data, start={"mu": 0.1})
    check = cross_check(model, data, result)
    assert not check.ok
    # The constraint's share: (1 - 0.2126)^2 / 2, less what the rate gives up.
    assert check.lower == pytest.approx(0.5 * (1 - 0.2126) ** 2, rel=0.01)
    found = check.to_finding()
    assert found.severity is Severity.ERROR
    assert found.kind == "cross_check"
    assert "below the fit's" in found.message
    # From the fit's own minimum iminuit stays there.
    assert check.runs[1].nll == pytest.approx(float(result.nll), abs=2e-5)


def test_the_start_of_the_fit_is_that_of_the_referee(interfering):
    model, data = interfering
    result = sm.fit(model, data, start={"mu": 0.1})
    check = cross_check(model, data, result, start={"mu": 0.1})
    assert check.ok  # both are in the higher minimum


def test_an_agreement_is_a_note_and_json_is_plain(checked):
    _, check = checked
    assert check.to_finding().severity is Severity.NOTE
    document = json.loads(check.to_json())
    assert document["ok"] is True
    assert document["runs"][0]["errors"]["k"] is None


def test_without_iminuit_the_extra_is_named(interfering, checked, monkeypatch):
    result, _ = checked
    monkeypatch.setitem(sys.modules, "iminuit", None)
    with pytest.raises(ModuleNotFoundError, match=r"statmodel\[minuit\]"):
        cross_check(*interfering, result)
