"""Plain workspaces from specs: the same parameters and the same log likelihood, by pyhf."""

import math

import numpy as np
import pyhf
import pytest

from statmodel._errors import SpecErrors
from statmodel.interop import to_pyhf
from statmodel.spec import (
    build_spec,
    parse_spec,
    plain_document,
    resolve,
)
from workspaces import random_workspace

_SPEC = """
statmodel: "1"
name: plain
parameters:
  - {name: mu, init: 1.5, bounds: [0, 20], label: "$\\\\mu$"}
  - {name: k, init: 1, bounds: [0, 3]}
  - {name: lumi, bounds: [0.9, 1.1], constraint: {type: gaussian, mean: 1, sigma: 0.02}}
  - {name: JES, constraint: {type: gaussian, mean: 0.5, sigma: 1}, bounds: [-4, 4]}
  - {name: shape, fixed: true}
functions: [{name: both, expression: mu * k}]
channels:
  - name: SR
    samples:
      - {name: S, data: [5, 10], scale: both, modifiers: [
          {type: normsys, name: JES, data: {hi: 1.1, lo: 0.9}},
          {type: lumi, name: lumi}]}
      - {name: B, data: [50, 60], modifiers: [
          {type: histosys, name: JES, data: {hi_data: [52, 61], lo_data: [49, 58]}},
          {type: staterror, name: stat, data: [3, 0]},
          {type: scalefactor, data: {formula: k}}]}
      - {name: C, data: [20, 30], modifiers: [{type: shapesys, name: shape, data: [2, 3]}]}
observations: [{name: SR, data: [70, 95]}]
measurements:
  - {name: main, config: {poi: mu}}
  - {name: other, config: {poi: k, parameters: [{name: mu, init: 2, fixed: true}]}}
"""


def _same_parameters(one, other, measurement):
    here, problems, _ = resolve(one, measurement=measurement)
    there, other_problems, _ = resolve(other, measurement=measurement)
    assert problems == other_problems == ()
    assert here is not None
    assert there is not None
    assert here.pois == there.pois
    rows = [
        {p.name: (p.init, p.bounds, p.fixed, p.constraint) for p in resolved.parameters}
        for resolved in (here, there)
    ]
    assert rows[0] == rows[1]


def test_every_measurement_has_the_same_parameters():
    spec = parse_spec(_SPEC)
    plain, notes = to_pyhf(spec)
    assert plain.plain_pyhf
    for measurement in ("main", "other"):
        _same_parameters(spec, plain, measurement)
    assert notes == (
        "The name and the description of the document have no place in pyhf.",
        "Of parameters, label have no place in pyhf.",
    )


def test_pyhf_reads_it_and_has_the_same_likelihood():
    """The value is written out here: two bins, three samples, code4 and code4p inside |x| < 1."""
    plain, _ = to_pyhf(parse_spec(_SPEC))
    workspace = pyhf.Workspace(plain_document(plain))
    model = workspace.model(measurement_name="main")
    at = {"mu": 2.0, "k": 0.8, "lumi": 1.01, "JES": 0.0, "stat[0]": 1.1, "stat[1]": 1.0}
    at |= {"shape[0]": 0.9, "shape[1]": 1.2}
    point = [at[name] for name in model.config.par_names]
    (found,) = model.logpdf(point, workspace.data(model))
    nu = (
        np.array([5, 10]) * 2.0 * 0.8 * 1.01
        + np.array([50, 60]) * np.array([1.1, 1.0]) * 0.8
        + np.array([20, 30]) * np.array([0.9, 1.2])
    )

    def poisson(n, mean):
        return n * math.log(mean) - mean - math.lgamma(n + 1)

    def normal(x, mean, sigma):
        return -0.5 * ((x - mean) / sigma) ** 2 - math.log(sigma * math.sqrt(2 * math.pi))

    expected = sum(poisson(n, mean) for n, mean in zip((70, 95), nu, strict=True))
    expected += normal(1.0, 1.01, 0.02) + normal(0.5, 0.0, 1.0) + normal(1.0, 1.1, 3 / 50)
    expected += poisson(100, 90) + poisson(100, 120)
    # pyhf fixes the bin without uncertainty, and gives it an auxiliary measurement of width one.
    expected += normal(1.0, 1.0, 1.0)
    assert found == pytest.approx(expected, rel=1e-12)  # sums of a dozen terms


