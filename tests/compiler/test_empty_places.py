"""Events of analytic channels at which every density vanishes."""

import pytest

from compiler.conftest import Workshop

STEPS = """\
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 5]}]
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: 0, max: 3}]
    processes:
      - {name: s, yield: 5, scale: mu, density: {type: histogram, edges: [0, 1, 2, 3], values: [1, 0, 2]}}
      - {name: b, yield: 9, scale: mu, density: DENSITY}
observations:
  - {name: SR, events: {x: [0.5, EVENT, 2.5, 0.1]}}
measurements: [{name: fit, config: {poi: mu}}]
"""  # noqa: E501
EMPTY = "{type: histogram, edges: [0, 1, 2, 3], values: [2, 0, 1]}"


def steps(density: str, event: float = 1.5) -> str:
    return STEPS.replace("DENSITY", density).replace("EVENT", str(event))


def test_an_event_in_an_empty_bin_is_a_problem(workshop: Workshop):
    assert workshop.problems(steps(EMPTY)) == [
        "model.yaml:4:5 channels[0]: the total is 0 at observed event 1 (x = 1.5), at nominal; no "
        "process that expects events has a density there. Not positive at 1 point."
    ]


def test_the_row_is_that_of_the_file(workshop: Workshop):
    workshop.table("observed.csv.parquet", {"x": [7.0, 0.5, 1.25, 2.5]})
    text = steps(EMPTY).replace("events: {x: [0.5, 1.5, 2.5, 0.1]}", "file: observed.csv.parquet")
    [problem] = workshop.problems(text)
    assert "at observed event 2 (x = 1.25), at nominal" in problem


@pytest.mark.parametrize("density", ["{type: uniform}", "{type: exponential, slope: -900}"])
def test_another_process_may_fill_the_bin(workshop: Workshop, density: str):
    """However little it is there: e^-1350 is no number, but its logarithm is."""
    assert workshop.compile(steps(density)).warned == ()


def test_no_event_in_the_empty_bin_is_no_problem(workshop: Workshop):
    assert workshop.compile(steps(EMPTY, event=2.25)).warned == ()


def test_a_process_without_expected_events_fills_nothing(workshop: Workshop):
    without = steps("{type: uniform}").replace("yield: 9", "yield: 0")
    [problem] = workshop.problems(without)
    assert "no process that expects events has a density there" in problem


def test_a_threshold_above_an_event_is_a_problem(workshop: Workshop):
    [problem] = workshop.problems(steps("{type: gamma, shape: 2, scale: 1, location: 1.9}"))
    assert "at observed event 1 (x = 1.5), at nominal" in problem


def test_far_tails_of_signed_mixtures_are_not_taken_for_zero(workshop: Workshop):
    # At x = 3 both densities are below e^-900, which no number holds; the sum is positive.
    text = steps("{type: exponential, slope: -900}", event=2.999).replace(
        "{type: histogram, edges: [0, 1, 2, 3], values: [1, 0, 2]}",
        "{type: exponential, slope: -950}",
    )
    signed = text.replace("scale: mu", "scale: 0 - mu", 1).replace("[0, 5]", "[0.5, 5]")
    assert workshop.compile(signed).warned == ()
