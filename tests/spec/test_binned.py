"""Binned channels: what the document says, and what a compiler reads of it."""

import json
import math

import pytest

from statmodel.spec import (
    BinFactors,
    GaussianConstraint,
    HistoResponse,
    NoConstraint,
    Number,
    PoissonConstraint,
    RateResponse,
    ResolvedSpec,
    parse_formula,
    parse_spec,
    resolve,
)

MIXED = """\
statmodel: "1"
parameters: [{parameters}]
functions: [{functions}]
channels:
  - name: SR
    type: unbinned
    observables: [{{name: m, min: 0, max: 1}}]
    processes:
      - {{name: p, yield: 5, density: {{type: uniform}}, modifiers: [{unbinned}]}}
  - name: CR
    samples:
      - {{name: a, data: [4, 9], scale: {scale}, modifiers: [{first}]}}
      - {{name: b, data: [16, 0], modifiers: [{second}]}}
observations: [{observations}]
measurements: [{measurements}]
{more}
"""
_KEYS = ("parameters", "functions", "unbinned", "first", "second", "observations", "measurements",
         "more")  # fmt: skip
NORMFACTOR = "{type: normfactor, name: k, data: null}"
NORMSYS = "{type: normsys, name: j, data: {hi: 1.1, lo: 0.9}}"
HISTOSYS = "{type: histosys, name: j, data: {hi_data: [5, 9], lo_data: [3, 9]}}"
STATERROR = "{type: staterror, name: g, data: [3, 0]}"
SHAPESYS = "{type: shapesys, name: g, data: [2, 0]}"
SHAPEFACTOR = "{type: shapefactor, name: g, data: null}"


def _text(**parts: str) -> str:
    return MIXED.format(**{**dict.fromkeys(_KEYS, ""), "scale": "1", **parts})


def _resolve(**parts: str) -> tuple[ResolvedSpec, tuple[str, ...]]:
    resolved, problems, warnings = resolve(parse_spec(_text(**parts), name="f"))
    assert problems == ()
    assert resolved is not None
    return resolved, tuple(warning.message for warning in warnings)


def _parameters(resolved: ResolvedSpec) -> dict:
    return {parameter.name: parameter for parameter in resolved.parameters}


def test_the_parts_of_a_sample():
    modifiers = [NORMFACTOR, "{type: scalefactor, data: {formula: 1 + k}}", NORMSYS, HISTOSYS,
                 STATERROR, SHAPESYS.replace("g", "s"), SHAPEFACTOR.replace("g", "f")]  # fmt: skip
    resolved, warnings = _resolve(first=", ".join(modifiers), scale="2*k")
    (channel,) = resolved.binned_channels
    sample = channel.samples[0]
    assert (channel.name, channel.bins, channel.path) == ("CR", 2, ("channels", 1))
    assert (sample.name, sample.data) == ("a", (4, 9))
    assert sample.scale == parse_formula("2*k")
    assert sample.normfactors == ("k",)
    assert sample.scalefactors == (parse_formula("1 + k"),)
    assert sample.normsys == (RateResponse("j", 1.1, 0.9, "code4"),)
    assert sample.histosys == (HistoResponse("j", (5, 9), (3, 9), "code4p"),)
    assert sample.staterrors == (BinFactors("g", ("g[0]", "g[1]"), (3, 0)),)
    assert sample.shapesys == (BinFactors("s", ("s[0]", "s[1]"), (2, 0)),)
    assert sample.shapefactors == (BinFactors("f", ("f[0]", "f[1]"), None),)
    assert sample.path == ("channels", 1, "samples", 0)
    assert channel.samples[1].scale == Number(1)
    assert warnings == ('"k" is in the scale of "a" and in a normfactor of it. Both multiply the '
                        "rate.",)  # fmt: skip
    assert [channel.name for channel in resolved.channels] == ["SR"]


def test_a_name_in_channels_of_both_kinds_is_one_parameter():
    shared = f"{NORMFACTOR}, {NORMSYS}"
    resolved, _ = _resolve(unbinned=shared, first=f"{shared}, {HISTOSYS}")
    assert list(_parameters(resolved)) == ["k", "j"]
    assert _parameters(resolved)["j"].constraint == GaussianConstraint(mean=0, sigma=1)
    densitysys = """{type: densitysys, name: j,
       data: {hi: {type: uniform}, lo: {type: uniform}}}"""
    resolved, _ = _resolve(unbinned=densitysys, second=HISTOSYS)
    assert list(_parameters(resolved)) == ["j"]