def test_pyhf_has_the_settings():
    plain, _ = to_pyhf(parse_spec(_SPEC))
    config = pyhf.Workspace(plain_document(plain)).model(measurement_name="other").config
    settings = {
        name: (init, list(bounds), fixed)
        for name, init, bounds, fixed in zip(
            config.par_names,
            config.suggested_init(),
            config.suggested_bounds(),
            config.suggested_fixed(),
            strict=True,
        )
    }
    assert settings["mu"] == (2, [0, 20], True)
    assert settings["k"] == (1, [0, 3], False)
    assert settings["JES"] == (0, [-4, 4], False)
    assert settings["lumi"] == (1, [0.9, 1.1], False)
    assert settings["shape[1]"] == (1, [1e-10, 10], True)
    assert config.poi_name == "k"


def _without_danglers(workspace):
    """The workspace without settings of parameters that no modifier has: version 1 refuses them."""
    channels = workspace["channels"]
    samples = [sample for channel in channels for sample in channel["samples"]]
    known = {modifier["name"] for sample in samples for modifier in sample["modifiers"]}
    for measurement in workspace["measurements"]:
        config = measurement["config"]
        config["poi"] = config["poi"] if config["poi"] in known else ""
        config["parameters"] = [one for one in config["parameters"] if one["name"] in known]
    return workspace


@pytest.mark.parametrize("seed", range(12))
def test_a_workspace_that_became_a_spec_comes_back(seed):
    """With `statmodel: "1"` it goes through every step; its settings are those of before."""
    workspace = _without_danglers(random_workspace(seed))
    spec = build_spec({**workspace, "statmodel": "1"})
    plain, _ = to_pyhf(spec)
    for measurement in workspace["measurements"]:
        _same_parameters(spec, plain, measurement["name"])
        pyhf.Workspace(plain_document(plain)).model(measurement_name=measurement["name"])
    assert plain_document(plain)["observations"] == [
        next(one for one in workspace["observations"] if one["name"] == channel["name"])
        for channel in workspace["channels"]
    ]


def test_a_plain_workspace_stays_as_it_is():
    workspace = random_workspace(5)
    spec = build_spec(workspace)
    assert to_pyhf(spec).spec is spec


def test_scalars_become_lists():
    workspace = random_workspace(5)
    measurement = workspace["measurements"][0]
    short = {"name": "lumi", "auxdata": 1.0, "sigmas": 0.02, "bounds": [0.9, 1.1], "init": 1.0}
    measurement["config"]["parameters"] = [short]
    plain = plain_document(to_pyhf(build_spec(workspace)).spec)
    assert plain["measurements"][0]["config"]["parameters"] == [
        {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.9, 1.1]], "inits": [1.0]}
    ]
    pyhf.Workspace(plain)


def test_what_pyhfs_schema_asks_for_is_written_out():
    modifiers = [{"name": "mu", "type": "normfactor"}]
    samples = [{"name": "S", "data": [5], "modifiers": modifiers}, {"name": "B", "data": [50]}]
    document = {
        "version": "1.0.0",
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": [55]}],
        "measurements": [{"name": "main", "config": {"poi": "mu"}}],
    }
    plain = plain_document(to_pyhf(build_spec(document)).spec)
    modifiers[0]["data"] = None
    samples[1]["modifiers"] = []
    document["measurements"][0]["config"]["parameters"] = []
    assert plain == document
    pyhf.Workspace(plain)  # validates


def test_a_workspace_that_says_more_is_translated_or_refused():
    factor = {"type": "scalefactor", "data": {"formula": "k"}}
    setting = {"name": "k", "init": 2, "label": "k"}
    document = {
        "version": "1.0.0",
        "channels": [
            {
                "name": "SR",
                "samples": [
                    {"name": "S", "data": [5], "modifiers": [factor]},
                    {"name": "T", "data": [6], "modifiers": [{"name": "k", "type": "normfactor"}]},
                ],
            }
        ],
        "observations": [{"name": "SR", "data": [55]}],
        "measurements": [{"name": "main", "config": {"poi": "k", "parameters": [setting]}}],
    }
    plain, notes = to_pyhf(build_spec(document))
    assert notes == ("Of parameters, label have no place in pyhf.",)
    for sample in plain.channels[0].samples:
        assert [(one.type, one.name) for one in sample.modifiers] == [("normfactor", "k")]
    assert pyhf.Workspace(plain_document(plain)).model().config.suggested_init() == [2]
    factor["data"]["formula"] = "1 + k"
    with pytest.raises(SpecErrors, match="no formulas"):
        to_pyhf(build_spec(document))


