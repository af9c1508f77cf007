"""Binned and unbinned channels in one document: a shared name is one parameter, or an error.

The slips are those of which other programs say nothing: a name that means two things, a setting of
a parameter that is not there, a list that stands twice.
"""

import pytest

from statmodel._errors import SpecErrors
from statmodel.spec import (
    GaussianConstraint,
    NoConstraint,
    ResolvedSpec,
    parse_spec,
    resolve,
)

TEXT = """\
statmodel: "1"
parameters: [{parameters}]
functions: [{functions}]
channels:
  - name: U
    type: unbinned
    observables: [{{name: m, min: 0, max: 1}}]
    processes:
      - name: p
        yield: {count}
        density: {{type: uniform}}
        modifiers: [{unbinned}]
  - name: B
    samples:
      - name: s
        data: [4, 9]
        modifiers: [{binned}]
      - {{name: t, data: [1, 1]}}
measurements: [{{name: m, config: {{poi: "", parameters: [{settings}]}}}}]
{more}
"""
_KEYS = ("parameters", "functions", "unbinned", "binned", "settings", "more")
FACTOR = "{type: normfactor, name: a}"
NORMSYS = "{type: normsys, name: a, data: {hi: 1.1, lo: 0.9}}"
HISTOSYS = "{type: histosys, name: a, data: {hi_data: [5, 9], lo_data: [3, 9]}}"
SHAPE = """{type: densitysys, name: a, data: {hi: {type: exponential, slope: 1},
          lo: {type: exponential, slope: -1}}}"""
LUMI = "{type: lumi, name: a}"
STATERROR = "{type: staterror, name: g, data: [1, 2]}"
SHAPESYS = "{type: shapesys, name: g, data: [1, 2]}"
FREE = "{type: shapefactor, name: g}"
_P, _S = "channels[0].processes[0]", "channels[1].samples[0]"


def _text(**parts: str) -> str:
    return TEXT.format(**{**dict.fromkeys(_KEYS, ""), "count": "5", **parts})


def _resolved(**parts: str) -> ResolvedSpec:
    resolved, problems, _ = resolve(parse_spec(_text(**parts), name="f"))
    assert [str(problem) for problem in problems] == []
    assert resolved is not None
    return resolved


def _problems(text: str) -> list[str]:
    try:
        return [str(problem) for problem in resolve(parse_spec(text, name="f"))[1]]
    except SpecErrors as errors:
        return [str(problem) for problem in errors.problems]


@pytest.mark.parametrize("unbinned", [NORMSYS, SHAPE, f"{NORMSYS}, {SHAPE}"])
@pytest.mark.parametrize("binned", [NORMSYS, HISTOSYS, f"{HISTOSYS}, {NORMSYS}"])
def test_a_nuisance_of_both_kinds_of_channels_is_one_parameter_with_one_constraint(
    unbinned, binned
):
    resolved = _resolved(unbinned=unbinned, binned=binned)
    (parameter,) = resolved.parameters
    assert (parameter.name, parameter.init, parameter.bounds) == ("a", 0, (-5, 5))
    assert parameter.constraint == GaussianConstraint(mean=0, sigma=1)


def test_a_factor_of_both_kinds_of_channels_is_one_free_parameter():
    (parameter,) = _resolved(unbinned=FACTOR, binned=FACTOR).parameters
    assert (parameter.init, parameter.bounds) == (1, (0, 10))
    assert parameter.constraint == NoConstraint()


def test_the_luminosity_of_both_kinds_of_channels():
    said = "{name: a, auxdata: [1], sigmas: [0.02]}"
    (parameter,) = _resolved(unbinned=LUMI, binned=LUMI, settings=said).parameters
    assert parameter.constraint == GaussianConstraint(mean=1, sigma=0.02)


def test_one_declaration_holds_for_both_kinds_of_channels():
    said = "{name: a, bounds: [-2, 2], constraint: {type: gaussian, mean: 0.5, sigma: 2}}"
    (parameter,) = _resolved(unbinned=NORMSYS, binned=HISTOSYS, parameters=said).parameters
    assert parameter.bounds == (-2, 2)
    assert parameter.constraint == GaussianConstraint(mean=0.5, sigma=2)


def test_a_formula_reads_the_parameter_of_a_bin():
    resolved = _resolved(count='"5*`g[1]`"', binned=STATERROR)
    assert [parameter.name for parameter in resolved.parameters] == ["g[0]", "g[1]"]


def test_a_function_is_a_factor_in_both_kinds_of_channels():
    resolved = _resolved(unbinned=FACTOR, binned=FACTOR, parameters="{name: x, init: 2}",
                         functions='{name: a, expression: "x**2"}')  # fmt: skip
    assert [parameter.name for parameter in resolved.parameters] == ["x"]


def _meaning(line: str, here: str, there: str, place: str) -> str:
    return (
        f'f:{line}.name: "a" is the parameter of a {here} here and of a {there} at '
        f"{_P}.modifiers[0].name (line {place}); one name has one meaning. Rename one of them."
    )


