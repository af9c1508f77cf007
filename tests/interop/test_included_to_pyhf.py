"""Documents that include others, as pyhf workspaces: nothing that they bring is lost."""

import json
from pathlib import Path

import pyhf
import pytest

import statmodel as sm
from statmodel._errors import SpecErrors
from statmodel.interop import to_pyhf
from statmodel.spec import load_spec, plain_document

_INNER = {
    "channels": [
        {
            "name": name,
            "samples": [
                {
                    "name": "S",
                    "data": [5.0, 10.0],
                    "modifiers": [
                        {"name": "mu", "type": "normfactor", "data": None},
                        {"name": "JES", "type": "normsys", "data": {"hi": 1.2, "lo": 0.9}},
                        {"name": "lumi", "type": "lumi", "data": None},
                    ],
                },
                {
                    "name": "B",
                    "data": [50.0, 60.0],
                    "modifiers": [{"name": f"g_{name}", "type": "shapesys", "data": [5.0, 12.0]}],
                },
            ],
        }
        for name in ("A", "unwanted")
    ],
    "observations": [{"name": "A", "data": [53, 65]}, {"name": "unwanted", "data": [1, 2]}],
    "measurements": [
        {"name": "first", "config": {"poi": "mu", "parameters": []}},
        {
            "name": "second",
            "config": {
                "poi": "mu",
                "parameters": [
                    {"name": "mu", "inits": [1.5], "bounds": [[0, 4]]},
                    {"name": "JES", "auxdata": [0.25]},
                    {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "inits": [1.0],
                     "bounds": [[0.9, 1.1]]},
                ],
            },
        },
    ],
    "version": "1.0.0",
}  # fmt: skip
_MIDDLE = """
statmodel: "1"
include:
  - {file: inner.json, measurement: second, channels: [A], rename: {channels: {A: SR}}}
measurements: [{name: m, config: {poi: mu, parameters: [{name: JES, bounds: [-3, 3]}]}}]
"""
_OUTER = """
statmodel: "1"
parameters: [{name: strength, init: 2}]
include:
  - {file: below/middle.yaml, rename: {modifiers: {mu: strength, JES: scale}}}
channels:
  - name: CR
    samples:
      - {name: B, data: [100], modifiers: [
          {type: normsys, name: scale, data: {hi: 1.1, lo: 0.9}}]}
observations: [{name: CR, data: [103]}]
measurements: [{name: main, config: {poi: strength}}]
"""


def _written(folder: Path, *, middle: str = _MIDDLE, outer: str = _OUTER) -> Path:
    (folder / "below").mkdir()
    (folder / "below" / "inner.json").write_text(json.dumps(_INNER))
    (folder / "below" / "middle.yaml").write_text(middle)
    path = folder / "outer.yaml"
    path.write_text(outer)
    return path


def test_pyhf_has_the_likelihood_of_the_whole(tmp_path):
    path = _written(tmp_path)
    plain, _ = to_pyhf(load_spec(path))
    workspace = pyhf.Workspace(plain_document(plain))
    theirs = workspace.model()
    assert theirs.config.channels == ["CR", "SR"]
    assert theirs.config.poi_name == "strength"
    model, data = sm.compile(path)
    at = {"strength": 1.25, "scale": 0.5, "lumi": 1.01, "g_A[0]": 0.9, "g_A[1]": 1.2}
    assert set(at) == set(model.space.names) == set(theirs.config.par_names)
    point = [at[name] for name in theirs.config.par_names]
    (wanted,) = theirs.logpdf(point, workspace.data(theirs))
    found = model.log_prob(model.space.point(at), data)
    assert float(found) == pytest.approx(float(wanted), rel=1e-12)  # sums of a dozen terms
    begun = dict(zip(theirs.config.par_names, theirs.config.suggested_init(), strict=True))
    assert begun == dict(zip(model.space.names, model.space.init, strict=True))
    bounds = map(tuple, theirs.config.suggested_bounds())
    ends = dict(zip(theirs.config.par_names, bounds, strict=True))
    assert ends == dict(zip(model.space.names, model.space.bounds, strict=True))
    assert ends["scale"] == (-3, 3)  # of the file between
    assert begun["strength"] == 2  # of the document itself


def test_what_pyhf_cannot_say_is_told_where_it_stands(tmp_path):
    path = _written(tmp_path, middle=f"{_MIDDLE}interpolation: {{normsys: code1}}\n")
    plain, _ = to_pyhf(load_spec(path))  # the defaults of a file are those of its own modifiers
    assert [one.name for one in plain.channels] == ["CR", "SR"]
    squared = _OUTER.replace("{mu: strength,", "{mu: squared,") + (
        'functions: [{name: squared, expression: "strength**2"}]\n'
    )
    path.write_text(squared)
    for lenient in (False, True):
        with pytest.raises(SpecErrors, match="no formulas: squared = strength") as error:
            to_pyhf(load_spec(path), binned_only=lenient)
        (problem,) = error.value.problems
        assert "inner.json:1:" in problem.where
        assert problem.path == "channels[0].samples[0].modifiers[0]"


def test_an_included_file_that_is_not_there_is_told(tmp_path):
    path = _written(tmp_path)
    (tmp_path / "below" / "inner.json").unlink()
    with pytest.raises(SpecErrors, match="there is no file"):
        to_pyhf(load_spec(path))


def test_an_included_unbinned_channel_is_left_out_by_name(tmp_path):
    middle = """
statmodel: "1"
channels:
  - name: peak
    type: unbinned
    observables: [{name: m, min: 0, max: 10}]
    processes: [{name: H, yield: 40, density: {type: uniform},
                 modifiers: [{type: normfactor, name: mu}]}]
observations: [{name: peak, events: {m: [4, 5]}}]
"""
    outer = _OUTER.replace(", JES: scale", "")
    spec = load_spec(_written(tmp_path, middle=middle, outer=outer))
    with pytest.raises(SpecErrors, match='the channel "peak" is unbinned') as error:
        to_pyhf(spec)
    assert "middle.yaml:4:" in error.value.problems[0].where
    plain, notes = to_pyhf(spec, binned_only=True)
    assert [one.name for one in plain.channels] == ["CR"]
    assert any('channels[0]: the channel "peak" is unbinned. Left out.' in note for note in notes)