def _changed(*changes: tuple[str, str]):
    text = _SPEC
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_spec(text)


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("scale: both", 'scale: "sqrt(mu)*k"', "channels[0].samples[0].scale", "no formulas"),
        ("expression: mu * k", "expression: mu + k", "channels[0].samples[0].scale", "mu + k"),
        ("scale: both", "scale: 2*both", "channels[0].samples[0].scale", "no formulas: 2 * both"),
        ("mu * k", "mu * k * mu", "channels[0].samples[0].scale", "twice"),
        ("mu * k", "mu * k * JES", "channels[0].samples[0].scale", "a normfactor has none"),
        (
            "lo: 0.9}}",
            "lo: 0.9}, interpolation: code1}",
            "channels[0].samples[0].modifiers[0]",
            "code1",
        ),
        ("mean: 0.5, sigma: 1}", "mean: 0, sigma: 2}", "measurements[0]", "sigma=2"),
        (
            "{type: gaussian, mean: 0.5, sigma: 1}, bounds: [-4, 4]",
            "{type: uniform, min: -1, max: 1}",
            "measurements[0]",
            "uniform(min=-1, max=1); in pyhf its modifier implies gaussian(mean=0, sigma=1)",
        ),
        ("bounds: [0, 3]", "bounds: [0, null]", "measurements[0]", "Give it `bounds`"),
        ("{poi: mu}", "{pois: [mu, k]}", "measurements[0].config.pois", "one parameter of"),
        ("observations: [{name: SR, data: [70, 95]}]", "", "channels[0]", "no observation"),
        (
            "measurements:",
            "focus: [{name: f, density: {mu: {type: uniform}}}]\nmeasurements:",
            "focus[0]",
            "--binned-only",
        ),
        ("name: shape, fixed: true", 'name: "shape[1]", fixed: true', "measurements[0]", "in some"),
        (
            "functions:",
            "constraints: [{name: c, type: multivariate_gaussian, parameters: [mu, k], "
            "mean: [1, 1], covariance: [[1, 0], [0, 1]]}]\nfunctions:",
            "constraints[0]",
            "several parameters",
        ),
    ],
)
def test_what_pyhf_cannot_say_is_told_with_its_place(old, new, path, words):
    with pytest.raises(SpecErrors) as error:
        to_pyhf(_changed((old, new)))
    found = {problem.path: problem.message for problem in error.value.problems}
    assert path in found
    assert words in found[path]


def test_everything_is_told_at_once():
    spec = _changed(("scale: both", 'scale: "sqrt(mu)*k"'), ("{poi: mu}", "{pois: [mu, k]}"))
    with pytest.raises(SpecErrors) as error:
        to_pyhf(spec)
    assert len(error.value.problems) == 2
    with pytest.raises(SpecErrors) as error:
        to_pyhf(spec, binned_only=True)
    assert len(error.value.problems) == 1


_UNBINNED = """
  - name: peak
    type: unbinned
    observables: [{name: m, min: 0, max: 10}]
    processes:
      - {name: H, yield: 40, density: {type: gaussian, mean: 5, sigma: width},
         modifiers: [{type: normfactor, name: mu_on}]}
observations:
  - {name: peak, events: {m: [4, 5, 6]}}
"""


def test_binned_only_leaves_out_what_lies_beside():
    spec = _changed(
        ("observations: [{name: SR, data: [70, 95]}]", "OBSERVED"),
        ("OBSERVED", f"{_UNBINNED.strip(chr(10))}\n  - {{name: SR, data: [70, 95]}}"),
        ("functions:", "  - {name: width, init: 1, bounds: [0.1, 3]}\nfunctions:"),
        ("{poi: mu}", "{pois: [mu_on, mu]}"),
    )
    with pytest.raises(SpecErrors, match='the channel "peak" is unbinned'):
        to_pyhf(spec)
    plain, notes = to_pyhf(spec, binned_only=True)
    assert [one.name for one in plain.channels] == ["SR"]
    assert plain.measurements[0].config.poi == ""
    assert plain.measurements[1].config.poi == "k"
    text = "\n".join(notes)
    assert 'the channel "peak" is unbinned. Left out.' in text
    assert 'no binned channel has the parameter of interest "mu_on"' in text
    model = pyhf.Workspace(plain_document(plain)).model(measurement_name="other")
    assert "width" not in model.config.par_names
