"""Folders of campaigns: whole pieces or none, one campaign each."""

import json

import pytest

from statmodel._errors import CampaignError
from statmodel.campaign import folder_at, make_folder

JOB = {"seed": 1, "toys": 10}


def _made(path, **changes):
    return make_folder(path, {**JOB, **changes}, suffix=".bin", grows="toys")


def test_a_piece_is_there_when_it_is_whole(tmp_path):
    folder = _made(tmp_path / "a")
    assert folder.done == frozenset()
    folder.keep(3, b"abc")
    (folder.part(4).parent / ".00000004.x.bin").write_bytes(b"half")  # of a writer that was killed
    assert folder.done == {3}
    assert folder.part(3).read_bytes() == b"abc"
    folder.clear()
    assert [one.name for one in folder.part(3).parent.iterdir()] == ["00000003.bin"]


def test_the_same_campaign_goes_on_and_may_grow(tmp_path):
    _made(tmp_path / "a").keep(0, b"x")
    assert _made(tmp_path / "a").done == {0}
    assert json.loads(_made(tmp_path / "a", toys=20).job)["toys"] == 20
    assert json.loads(_made(tmp_path / "a", toys=5).job)["toys"] == 20


def test_another_campaign_is_refused_with_what_differs(tmp_path):
    _made(tmp_path / "a")
    with pytest.raises(CampaignError, match=r"another campaign: seed is 1 there, 2 here\. Name"):
        _made(tmp_path / "a", seed=2)
    with pytest.raises(CampaignError, match="point is null there, another here"):
        _made(tmp_path / "a", point={f"parameter {i}": float(i) for i in range(30)})
    assert json.loads(folder_at(tmp_path / "a", suffix=".bin").job) == JOB


def test_other_folders_are_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(CampaignError, match="neither empty nor the folder of a campaign"):
        _made(tmp_path)
    with pytest.raises(CampaignError, match="no folder of a campaign"):
        folder_at(tmp_path, suffix=".bin")
    (tmp_path / "campaign.json").write_text("{")
    with pytest.raises(CampaignError, match=r"campaign\.json: "):
        folder_at(tmp_path, suffix=".bin")
    (tmp_path / "campaign.json").write_text("[]")
    with pytest.raises(CampaignError, match="a mapping was expected"):
        folder_at(tmp_path, suffix=".bin")
