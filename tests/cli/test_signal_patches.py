"""Signals as patches of a background: `cls`, `limit`, `significance`, `explain`, `exclusions`."""

import json
import math
from pathlib import Path

import pytest

import statmodel as sm
from statmodel.cli import _exclusions
from statmodel.infer import Exclusions, ExclusionStatus, Significance

# Closed form: background 50 in one bin, known; signal s; 55 seen.
BACKGROUND, SEEN = 50.0, 55.0
SIGNALS = {"weak": 5.0, "strong": 40.0}


def operation(events):
    modifiers = [{"name": "mu", "type": "normfactor", "data": None}]
    sample = {"name": "S", "data": [events], "modifiers": modifiers}
    return {"op": "add", "path": "/channels/0/samples/0", "value": sample}


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def background(tmp_path):
    samples = [{"name": "B", "data": [BACKGROUND], "modifiers": []}]
    document = {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": [SEEN]}],
        "measurements": [{"name": "main", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    return written(tmp_path / "background.json", document)


def grid(background, signals):
    return {
        "metadata": {
            "digests": {"sha256": sm.digest(sm.load_spec(background))},
            "labels": ["mass"],
            "description": "a grid",
            "references": {"hepdata": "ins1234567"},
        },
        "patches": [
            {"metadata": {"name": name, "values": [100 + i]}, "patch": [operation(events)]}
            for i, (name, events) in enumerate(signals.items())
        ],
        "version": "1.0.0",
    }


@pytest.fixture
def patchset(tmp_path, background):
    return written(tmp_path / "patchset.json", grid(background, SIGNALS))


@pytest.fixture
def patch(tmp_path):
    return written(tmp_path / "patch.json", [operation(SIGNALS["weak"])])


def deviance(n, nu):
    return 2 * (nu - n + n * math.log(n / nu))


def test_a_patch_makes_the_signal_that_is_tested(run, background, patch, patchset):
    by_file = run("cls", background, "--patch", patch)
    by_name = run("cls", background, "--patchset", patchset, "--patch-name", "weak")
    assert by_file.exit_code == by_name.exit_code == 0, by_file.stderr
    tested = json.loads(by_file.stdout)
    assert tested["CLs_obs"] == json.loads(by_name.stdout)["CLs_obs"]
    # The best fit is mu = 1, where nothing is excluded; without signal 50 are expected.
    assert tested["best"] == pytest.approx(1.0, abs=1e-4)  # an error is 1.5: EDM below 1e-8
    assert tested["CLsb_obs"] == pytest.approx(0.5, abs=1e-4)  # the root of q below 1e-4
    assert tested["asimov_test_statistic"] == pytest.approx(deviance(50, 55), abs=1e-8)
    found = run("significance", background, "--patch", patch)
    assert Significance.from_json(found.stdout).observed == pytest.approx(
        math.sqrt(deviance(SEEN, BACKGROUND)), abs=1e-8
    )
    limit = run("limit", background, "--patchset", patchset, "--patch-name", "100")
    again = run("cls", background, "--patch", patch, "--mu", json.loads(limit.stdout)["obs_limit"])
    assert json.loads(again.stdout)["CLs_obs"] == pytest.approx(0.05, rel=1e-5)
    assert run("explain", background, "--patch", patch).exit_code == 0


@pytest.mark.parametrize("command", ["cls", "limit", "significance"])
def test_a_background_alone_is_asked_for_its_signal(run, background, command):
    done = run(command, background)
    said = " ".join(done.stderr.replace("│", " ").split())
    assert done.exit_code == 2
    assert "needs the patch of a signal: --patch FILE" in said


def test_a_table_has_a_row_a_signal(run, background, patchset, tmp_path):
    file = tmp_path / "table.json"
    done = run("exclusions", background, "--patchset", patchset, "--output-file", file)
    assert done.exit_code == 0, done.stderr
    found = Exclusions.from_json(done.stdout)
    assert file.read_text() == done.stdout
    assert [row.name for row in found.rows] == ["weak", "strong"]
    assert found.excluded() == ("strong",)
    for row in found.rows:
        alone = run("cls", background, "--patchset", patchset, "--patch-name", row.name)
        assert row.test.CLs_obs == pytest.approx(json.loads(alone.stdout)["CLs_obs"], rel=1e-9)
        assert row.status is ExclusionStatus.TESTED
    assert found.row("strong").values == (("mass", 101.0),)
    assert "strong (2 of 2): CLs" in done.stderr


def test_what_stands_in_the_file_is_kept_and_not_tested_again(run, background, patchset, tmp_path):
    asked = ("exclusions", background, "--patchset", patchset, "--output-file", tmp_path / "t.json")
    first = run(*asked, "--patch-name", "strong")
    assert [row.name for row in Exclusions.from_json(first.stdout).rows] == ["strong"]
    document = json.loads((tmp_path / "t.json").read_text())
    document["signals"][0]["test"]["best"] = 0.25  # a number that no test gives
    written(tmp_path / "t.json", document)
    both = run(*asked)
    assert both.exit_code == 0, both.stderr
    found = Exclusions.from_json(both.stdout)
    assert [row.name for row in found.rows] == ["weak", "strong"]
    assert found.row("strong").test.best == 0.25
    assert "tested before" in both.stderr
    third = run(*asked, "--patch-name", "weak")
    assert Exclusions.from_json(third.stdout) == found
    assert "held all of it" in third.stderr
    other = run(*asked, "--level", "0.99999")
    assert Exclusions.from_json((tmp_path / "t.json").read_text()).level == 0.99999
    assert Exclusions.from_json(other.stdout).excluded() == ()


def test_each_point_is_written_when_it_is_done(run, background, patchset, tmp_path, monkeypatch):
    """The walk is interrupted at the second point."""
    file = tmp_path / "table.json"
    from statmodel.cli import _grid  # noqa: PLC0415 (after the type-checking hook)

    true = _grid.apply_patch

    def interrupted(spec, operations, *, name):
        if "strong" in name:
            raise KeyboardInterrupt
        return true(spec, operations, name=name)

    monkeypatch.setattr(_grid, "apply_patch", interrupted)
    done = run("exclusions", background, "--patchset", patchset, "--output-file", file)
    assert done.exit_code != 0
    assert [row.name for row in Exclusions.from_json(file.read_text()).rows] == ["weak"]


def test_a_signal_that_cannot_be_tested_is_a_row_with_the_reason(run, background, tmp_path):
    document = grid(background, SIGNALS)
    document["patches"][0]["patch"][0]["path"] = "/channels/7/samples/0"
    patchset = written(tmp_path / "patchset.json", document)
    done = run("exclusions", background, "--patchset", patchset)
    found = Exclusions.from_json(done.stdout)
    assert done.exit_code == 1
    assert [row.status.value for row in found.rows] == ["not_tested", "tested"]
    assert "channels" in found.row("weak").problem
    assert "1 of 2 signals were not tested: weak" in done.stderr


@pytest.mark.parametrize(
    ("stands", "options", "words"),
    [
        ("precious", (), "is no table of exclusion"),
        ("[1]", (), "is no table of exclusion"),
        ("table", ("--mu", "2"), "made with mu = 1 tested by qtilde"),
        ("other", (), "holds weak of another workspace"),
    ],
)
def test_a_file_that_holds_something_else_is_left_as_it_is(
    run, background, patchset, tmp_path, stands, options, words
):
    file = tmp_path / "out.json"
    asked = ("exclusions", background, "--patchset", patchset, "--output-file", file)
    if stands in ("table", "other"):
        run(*asked)
    else:
        file.write_text(stands)
    if stands == "other":
        written(patchset, grid(background, {"weak": 6.0, "strong": 40.0}))
    before = file.read_text()
    done = run(*asked, *options)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert file.read_text() == before


def test_wrong_usage(run, background, patchset):
    unknown = run("exclusions", background, "--patchset", patchset, "--patch-name", "wek")
    assert unknown.exit_code == 3
    assert "weak" in unknown.stderr
    level = run("exclusions", background, "--patchset", patchset, "--level", "95")
    assert level.exit_code == 2


def test_a_table_on_a_terminal(run, background, patchset, monkeypatch):
    monkeypatch.setattr(_exclusions, "wants_json", lambda *, asked: asked)
    shown = run("exclusions", background, "--patchset", patchset).stdout
    assert "1 of 2 signals excluded at 95 % CLs" in shown
