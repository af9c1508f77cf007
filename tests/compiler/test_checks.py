"""What is checked with the events at hand: positive totals, positive anchors, closure."""

import jax.numpy as jnp
import numpy as np
import pytest

from compiler.conftest import Workshop
from model.numpy_responses import response
from statmodel.model import interpolate

SIGNED = """\
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 5]}]
channels:
  - {name: other, type: unbinned, observables: [{name: z, min: 0, max: 1}],
     processes: [{name: o, yield: 3, scale: mu, density: {type: uniform}}]}
  - name: SR
    type: unbinned
    observables: [{name: x, min: 0, max: 10}]
    processes:
      - {name: I, yield: 5, scale: mu, density: {type: ratio, column: r_I, signed: true}}
      - {name: B, yield: 20, density: {type: ratio, column: r_B}}
observations:
  - {name: SR, file: observed.parquet}
measurements: [{name: m, config: {poi: mu}}]
"""


def signed(workshop: Workshop, ratio: list[float], x: list[float] | None = None) -> str:
    columns = {"x": x or [1, 2, 3, 4], "r_I": ratio, "r_B": [1, 1, 1, 1]}
    workshop.table("observed.parquet", columns)
    return SIGNED


def test_a_negative_total_at_nominal_is_an_error(workshop: Workshop):
    # 5 * -6 + 20 = -10 in row 2.
    [problem] = workshop.problems(signed(workshop, [1, -1, -6, 1]))
    assert problem.startswith(
        "model.yaml:6:5 channels[1]: the total is -10 at observed event 2, at nominal; its lowest "
        "term is process I's (-30). Not positive at 1 point"
    )


def test_the_row_of_a_negative_total_is_that_of_the_file(workshop: Workshop):
    [problem] = workshop.problems(signed(workshop, [1, -1, -6, 1], x=[11, 2, 3, 4]))
    assert "at observed event 2," in problem


def test_a_negative_total_elsewhere_is_a_warning_with_its_point(workshop: Workshop):
    found = workshop.compile(signed(workshop, [1, 1, 1, -1]))
    # 20 - 5 mu is negative beyond mu = 4: 51 of 256 Sobol points k/256 of [0, 5] are, by count.
    wanted = sum(5 * k / 256 > 4 for k in range(256))
    assert wanted == 51
    highest = 5 * 255 / 256
    assert found.warned == (
        f"channel SR: the total is {20 - 5 * highest:.3g} at observed event 3, at mu = "
        f"{highest:.4g}; its lowest term is process I's ({-5 * highest:.3g}). "
        "Not positive at 51 points of 256 looked at.",
    )
    assert found.model.notes == found.warned


def test_a_positive_total_of_signed_terms_is_silent(workshop: Workshop):
    assert workshop.compile(signed(workshop, [1, 1, 1, -0.7])).warned == ()


def test_a_total_of_zero_at_nominal_is_an_error(workshop: Workshop):
    workshop.problems(signed(workshop, [1, 1, 1, -4]))


SHAPED = """\
statmodel: "1"
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: 0, max: 10}]
    normalization: analytic
    processes:
      - name: S
        yield: 5
        density: {type: ratio, column: r}
        modifiers:
          - {type: normfactor, name: mu}
          - {type: densitysys, name: jes, data: {hi: {column: up}, lo: {column: down}}CODE}
      - {name: B, yield: 100, density: {type: ratio, column: r}}
observations:
  - {name: SR, file: observed.parquet}
measurements: [{name: m, config: {poi: mu}}]
"""


def extreme(workshop: Workshop, code: str) -> tuple[str, ...]:
    columns = {"x": [1, 2, 3], "r": [1, 1, 1], "up": [1.1, 30, 100], "down": [0.9, 1e-3, 1]}
    workshop.table("observed.parquet", columns)
    return workshop.compile(SHAPED.replace("CODE", code)).warned


def test_extreme_anchors_of_code4_are_a_warning_with_numbers(workshop: Workshop):
    alphas = np.linspace(-1, 1, 21)
    values = [response("code4", alpha, 100, 1) for alpha in alphas]
    lowest = int(np.argmin(values))
    assert values[lowest] < 0
    assert min(response("code4", alpha, 30, 1e-3) for alpha in alphas) < 0
    wanted = (
        f"channel SR: process S, densitysys jes: code4 is negative at 2 observed events, lowest "
        f"{values[lowest]:.3g} at alpha = {alphas[lowest]:.2g}, event 2 (anchors 100 and 1). "
        "`interpolation: log_smooth` is positive everywhere."
    )
    warned = extreme(workshop, "")
    assert wanted in warned
    assert all(line == wanted or "the total is" in line for line in warned)


