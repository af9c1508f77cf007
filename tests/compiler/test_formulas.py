"""From formulas of a document to expressions: folding, roots, and each function of the language."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

import statmodel as sm
from statmodel.compiler._expressions import Symbols, translate
from statmodel.model import Binary, Constant, ParameterSpace, Scope, Slot
from statmodel.spec import Formula, names

SPACE = ParameterSpace(
    names=("mu", "a", "b"),
    init=(2.25, 0.7, -1.3),
    bounds=((0.0, 9.0), (-5.0, 5.0), (-5.0, 5.0)),
    fixed=(False, False, False),
    rooted=(0,),
)
SYMBOLS = Symbols.of(SPACE, [])
AT = Scope(SPACE).at_point(SPACE.point())
MU, A, B = SPACE.init
FORMULAS = {
    "mu + a - b": MU + A - B,
    "mu * a / b": MU * A / B,
    "-a**2": -(A**2),
    "(-a)**3": (-A) ** 3,
    "2**a": 2**A,
    "mu**a": MU**A,
    "2**3**0.5": 2 ** (3**0.5),
    "a**-2": A**-2,
    "sqrt(mu) * (1 - sqrt(mu))": 1.5 * (1 - 1.5),
    "mu**0.5 + mu**1.5 - mu**(-1/2)": 1.5 + 1.5**3 - 1 / 1.5,
    "sqrt(mu + a)": math.sqrt(MU + A),
    "exp(a) + log(mu)": math.exp(A) + math.log(MU),
    "log1p(a) + expm1(b)": math.log1p(A) + math.expm1(B),
    "sin(a) + cos(b)": math.sin(A) + math.cos(B),
    "tan(a) + atan(b) + abs(b)": math.tan(A) + math.atan(B) + abs(B),
    "min(a, b, mu) + max(a, b, mu, 3)": B + 3,
    "where(a < b, mu, a * 2) + where(mu >= 2.25, exp(b), b)": A * 2 + math.exp(B),
    "where(1 < 2, mu, a) + where(a != a, mu, b)": MU + B,
    "pi * mu + 2 * pi": math.pi * (MU + 2),
}


def translated(text: str):
    return translate(Formula.of(text).tree, SYMBOLS)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_the_expression_of_python(text: str):
    # A handful of operations, each rounded.
    assert float(translated(text).value(AT)) == pytest.approx(FORMULAS[text], rel=1e-14)


def test_what_reads_no_name_is_folded():
    assert translated("2 * pi + exp(1)") == Constant(2 * math.pi + math.e)
    assert translated("mu * (1 + 2)") == Binary("*", Slot(0), Constant(3.0))


def test_half_powers_are_powers_of_the_root():
    root = Slot(3)
    assert translated("sqrt(mu)") == root
    assert translated("mu**0.5") == Binary("**", root, Constant(1.0))
    assert translated("mu**1.5") == Binary("**", root, Constant(3.0))
    assert translated("mu**2") == Binary("**", Slot(0), Constant(2.0))
    assert names(Formula.of("mu**1.5").tree) == ("mu",)


_DOCUMENT = """
statmodel: "1"
parameters: [{name: mu, init: 1, bounds: BOUNDS}, {name: k, init: 4}]
functions: [{name: root, expression: "sqrt(k)"}, {name: twice, expression: "2 * root"}]
channels:
  - name: c
    type: unbinned
    observables: [{name: x, min: 0, max: 1}]
    processes: [{name: s, yield: "5 * twice", scale: "SCALE", density: {type: uniform}}]
observations: [{name: c, events: {x: [0.5]}}]
measurements: [{name: m, config: {poi: mu}}]
"""


def compiled(scale: str, bounds: str = "[0, 9]") -> sm.Model:
    text = _DOCUMENT.replace("SCALE", scale).replace("BOUNDS", bounds)
    return sm.compile(sm.parse_spec(text))[0]


@pytest.mark.parametrize(
    ("scale", "rooted"),
    [
        ("mu", ("k",)),
        ("mu**2", ("k",)),
        ("sqrt(mu)", ("mu", "k")),
        ("mu**1.5", ("mu", "k")),
        ("mu**-0.5", ("mu", "k")),
        ("sqrt(mu + 1)", ("k",)),
        ("mu**0.25", ("k",)),
    ],
)
def test_a_parameter_under_a_root_is_fitted_in_its_root(scale: str, rooted: tuple[str, ...]):
    space = compiled(scale).space
    assert tuple(space.names[index] for index in space.rooted) == rooted
    assert space.bounds[space.index("k")] == (0.0, np.inf)


def test_functions_read_those_before_them():
    model = compiled("mu")
    rate = model.expected(model.space.point({"k": 9.0, "mu": 2.0}))["c"]["s"]
    np.testing.assert_allclose(rate, 5 * 2 * 3 * 2, rtol=1e-15)
    at = model.scope.at_point(model.space.point({"k": 9.0}))
    np.testing.assert_array_equal(at, jnp.asarray([1.0, 9.0, 3.0, 3.0, 6.0, 1.0]))


def test_an_infinite_power_is_an_error_at_its_place():
    with pytest.raises(sm.SpecErrors, match="scale"):
        compiled("mu**(1/0)")


@pytest.mark.parametrize("scale", ["sqrt(mu)", "mu**0.5", "mu**1.5"])
def test_roots_are_refused_negative_bounds(scale: str):
    with pytest.raises(sm.SpecErrors, match="its lower bound must be 0 or more"):
        compiled(scale, "[-2, 9]")
