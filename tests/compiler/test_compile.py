"""Compiling as a whole: paths, measurements, precision, what is kept of warnings."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import statmodel as sm
from compiler.conftest import Workshop

DOCUMENT = """\
statmodel: "1"
parameters:
  - {name: mu, init: 1, bounds: [0, 5]}
  - {name: k, init: 1, bounds: [0, 5], groups: [rates]}
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 10}]
    processes:
      - {name: s, yield: 5, scale: mu, density: {type: uniform}}
      - {name: b, yield: 9, scale: k, density: {type: exponential, slope: -0.3}}
observations:
  - {name: c, file: data.parquet}
measurements:
  - {name: first, config: {poi: mu}}
  - {name: second, config: {pois: [k, mu], parameters: [{name: mu, init: 2, fixed: true}]}}
"""
EVENTS = {"x": [1, 2, 3, 4, 8]}


@pytest.fixture
def inner(tmp_path: Path) -> Workshop:
    """A folder below one that holds the table."""
    folder = tmp_path / "specs"
    folder.mkdir()
    Workshop(tmp_path).table("data.parquet", EVENTS)
    return Workshop(folder)


UP = DOCUMENT.replace("data.parquet", "../data.parquet")


def test_a_path_that_leaves_the_folder_is_refused(inner: Workshop):
    problems = inner.problems(UP)
    place = "model.yaml:13:21 observations[0].file:"
    assert problems[0] == (
        f"{place} the path leaves the folder of the spec; give `root` to allow that."
    )
    assert all(line.startswith(place) for line in problems)


def test_a_path_that_leaves_the_folder_is_one_problem(inner: Workshop):
    assert len(inner.problems(UP)) == 1


def test_a_link_out_of_the_folder_is_refused(inner: Workshop):
    (inner.folder / "data.parquet").symlink_to(inner.folder.parent / "data.parquet")
    [problem] = inner.problems(DOCUMENT)
    assert '"data.parquet" leaves ' in problem


def test_a_path_inside_the_root_is_allowed(inner: Workshop):
    found = inner.compile(UP, root=inner.folder.parent)
    assert found.data.channels["c"].size == 5
    assert inner.compile(UP, root=str(inner.folder.parent)).data.digest() == found.data.digest()


def test_a_path_outside_the_root_is_refused(inner: Workshop):
    other = inner.folder.parent / "other"
    other.mkdir()
    problems = inner.problems(UP, root=other)
    assert any("leaves the root" in line for line in problems)


def test_a_root_counts_for_a_loaded_document_too(inner: Workshop):
    (inner.folder / "model.yaml").write_text(UP)
    loaded = sm.load_spec(inner.folder / "model.yaml")
    _, data = sm.compile(loaded, root=inner.folder.parent)
    assert data.channels["c"].size == 5


def test_paths_of_plain_values_start_at_the_root(inner: Workshop):
    (inner.folder / "model.yaml").write_text(UP.replace("../data", "data"))
    plain = sm.load_spec(inner.folder / "model.yaml").model_dump(mode="json", exclude_none=True)
    _, data = sm.compile(plain, root=inner.folder.parent)
    assert data.channels["c"].size == 5


def test_the_first_measurement_is_compiled_unless_one_is_named(workshop: Workshop):
    workshop.table("data.parquet", EVENTS)
    first = workshop.compile(DOCUMENT).model
    assert (first.measurement.name, first.measurement.pois) == ("first", ("mu",))
    assert first.measurement.groups == (("rates", ("k",)),)
    second = workshop.compile(DOCUMENT, measurement="second").model
    assert (second.measurement.name, second.measurement.pois) == ("second", ("k", "mu"))
    index = second.space.index("mu")
    assert (second.space.init[index], second.space.fixed[index]) == (2.0, True)
    assert first.space.init[index] == 1.0
    assert workshop.problems(DOCUMENT, measurement="third") == [
        'model.yaml:15:3 measurements: there is no measurement "third". '
        "Measurements: first, second."
    ]


def test_the_fingerprint_is_that_of_the_words_not_of_the_layout(workshop: Workshop):
    workshop.table("data.parquet", EVENTS)
    plain = workshop.compile(DOCUMENT).model.measurement.digest
    spread = DOCUMENT.replace(
        "{name: mu, init: 1, bounds: [0, 5]}", "bounds: [0, 5]\n    init: 1\n    name: mu"
    )
    assert spread != DOCUMENT
    assert workshop.compile(spread).model.measurement.digest == plain
    assert (
        workshop.compile(DOCUMENT.replace("yield: 9", "yield: 8")).model.measurement.digest != plain
    )
    assert len(plain) == 64


def test_warnings_are_kept_in_the_model_and_in_results(workshop: Workshop):
    workshop.table("data.parquet", {"x": [-1, 2, 3, 4, 8]})
    doubled = DOCUMENT.replace(
        "scale: mu, density: {type: uniform}",
        "scale: mu, density: {type: uniform}, modifiers: [{type: normfactor, name: mu}]",
    )
    found = workshop.compile(doubled)
    said, dropped = found.warned
    assert said.endswith(
        'model.yaml:10:9 channels[0].processes[0]: "mu" is in the scale of "s" and in a '
        "normfactor of it. Both multiply the rate."
    )
    assert dropped == "channel c: 1 of 5 observed events lie outside the ranges and were dropped"
    assert found.model.notes == found.warned
    result = sm.fit(found.model, found.data, fixed={"mu": 1.0})
    assert result.provenance.notes == found.warned
    assert sm.FitResult.from_json(result.to_json()).provenance.notes == found.warned
    # mu multiplies twice, as is said.
    rates = found.model.expected(found.model.space.point({"mu": 3.0}))
    assert float(rates["c"]["s"]) == pytest.approx(5 * 9, rel=1e-15)


def test_a_channel_without_observations_is_compiled_but_not_fitted(workshop: Workshop):
    found = workshop.compile(DOCUMENT.replace("  - {name: c, file: data.parquet}", "  []"))
    assert dict(found.data.channels) == {}
    with pytest.raises(KeyError, match="no events for channel c"):
        sm.fit(found.model, found.data)


_NARROW = """
import statmodel as sm
try:
    sm.compile(sm.parse_spec({text!r}))