def test_staterror_is_the_quadrature_sum_over_the_sum_of_contents():
    found = _parameters(_resolve(first=STATERROR, second=STATERROR.replace("[3, 0]", "[4, 0]"))[0])
    # sqrt(3^2 + 4^2) / (4 + 16); nothing is known of bin 1: fixed, with pyhf's width 1.
    assert found["g[0]"].constraint.sigma == pytest.approx(0.25, rel=1e-15)
    assert (found["g[0]"].init, found["g[0]"].bounds) == (1, (1e-10, 10))
    assert [found[name].fixed for name in ("g[0]", "g[1]")] == [False, True]
    assert found["g[1]"].constraint == GaussianConstraint(mean=1, sigma=1)
    alone = _parameters(_resolve(first=STATERROR)[0])
    assert alone["g[0]"].constraint.sigma == 0.75  # the other sample does not count


def test_shapesys_is_a_count_of_the_relative_uncertainty():
    found = _parameters(_resolve(first=SHAPESYS)[0])
    assert found["g[0]"].constraint == PoissonConstraint(rate=4)  # (4 / 2)^2
    assert found["g[1]"].constraint == PoissonConstraint(rate=1)
    assert [found[name].fixed for name in ("g[0]", "g[1]")] == [False, True]


def test_a_shapefactor_is_shared_and_free():
    resolved, _ = _resolve(first=SHAPEFACTOR, second=SHAPEFACTOR)
    for name in ("g[0]", "g[1]"):
        parameter = _parameters(resolved)[name]
        assert (parameter.init, parameter.bounds, parameter.fixed) == (1, (0, 10), False)
        assert parameter.constraint == NoConstraint()
    assert len(resolved.parameters) == 2


def test_interpolation_of_the_modifier_over_that_of_the_document():
    own = HISTOSYS.replace("}}", "}, interpolation: code0}")
    for modifier, more, expected in (
        (HISTOSYS, "", "code4p"),
        (HISTOSYS, "interpolation: {histosys: code2}", "code2"),
        (HISTOSYS, "interpolation: {normsys: code1}", "code4p"),
        (own, "interpolation: {histosys: code2}", "code0"),
    ):
        resolved, _ = _resolve(first=modifier, more=more)
        assert resolved.binned_channels[0].samples[0].histosys[0].interpolation == expected


@pytest.mark.parametrize(
    ("said", "config", "key", "values"),
    [
        ("{name: g, inits: [2, 3]}", "", "init", (2, 3)),
        ("{name: g, init: 2}", "", "init", (2, 2)),
        ("{name: g, init: 2}, {name: 'g[1]', init: 3}", "", "init", (2, 3)),
        ("{name: 'g[1]', init: 3}, {name: g, init: 2}", "", "init", (2, 3)),
        ("{name: 'g[1]', init: 3}", "{name: g, inits: [4, 5]}", "init", (4, 5)),
        ("{name: g, bounds: [[0, 2], [null, 3]]}", "", "bounds", ((0, 2), (0, 3))),
        ("{name: g, bounds: [0.5, 2]}", "", "bounds", ((0.5, 2), (0.5, 2))),
        ("{name: g, fixed: false}", "", "fixed", (False, False)),
        ("", "{name: g, fixed: true}", "fixed", (True, True)),
        ("{name: 'g[0]', fixed: true}", "", "fixed", (True, True)),
        ("{name: g, groups: [stat], label: G}", "", "groups", (("stat",), ("stat",))),
        ("{name: g, label: G}", "", "label", ("G[0]", "G[1]")),
        ("{name: g, factors: [5, 6]}", "", "constraint",
         (PoissonConstraint(rate=5), PoissonConstraint(rate=6))),
        ("{name: g, auxdata: [5, 6], factors: [5, 6]}", "", "constraint",
         (PoissonConstraint(rate=5), PoissonConstraint(rate=6))),
        ("{name: g, constraint: {type: none}}", "", "constraint", (NoConstraint(),) * 2),
    ],
)  # fmt: skip
def test_settings_of_parameters_of_bins(said, config, key, values):
    measurement = f"{{name: a, config: {{pois: [], parameters: [{config}]}}}}" if config else ""
    resolved, warnings = _resolve(first=SHAPESYS, parameters=said, measurements=measurement)
    found = _parameters(resolved)
    assert tuple(dict(vars(found[name]))[key] for name in ("g[0]", "g[1]")) == values
    assert warnings == ()


