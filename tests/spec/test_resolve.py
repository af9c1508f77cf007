"""Resolution: precedence of settings, implied parameters, order of functions, warnings, rules."""

import math

import pytest

from statmodel.spec import (
    Binary,
    GaussianConstraint,
    GaussianDensity,
    Name,
    NoConstraint,
    Number,
    ResolvedParameter,
    ResolvedSpec,
    parse_formula,
    parse_spec,
    resolve,
)

RATIO = """\
statmodel: "1"
parameters: [{parameters}]
functions: [{functions}]
channels:
  - name: c
    type: unbinned
    observables: [{{name: m, min: 0, max: 1}}]
    {channel}
    processes:
      - name: p
        yield: {rate}
        scale: {scale}
        density: {{type: ratio, column: r}}
        modifiers: [{modifiers}]
measurements: [{measurements}]
{more}
"""


_EMPTY = dict.fromkeys(
    ("parameters", "functions", "channel", "modifiers", "measurements", "more"), ""
)


def _text(**parts: str) -> str:
    return RATIO.format(**{**_EMPTY, "rate": "5", "scale": "1", **parts})


def _resolve(**parts: str) -> tuple[ResolvedSpec, tuple[str, ...]]:
    resolved, problems, warnings = resolve(parse_spec(_text(**parts), name="f"))
    assert problems == ()
    assert resolved is not None
    return resolved, tuple(problem.message for problem in warnings)


def _parameter(name: str, **parts: str) -> ResolvedParameter:
    resolved, _ = _resolve(**parts)
    return next(parameter for parameter in resolved.parameters if parameter.name == name)


NORMFACTOR = "{type: normfactor, name: k}"
NORMSYS = "{type: normsys, name: k, data: {hi: 1.1, lo: 0.9}}"
LUMI = "{type: lumi, name: k}"
DENSITYSYS = "{type: densitysys, name: k, data: {hi: {column: u}, lo: {column: d}}}"
TERMS = "{type: densitysys, data: {terms: {k: u, k**2*l: d}}}"


# pyhf's defaults (pyhf 0.7.6, modifiers/*.py, `required_parset`).
@pytest.mark.parametrize(
    ("modifier", "init", "bounds", "constrained"),
    [
        (NORMFACTOR, 1, (0, 10), False),
        (NORMSYS, 0, (-5, 5), True),
        (DENSITYSYS, 0, (-5, 5), True),
        (TERMS, 0, (-5, 5), True),
    ],
)
def test_a_modifier_implies_its_parameter(modifier, init, bounds, constrained):
    found = _parameter("k", modifiers=modifier, channel="normalization: analytic")
    assert (found.init, found.bounds, found.fixed, found.declared) == (init, bounds, False, False)
    expected = GaussianConstraint(mean=0, sigma=1) if constrained else NoConstraint()
    assert found.constraint == expected
    assert (found.label, found.groups, found.unit, found.description) == ("k", (), "", "")


def _of(said: str, config: str = "") -> dict[str, str]:
    measurement = f"{{name: a, config: {{pois: [], parameters: [{config}]}}}}" if config else ""
    return {"parameters": said, "measurements": measurement}


