"""What the verbs make of pyhf workspaces is what pyhf 0.7.6 makes of them, digit by digit."""

import copy
import json
import random
from pathlib import Path

import pyhf
import pytest

from statmodel._errors import SpecErrors
from statmodel.spec import (
    Spec,
    build_spec,
    combine,
    digest,
    load_spec,
    parse_spec,
    plain_document,
    prune,
    rename,
    sort,
)
from workspaces import random_workspace, with_other_names

_JOINS = ("none", "outer", "left outer", "right outer")
_SEEDS = range(24)
_PAIRS = range(8)
_PUBLISHED = (
    "1Lbb_ins1755298/BkgOnly.json",
    "sbottom_ins1748602/RegionA/BkgOnly.json",
    "sbottom_ins1748602/RegionB/BkgOnly.json",
    "susy_2018_04/SRcombined.json",
    "susy_2018_16/Sleptons_bkgonly.json",
    "small/2-bin_1-channel.json",
    "small/tests_test_patchset_example_bkgonly.json",
)
_LARGE = ("1Lbb_ins1755298/BkgOnly.json", "susy_2018_16/Sleptons_bkgonly.json")


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "pyhf_workspaces"


def _theirs(document: dict) -> pyhf.Workspace:
    return pyhf.Workspace(copy.deepcopy(document))


def _assert_same(ours: Spec, theirs: pyhf.Workspace) -> None:
    assert ours.plain_pyhf
    assert plain_document(ours) == dict(theirs)
    assert digest(ours) == pyhf.utils.digest(theirs)  # whole numbers stay whole


@pytest.mark.parametrize("name", _PUBLISHED)
def test_published_workspaces(folder, name):
    document = json.loads((folder / name).read_text("utf-8"))
    ours, theirs = load_spec(folder / name), _theirs(document)
    for algorithm in ("sha256", "md5"):
        assert digest(ours, algorithm=algorithm) == pyhf.utils.digest(theirs, algorithm=algorithm)
    _assert_same(sort(ours), pyhf.Workspace.sorted(theirs))
    if name in _LARGE:
        return  # pyhf takes seconds to check each outcome against its schema
    rng = random.Random(name)
    channel, sample = rng.choice(theirs.channels), rng.choice(theirs.samples)
    modifier = rng.choice([one for one, kind in theirs.modifiers if kind != "lumi"])
    measurement = theirs.measurement_names[0]
    new = {"channels": {channel: "new channel"}, "samples": {sample: "new sample"}}
    new |= {"modifiers": {modifier: "new"}, "measurements": {measurement: "new measurement"}}
    _assert_same(rename(ours, **new), theirs.rename(**new))
    for what in (
        {"modifiers": [modifier]},
        {"modifier_types": ["staterror"] if "staterror" in dict(theirs.modifiers).values() else []},
        {"channels": [channel]} if len(theirs.channels) > 1 else {},
    ):
        _assert_same(prune(ours, **what), theirs.prune(**what))


def test_published_regions_combined(folder):
    files = [folder / f"sbottom_ins1748602/Region{region}/BkgOnly.json" for region in "AB"]
    left, right = (load_spec(file) for file in files)
    one, other = (_theirs(json.loads(file.read_text("utf-8"))) for file in files)
    names = dict.fromkeys(one.channels)
    left = rename(left, channels={name: f"A {name}" for name in names})
    one = one.rename(channels={name: f"A {name}" for name in names})
    try:
        theirs = pyhf.Workspace.combine(one, other, join="outer")
    except pyhf.exceptions.InvalidWorkspaceOperation:
        with pytest.raises(SpecErrors):
            combine(left, right, join="outer")
        theirs = pyhf.Workspace.combine(one, other, join="left outer")
        _assert_same(combine(left, right, join="left outer"), theirs)
    else:
        _assert_same(combine(left, right, join="outer"), theirs)


@pytest.mark.parametrize("seed", _SEEDS)
def test_random_renames_and_prunes(seed):
    rng, document = random.Random(seed), random_workspace(seed)
    ours, theirs = build_spec(document), _theirs(document)
    _assert_same(sort(ours), pyhf.Workspace.sorted(theirs))
    modifiers = [name for name, _ in theirs.modifiers]
    known = {
        "channels": theirs.channels,
        "samples": theirs.samples,
        "modifiers": modifiers,
        "measurements": theirs.measurement_names,
    }
    new = {
        what: {name: f"{name}*" for name in rng.sample(names, rng.randint(0, len(names)))}
        for what, names in known.items()
    }
    new["modifiers"].pop("lumi", None)  # pyhf knows the luminosity by its name
    _assert_same(rename(ours, **new), theirs.rename(**new))
    known["modifier_types"] = sorted(set(dict(theirs.modifiers).values()))
    gone = {what: rng.sample(names, rng.randint(0, 1)) for what, names in known.items()}
    try:
        expected = theirs.prune(**gone)
    except pyhf.exceptions.InvalidSpecification:
        with pytest.raises(SpecErrors):
            prune(ours, **gone)
    else:
        _assert_same(prune(ours, **gone), expected)


def _combined(left: dict, right: dict, join: str, *, merge: bool) -> bool:
    """Whether both combine, to the same; False where both refuse, or ours finds a trap."""
    ours = (build_spec(left), build_spec(right))
    try:
        theirs = pyhf.Workspace.combine(
            _theirs(left), _theirs(right), join=join, merge_channels=merge
        )
    except pyhf.exceptions.InvalidWorkspaceOperation:
        with pytest.raises(SpecErrors):
            combine(*ours, join=join, merge_channels=merge)
        return False
    try:
        made = combine(*ours, join=join, merge_channels=merge)
    except SpecErrors:
        # Two sides of unlike binning, which pyhf finds when it makes the model.
        with pytest.raises(pyhf.exceptions.InvalidModel):
            theirs.model(validate=False, poi_name=None)
        return False
    _assert_same(made, theirs)
    return True


@pytest.mark.parametrize("join", _JOINS)
@pytest.mark.parametrize("merge", [False, True])
def test_random_combinations(join, merge):
    if merge and join == "none":
        with pytest.raises(ValueError, match="merge_channels"):
            combine(*[build_spec(random_workspace(0))] * 2, join=join, merge_channels=True)
        return
    made = 0
    for seed in _PAIRS:
        left = random_workspace(seed)
        for right in (random_workspace(seed + 1000), with_other_names(left, seed + 2000)):
            made += _combined(left, right, join, merge=merge)
    assert made > 2 or join == "none"  # which refuses what these pairs have in common


def test_disjoint_workspaces_combine_in_every_way():
    for seed in _PAIRS:
        left = random_workspace(seed)
        ours = rename(
            build_spec(left),
            channels={one["name"]: f"other {one['name']}" for one in left["channels"]},
            modifiers={
                one["name"]: f"other {one['name']}"
                for channel in left["channels"]
                for sample in channel["samples"]
                for one in sample["modifiers"]
                if one["type"] in ("shapesys", "staterror")
            },
            measurements={one["name"]: f"other {one['name']}" for one in left["measurements"]},
        )
        right = plain_document(ours)
        for join in _JOINS:
            assert _combined(left, right, join, merge=False)


def test_a_digest_tells_a_whole_number_from_another():
    text = json.dumps(random_workspace(3))
    ours = parse_spec(text, format="json")
    assert digest(ours) == pyhf.utils.digest(json.loads(text))
    other = parse_spec(text.replace("[1.0]", "[1]"), format="json")
    assert ours == other
    assert digest(ours) != digest(other)
