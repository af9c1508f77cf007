"""Densities that are normalised numerically: panels chosen at compile, and what is said of them."""

import re
from collections.abc import Callable

import jax
import numpy as np
import pytest
from scipy import integrate, stats

from compiler.conftest import Workshop
from laws.density_tools import compiled
from statmodel.model import Model
from statmodel.model.densities import FormulaDensity, LineRule, PlaneRule, VariedDensity

LINE = """\
statmodel: "1"
parameters:
  - {name: m, init: 3.3, bounds: [2.7, 3.9]}
  - {name: s, init: 1, bounds: [0.5, 2]}
  - {name: mu, init: 1, bounds: [0, 5]}
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: 0, max: 10}OTHER]
    processes:
      - {name: p, yield: 5000, scale: mu, density: {type: formula, expression: "FORMULA"}}
measurements: [{name: fit, config: {poi: mu}}]
"""
POINTS = [(3.3, 1.0), (2.75, 0.5), (3.87654, 2.0), (3.3, 0.51), (2.9, 1.9)]
Closed = Callable[[float, float], float]


def document(formula: str, other: str = "") -> str:
    return LINE.replace("FORMULA", formula).replace("OTHER", other)


def gaussian(m: float, s: float) -> float:
    return stats.norm(m, s).cdf(10) - stats.norm(m, s).cdf(0)


def root_two_pi(s: float) -> float:
    return s * np.sqrt(2 * np.pi)


def lorentzian(m: float, s: float) -> float:
    # 1/((x^2 - m^2)^2 + m^2 s^2): far from the peak the integrand is smooth, near it quad is led.
    def shape(x: float) -> float:
        return 1 / ((x**2 - m**2) ** 2 + (m * s * 1e-3) ** 2)

    near = [m + sign * s * 1e-3 * 10**k for k in (0, 1, 2) for sign in (-1, 1)]
    ends = sorted([0.0, m, *near, 10.0])
    pieces = zip(ends[:-1], ends[1:], strict=True)
    return sum(integrate.quad(shape, *piece, epsabs=0, epsrel=1e-12)[0] for piece in pieces)


# name: formula, its integral in closed form, the most nodes that it may take.
RESOLVED: dict[str, tuple[str, Closed, int]] = {
    "smooth": (
        "1 + 3*exp(-0.5*((x-m)/s)**2)",
        lambda m, s: 10 + 3 * root_two_pi(s) * gaussian(m, s),
        100,
    ),
    "step": ("where(x < m, 1, 0.3) + 0*s", lambda m, s: m + 0.3 * (10 - m) + 0 * s, 100),
    "cusp": (
        "exp(-abs(x-m)/s)",
        lambda m, s: s * (2 - np.exp(-m / s) - np.exp(-(10 - m) / s)),
        100,
    ),
    "turn_on": (
        "max(x-m,0)*exp(-x/s)",
        lambda m, s: s * s * np.exp(-m / s) - s * (10 - m + s) * np.exp(-10 / s),
        150,
    ),
    "narrow": (
        "1 + 3e5*exp(-0.5*((x-m)/(1e-5*s))**2)",
        lambda _, s: 10 + 3e5 * root_two_pi(1e-5 * s),
        480,
    ),
    "fixed": (
        "s + 3e5*exp(-0.5*((x-3.3)/1e-5)**2)*m",
        lambda m, s: 10 * s + 3e5 * m * root_two_pi(1e-5),
        600,
    ),
    "lorentzian": ("1/((x**2-m**2)**2 + (m*s*1e-3)**2)", lorentzian, 480),
    # Nothing in the text tells of this edge: panels are halved down to it.
    "hidden": (
        "where(sin(x) > 0.5, 1, 0.3)*m + 0*s",
        lambda m, s: m * (0.3 * 10 + 0.7 * (4 * np.pi / 3)) + 0 * s,
        1500,
    ),
}


def log_norms(model: Model, points: list[tuple[float, float]]) -> np.ndarray:
    density = model.channels[0].densities[0]
    assert isinstance(density, FormulaDensity)
    at = [model.scope.at_point(model.space.point({"m": m, "s": s})) for m, s in points]
    return np.asarray(compiled(jax.vmap(density.log_norm))(np.stack(at)))


@pytest.mark.parametrize("name", RESOLVED)
def test_what_can_be_resolved_is_in_silence(workshop: Workshop, name: str):
    formula, closed, most = RESOLVED[name]
    found = workshop.compile(document(formula))
    assert found.warned == ()
    density = found.model.channels[0].densities[0]
    assert isinstance(density.rule, LineRule)
    at = found.model.scope.at_point(found.model.space.point())
    assert density.rule.nodes(at)[1].size <= most
    # Refined to 1e-10 of the integral at points of the compiler's own.
    wanted = [np.log(closed(m, s)) for m, s in POINTS]
    np.testing.assert_allclose(log_norms(found.model, POINTS), wanted, rtol=0, atol=2e-9)