def test_sigmas_of_a_staterror():
    resolved, _ = _resolve(first=STATERROR, parameters="{name: g, sigmas: [0.1, 0.2]}")
    assert [_parameters(resolved)[name].constraint.sigma for name in ("g[0]", "g[1]")] == [0.1, 0.2]


def test_the_parameter_of_a_bin_in_a_formula():
    scale = '"`g[0]` * sqrt(`g[1]`)"'
    resolved, _ = _resolve(first=STATERROR, scale=scale, parameters="{name: 'g[1]', init: 2}")
    assert _parameters(resolved)["g[1]"].init == 2
    assert resolved.binned_channels[0].samples[0].scale == parse_formula("`g[0]` * sqrt(`g[1]`)")


def test_a_normfactor_named_by_a_function_makes_no_parameter():
    parts = {"functions": "{name: k, expression: 2*n}", "parameters": "{name: n, init: 1}"}
    resolved, _ = _resolve(first=NORMFACTOR, **parts)
    assert list(_parameters(resolved)) == ["n"]
    assert resolved.binned_channels[0].samples[0].normfactors == ("k",)


def test_luminosity():
    lumi = "{type: lumi, name: l}"
    said = "{name: l, auxdata: [1.1], sigmas: [0.1]}"
    found = _parameters(_resolve(first=lumi, unbinned=lumi, parameters=said)[0])["l"]
    assert (found.init, found.constraint) == (1.1, GaussianConstraint(mean=1.1, sigma=0.1))


def test_counts_are_apart_from_events():
    resolved, _ = _resolve(observations="{name: CR, data: [21, 8.5]}, {name: SR, events: {m: []}}")
    assert dict(resolved.counts) == {"CR": (21, 8.5)}
    assert list(resolved.observations) == ["SR"]


def test_a_modifier_of_one_bin_may_be_of_interest():
    document = json.loads(parse_spec(_text()).to_json())
    samples = [{"name": "a", "data": [4], "modifiers": [{"type": "shapefactor", "name": "g"}]}]
    document["channels"] = [{"name": "CR", "samples": samples}]
    for poi in ("g", "g[0]"):
        document["measurements"] = [{"name": "m", "config": {"poi": poi}}]
        resolved, problems, _ = resolve(parse_spec(json.dumps(document), format="json"))
        assert problems == ()
        assert resolved.pois == ("g[0]",)


def test_no_parameter_of_interest_is_an_empty_text():
    for key in ('statmodel: "1"', 'version: "1.0.0"'):
        text = f"""{key}
channels: [{{name: CR, samples: [{{name: a, data: [1], modifiers: [{NORMFACTOR}]}}]}}]
measurements: [{{name: m, config: {{poi: "", parameters: []}}}}]"""
        resolved, problems, warnings = resolve(parse_spec(text))
        assert (problems, warnings) == ((), ())
        assert resolved.pois == ()


def test_signed_samples():
    resolved, _ = _resolve()
    text = _text().replace("[16, 0]", "[-3, 0.5]")
    resolved, problems, _ = resolve(parse_spec(text))
    assert problems == ()
    assert resolved.binned_channels[0].samples[1].data == (-3, 0.5)


def test_a_mixed_document_comes_back_as_it_went():
    modifiers = ", ".join([NORMFACTOR, NORMSYS, HISTOSYS, SHAPESYS])
    settings = "{name: g, inits: [1, 2], bounds: [[0.5, 2], [0.5, 3]]}, {name: k, bounds: [0, 2]}"
    spec = parse_spec(
        _text(first=modifiers, parameters=settings, observations="{name: CR, data: [1, 2]}")
    )
    assert parse_spec(spec.to_yaml()) == spec
    assert parse_spec(spec.to_json(), format="json") == spec
    said = json.loads(spec.to_json())["parameters"]
    assert said[0] == {"name": "g", "inits": [1, 2], "bounds": [[0.5, 2], [0.5, 3]]}
    assert said[1] == {"name": "k", "bounds": [0, 2]}


def test_bounds_of_a_free_parameter_may_be_open():
    said = "{name: k, bounds: [[null, null]]}"
    resolved, _ = _resolve(first=NORMFACTOR, parameters=said)
    assert _parameters(resolved)["k"].bounds == (-math.inf, math.inf)
