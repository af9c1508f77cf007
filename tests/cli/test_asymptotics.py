"""`cls`, `limit` and `significance`: what is printed, written, refused."""

import json

import pytest

from statmodel.cli import _cls, _limit, _significance
from statmodel.infer import HypoTest, LimitResult, Significance


def test_cls_prints_pyhfs_keys(run, spec, tmp_path):
    done = run("cls", spec, "--mu", "30", "--output-file", tmp_path / "cls.json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["poi"], found["mu"], found["statistic"]) == ("n_s", 30, "qtilde")
    assert found["CLs_obs"] == pytest.approx(found["CLsb_obs"] / found["CLb_obs"], rel=1e-12)
    assert found["CLs_exp"] == sorted(found["CLs_exp"])
    assert len(found["CLs_exp"]) == 5
    assert HypoTest.from_json(done.stdout).to_json() == done.stdout.rstrip("\n")
    assert (tmp_path / "cls.json").read_text() == done.stdout


def test_limit_and_cls_agree(run, spec, tmp_path):
    done = run("limit", spec, "--plots", tmp_path / "plots", "--level", "0.9")
    assert done.exit_code == 0, done.stderr
    limit = LimitResult.from_json(done.stdout)
    assert {one.name for one in (tmp_path / "plots").iterdir()} == {"cls_n_s.pdf", "cls_n_s.png"}
    again = run("cls", spec, "--test-poi", str(limit.obs_limit))
    assert json.loads(again.stdout)["CLs_obs"] == pytest.approx(0.1, rel=1e-5)


def test_significance_expects_what_it_is_told(run, spec):
    done = run("significance", spec, "--signal", "8")
    assert done.exit_code == 0, done.stderr
    found = Significance.from_json(done.stdout)
    assert found.signal == 8
    assert found.observed > 1  # a peak of eight events on eight
    assert found.expected[4] - found.expected[0] == pytest.approx(4)
    discovery = run("cls", spec, "--test-stat", "q0", "--mu", "8")
    assert json.loads(discovery.stdout)["CLsb_obs"] == pytest.approx(found.p0_obs, rel=1e-9)


def test_tables_on_a_terminal(run, spec, monkeypatch):
    for module in (_cls, _limit, _significance):
        monkeypatch.setattr(module, "wants_json", lambda *, asked: asked)
    assert "n_s = 30 tested with qtilde" in run("cls", spec, "--mu", "30").stdout
    assert "Upper limit on n_s at 95 % CLs" in run("limit", spec).stdout
    assert "Significance of n_s > 0" in run("significance", spec).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cls", "--mu", "300"), "--mu: n_s=300 is outside the bounds [0, 200]"),
        (("cls", "--test-stat", "q"), '--test-stat: "q" needs the likelihood at negative'),
        (("cls", "--poi", "n_z"), "unknown parameter 'n_z'"),
        (("limit", "--level", "95"), "--level: is a probability between 0 and 1, got 95; 95 %"),
        (("limit", "--fix", "n_s=3"), "Invalid value: n_s is held fixed"),
        (("significance", "--signal", "-1"), "--signal: n_s=-1 is outside the bounds"),
    ],
)
def test_wrong_questions_are_wrong_usage(run, spec, arguments, words):
    done = run(arguments[0], spec, *arguments[1:])
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())


def test_a_limit_beyond_its_bound_is_exit_code_1(run, spec):
    spec.write_text(
        spec.read_text().replace("init: 20, bounds: [0, 200]", "init: 5, bounds: [0, 9]")
    )
    done = run("limit", spec)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["obs_status"] == "beyond_bound"
    assert "not every limit was found" in done.stderr
    assert "Raise the upper bound" in " ".join(done.stderr.split())