except sm.StatmodelError as error:
    print(type(error).__name__, error)
"""


def test_thirty_two_bits_are_refused_with_the_cure():
    text = DOCUMENT.replace("file: data.parquet", "events: {x: [1.0]}")
    ran = subprocess.run(
        [sys.executable, "-c", _NARROW.format(text=text)],
        env={**os.environ, "JAX_ENABLE_X64": "0", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == (
        "PrecisionError a likelihood needs 64-bit numbers, and JAX is set to 32 bits. "
        'Say `jax.config.update("jax_enable_x64", True)`, or leave JAX_ENABLE_X64 unset.'
    )


_MORPHED = """\
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: [0, 20]}]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [{name: flat, yield: 300, density: {type: uniform}}]
    morphing:
      monomials: ["mu", "sqrt(mu)", "1"]
      bases:
        - {name: none, at: {mu: 0}, yield: 160, density: {type: uniform}}
        - {name: one, at: {mu: 1}, yield: 150, density: {type: polynomial, coefficients: [1]}}
        - {name: ten, at: {mu: 10}, yield: 240, density: {type: polynomial, coefficients: [3]}}
observations: [{name: c, events: {x: [0.1, 0.5, 0.9]}}]
measurements: [{name: m, config: {poi: mu}}]
"""


@pytest.mark.parametrize("mu", [0.0, 0.25, 1.0, 4.7, 10.0])
def test_morphed_rates_and_densities_are_those_of_the_hand_calculation(mu: float):
    model, data = sm.compile(sm.parse_spec(_MORPHED))
    values = np.array([[b, np.sqrt(b), 1.0] for b in (0.0, 1.0, 10.0)])
    factors = np.linalg.solve(values.T, [mu, np.sqrt(mu), 1.0])
    if mu == 0.25:  # published to eight digits
        np.testing.assert_allclose(factors, [0.42094306, 0.61561882, -0.03656188], atol=5.1e-9)
    point = model.space.point({"mu": mu})
    rates = model.expected(point)["c"]
    assert list(rates) == ["flat", "none", "one", "ten"]
    wanted = np.array([300.0, *(factors * [160, 150, 240])])
    # The matrix has a condition number of 16; f vanishes at two of three base points.
    np.testing.assert_allclose(list(map(float, rates.values())), wanted, rtol=1e-13, atol=1e-11)
    assert model.space.rooted == (0,)
    x = np.array([0.1, 0.5, 0.9])
    densities = [1 + 0 * x, 1 + 0 * x, (1 + x) / 1.5, (1 + 3 * x) / 2.5]
    log_prob = np.log(wanted @ densities).sum() - wanted.sum()
    assert float(model.log_prob(point, data)) == pytest.approx(log_prob, rel=1e-12)


_FOCUS = DOCUMENT.replace("file: data.parquet", "events: {x: [1.0]}").replace(
    "measurements:", "focus:\n  - {name: f, density: {mu: {type: FOCUS}}}\nmeasurements:"
)


@pytest.mark.parametrize(
    "focus",
    [
        "uniform, min: 20, max: 30",
        "half_gaussian, mean: 20, sigma: 1",
        "histogram, edges: [20, 21], values: [1]",
    ],
)
def test_a_focus_outside_the_bounds_is_a_problem_at_its_place(focus: str):
    with pytest.raises(sm.SpecErrors, match="focus"):
        sm.compile(sm.parse_spec(_FOCUS.replace("FOCUS", focus)))
