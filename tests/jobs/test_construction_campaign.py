"""Constructions in folders: the same curves whoever makes the toys, whatever is killed."""

import json

import jax
import numpy as np
import pytest

import statmodel as sm
from statmodel._errors import CampaignError, DataError
from statmodel.campaign import Processes, Threads
from statmodel.infer import AbstractStatistic, coverage, neyman_several
from statmodel.jobs import ConstructionCampaign

TOYS, SEED = 3000, 5
ASKED = (sm.LRS(), sm.FTS("near"))


@pytest.fixture(scope="module")
def document(counting_file, tmp_path_factory):
    """With a bound, a focus, and an uncertain background."""
    made = json.loads(counting_file.read_text())
    made["channels"][0]["samples"][1]["modifiers"] = [
        {"name": "rate", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}
    ]
    made["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[0.0, 12.0]]}]
    focus = {"name": "near", "density": {"mu": {"type": "gaussian", "mean": 0, "sigma": 1}}}
    made |= {"statmodel": "1", "focus": [focus]}
    del made["version"]
    path = tmp_path_factory.mktemp("focused") / "counting.json"
    path.write_text(json.dumps(made))
    return path


def _plan(document, folder, **changes):
    options = {"seed": SEED, "toys": TOYS, "grid": 13, "piece": 256} | changes
    return ConstructionCampaign.plan(document, ASKED, folder, **options)


def _direct(document, **changes):
    model, data = sm.compile(document)
    options = {"toys": TOYS, "grid": 13, "data": data} | changes
    return neyman_several(model, ASKED, key=jax.random.key(SEED), **options)


def _same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.to_json() == other.to_json()
        for place in (0, -1):
            pairs = zip(one.distribution.toys(place), other.distribution.toys(place), strict=True)
            for mine, theirs in pairs:
                np.testing.assert_array_equal(mine, theirs)


@pytest.fixture(scope="module")
def direct(document):
    return _direct(document)


def test_a_campaign_has_the_curves_of_neyman(document, direct, tmp_path):
    campaign = _plan(document, tmp_path / "toys")
    with pytest.raises(CampaignError, match=f"0 of {TOYS} toys: run what is missing"):
        campaign.curves()
    assert campaign.run().complete
    _same(campaign.curves(), direct)
    _same(ConstructionCampaign.open(tmp_path / "toys").curves(), direct)


@pytest.mark.parametrize("executor", [Threads(2), Processes(2)], ids=["threads", "processes"])
def test_curves_are_the_same_for_other_workers_and_pieces(document, direct, tmp_path, executor):
    campaign = _plan(document, tmp_path / "toys", piece=1)
    campaign.run(executor=executor)
    _same(campaign.curves(), direct)


def test_shards_fill_one_folder(document, direct, tmp_path):
    for number in (1, 2):
        state = _plan(document, tmp_path / "toys").run(shard=(number, 2))
        assert state.complete == (number == 2)
    assert state.message == f"{TOYS} of {TOYS} toys"
    _same(_plan(document, tmp_path / "toys").curves(), direct)


def test_a_construction_grows_and_keeps_its_toys(document, direct, tmp_path):
    _plan(document, tmp_path / "toys", toys=700).run()
    folder = _plan(document, tmp_path / "toys", toys=700).folder
    before = {one: folder.part(one).stat().st_mtime_ns for one in folder.done}
    large = _plan(document, tmp_path / "toys")
    assert large.status().toys == 1024  # a whole piece
    assert large.run().complete
    assert {one: large.folder.part(one).stat().st_mtime_ns for one in before} == before
    _same(large.curves(), direct)
    assert _plan(document, tmp_path / "toys", toys=700).job.toys == TOYS


@pytest.mark.parametrize(
    "changes",
    [
        {"calibration": "points"},
        {"calibration": "splines"},
        {"ensemble": "predictive"},
        {"grid": [0.0, 3.0, 12.0]},
    ],
    ids=repr,
)
def test_all_constructions_can_be_campaigns(document, tmp_path, changes):
    campaign = _plan(document, tmp_path / "toys", **changes)
    campaign.run()
    _same(campaign.curves(), _direct(document, **changes))


def test_hypotheses_with_few_toys_get_their_own_in_a_folder_inside(document, tmp_path):
    changes = {"grid": 40, "toys": 1100}
    campaign = _plan(document, tmp_path / "toys", **changes)
    campaign.run()
    expected = _direct(document, **changes)
    assert "toys of their own" in expected[0].message
    _same(campaign.curves(executor=Threads(2)), expected)
    inside = list((tmp_path / "toys").glob("own-*/parts/*.npz"))
    assert inside
    times = [path.stat().st_mtime_ns for path in inside]
    _same(campaign.curves(), expected)
    assert [path.stat().st_mtime_ns for path in inside] == times


@pytest.mark.parametrize("executor", [None, Processes(2)], ids=["threads", "processes"])
def test_a_coverage_is_that_of_its_toys_in_memory(document, direct, tmp_path, executor):
    model, _ = sm.compile(document)
    at = [{"mu": 2.0}, {"mu": 4.0, "rate": 1.0}]
    expected = coverage(model, direct, at, key=jax.random.key(SEED), toys=1500)
    campaign = _plan(document, tmp_path / "toys")
    campaign.run()
    found = campaign.coverage(at, toys=1500, executor=executor)
    assert found.to_json() == expected.to_json()
    inside = {path: path.stat().st_mtime_ns for path in tmp_path.glob("toys/truth-*/parts/*.npz")}
    assert len(inside) == 4
    assert campaign.coverage(at, toys=1500).to_json() == expected.to_json()
    assert all(path.stat().st_mtime_ns == made for path, made in inside.items())
    fewer = coverage(model, direct, at, key=jax.random.key(SEED), toys=700)
    assert campaign.coverage(at, toys=700).to_json() == fewer.to_json()
    # A truth that comes first now has other toys than when it came second.
    alone = coverage(model, direct, at[1:], key=jax.random.key(SEED), toys=500)
    assert campaign.coverage(at[1:], toys=500).to_json() == alone.to_json()


def test_another_construction_is_refused(document, tmp_path):
    _plan(document, tmp_path / "toys")
    with pytest.raises(CampaignError, match="seed is 5 there, 6 here"):
        _plan(document, tmp_path / "toys", seed=6)
    _plan(document, tmp_path / "points", calibration="points")
    with pytest.raises(CampaignError, match="toys is 2961 there, 3854 here"):
        _plan(document, tmp_path / "points", calibration="points", toys=3900)


def test_a_damaged_piece_is_named(document, tmp_path):
    campaign = _plan(document, tmp_path / "toys")
    campaign.run()
    path = campaign.folder.part(2)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"00000002.npz is damaged .*made again"):
        campaign.curves()


def test_what_workers_cannot_know_is_refused(document, tmp_path):
    class Mine(AbstractStatistic):
        def reference(self, case, likelihood):
            raise NotImplementedError

        def value(self, case, reference, at, log_likelihood):
            raise NotImplementedError

    with pytest.raises(ValueError, match="LRS and FTS only"):
        ConstructionCampaign.plan(document, [Mine()], tmp_path / "toys", seed=1)
    with pytest.raises(ValueError, match="a seed is a number"):
        _plan(document, tmp_path / "toys", seed=-1)
    with pytest.raises(ValueError, match="`piece` must be at least 1"):
        _plan(document, tmp_path / "toys", piece=0)
    with pytest.raises(ValueError, match='no focus "near2"'):
        ConstructionCampaign.plan(document, [sm.FTS("near2")], tmp_path / "toys", seed=1)
    assert not (tmp_path / "toys").exists()
    with pytest.raises(CampaignError, match="no folder of a campaign"):
        ConstructionCampaign.open(tmp_path)