CASES = [
    # A free factor and a constrained response.
    ({"unbinned": FACTOR, "binned": NORMSYS},
     _meaning(f"17:43 {_S}.modifiers[0]", "normsys", "normfactor", "12")),
    ({"unbinned": NORMSYS, "binned": FACTOR},
     _meaning(f"17:46 {_S}.modifiers[0]", "normfactor", "normsys", "12")),
    ({"unbinned": SHAPE, "binned": FACTOR},
     _meaning(f"18:46 {_S}.modifiers[0]", "normfactor", "densitysys", "12")),
    ({"unbinned": NORMSYS, "binned": LUMI},
     _meaning(f"17:40 {_S}.modifiers[0]", "lumi", "normsys", "12")),
    # The name of parameters of bins.
    ({"unbinned": FACTOR.replace("a}", "g}"), "binned": STATERROR},
     f'f:17:45 {_S}.modifiers[0].name: "g" is a staterror here, with one parameter a bin, and the '
     f"parameter of a normfactor at {_P}.modifiers[0].name (line 12); one name has one meaning. "
     "Rename one of them."),
    ({"unbinned": NORMSYS.replace("name: a", "name: 'g[1]'"), "binned": FREE},
     f'f:17:47 {_S}.modifiers[0].name: "g[1]" is the parameter of a shapefactor here and of a '
     f"normsys at {_P}.modifiers[0].name (line 12); one name has one meaning. Rename one of them."),
    ({"unbinned": SHAPE.replace("name: a", "name: g"), "binned": SHAPESYS},
     f'f:18:44 {_S}.modifiers[0].name: "g" is a shapesys here, with one parameter a bin, and the '
     f"parameter of a densitysys at {_P}.modifiers[0].name (line 12); one name has one meaning. "
     "Rename one of them."),
    ({"count": "5*g", "binned": STATERROR},
     'f:10:18 channels[0].processes[0].yield: "g" has one parameter a bin; name one of them (in '
     "formulas in backquotes: `g[0]`). Parameters: g[0], g[1]."),
    ({"binned": STATERROR, "more": "constraints: [{name: c, type: multivariate_gaussian, "
      "parameters: [g], mean: [1], covariance: [[1]]}]"},
     'f:20:67 constraints[0].parameters[0]: "g" has one parameter a bin; name one of them (in '
     "formulas in backquotes: `g[0]`). Parameters: g[0], g[1]."),
    ({"functions": "{name: 'g[0]', expression: 3}", "binned": STATERROR},
     f'f:17:45 {_S}.modifiers[0].name: "g[0]" is a function; only a normfactor may be named by '
     "one."),
    ({"unbinned": "{type: densitysys, data: {terms: {m: c}}}", "binned": FACTOR},
     'f:7:26 channels[0].observables[0].name: "m" is a parameter or a function already. Rename '
     "the observable.",
     f"f:12:54 {_P}.modifiers[0].data.terms: `terms` are columns, which analytic densities have "
     "not; give `hi` and `lo`."),
    # What stands twice.
    ({"binned": f"{NORMSYS}, {HISTOSYS}, {NORMSYS}"},
     f'f:17:164 {_S}.modifiers[2].name: this sample has a normsys "a" already, at '
     f"{_S}.modifiers[0] (line 17). Remove one of them."),
    ({"unbinned": f"{NORMSYS}, {NORMSYS}"},
     f'f:12:95 {_P}.modifiers[1].name: this process has a normsys "a" already, at '
     f"{_P}.modifiers[0] (line 12). Remove one of them."),
    ({"binned": FACTOR, "settings": "{name: a, fixed: true}, {name: a, fixed: false}"},
     "f:19:88 measurements[0].config.parameters[1].name: the parameter \"a\" stands here again; "
     "first at measurements[0].config.parameters[0].name (line 19). Rename one of them."),
    ({"more": "observations: [{name: B, data: [1, 2]}, {name: B, data: [3, 4]}]"},
     'f:20:48 observations[1].name: the observation "B" stands here again; first at '
     "observations[0].name (line 20). Rename one of them."),
    # A start outside of the bounds that the modifier implies.
    ({"binned": FACTOR, "settings": "{name: a, inits: [20]}"},
     "f:19:74 measurements[0].config.parameters[0].inits: the initial value 20 lies outside the "
     "bounds [0, 10]."),
    # A bin of one channel in the other kind of channel.
    ({"binned": "{type: densitysys, name: a, data: {hi: {column: u}, lo: {column: d}}}"},
     f'f:17:28 {_S}.modifiers[0].type: unknown type "densitysys". Types: normfactor, normsys, '
     "histosys, shapesys, staterror, shapefactor, lumi, scalefactor."),
    ({"unbinned": HISTOSYS},
     f'f:12:28 {_P}.modifiers[0].type: unknown type "histosys". Types: normfactor, normsys, lumi, '
     "scalefactor, densitysys."),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_a_wrong_mixed_document_gets_exactly_these_lines(case):
    parts, *lines = case
    assert _problems(_text(**parts)) == lines
