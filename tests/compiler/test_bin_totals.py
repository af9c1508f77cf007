"""Binned channels are looked at before any fit: negative totals, and full bins that expect none."""

import json

import pytest

from compiler.conftest import Workshop
from statmodel.compiler import _bin_totals

DOCUMENT = """\
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 5]}]
channels:
  - name: CR
    samples: [{name: A, data: [9]}]
  - name: SR
    samples:
      - {name: I, data: [-1, INTERFERENCE], scale: mu}
      - {name: B, data: [20, 20, 20], MODIFIERS}
observations: [{name: CR, data: [8]}, {name: SR, data: [1, 2, 3]}]
measurements: [{name: m, config: {poi: mu}}]
"""


def document(interference: str, modifiers: str = "modifiers: []") -> str:
    return DOCUMENT.replace("INTERFERENCE", interference).replace("MODIFIERS", modifiers)


def test_positive_totals_of_signed_samples_are_silent(workshop: Workshop):
    assert workshop.compile(document("-3, -3.9")).warned == ()


def test_a_negative_total_at_nominal_is_an_error(workshop: Workshop):
    [problem] = workshop.problems(document("-25, -21"))
    assert problem == (
        "model.yaml:6:5 channels[1]: channel SR: the total is -5 in bin 1, at nominal; its lowest "
        "term is sample I's (-25) (and so in 1 other bin)."
    )


def test_a_negative_total_elsewhere_is_a_warning_with_its_point(workshop: Workshop):
    found = workshop.compile(document("-3, -5"))
    # 20 - 5 mu is negative beyond mu = 4: 51 of 256 Sobol points k/256 of [0, 5] are, by count.
    highest = 5 * 255 / 256
    assert found.warned == (
        f"channel SR: the total is {20 - 5 * highest:.3g} in bin 2, at mu = {highest:.4g}; its "
        f"lowest term is sample I's ({-5 * highest:.3g}). Negative at 51 of 256 points looked at.",
    )
    assert found.model.notes == found.warned


def test_a_nuisance_parameter_is_moved_by_itself(workshop: Workshop):
    shape = (
        "modifiers: [{type: histosys, name: jes, interpolation: code0, "
        "data: {hi_data: [20, 20, 20], lo_data: [20, 9, 20]}}]"
    )
    text = document("-3, 0", shape).replace("bounds: [0, 5]", "bounds: [0, 5], fixed: true")
    # The lowest of all: 20 - 2 * 11 - 3, where only `jes` is moved.
    [warned] = workshop.compile(text.replace("poi: mu", "pois: []")).warned
    assert warned.startswith(
        "channel SR: the total is -5 in bin 1, at jes = -2; its lowest term is sample I's (-3)."
    )


def test_an_observed_bin_in_which_nothing_is_expected_is_an_error(workshop: Workshop):
    text = document("0, 0").replace("data: [9]", "data: [0]")
    [problem] = workshop.problems(text)
    assert problem == (
        "model.yaml:4:5 channels[0]: channel CR: bin 0 has 8 observed events, and no sample "
        "expects any at nominal, nor at any point looked at. Give it an expectation."
    )


def test_an_empty_bin_in_which_nothing_is_expected_is_silent(workshop: Workshop):
    text = document("0, 0").replace("data: [9]", "data: [0]").replace("data: [8]", "data: [0]")
    assert workshop.compile(text).warned == ()


def test_a_bin_that_is_empty_at_nominal_only_is_a_warning(workshop: Workshop):
    text = (
        document("0, 0").replace("init: 1", "init: 0").replace("data: [9]", "data: [9], scale: mu")
    )
    [warned] = workshop.compile(text).warned
    assert warned == (
        "channel CR: bin 0 has 8 observed events, and no sample expects any at nominal, so the "
        "likelihood is zero there. Start a fit elsewhere."
    )


def test_a_problem_of_an_included_file_is_placed_in_that_file(workshop: Workshop):
    workspace = {
        "version": "1.0.0",
        "channels": [{"name": "X", "samples": [{"name": "s", "data": [-1.0], "modifiers": [
            {"name": "mu", "type": "normfactor", "data": None}]}]}],
        "observations": [{"name": "X", "data": [1]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    }  # fmt: skip
    (workshop.folder / "other.json").write_text(json.dumps(workspace))
    text = document("0, 0") + "include: [{file: other.json}]\n"
    [problem] = workshop.problems(text)
    assert problem.startswith("other.json:1:")
    assert "channels[0]: channel X: the total is -1 in bin 0" in problem


@pytest.mark.parametrize("anchor", ["-0.5", "0", ".nan"])
def test_anchors_of_a_normsys_are_positive_numbers(workshop: Workshop, anchor: str):
    modifier = f"modifiers: [{{type: normsys, name: a, data: {{hi: {anchor}, lo: 1}}}}]"
    [problem] = workshop.problems(document("0, 0", modifier))
    assert "channels[1].samples[1].modifiers[0].data.hi" in problem


def test_points_beyond_one_batch_are_all_visited(workshop: Workshop, monkeypatch):
    text = document("-3, -5")
    whole = workshop.compile(text).warned
    monkeypatch.setattr(_bin_totals, "_TOGETHER", 100)
    assert workshop.compile(text).warned == whole


def test_nan_counts_as_negative(workshop: Workshop):
    text = document("0, 0").replace("scale: mu", 'scale: "log(mu - 2) * 0"')
    [warned] = workshop.compile(text.replace("init: 1", "init: 3")).warned
    assert "channel SR: the total is nan in bin 0, at mu = 0; its lowest term is sample" in warned