@pytest.mark.parametrize(
    ("modifier", "said", "config", "key", "value"),
    [
        (NORMSYS, "{name: k, init: 1}", "", "bounds", (-5, 5)),
        (NORMSYS, "{name: k, init: 1}", "", "constraint", GaussianConstraint()),
        (NORMSYS, "{name: k, constraint: {type: none}}", "", "constraint", NoConstraint()),
        (NORMSYS, "{name: k, sigmas: [2]}", "", "constraint", GaussianConstraint(sigma=2)),
        (NORMSYS, "{name: k, auxdata: [1]}", "{name: k, sigmas: [2]}", "constraint",
         GaussianConstraint(mean=1, sigma=2)),
        (NORMFACTOR, "{name: k, inits: [2]}", "", "init", 2),
        (NORMFACTOR, "{name: k, init: 2}", "{name: k, inits: [3]}", "init", 3),
        (NORMFACTOR, "{name: k, init: 2}", "{name: k, fixed: true}", "init", 2),
        (NORMFACTOR, "{name: k, fixed: true}", "{name: k, fixed: false}", "fixed", False),
        (NORMFACTOR, "{name: k, bounds: [[0.5, 2]]}", "", "bounds", (0.5, 2)),
        (NORMFACTOR, "{name: k, bounds: [null, 2]}", "", "bounds", (-math.inf, 2)),
        (NORMFACTOR, "{name: k, groups: [x, y], label: K}", "", "groups", ("x", "y")),
        (NORMFACTOR, "", "{name: k, init: 4}", "init", 4),
        (LUMI, "{name: k, auxdata: [1.1], sigmas: [0.1]}", "", "init", 1.1),
        (LUMI, "{name: k, auxdata: [1.1], sigmas: [0.1]}", "", "constraint",
         GaussianConstraint(mean=1.1, sigma=0.1)),
        (NORMFACTOR, "{name: k, constraint: {type: uniform, min: 0.5, max: 2}}", "", "bounds",
         (0.5, 2)),
        (NORMFACTOR, "{name: k, constraint: {type: half_gaussian, mean: 0.5, sigma: 1}}", "",
         "bounds", (0.5, 10)),
    ],
)  # fmt: skip
def test_measurement_over_declaration_over_modifier_key_by_key(modifier, said, config, key, value):
    found = _parameter("k", modifiers=modifier, **_of(said, config))
    assert dict(vars(found))[key] == value


def test_a_parameter_of_formulas_only_has_no_bounds_and_no_constraint():
    found = _parameter("n", parameters="{name: n, init: 3}", rate="n")
    assert (found.bounds, found.constraint) == ((-math.inf, math.inf), NoConstraint())


def test_a_parameter_under_a_root_is_not_negative():
    for rate in ("sqrt(n)", "1 + g"):
        functions = "{name: g, expression: sqrt(n)}" if "g" in rate else ""
        parts = {"functions": functions, "rate": rate}
        assert _parameter("n", parameters="{name: n, init: 3}", **parts).bounds == (0, math.inf)
        said = "{name: n, init: 3, bounds: [null, 9]}"
        assert _parameter("n", parameters=said, **parts).bounds == (0, 9)
    said = "{name: n, init: 3, bounds: [-1, 9]}"
    assert _parameter("n", parameters=said, rate="sqrt(n + 1)").bounds == (-1, 9)


@pytest.mark.parametrize("kind", ["poisson, rate: 4", "gamma, mean: 1, sigma: 0.1",
                                  "lognormal, median: 1, shape: 0.1"])  # fmt: skip
def test_constraints_on_the_half_line(kind):
    said = f"{{name: n, init: 3, constraint: {{type: {kind}}}}}"
    assert _parameter("n", parameters=said, rate="n").bounds == (0, math.inf)
    text = _text(parameters=f"{{name: k, constraint: {{type: {kind}}}}}", modifiers=NORMSYS)
    _, problems, _ = resolve(parse_spec(text))
    assert [p.message for p in problems] == [
        f"a parameter with a {kind.split(',')[0]} constraint is positive, its initial value is 0. "
        "Give `init`."
    ]


def test_functions_stand_behind_what_they_read():
    functions = "{name: a, expression: b + c}, {name: b, expression: c*2}, {name: c, expression: k}"
    resolved, warnings = _resolve(functions=functions, modifiers=NORMFACTOR, scale="a")
    assert [function.name for function in resolved.functions] == ["c", "b", "a"]
    assert warnings == ('"k" is in the scale of "p" and in a normfactor of it. Both multiply the '
                        "rate.",)  # fmt: skip


def test_a_normfactor_named_by_a_function_makes_no_parameter():
    parts = {"functions": "{name: k, expression: 2*n}", "parameters": "{name: n, init: 1}"}
    resolved, _ = _resolve(modifiers=NORMFACTOR, **parts)
    assert [parameter.name for parameter in resolved.parameters] == ["n"]
    assert resolved.channels[0].processes[0].normfactors == ("k",)