def test_the_error_that_is_told_is_the_error_that_is_made(workshop: Workshop):
    # Six thresholds that move, and that are no zeros of polynomials.
    formula = "where(sin(3*x/m) > 0.5, 1, 0.3) + 0*s"
    found = workshop.compile(document(formula))
    [line] = found.warned
    assert line.startswith(f"{workshop.folder}/model.yaml:11:52 channels[0].processes[0].density: ")
    told = re.search(
        r"process p: the integral of the formula over its range is off by (\S+) of itself at "
        r"(.+?), which shifts the log likelihood of 5000 expected events by (\S+); at most 0.001 "
        r"is wanted\. Panels end at the thresholds",
        line,
    )
    assert told is not None
    error, place, bias = float(told[1]), told[2], float(told[3])
    assert bias == pytest.approx(5000 * error, rel=0.02)  # both have two digits
    assert place == "nominal"

    def exact(m: float) -> float:
        edges = np.array([m / 3 * (np.arcsin(0.5) + 2 * np.pi * k) for k in range(3)])
        others = np.array([m / 3 * (np.pi - np.arcsin(0.5) + 2 * np.pi * k) for k in range(3)])
        return 0.3 * 10 + 0.7 * (np.minimum(others, 10) - np.minimum(edges, 10)).sum()

    made = abs(log_norms(found.model, [(3.3, 1.0)])[0] - np.log(exact(3.3)))
    # What is told adds the errors of all panels, without their signs.
    assert 0.1 * made < error < 30 * made


def test_gross_errors_are_problems(workshop: Workshop):
    # No integral: the more panels, the larger the sum.
    [problem] = workshop.problems(document("1/abs(x-m) + 0*s"))
    assert problem.startswith(
        "model.yaml:11:52 channels[0].processes[0].density: process p: the integral of the formula "
        "over its range is off by "
    )


def test_an_integral_of_zero_is_a_problem(workshop: Workshop):
    assert workshop.problems(document("sqrt(0 - 1 - x*m*s)")) == [
        "model.yaml:11:52 channels[0].processes[0].density: process p: the integral of the formula "
        "over its range is zero, or not finite, at nominal."
    ]


def test_errors_that_no_event_feels_are_not_told(workshop: Workshop):
    formula = "where(sin(3*x/m) > 0.5, 1, 0.3) + 0*s"
    assert workshop.compile(document(formula).replace("yield: 5000", "yield: 0.05")).warned == ()


def test_a_plane_is_resolved_where_it_is_smooth(workshop: Workshop):
    other = ", {name: y, min: -1, max: 1}"
    formula = "exp(-0.5*((x-m)/s)**2)*(1 + 0.05*x*y)"
    found = workshop.compile(document(formula, other))
    assert found.warned == ()
    density = found.model.channels[0].densities[0]
    assert isinstance(density.rule, PlaneRule)
    wanted = [np.log(2 * root_two_pi(s) * gaussian(m, s)) for m, s in POINTS]
    np.testing.assert_allclose(log_norms(found.model, POINTS), wanted, rtol=0, atol=1e-7)


def test_a_slanted_edge_in_a_plane_is_a_problem(workshop: Workshop):
    other = ", {name: y, min: -1, max: 1}"
    [problem] = workshop.problems(document("where(x > m + y, 1, 0.3) + 0*s", other))
    assert "is off by" in problem
    assert "In two observables panels are a fixed grid." in problem


VARIED = """\
statmodel: "1"
parameters: [{name: m, init: 125, bounds: [122, 128]}, {name: mu, init: 1, bounds: [0, 5]}]
channels:
  - name: SR
    type: unbinned
    observables: [{name: x, min: 100, max: 180}]
    processes:
      - name: p
        yield: 5000
        scale: mu
        density: {type: gaussian, mean: m, sigma: 0.02}
        modifiers:
          - type: densitysys
            name: jes
            interpolation: log_smooth
            data:
              hi: {type: gaussian, mean: m + 0.005, sigma: 0.02}
              lo: {type: gaussian, mean: m - 0.004, sigma: 0.02}
measurements: [{name: fit, config: {poi: mu}}]
"""


def test_a_narrow_peak_that_moves_and_varies_is_resolved(workshop: Workshop):
    found = workshop.compile(VARIED)
    assert found.warned == ()
    density = found.model.channels[0].densities[0]
    assert isinstance(density, VariedDensity)
    # At the anchors the product is the anchor itself, whose integral is one.
    points = [{"m": m, "jes": jes} for m in (125.0, 122.3, 127.9) for jes in (-1.0, 0.0, 1.0)]
    at = np.stack([found.model.scope.at_point(found.model.space.point(one)) for one in points])
    np.testing.assert_allclose(compiled(jax.vmap(density.log_norm))(at), 0.0, atol=2e-9)