@pytest.mark.parametrize("code", ["log_smooth", "code1"])
def test_other_codes_take_extreme_anchors(workshop: Workshop, code: str):
    assert extreme(workshop, f", interpolation: {code}") == ()


def test_anchors_that_are_not_looked_at_are_safe():
    """Up to a factor of e^3 code 4 is nowhere below the lower anchor, or one."""
    logs = jnp.linspace(-3.0, 3.0, 41)
    alpha = jnp.linspace(-1.0, 1.0, 101)
    values = np.asarray(
        interpolate("code4", alpha[:, None, None], logs[None, :, None], logs[None, None, :])
    )
    assert values.min() >= np.exp(-3.0) * (1 - 1e-12)


POOLED = SHAPED.replace("CODE", "").replace(
    "    processes:", "    simulation: {file: pool.parquet, weight: w}\n    processes:"
)
ROWS = 4000


def pool(workshop: Workshop, factor: float) -> None:
    """Ratios 1 + (x - 5)/25 of mean one on an even grid, times a factor."""
    x = (np.arange(ROWS) + 0.5) * 10 / ROWS
    columns = {"x": x, "r": factor * (1 + (x - 5) / 25), "up": 1 + 0 * x, "down": 1 + 0 * x}
    workshop.table("pool.parquet", columns | {"w": 1 + 0 * x})
    workshop.table("observed.parquet", {name: column[:3] for name, column in columns.items()})


def test_exact_ratios_close_silently(workshop: Workshop):
    pool(workshop, 1.0)
    assert workshop.compile(POOLED).warned == ()


def test_biased_ratios_are_a_warning_with_numbers(workshop: Workshop):
    pool(workshop, 1.2)
    spread = 1.2 * np.std(1 + (np.arange(ROWS) + 0.5) / ROWS * 0.4) / np.sqrt(ROWS)
    assert workshop.compile(POOLED).warned == tuple(
        f"channel SR: closure of process {name}: Z = 1.2000 +- {spread:.4f} at nominal, a bias of "
        f"up to {2 * events * np.log(1.2):.3g} on -2 ln L. `normalization: reference` divides by Z."
        for name, events in (("S", 5), ("B", 100))
    )


def test_a_bias_that_nobody_could_see_is_no_warning(workshop: Workshop):
    pool(workshop, 1.2)
    # 2 * rate * ln 1.2 is below a tenth of a unit of -2 ln L.
    small = POOLED.replace("yield: 5", "yield: 0.1").replace("yield: 100", "yield: 0.2")
    assert workshop.compile(small).warned == ()


def test_a_bias_away_from_nominal_is_found(workshop: Workshop):
    pool(workshop, 1.0)
    columns = {"x": [1, 2], "r": [1, 1], "up": [1.5, 1.5], "down": [1, 1]}
    workshop.table("pool.parquet", columns | {"w": [1, 1]})
    [line] = workshop.compile(POOLED).warned
    # Both ratios and responses are the same in every row: the pool's size explains nothing.
    z = response("code4", 2.0, 1.5, 1.0)
    assert line.startswith(
        f"channel SR: closure of process S: Z = {z:.4f} +- 0.0000 at jes = 2, a bias of up to "
        f"{2 * 5 * np.log(z):.3g} on -2 ln L."
    )


def test_dividing_by_the_pool_needs_no_closure(workshop: Workshop):
    pool(workshop, 1.2)
    assert workshop.compile(POOLED.replace("ation: analytic", "ation: reference")).warned == ()


def test_a_component_that_cancels_is_not_divided_by_its_sum(workshop: Workshop):
    ratio = [1.0, -1.0, 0.52, -0.5]
    workshop.table("pool.parquet", {"x": [1, 2, 3, 4], "r_I": ratio, "r_B": [1] * 4, "w": [1] * 4})
    divided = signed(workshop, [1, 1, 1, 1]).replace(
        "max: 10}]",
        "max: 10}]\n    simulation: {file: pool.parquet, weight: w}\n    normalization: reference",
    )
    # (1 - 1 + 0.52 - 0.5) / 4 = 0.005, (1 + 1 + 0.52 + 0.5) / 4 = 0.755, a share of 0.7 %.
    assert workshop.problems(divided) == [
        "model.yaml:6:5 channels[1]: process I has sum(w r) = 0.005 against sum(w |r|) = 0.755 "
        "over the pool: a component that nearly cancels cannot be normalised by `reference`. "
        "Write the interference with positive components (S, SBI, B)."
    ]
    added = workshop.compile(
        divided.replace("normalization: reference", "normalization: simulation_sum")
    )
    assert added.model.channels[1].normalization == "simulation_sum"
