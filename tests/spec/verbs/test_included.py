"""The verbs on documents that include others: the document is edited, the files stay."""

import json
from pathlib import Path

import pytest

from statmodel._errors import SpecErrors
from statmodel.spec import Spec, combine, load_spec, plain_document, prune, rename, resolve, sort

_WORKSPACE = {
    "version": "1.0.0",
    "channels": [
        {
            "name": name,
            "samples": [
                {
                    "name": "S",
                    "data": [1.0, 2.0],
                    "modifiers": [
                        {"name": "mu", "type": "normfactor", "data": None},
                        {"name": "JES", "type": "normsys", "data": {"hi": 1.2, "lo": 0.8}},
                        {"name": f"g_{name}", "type": "shapesys", "data": [0.1, 0.2]},
                    ],
                }
            ],
        }
        for name in ("A", "B")
    ],
    "observations": [{"name": "A", "data": [3.0, 4.0]}, {"name": "B", "data": [5.0, 6.0]}],
    "measurements": [{"name": "first", "config": {"poi": "mu", "parameters": []}}],
}
_TOP = """
statmodel: "1"
parameters: [{name: mu, bounds: [0, 5]}]
include:
  - {file: ws.json, rename: {channels: {A: SR}, modifiers: {JES: scale}}}
channels:
  - name: CR
    samples:
      - {name: B, data: [100], modifiers: [
          {type: normfactor, name: mu},
          {type: normsys, name: own, data: {hi: 1.1, lo: 0.9}}]}
observations: [{name: CR, data: [103]}]
measurements: [{name: main, config: {poi: mu}}]
"""


@pytest.fixture
def top(tmp_path: Path) -> Spec:
    (tmp_path / "ws.json").write_text(json.dumps(_WORKSPACE))
    path = tmp_path / "top.yaml"
    path.write_text(_TOP)
    return load_spec(path)


def _channels(spec: Spec) -> set[str]:
    resolved, problems, _ = resolve(spec)
    assert problems == ()
    assert resolved is not None
    return {one.name for one in resolved.binned_channels}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"channels": {"SR": "X"}}, 'comes from ws.json (there "A")'),
        ({"channels": {"SR": "X"}}, "Write `channels: {A: X}` under include[0].rename."),
        ({"samples": {"S": "X"}}, "Write `samples: {S: X}` under include[0].rename."),
        ({"modifiers": {"scale": "X"}}, "Write `modifiers: {JES: X}` under include[0].rename."),
        ({"modifiers": {"g_A[1]": "X[1]"}}, "`modifiers: {g_A: X}`"),
        ({"modifiers": {"mu": "X"}}, "`modifiers: {mu: X}` under include[0].rename, and then re"),
    ],
)
def test_a_new_name_for_what_is_included_is_written_at_its_entry(top, options, words):
    with pytest.raises(SpecErrors) as error:
        rename(top, **options)
    (problem,) = error.value.problems
    assert problem.path == "include[0]"
    assert problem.where.endswith("top.yaml:5:5")
    assert words in problem.message


def test_the_cure_of_a_shared_parameter_cures(top):
    document = plain_document(top)
    document["include"][0]["rename"]["modifiers"]["mu"] = "X"
    Path(top.origin.name).write_text(json.dumps(document))
    renamed = rename(load_spec(top.origin.name), modifiers={"mu": "X"})
    resolved, problems, _ = resolve(renamed)
    assert problems == ()
    assert [one.name for one in resolved.parameters if one.bounds == (0, 5)] == ["X"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"channels": ["SR"]}, "Leave it out of `channels` of include[0]: [B]."),
        ({"samples": ["S"]}, "prune ws.json"),
        ({"modifiers": ["scale"]}, "prune ws.json"),
        ({"modifier_types": ["shapesys"]}, "prune ws.json"),
    ],
)
def test_what_is_included_is_pruned_where_it_stands(top, options, words):
    with pytest.raises(SpecErrors) as error:
        prune(top, **options)
    (problem,) = error.value.problems
    assert words in problem.message


def test_a_name_that_is_nowhere_is_unknown_still(top):
    with pytest.raises(SpecErrors, match='there is no channel "SR1"'):
        rename(top, channels={"SR1": "X"})


def test_what_is_here_goes_and_what_is_included_stays(top):
    left = prune(top, modifiers=["mu", "own"])
    resolved, problems, _ = resolve(left)
    assert problems == ()
    kept = {one.name: one.bounds for one in resolved.parameters}
    assert kept["mu"] == (0, 5)  # the included channels are as they were
    assert "own" not in kept
    assert _channels(prune(top, channels=["CR"])) == {"SR", "B"}
    assert _channels(sort(top)) == _channels(rename(top, channels={"CR": "C"})) - {"C"} | {"CR"}


def test_an_outcome_includes_what_both_sides_include(top, tmp_path):
    (tmp_path / "below").mkdir()
    sample = {"name": "B", "data": [7]}
    document = {"statmodel": "1", "channels": [{"name": "VR", "samples": [sample]}]}
    path = tmp_path / "below" / "alone.json"
    path.write_text(json.dumps(document))
    alone = load_spec(path, root=tmp_path)
    for join in ("none", "outer", "left outer", "right outer"):
        for sides in ((top, alone), (alone, top)):
            assert _channels(combine(*sides, join=join)) == {"SR", "B", "CR", "VR"}
    twice = combine(top, top, join="outer")
    assert plain_document(twice) == plain_document(top)