def test_what_is_not_used_is_left_out_with_a_warning():
    resolved, warnings = _resolve(
        parameters="{name: n, init: 1}, {name: q, init: 1}",
        functions="{name: g, expression: q}",
        rate="n",
    )
    assert [parameter.name for parameter in resolved.parameters] == ["n"]
    assert resolved.functions == ()
    assert set(warnings) == {
        'the parameter "q" is not used, and left out of the model.',
        'the function "g" is not used.',
    }


def test_a_fixed_parameter_of_interest_is_a_warning():
    _, warnings = _resolve(
        parameters="{name: k, fixed: true}",
        modifiers=NORMFACTOR,
        measurements="{name: a, config: {poi: k}}",
    )
    assert warnings == ('the parameter of interest "k" is fixed.',)


def test_a_nuisance_in_an_argument_and_in_a_response_is_a_warning():
    text = _text(modifiers=DENSITYSYS.replace("{column: u}", "{type: uniform}").replace(
        "{column: d}", "{type: uniform}")).replace(
        "{type: ratio, column: r}", "{type: gaussian, mean: 0.1*k, sigma: 1}")  # fmt: skip
    resolved, problems, warnings = resolve(parse_spec(text))
    assert problems == ()
    assert [warning.message for warning in warnings] == [
        '"k" is in the density of "p" and in a densitysys of it. Both change the shape.'
    ]
    process = resolved.channels[0].processes[0]
    assert isinstance(process.density, GaussianDensity)
    assert process.density.observable == "m"
    assert process.densitysys[0].hi.observable == "m"


def test_the_measurement_is_the_first_or_the_one_that_is_named():
    measurements = "{name: a, config: {poi: k}}, {name: b, config: {pois: [k, l]}}"
    modifiers = f"{NORMFACTOR}, {{type: normfactor, name: l}}"
    spec = parse_spec(_text(measurements=measurements, modifiers=modifiers))
    for asked, name, pois in ((None, "a", ("k",)), ("b", "b", ("k", "l"))):
        resolved, _, _ = resolve(spec, measurement=asked)
        assert (resolved.measurement, resolved.pois) == (name, pois)
    _, problems, _ = resolve(spec, measurement="c")
    assert [p.message for p in problems] == ['there is no measurement "c". Measurements: a, b.']
    assert _resolve()[0].pois == ()


POOL = "simulation: {file: x.csv}"


@pytest.mark.parametrize(
    ("channel", "modifier", "expected"),
    [
        (POOL, DENSITYSYS, "reference"),
        (POOL, TERMS, "reference"),
        (POOL, NORMSYS, "analytic"),
        ("", NORMSYS, "analytic"),
        ("normalization: analytic", DENSITYSYS, "analytic"),
        (f"{POOL}\n    normalization: analytic", DENSITYSYS, "analytic"),
        (f"{POOL}\n    normalization: simulation_sum", "", "simulation_sum"),
    ],
)
def test_the_rule_of_normalisation(channel, modifier, expected):
    resolved, _ = _resolve(channel=channel, modifiers=modifier)
    assert resolved.channels[0].normalization == expected
    assert resolved.channels[0].kind == "ratio"
    assert resolved.channels[0].reference == "c"


def test_interpolation_of_the_modifier_over_that_of_the_document_over_code4():
    own = NORMSYS.replace("}}", "}, interpolation: log_smooth}")
    for modifier, more, expected in (
        (NORMSYS, "", "code4"),
        (NORMSYS, "interpolation: {normsys: code1}", "code1"),
        (NORMSYS, "interpolation: {densitysys: code1}", "code4"),
        (own, "interpolation: {normsys: code1}", "log_smooth"),
    ):
        resolved, _ = _resolve(modifiers=modifier, more=more)
        assert resolved.channels[0].processes[0].normsys[0].interpolation == expected


