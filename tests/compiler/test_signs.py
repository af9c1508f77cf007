"""Densities that are negative somewhere, where no event needs to lie for it to be told."""

import pytest

from compiler.conftest import Workshop

PEAK = """\
statmodel: "1"
parameters:
  - {name: a, init: INIT, bounds: [-1, 1]}
  - {name: mu, init: 1, bounds: [0, 5]}
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: 0, max: 10}OTHER]
    processes:
      - name: p
        yield: 100
        scale: mu
        density: DENSITY
MODIFIERS
measurements: [{name: fit, config: {poi: mu}}]
"""


def document(density: str, init: str = "0", *, other: str = "", modifiers: str = "") -> str:
    text = PEAK.replace("DENSITY", density).replace("INIT", init)
    return text.replace("OTHER", other).replace("MODIFIERS\n", modifiers)


# u runs from -1 to 1 with x from 0 to 10.
AT_NOMINAL = {
    # 1 - 0.2 x: negative beyond 5, -1 at 10, where the largest absolute value is 1.
    "polynomial": (
        "{type: polynomial, coefficients: [a]}",
        "-0.2",
        "the polynomial is negative between x = 5.01 and 10, at nominal: down to -1 of its "
        "largest absolute value. A `bernstein` with coefficients >= 0 is positive everywhere.",
    ),
    # 1 + 2u: negative below u = -1/2, x = 2.5; -1 at 0, against 3.
    "chebyshev": (
        "{type: chebyshev, coefficients: [2 + a]}",
        "0",
        "the chebyshev series is negative between x = 0 and 2.49, at nominal: down to -0.33 of its "
        "largest absolute value. A `bernstein` with coefficients >= 0 is positive everywhere.",
    ),
    # 1 - u' - u' = 1 - 2u' on u' from 0 to 1.
    "bernstein": (
        "{type: bernstein, coefficients: [1, -1 + a]}",
        "0",
        "the bernstein polynomial is negative between x = 5.01 and 10, at nominal: down to -1 of "
        "its largest absolute value. Coefficients >= 0 keep it positive.",
    ),
    # (x - 2)(x - 4) + a: lowest at 3, of the dips the deepest.
    "formula": (
        '{type: formula, expression: "(x - 2)*(x - 4) + a"}',
        "0",
        "the formula is negative between x = 2.002 and 3.994, at nominal: down to -0.021 of its "
        "largest absolute value. A density is not negative: write `max(..., 0)` where zero is "
        "meant, and interference as several processes with a `scale`, each with a positive "
        "density.",
    ),
}


@pytest.mark.parametrize("name", AT_NOMINAL)
def test_a_dip_at_nominal_is_a_problem(workshop: Workshop, name: str):
    density, init, message = AT_NOMINAL[name]
    assert workshop.problems(document(density, init)) == [
        f"model.yaml:13:18 channels[0].processes[0].density: process p: {message}"
    ]


def test_a_dip_elsewhere_is_a_warning(workshop: Workshop):
    found = workshop.compile(document("{type: chebyshev, coefficients: [0.5, a]}"))
    [line] = found.warned
    # 1 + u/2 - T2(u): at u = -1 it is 1 - 0.5 - 1 = -0.5, at its largest, u = 1/8, 2 + 1/32.
    assert line.startswith(
        f"{workshop.folder}/model.yaml:13:18 channels[0].processes[0].density: process p: the "
        "chebyshev series is negative between x = 0 and "
    )
    assert ", at a = -1: down to -0.25 of its largest absolute value." in line
    assert line.endswith(" points of 19 looked at.")
    assert found.model.notes == found.warned


def test_a_negative_share_is_a_warning(workshop: Workshop):
    # At a = 1 the last term has 1 - 0.6 - 1 = -0.6 of a step on [5, 10].
    step = "{type: histogram, edges: [0, 5, 10], values: [1, 0]}"
    terms = f"{step}, {step}, {step.replace('[1, 0]', '[0, 1]')}"
    density = f"{{type: sum, terms: [{terms}], fractions: [0.6, a]}}"
    [line] = workshop.compile(document(density, "0.2")).warned
    assert "process p: the sum is negative between x = " in line
    assert "Keep fractions, and what they leave for the last term, above 0." in line


def test_what_is_positive_is_in_silence(workshop: Workshop):
    # Touching zero at an end is no dip, and a term may have no share.
    for density in (
        "{type: chebyshev, coefficients: [a]}",
        "{type: bernstein, coefficients: [1, 1 + a]}",
        '{type: formula, expression: "max(x - 5*a, 0) + 1"}',
        "{type: sum, terms: [{type: uniform}, {type: exponential, slope: -1}], "
        "fractions: [0.5 + 0.5*a]}",
    ):
        assert workshop.compile(document(density)).warned == ()


def test_a_dip_inside_a_product_of_two_observables_has_its_place(workshop: Workshop):
    density = (
        "{type: product, factors: [{type: uniform, observable: x}, "
        "{type: polynomial, observable: y, coefficients: [a]}]}"
    )
    [problem] = workshop.problems(document(density, "-1", other=", {name: y, min: 0, max: 2}"))
    assert problem.startswith(
        "model.yaml:13:76 channels[0].processes[0].density.factors[1]: process p: the polynomial "
        "is negative between y = 1.002 and 2, at nominal"
    )


def test_a_dip_in_a_plane_is_told_as_a_box(workshop: Workshop):
    density = '{type: formula, expression: "(x - 5)*y + 1 + a"}'
    [problem] = workshop.problems(document(density, other=", {name: y, min: -1, max: 1}"))
    assert "the formula is negative between x = 0 and 10 and between y = -1 and 1, at " in problem


VARIATION = """\
        modifiers:
          - type: densitysys
            name: jes
            interpolation: CODE
            data: {hi: {type: histogram, edges: [0, 5, 10], values: [100, 10000]},
                   lo: {type: histogram, edges: [0, 5, 10], values: [100, 1]}}
"""
STEP = "{type: histogram, edges: [0, 5, 10], values: [100, 1]}"


def varied(code: str) -> str:
    text = document(STEP, modifiers=VARIATION.replace("CODE", code))
    return text.replace("  - {name: a, init: 0, bounds: [-1, 1]}\n", "")


def test_a_negative_response_is_a_warning(workshop: Workshop):
    [line] = workshop.compile(varied("code4")).warned
    assert "process p: the response interpolated by code4 is negative between x = 5" in line
    assert "`interpolation: log_smooth` is positive everywhere." in line


def test_other_codes_are_positive(workshop: Workshop):
    assert workshop.compile(varied("log_smooth")).warned == ()