def test_the_parts_of_a_process():
    modifiers = f"{NORMFACTOR}, {{type: scalefactor, data: {{formula: 1 + k}}}}, {TERMS}"
    resolved, _ = _resolve(
        scale="2*k", modifiers=modifiers.replace("k: u, k**2", "h: u, h**2"), channel=POOL
    )
    process = resolved.channels[0].processes[0]
    assert process.yield_ == Number(5)
    assert process.scale == Binary("*", Number(2), Name("k"))
    assert process.normfactors == ("k",)
    assert process.scalefactors == (parse_formula("1 + k"),)
    assert [(term.parameters, term.column) for term in process.terms] == [
        (("h",), "u"), (("h", "h", "l"), "d"),
    ]  # fmt: skip
    assert [parameter.name for parameter in resolved.parameters] == ["k", "h", "l"]


def test_a_joint_constraint_replaces_the_implied_one():
    joint = """constraints: [{name: j, type: multivariate_gaussian, parameters: [k, l],
      mean: [0, 1], correlation: [[1, 0.5], [0.5, 1]], sigmas: [1, 2]}]"""
    modifiers = f"{NORMSYS}, {NORMSYS.replace('name: k', 'name: l')}"
    resolved, _ = _resolve(more=joint, modifiers=modifiers)
    assert [p.constraint for p in resolved.parameters] == [NoConstraint(), NoConstraint()]
    assert resolved.joint_constraints[0].covariance == ((1, 1), (1, 4))  # rho s1 s2 = 0.5 * 2


# Each density on the widest range that normalises it, and on one that is too wide.
RANGES = [
    ("{type: gaussian, mean: 0, sigma: 1}", "", None),
    ("{type: breit_wigner, mean: 0, width: 1}", "", None),
    ("{type: lognormal, median: 1, shape: 1}", "", None),
    ("{type: exponential, slope: -1}", "min: 0", ""),
    ("{type: exponential, slope: 1}", "max: 0", "min: 0"),
    ("{type: exponential, slope: 0}", "min: 0, max: 1", "min: 0"),
    ("{type: uniform}", "min: 0, max: 1", "max: 1"),
    ("{type: chebyshev, coefficients: []}", "min: 0, max: 1", "min: 0"),
    ("{type: power_law, power: -2}", "min: 1", "min: 0"),
    ("{type: power_law, power: -1}", "min: 1, max: 2", "min: 1"),
    ("{type: power_law, power: -0.5}", "min: 0, max: 2", "min: -1, max: 2"),
    ("{type: crystal_ball, mean: 0, sigma: 1, alpha: 1, n: 2}", "", None),
    ("{type: crystal_ball, mean: 0, sigma: 1, alpha: 1, n: 1}", "min: -9", "max: 9"),
    ("{type: argus, endpoint: 5, slope: -1}", "min: 0", "max: 5"),
    ("{type: argus, endpoint: 5, slope: -1}", "min: 4", "min: 5"),
    ("{type: formula, expression: exp(-m**2)}", "min: -9, max: 9", "min: -9"),
    ("{type: histogram, edges: [0, 1], values: [1]}", "min: 0, max: 1", "min: 0, max: 2"),
]


@pytest.mark.parametrize(("density", "wide", "too_wide"), RANGES, ids=range(len(RANGES)))
def test_a_range_must_normalise_its_density(density, wide, too_wide):
    for limits, good in ((wide, True), (too_wide, False)):
        if limits is None:
            continue
        text = _text().replace("{type: ratio, column: r}", density)
        text = text.replace("{name: m, min: 0, max: 1}", f"{{name: m, {limits}}}")
        _, problems, _ = resolve(parse_spec(text))
        assert len(problems) == (not good), (limits, problems)


def test_two_observables():
    product = """{type: product, factors: [
          {type: sum, terms: [{type: uniform, observable: m}, {type: formula, expression: m}],
           fractions: [0.3]},
          {type: exponential, slope: -1, observable: y}]}"""
    histogram = "{type: histogram, edges: [[0, 1], [0, 1, 2]], values: [[1, 2]]}"
    text = _text().replace("max: 1}", "max: 1}, {name: y, min: 0, max: 2}")
    for density in (product, histogram, "{type: formula, expression: m + y}"):
        resolved, problems, _ = resolve(
            parse_spec(text.replace("{type: ratio, column: r}", density))
        )
        assert problems == ()
    assert resolved.channels[0].processes[0].density.observables == ("m", "y")
